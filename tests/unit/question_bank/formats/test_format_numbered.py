"""The numbered layout in the variants in which Chinese banks circulate."""

import io

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from question_bank.formats.base import FormatError
from question_bank.formats.numbered import read_docx, save
from question_bank.formats.numbered_text import read_text
from question_bank.model import Item


def items(text: str) -> list[Item]:
    result = read_text(text)
    assert result.problems == (), [str(problem) for problem in result.problems]
    return [read.item for read in result.items]


ONE = [("甲", "乙", "丙", "丁"), ("c",)]


@pytest.mark.parametrize(
    "text",
    [
        "1. 题干（　）\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案：C\n解析：因为丙。",
        "1、题干（ ）\nA、甲\nB、乙\nC、丙\nD、丁\n正确答案：C\n答案解析：因为丙。",
        "第1题 题干\nA．甲\nB．乙\nC．丙\nD．丁\n【答案】C【解析】因为丙。",
        "（1）题干\n（A）甲\n（B）乙\n（C）丙\n（D）丁\n参考答案：Ｃ\n试题解析：因为丙。",
        "1．题干（ C ）\nA. 甲  B. 乙  C. 丙  D. 丁\n解析：因为丙。",
        "1.题干（ｃ）\nＡ．甲\nＢ．乙\nＣ．丙\nＤ．丁\n解析：因为丙。",
        "一、题干\nA.甲\tB.乙\tC.丙\tD.丁\n答案：C 解析：因为丙。",
        "1. [单选题] 题干\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案:C。\n解析:因为丙。",
        "一、单项选择题（每题 2 分）\n1. 题干\nA 甲\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案：C\n解析：因为丙。",
    ],
)  # fmt: skip
def test_single_choice_in_every_guise(text: str) -> None:
    (item,) = items(text)
    assert item.kind == "single"
    assert item.stem.startswith("题干")
    assert tuple(choice.text for choice in item.choices) == ONE[0]
    assert item.answer_key == ONE[1]
    assert item.explanation == "因为丙。"


@pytest.mark.parametrize("answer", ["ABD", "A,B,D", "A、B、D", "A B D", "ＡＢＤ", "A；B；D"])
def test_several_right_letters(answer: str) -> None:
    (item,) = items(f"二、多选题\n1. 哪些对？\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案：{answer}")
    assert (item.kind, item.answer_key) == ("multiple", ("a", "b", "d"))


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("对", "a"),
        ("√", "a"),
        ("正确", "a"),
        ("T", "a"),
        ("A", "a"),
        ("错", "b"),
        ("×", "b"),
        ("错误", "b"),
        ("F", "b"),
        ("B", "b"),
    ],
)
def test_verdicts(answer: str, key: str) -> None:
    (item,) = items(f"三、判断题\n1. 禁毒是大家的事。（　）\n答案：{answer}")
    assert (item.kind, item.stem, item.answer_key) == ("true_false", "禁毒是大家的事。", (key,))


def test_a_verdict_in_the_brackets_of_the_statement() -> None:
    found = items("判断题\n1. 禁毒是大家的事。（√）\n2. 陌生人给的糖能吃。（×）")
    assert [(item.stem, item.answer_key) for item in found] == [
        ("禁毒是大家的事。", ("a",)), ("陌生人给的糖能吃。", ("b",)),
    ]  # fmt: skip


def test_blanks_with_several_answers() -> None:
    first, second = items(
        "四、填空题\n1. 国际禁毒日是____。\n答案：6月26日|六月二十六日\n2. 报警打（　），先（　）。\n答案：110；离开"
    )
    assert (first.kind, first.stem, first.answer_key) == ("blank", "国际禁毒日是____。", ("6月26日|六月二十六日",))
    assert (second.stem, second.answer_key) == ("报警打____，先____。", ("110", "离开"))


def test_answers_at_the_end_by_number_and_by_section() -> None:
    found = items(
        "一、单选题\n1. 甲题\nA. 一 B. 二\n2. 乙题\nA. 一 B. 二\n二、判断题\n1. 丙题。\n2. 丁题。\n"
        "参考答案\n一、单选题\n1-2 AB\n二、判断题\n1.√ 2.×"
    )
    assert [(item.stem, item.answer_key) for item in found] == [
        ("甲题", ("a",)), ("乙题", ("b",)), ("丙题。", ("a",)), ("丁题。", ("b",)),
    ]  # fmt: skip


