"""Tables that go out: xlsx and CSV files that a spreadsheet opens without running anything in them.

In xlsx every text is written as a text cell, so “=1+1” stays four characters. CSV has no types: there a cell
that a spreadsheet would take for a formula gets an apostrophe before it (the reader in quiz/regions/tables.py
takes it off again). CSV begins with a byte order mark, without which Excel reads Chinese as GBK.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import xlsxwriter
from flask import Response

from question_bank.controls import one_line, with_breaks
from quiz.clock import LOCAL_ZONE

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
TITLE_LIMIT = 31  # what Excel allows as the name of a sheet

Cell = str | int | float | None


@dataclass(frozen=True)
class Sheet:
    """One worksheet: headings, rows below them, and column widths in characters."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook with one worksheet per ``Sheet``; texts as text, numbers as numbers."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        heading, text = book.add_format({"bold": True, "num_format": "@"}), book.add_format({"num_format": "@"})
        for sheet in sheets:
            page = book.add_worksheet(_sheet_title(sheet.title))
            page.freeze_panes(1, 0)
            for column, label in enumerate(sheet.headings):
                width = sheet.widths[column] if column < len(sheet.widths) else 14
                page.set_column(column, column, width, text)
                page.write_string(0, column, with_breaks(label), heading)
            for number, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, int | float):
                        page.write_number(number, column, value)
                    elif value:
                        page.write_string(number, column, with_breaks(value), text)
    return target.getvalue()


def _sheet_title(title: str) -> str:
    return "".join("_" if char in "[]:*?/\\'" else char for char in one_line(title))[:TITLE_LIMIT]


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file in UTF-8 with a byte order mark and Windows line ends."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([defused(value) for value in row])
    return target.getvalue().encode("utf-8-sig")


def defused(value: Cell) -> str:
    """A CSV cell that no spreadsheet runs as a formula."""
    if isinstance(value, int | float):
        return str(value)
    text = value or ""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def day_stamp(at: datetime) -> str:
    """“20260626”, for the name of a file: the day where people are; that of UTC is yesterday's until eight in the morning."""
    return f"{at.astimezone(LOCAL_ZONE):%Y%m%d}"


def attachment(data: bytes, filename: str, content_type: str) -> Response:
    """A response that the browser saves under ``filename`` (Chinese names included, control characters not)."""
    filename = one_line(filename)
    plain = "".join(char if char.isascii() and char not in '"\\' else "_" for char in filename)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    return Response(data, content_type=content_type, headers={"Content-Disposition": disposition})
