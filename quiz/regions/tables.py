"""Tables that come in: the bytes of a spreadsheet as rows of plain cells, whatever program wrote it.

Pure reading. What a file is, its content says, not its name: old Excel files called .csv and text files called
.xls are everyday. Text is tried as UTF-16 (by its mark), UTF-8 and GB18030, in this order; statistics over short
Chinese lists guess wrong.
"""

import csv
import io
import unicodedata
from dataclasses import dataclass

from question_bank.controls import one_line
from quiz.errors import DomainError
from quiz.regions.workbooks import Cell as Cell
from quiz.regions.workbooks import is_old_workbook, is_zip, read_workbook

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 120
EXACT_LIMIT = 10**15  # a spreadsheet keeps 15 digits; longer numbers have lost their last ones
BINARY_STARTS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")


@dataclass(frozen=True)
class Row:
    """One row; ``number`` is the one that the spreadsheet shows, counting from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """The rows of one sheet that hold anything, and how the file was read (``xlsx``, ``xls`` or a text encoding)."""

    rows: tuple[Row, ...]
    encoding: str
    sheet: str = ""


def read_tables(data: bytes, filename: str = "") -> tuple[Table, ...]:
    """All sheets of a file that hold rows (one for a text file).

    ``filename`` only makes messages clearer. Raises DomainError when the file is empty, too large, protected,
    damaged, or no table at all.
    """
    check_upload(data, filename)
    if is_zip(data) or is_old_workbook(data):
        encoding = "xlsx" if is_zip(data) else "xls"
        sheets = read_workbook(data)
        tables = tuple(_table(cells, encoding, name) for name, cells in sheets)
    else:
        tables = (_read_text(data),)
    tables = tuple(table for table in tables if table.rows)
    if not tables:
        raise DomainError("文件里没有内容。请确认名单写在第一张工作表里。", field="file")
    return tables


def _table(rows: list[list[Cell]], encoding: str, sheet: str = "") -> Table:
    kept = tuple(
        Row(number, tuple(cells[:MAX_COLUMNS]))
        for number, cells in enumerate(rows, start=1)
        if any(cell_text(cell) for cell in cells)
    )
    if len(kept) > MAX_ROWS:
        raise DomainError(
            "文件有 %(rows)s 行，一次最多 %(limit)s 行。请分成几个文件导入。",
            field="file", rows=len(kept), limit=MAX_ROWS,
        )  # fmt: skip
    return Table(kept, encoding, sheet)


def check_upload(data: bytes, filename: str = "") -> None:
    """Refuse at a glance what cannot be a table: nothing, too much, or another kind of file (DomainError)."""
    if not data.strip():
        raise DomainError("文件是空的。请确认导出成功后重新选择。", field="file")
    if len(data) > MAX_BYTES:
        raise DomainError("文件超过 5 MB。请删掉图片和多余的工作表，或者分几次导入。", field="file")
    if is_zip(data) or is_old_workbook(data):
        return
    if data.startswith(BINARY_STARTS) or b"\x00\x00\x00" in data[:4096]:
        raise DomainError(
            "“%(name)s”不是表格文件。请上传 .xlsx、.xls 或 .csv 文件。", field="file", name=filename or "?"
        )


def _read_text(data: bytes) -> Table:
    text, encoding = decode(data)
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise DomainError("这是一个网页，只是扩展名像表格。请用表格软件打开它，另存为 .xlsx 后再上传。", field="file")
    dialect = _separator(text)
    try:
        rows: list[list[Cell]] = [list(cells) for cells in csv.reader(io.StringIO(text, newline=""), delimiter=dialect)]
    except csv.Error as error:
        raise DomainError(
            "这个文本文件读不完整：可能有一个引号没有成对。请另存为 .xlsx 后再上传。", field="file"
        ) from error
    return _table(rows, encoding)


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding; DomainError when it is none that schools use."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates: tuple[str, ...] = ("utf-16",)
    elif data[1:400:2].count(0) > len(data[1:400:2]) // 2:
        candidates = ("utf-16-le",)
    elif data[0:400:2].count(0) > len(data[0:400:2]) // 2:
        candidates = ("utf-16-be",)
    else:
        candidates = ("utf-8-sig", "gb18030")
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(char) == "Cc" and char not in "\t\r\n\x0b\x0c" for char in text[:4000]):
            return text, encoding
    raise DomainError("这个文件的文字读不出来。请用表格软件打开它，另存为 .xlsx 后再上传。", field="file")


def _separator(text: str) -> str:
    """The separator that the first lines use most: tab, comma or semicolon (full-width ones are not separators)."""
    start = "\n".join(text.splitlines()[:10])
    return max("\t,;", key=lambda char: (start.count(char), char == ","))


def cell_text(value: Cell) -> str:
    """A cell as a person reads it, in one line: whole numbers without “.0”, no outer or unbreakable spaces, no apostrophe guard."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_LIMIT:
        return str(int(value))
    text = one_line(str(value).replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", ""))
    if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"}:
        return text[1:]
    return text


def number_text(value: Cell) -> str:
    """A cell of a column of numbers: as :func:`cell_text`, with full-width digits made plain and no spaces inside."""
    return "".join(unicodedata.normalize("NFKC", cell_text(value)).split())


def has_lost_digits(value: Cell) -> bool:
    """Whether a spreadsheet has already thrown digits of this number away (long numbers typed as numbers)."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return abs(value) >= EXACT_LIMIT
    text = number_text(value).upper()
    mantissa, mark, exponent = text.partition("E+")
    return bool(mark) and exponent.isdigit() and mantissa.replace(".", "", 1).isdigit()
