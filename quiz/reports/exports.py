"""Tables as spreadsheet files that no cell can turn into a formula.

xlsx cells are written as texts or numbers, never guessed; in CSV, which knows no types, a text that a spreadsheet
would run is preceded by an apostrophe.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

Cell = str | int | float | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NOT_IN_SHEET_NAMES = str.maketrans("[]:*?/\\", "       ")


@dataclass(frozen=True)
class Sheet:
    """One table: its name, headings with column widths (in characters), and rows."""

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Cell]]


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook of the sheets, headings styled and held while scrolling."""
    stream = io.BytesIO()
    guesses = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, {"in_memory": True, **guesses}) as workbook:
        heading = workbook.add_format({"bold": True, "bg_color": "#D5EEF3", "border": 1, "valign": "vcenter"})
        text = workbook.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        number = workbook.add_format({"valign": "top"})
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name.translate(NOT_IN_SHEET_NAMES)[:31])
            page.freeze_panes(1, 0)
            page.set_paper(9)  # A4
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            for column, (title, width) in enumerate(sheet.columns):
                page.set_column(column, column, width)
                page.write_string(0, column, title, heading)
            for line, row in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(line, column, cell, text)
                    elif cell is not None:
                        page.write_number(line, column, cell, number)
    return stream.getvalue()


def csv_bytes(sheet: Sheet) -> bytes:
    """One table as UTF-8 with BOM, which spreadsheet programs need to read Chinese."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([title for title, _ in sheet.columns])
    writer.writerows([[_defused(cell) for cell in row] for row in sheet.rows])
    return stream.getvalue().encode("utf-8-sig")


def _defused(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return "" if cell is None else cell