def test_words_that_only_look_like_options_stay_in_their_line() -> None:
    (item,) = items("1. 哪种对？\nA. 维生素B、C和D都要\nB. 只要 A 型\n答案：A")
    assert [choice.text for choice in item.choices] == ["维生素B、C和D都要", "只要 A 型"]


def test_a_stem_and_an_explanation_of_several_lines() -> None:
    (item,) = items("1. 小明在路上，\n有人递来糖。他怎么做？\nA. 吃\nB. 不吃\n答案：B\n解析：先不吃。\n再告诉家长。")
    assert item.stem == "小明在路上，\n有人递来糖。他怎么做？"
    assert item.explanation == "先不吃。\n再告诉家长。"


def test_numbers_inside_an_explanation_do_not_begin_a_question() -> None:
    found = items("1. 甲？\nA. 一\nB. 二\n答案：A\n解析：分三点\n2. 乙？\nA. 一\nB. 二\n答案：B")
    assert [item.stem for item in found] == ["甲？", "乙？"]


def test_what_cannot_be_taken_is_named_and_the_rest_is_kept() -> None:
    result = read_text(
        "1. 甲？\nA. 一\nB. 二\n答案：A\n2. 没有答案\nA. 一\nB. 二\n3. 答案对不上\nA. 一\nB. 二\n答案：E\n"
        "五、简答题\n4. 谈谈你的看法。\n答案：略"
    )
    assert [read.item.stem for read in result.items] == ["甲？"]
    assert [(problem.where, problem.message[:6]) for problem in result.problems] == [
        ("第 2 题", "没有答案。请"), ("第 3 题", "答案和选项对"), ("第 4 题", "简答、论述一"),
    ]  # fmt: skip


def test_text_without_questions_is_refused() -> None:
    with pytest.raises(FormatError, match="没有找到题目"):
        read_text("今天天气很好。\n我们去春游。")


def listed(document, text: str, list_id: int, level: int = 0) -> None:
    """A paragraph that Word numbers."""
    paragraph = document.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    number, depth, which = OxmlElement("w:numPr"), OxmlElement("w:ilvl"), OxmlElement("w:numId")
    depth.set(qn("w:val"), str(level))
    which.set(qn("w:val"), str(list_id))
    number.extend([depth, which])
    properties.append(number)


def numbering(document, list_id: int, forms: list[tuple[str, str]]) -> None:
    """A list definition with levels of (format, text)."""
    root = document.part.numbering_part.element
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), str(list_id + 900))
    for level, (form, text) in enumerate(forms):
        one = OxmlElement("w:lvl")
        one.set(qn("w:ilvl"), str(level))
        for name, value in (("w:start", "1"), ("w:numFmt", form), ("w:lvlText", text)):
            child = OxmlElement(name)
            child.set(qn("w:val"), value)
            one.append(child)
        abstract.append(one)
    root.insert(0, abstract)
    number = OxmlElement("w:num")
    number.set(qn("w:numId"), str(list_id))
    target = OxmlElement("w:abstractNumId")
    target.set(qn("w:val"), str(list_id + 900))
    number.append(target)
    root.append(number)


def test_word_s_own_numbers_and_letters_are_read() -> None:
    document = Document()
    numbering(document, 71, [("decimal", "%1."), ("upperLetter", "%2.")])
    for stem in ("甲题？", "乙题？"):
        listed(document, stem, 71)
        listed(document, "一", 71, 1)
        listed(document, "二", 71, 1)
        document.add_paragraph("答案：B")
    result = read_docx(save(document), "题.docx")
    assert [(read.item.stem, read.item.answer_key) for read in result.items] == [("甲题？", ("b",)), ("乙题？", ("b",))]


def test_a_table_with_headings_in_a_document_is_read_as_a_table() -> None:
    document = Document()
    rows = [
        ("题型", "题干", "选项A", "选项B", "答案"),
        ("单选题", "甲？", "一", "二", "B"),
        ("判断题", "乙。", "", "", "√"),
    ]
    table = document.add_table(len(rows), 5)
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    result = read_docx(save(document), "题.docx")
    assert [(read.item.kind, read.item.answer_key) for read in result.items] == [
        ("single", ("b",)), ("true_false", ("a",)),
    ]  # fmt: skip


def test_a_document_that_is_none_is_refused() -> None:
    target = io.BytesIO()
    target.write(b"PK\x05\x06" + b"\x00" * 18)
    with pytest.raises(FormatError):
        read_docx(target.getvalue(), "x.docx")
