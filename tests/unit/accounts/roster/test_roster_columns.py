"""What is wrong with a row is said by row, column and value; what is not ours to read stays unread."""

import pytest

from quiz.accounts.roster.columns import RosterFile, clean_name, read_roster
from quiz.errors import DomainError
from tests.sheets import csv_file, xls_file, xlsx_file

HEADINGS = ["学号", "姓名", "班级"]


def read(*rows: list[str | int | float], headings: list[str] | None = None) -> RosterFile:
    return read_roster(xlsx_file([headings or HEADINGS, *rows]), "名册.xlsx")


def problems(*rows: list[str | int | float]) -> list[str]:
    return [f"{row.line}:{one.field}:{one.value}:{one.message}" for row in read(*rows).rows for one in row.problems]


def test_a_school_systems_export_is_read_without_its_personal_columns() -> None:
    headings = [
        "序号",
        "学校名称",
        "年级",
        "班级",
        "姓名",
        "手机号",
        "性别",
        "民族",
        "身份证件号",
        "学籍副号",
        "全国学籍号",
        "学号",
        "学生状态",
    ]
    row = [
        "1",
        "某校",
        "八年级",
        "1班",
        "卓玛",
        "13900000000",
        "女",
        "藏族",
        "630102201201011234",
        "",
        "G630102201201011234",
        "20240101",
        "在读",
    ]
    file = read_roster(xlsx_file([["学籍信息表"], headings, row]), "学籍.xlsx")
    assert file.heading_line == 2
    assert file.personal == ("手机号", "民族", "身份证件号")
    assert file.ignored == ("序号", "学校名称", "学籍副号", "全国学籍号", "学生状态")
    only = file.rows[0]
    assert (only.line, only.number, only.name, only.class_text, only.grade_text, only.gender) == (
        3,
        "20240101",
        "卓玛",
        "1班",
        "八年级",
        "女",
    )
    assert "630102201201011234" not in repr(file)
    assert "13900000000" not in repr(file)


def test_an_old_workbook_with_numbers_as_numbers() -> None:
    file = read_roster(
        xls_file([["学号", "姓名", "年级名称", "班级名称"], [20240101.0, "李明", "八年级", "1班"]]), "a.xls"
    )
    assert (file.rows[0].number, file.encoding) == ("20240101", "xls")


def test_a_long_number_in_scientific_form_is_refused_with_the_remedy() -> None:
    found = problems([510107200801011300, "李明", "八年级1班"])
    assert found[0].startswith("2:number:")
    assert "改成文本格式后重新填写" in found[0]


def test_every_cell_that_cannot_be_used_is_named() -> None:
    found = problems(["", "李明", "八年级1班"], ["12", "", "八年级1班"], ["1 2#", "王", "1班"], ["13", "12345", "1班"])
    assert [one.split(":")[:2] for one in found] == [["2", "number"], ["3", "name"], ["4", "number"], ["5", "name"]]


def test_an_identity_number_is_not_collected() -> None:
    assert "平台不收集" in problems(["11010519491231002X", "李明", "八年级1班"])[0]
    doubt = read(["G11010519491231002X", "李明", "八年级1班"]).rows[0]
    assert doubt.problems == ()
    assert "含有身份证件号" in doubt.warnings[0].message
    assert problems(["630102202409010001", "李明", "八年级1班"]) == []


def test_a_number_shorter_than_the_others_may_have_lost_its_zeros() -> None:
    file = read(["00101", "李明", "八年级1班"], ["00102", "王芳", "八年级1班"], [103, "赵云", "八年级1班"])
    assert [len(row.warnings) for row in file.rows] == [0, 0, 1]


def test_full_width_digits_and_unbreakable_spaces() -> None:
    row = read(["２０２４０１０１\u00a0", "\u00a0李 明 ", "八年级１班"]).rows[0]
    assert (row.number, row.name) == ("20240101", "李明")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("才让•多杰", "才让·多杰"), ("才让・多杰", "才让·多杰"), ("才让.多杰", "才让·多杰"), ("才让 · 多杰", "才让·多杰"), ("王　芳", "王芳"),
        ("张䶮", "张䶮"), ("𠮷田", "𠮷田"), ("Tashi  Dolma", "Tashi Dolma"), ("༄བཀྲ་ཤིས", "༄བཀྲ་ཤིས"), ("李\u200b明", "李明"),
    ],
)  # fmt: skip
def test_names_keep_what_is_theirs(written: str, kept: str) -> None:
    assert clean_name(written) == kept


def test_totals_notes_and_repeated_headings_are_no_pupils() -> None:
    file = read(["1", "李明", "八年级1班"], [*HEADINGS], ["合计：1 人", "", ""], ["", "", ""], ["备注：略", "", ""])
    assert [row.number for row in file.rows] == ["1"]


def test_a_gender_that_is_none_is_left_out_with_a_warning() -> None:
    file = read(["1", "李明", "八年级1班", "男"], ["2", "王芳", "八年级1班", "未知"], headings=[*HEADINGS, "性别"])
    assert [row.gender for row in file.rows] == ["男", ""]
    assert file.rows[1].warnings[0].field == "gender"


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([["姓名", "班级"], ["李明", "1班"]], "学号"),
        ([["a", "b"], ["1", "2"]], "学号、姓名、班级"),
        ([HEADINGS], "没有学生"),
    ],
)
def test_files_without_what_is_needed(rows: list[list[str]], part: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_roster(csv_file(rows, "gb18030"), "名册.csv")
    assert part in str(caught.value)
