"""Spreadsheets for tests: xlsx, old xls and text in every encoding, made from plain rows."""

import csv
import io
import struct
from collections.abc import Sequence

import xlsxwriter

Rows = Sequence[Sequence[str | int | float]]


def xlsx_file(rows: Rows, **options: object) -> bytes:
    """An .xlsx whose numbers are number cells and whose texts are text cells."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, **options}) as book:
        page = book.add_worksheet("名册")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                page.write(number, column, value)
    return target.getvalue()


def csv_file(rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A text file in an encoding; “utf-16” and “utf-8-sig” write their marks."""
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue().encode(encoding)


def xls_file(rows: Rows) -> bytes:
    """An Excel 97 file: BIFF8 records in an OLE container of one stream."""
    cells = b"".join(
        _cell(number, column, value)
        for number, row in enumerate(rows)
        for column, value in enumerate(row)
        if value != ""
    )
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + _record(0x000A, b"")
    name = b"Sheet1"
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    bound_length = 4 + 4 + 2 + 2 + len(name)
    offset = len(begin) + bound_length + 4
    bound = _record(0x0085, struct.pack("<IHBB", offset, 0, len(name), 0) + name)
    return _container(begin + bound + _record(0x000A, b"") + sheet)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _cell(row: int, column: int, value: str | int | float) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, int | float):
        return _record(0x0203, place + struct.pack("<d", value))
    text = value.encode("utf-16-le")
    return _record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def _container(stream: bytes) -> bytes:
    """A compound file: header, one allocation sector, one directory sector, the stream “Workbook”."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    assert sectors + 2 <= 128, "the fixture writer holds one allocation sector only"
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chain = [table, end, *(2 + number + 1 for number in range(sectors - 1)), end]
    allocation = struct.pack("<128I", *(chain + [free] * (128 - len(chain))))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *([free] * 108))
    root = _entry("Root Entry", 5, child=1, start=end, size=0)
    book = _entry("Workbook", 2, child=free, start=2, size=len(stream))
    return header + allocation + root + book + _entry("", 0) * 2 + stream


def _entry(name: str, kind: int, child: int = 0xFFFFFFFF, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    links = struct.pack("<HBBIII", length, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
