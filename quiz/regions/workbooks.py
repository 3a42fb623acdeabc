"""Excel files, opened with care: a small file can unpack to gigabytes, or claim a million empty rows."""

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from quiz.errors import DomainError
from quiz.regions import workbook_reader

Cell = str | int | float | bool

MAX_UNPACKED = 60 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_CELLS = 2_500_000
READ_SECONDS = 60
ROOT = Path(__file__).resolve().parents[2]
#: Everything that zipfile has been seen to raise for archives with a few wrong bytes.
BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, LookupError, NotImplementedError, RuntimeError,
    ValueError,
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL_ADDRESS = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_CHUNK = 1 << 20


def is_zip(data: bytes) -> bool:
    """Whether the content is a zip archive, as .xlsx is."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_old_workbook(data: bytes) -> bool:
    """Whether the content is an OLE container (.xls, and also a password-protected .xlsx)."""
    return data.startswith(_OLE)


def read_workbook(data: bytes) -> list[tuple[str, list[list[Cell]]]]:
    """Visible worksheets as (name, rows of cells), rows counted from the first row of the sheet.

    Raises DomainError when the file is damaged, protected, not a workbook, or unpacks to more than is sane.
    """
    if is_zip(data):
        _check_archive(data)
    elif b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in data:
        raise _protected()
    return _read_apart(data)


def _read_apart(data: bytes) -> list[tuple[str, list[list[Cell]]]]:
    """Let a process of its own read the file (see workbook_reader.py)."""
    command = [sys.executable, "-m", workbook_reader.__name__]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command of our own
            command, input=data, capture_output=True, cwd=ROOT, timeout=READ_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _damaged() from error
    if done.returncode == workbook_reader.PROTECTED:
        raise _protected()
    if done.returncode != 0:
        raise _damaged()
    return [(name, rows) for name, rows in json.loads(done.stdout)]


def _check_archive(data: bytes) -> None:
    """Refuse archives that are damaged, are no workbook, or would not fit in memory when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise DomainError("这个文件解开后太大。请把名单单独复制到一个新的表格里再上传。", field="file")
            names = {entry.filename for entry in entries}
            if not any(name.endswith("workbook.xml") for name in names):
                raise DomainError("这是一个压缩文件，不是 Excel 表格。请上传 .xlsx、.xls 或 .csv 文件。", field="file")
            for entry in entries:
                if "worksheets/" in entry.filename and entry.filename.endswith(".xml"):
                    _check_area(archive, entry)
    except BROKEN_ARCHIVE as error:
        raise _damaged() from error


def _check_area(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose outermost cells span more than MAX_CELLS: the reader fills the whole rectangle.

    Counts what is really unpacked, because the directory of a crafted archive may lie about it.
    """
    unpacked, tail, last_row, last_column = 0, b"", 0, 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > MAX_UNPACKED:
                raise DomainError("这个文件解开后太大。请把名单单独复制到一个新的表格里再上传。", field="file")
            for letters, digits in _CELL_ADDRESS.findall(tail + chunk):
                last_row = max(last_row, int(digits))
                last_column = max(last_column, _column_number(letters))
            tail = chunk[-200:]
    if last_row * last_column > MAX_CELLS:
        raise DomainError(
            "表格的范围太大，远处的格子里可能有空白内容。请把名单复制到一个新的表格里再上传。", field="file"
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _damaged() -> DomainError:
    return DomainError("文件不完整或已经损坏。请在表格软件里打开它，另存为 .xlsx 后再上传。", field="file")


def _protected() -> DomainError:
    return DomainError("文件有密码保护。请在表格软件里取消密码，保存后再上传。", field="file")
