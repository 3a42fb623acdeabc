"""Tables in the layouts of the systems in use, and what is said of rows and columns that are not read."""

import pytest

from question_bank.formats.base import FormatError
from question_bank.formats.spreadsheet import read, read_sheets, write_csv
from question_bank.model import Item
from tests.unit.question_bank.examples import SINGLE, vary


def items(*rows: list[object]) -> list[Item]:
    result = read_sheets([("表", rows)])  # type: ignore[list-item]
    assert result.problems == (), [str(problem) for problem in result.problems]
    return [read.item for read in result.items]


def test_a_notice_above_the_headings_and_long_names_of_columns() -> None:
    result = read_sheets(
        [
            (
                "题目",
                [
                    ["填写说明：1. 请勿修改表头；2. 每行一题……"],
                    ["题干（必填）", "题型 （必填）", "选项 A", "选项 B", "选项E\n(勿删)", "正确答案\n（必填）", "解析\n（勿删）", "章节\n（勿删）", "难度"],
                    ["甲？", "单选题", "一", "二", "", "B", "因为二。", "法律法规", "中"],
                    ["乙。", "判断题", "对", "错", "", "A", "", "", "易"],
                ],
            ),
            ("版本", [["v2.1.0"]]),
        ]
    )  # fmt: skip
    first, second = (found.item for found in result.items)
    assert (first.stem, first.answer_key, first.explanation, first.topic, first.difficulty) == (
        "甲？",
        ("b",),
        "因为二。",
        "law",
        3,
    )
    assert (second.kind, second.answer_key, second.difficulty) == ("true_false", ("a",), 1)
    assert any("版本" in note for note in result.notes)


def test_headings_of_another_system_with_columns_that_are_not_read() -> None:
    result = read_sheets(
        [
            (
                "",
                [
                    ["目录", "题目类型", "大题题干", "小题题型", "小题题干", "正确答案", "答案解析", "难易度", "知识点", "标签", "选项数", "选项A", "选项B"],
                    ["毒品常识", "多选题", "", "", "哪些对？", "AB", "都对。", "难", "知识", "网络", 2, "一", "二"],
                ],
            )
        ]
    )  # fmt: skip
    (found,) = result.items
    assert (found.item.kind, found.item.answer_key, found.item.difficulty, found.item.tags) == (
        "multiple",
        ("a", "b"),
        4,
        ("网络",),
    )
    assert "没有读取这些列" in result.notes[0] and "选项数" in result.notes[0] and "大题题干" in result.notes[0]


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("B", ("b",)),
        ("b", ("b",)),
        ("Ｂ", ("b",)),
        (2, ("b",)),
        (2.0, ("b",)),
        ("二", ("b",)),
        ("B. 二", ("b",)),
        ("B、二", ("b",)),
    ],
)
def test_answers_as_letters_numbers_and_texts(answer: object, key: tuple[str, ...]) -> None:
    (item,) = items(["题目", "选项A", "选项B", "选项C", "正确答案"], ["甲？", "一", "二", "三", answer])
    assert (item.kind, item.answer_key) == ("single", key)


@pytest.mark.parametrize(
    ("answer", "key"),
    [(True, "a"), (False, "b"), ("TRUE", "a"), ("√", "a"), ("×", "b"), ("错误", "b"), (1, "a"), (0, "b"), ("是", "a")],
)
def test_verdicts_as_cells_hold_them(answer: object, key: str) -> None:
    (item,) = items(["题型", "题干", "答案"], ["判断", "乙。", answer])
    assert (item.kind, item.answer_key) == ("true_false", (key,))


def test_options_bring_their_own_letters_and_wide_spaces() -> None:
    (item,) = items(["题干", "A", "B", "答案"], ["1、甲？", "A．一\u00a0", "B. 二", "A"])
    assert (item.stem, [choice.text for choice in item.choices]) == ("甲？", ["一", "二"])


def test_blanks_with_marks_of_other_systems() -> None:
    first, second = items(
        ["知识点", "题干", "题型", "答案"],
        ["法律法规", "[填空(1)]年[填空(2)]月。", "填空题", "2008\\6"],
        ["法律法规", "打（　）报警。", "填空题", "110|一一〇"],
    )
    assert (first.stem, first.answer_key) == ("____年____月。", ("2008", "6"))
    assert second.answer_key == ("110|一一〇",)


def test_accepted_answers_in_the_option_cells() -> None:
    (item,) = items(["题干", "题型", "选项A", "选项B", "答案"], ["打____报警。", "填空题", "110", "一一〇", ""])
    assert item.answer_key == ("110|一一〇",)


def test_a_whole_question_in_one_cell() -> None:
    (item,) = items(["1. 甲？<br/>A. 一<br/>B. 二<br/>答案：B<br/>解析：因为。"])
    assert (item.stem, item.answer_key, item.explanation) == ("甲？", ("b",), "因为。")


def test_wrong_rows_are_named_with_column_and_value_and_the_rest_is_kept() -> None:
    result = read_sheets(
        [
            (
                "",
                [
                    ["题型", "题干", "选项A", "选项B", "答案"],
                    ["单选题", "甲？", "一", "二", "B"],
                    [],
                    ["单选题", "乙？", "一", "二", "E"],
                    ["简答题", "丙？", "", "", "略"],
                    ["连连看", "丁？", "一", "二", "A"],
                    ["单选题", "", "一", "二", "A"],
                    ["单选题", "戊？", "一", "二", "AB"],
                ],
            )
        ]
    )
    assert [found.item.stem for found in result.items] == ["甲？"]
    assert [(problem.where, problem.column, problem.value) for problem in result.problems] == [
        ("第 4 行", "答案", "E"), ("第 5 行", "题型", "简答题"), ("第 6 行", "题型", "连连看"), ("第 7 行", "题干", ""),
        ("第 8 行", "答案", "AB"),
    ]  # fmt: skip


def test_a_topic_that_is_not_ours_is_a_doubt_and_loses_nothing() -> None:
    result = read_sheets([("", [["题干", "选项A", "选项B", "答案", "知识点"], ["甲？", "一", "二", "A", "交通安全"]])])
    assert result.items[0].item.topic == ""
    assert "交通安全" in result.items[0].doubts[0].message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding_that_schools_use(encoding: str) -> None:
    data = "题干,选项A,选项B,答案\n甲？,一,二,B\n".encode(encoding)
    assert read(data, "题.csv").items[0].item.answer_key == ("b",)


def test_a_table_without_headings_says_what_is_missing() -> None:
    with pytest.raises(FormatError, match="没有找到表头"):
        read_sheets([("", [["张三", "一班"], ["李四", "二班"]])])


def test_cells_that_a_spreadsheet_would_run_are_guarded_and_come_back() -> None:
    item = vary(SINGLE, stem="=1+1 等于几？", choices=tuple(vary(c, text=f"@{c.text}") for c in SINGLE.choices))
    data = write_csv([item]).data
    assert b"'=1+1" in data and b"'@" in data
    assert read(data, "x.csv").items[0].item == item
