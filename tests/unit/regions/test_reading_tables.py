"""Real spreadsheets are read whatever wrote them, and files that would hurt are refused with a remedy."""

import io
import zipfile

import pytest

from quiz.errors import DomainError
from quiz.regions.headings import Column, find_headings, plain
from quiz.regions.tables import MAX_BYTES, MAX_ROWS, cell_text, has_lost_digits, number_text, read_tables
from tests.sheets import csv_file, xls_file, xlsx_file

ROWS = [["学号", "姓名"], ["0101", "张䶮"], ["0102", "才让·多杰"]]


def texts(data: bytes, filename: str = "") -> list[list[str]]:
    return [[cell_text(cell) for cell in row.cells] for row in read_tables(data, filename)[0].rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_in_every_encoding_and_with_every_separator(encoding: str, delimiter: str) -> None:
    assert texts(csv_file(ROWS, encoding, delimiter)) == ROWS


def test_plain_gbk() -> None:
    rows = [["学号", "姓名"], ["1", "李明"]]
    assert texts(csv_file(rows, "gbk")) == rows


def test_new_and_old_workbooks_whatever_their_names_say() -> None:
    assert texts(xlsx_file(ROWS), "名册.csv") == ROWS
    assert texts(xls_file(ROWS), "名册.xlsx") == ROWS
    assert texts(csv_file(ROWS), "名册.xls") == ROWS


def test_numbers_of_old_and_new_workbooks_become_digits() -> None:
    for data in (xls_file([["学号"], [20240101]]), xlsx_file([["学号"], [20240101]])):
        assert texts(data)[1] == ["20240101"]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows() -> None:
    table = read_tables(xlsx_file([["标题"], [], ["学号"], [], ["1"]]))[0]
    assert [row.number for row in table.rows] == [1, 3, 5]
    assert [row.number for row in read_tables(b"\n\na,b\n\n1,2\n")[0].rows] == [3, 5]


@pytest.mark.parametrize("value", [510107200801011300, 5.101072008010113e17, "5.10107E+17", "5.1E+17", "１.2E+15"])
def test_lost_digits_are_noticed(value: str | float) -> None:
    assert has_lost_digits(value)


@pytest.mark.parametrize("value", ["20240101", 20240101, 123456789012345, "E123", "2024E01", "", True])
def test_ordinary_numbers_are_not_suspected(value: str | float) -> None:
    assert not has_lost_digits(value)


def test_cells_lose_what_nobody_sees() -> None:
    assert cell_text("\u00a0张三\u200b ") == "张三"
    assert number_text("２０２４ ０１\u00a0") == "202401"
    assert cell_text("'=1+1") == "=1+1"
    assert cell_text("'tis") == "'tis"
    assert cell_text(12.0) == "12"
    assert cell_text(12.5) == "12.5"


def bomb(**sizes: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for name, size in sizes.items():
            archive.writestr(f"xl/worksheets/{name}.xml", b"\0" * size)
    return target.getvalue()


def test_an_archive_that_unpacks_to_more_than_is_sane() -> None:
    refused(bomb(sheet1=70 * 1024 * 1024), "解开后太大")


def test_an_archive_whose_directory_lies_about_its_size() -> None:
    data = bytearray(bomb(sheet1=70 * 1024 * 1024))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    refused(bytes(data), "解开后太大", "损坏")


def test_a_sheet_whose_last_cell_is_far_away() -> None:
    target = io.BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write(0, 0, "学号")
        page.write(1_000_000, 16_000, "x")
    refused(target.getvalue(), "范围太大")


def refused(data: bytes, *parts: str, filename: str = "名册.xlsx") -> None:
    with pytest.raises(DomainError) as caught:
        read_tables(data, filename)
    assert any(part in str(caught.value) for part in parts), str(caught.value)
    assert caught.value.field == "file"


def test_files_that_are_no_tables() -> None:
    refused(b"", "是空的")
    refused(b" \r\n", "是空的")
    refused(b"%PDF-1.7 x", "不是表格文件")
    refused(b"\x89PNG\r\n\x1a\n" + bytes(200), "不是表格文件")
    refused(bytes(range(256)) * 8, "不是表格文件", "读不出来")
    refused(b"<html><table><tr><td>1</td></tr></table>", "网页")
    refused(b"x" * (MAX_BYTES + 1), "超过 5 MB")
    refused(xlsx_file([]), "没有内容")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    refused(target.getvalue(), "压缩文件")


def test_damaged_and_protected_workbooks() -> None:
    whole = xlsx_file(ROWS)
    for length in (40, len(whole) // 2, len(whole) - 10):
        refused(whole[:length], "不完整或已经损坏")
    refused(xls_file(ROWS)[:600], "不完整或已经损坏")
    refused(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "密码")


def test_too_many_rows() -> None:
    refused(b"a\n" * (MAX_ROWS + 1), "一次最多")
    assert len(read_tables(b"a\n" * MAX_ROWS)[0].rows) == MAX_ROWS


COLUMNS = (Column("number", ("学号", "学籍号")), Column("name", ("姓名", "学生姓名")))


@pytest.mark.parametrize("heading", ["姓名", " 姓 名 ", "姓名（必填）", "姓名*", "学生姓名:", "姓\n名", "姓名\u3000"])
def test_headings_are_recognised_by_meaning(heading: str) -> None:
    found = find_headings(
        read_tables(xlsx_file([["学　号", heading], ["1", "李明"]])), COLUMNS, frozenset({"number", "name"})
    )
    assert found is not None
    assert found.positions == {"number": 0, "name": 1}


def test_headings_stand_below_title_rows_and_on_a_later_sheet() -> None:
    rows = [
        ["清源实验学校八年级名册"],
        ["2026 年秋"],
        ["制表：教务处", "", "单位：人"],
        ["学号", "民族", "姓名", "备注"],
        ["1", "藏", "李明"],
    ]
    found = find_headings(read_tables(xlsx_file(rows)), COLUMNS, frozenset({"number", "name"}))
    assert found is not None
    assert (found.row.number, found.positions) == (4, {"number": 0, "name": 2})
    assert (found.personal, found.ignored) == (("民族",), ("备注",))
    assert [row.number for row in found.body] == [5]


def test_the_preferred_heading_wins_unless_its_column_is_empty() -> None:
    both = [["学籍号", "学号", "姓名"], ["G1", "7", "李明"]]
    empty = [["学籍号", "学号", "姓名"], ["G1", "", "李明"]]
    places = [
        find_headings(read_tables(xlsx_file(rows)), COLUMNS, frozenset({"number", "name"})) for rows in (both, empty)
    ]
    assert [found.positions["number"] for found in places if found] == [1, 0]


def test_plain_headings() -> None:
    assert plain("学　号（必填）*") == plain("学号")
