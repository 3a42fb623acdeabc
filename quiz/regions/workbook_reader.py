"""``python -m quiz.regions.workbook_reader``: read a workbook in a process of its own, with a cap on memory and time.

The reader trusts the sizes that an old .xls file claims; a few wrong bytes make it ask for all the memory there is,
which ends the process. So it is one that nobody else lives in. The file comes by standard input; out goes JSON, a
list of (sheet name, rows of cells). Exit codes: 0, PROTECTED, or anything else for a file that cannot be read.
"""

import io
import json
import resource
import sys

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

PROTECTED = 3
MEMORY_BYTES = 1024**3
CPU_SECONDS = 30


def main() -> int:
    """Read standard input within the caps."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as book:
            names = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
            ]
            json.dump([(name, _rows(book, name)) for name in names], sys.stdout)
    except PasswordError:
        return PROTECTED
    return 0


def _rows(book: CalamineWorkbook, name: str) -> list[list[object]]:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[cell if isinstance(cell, str | int | float | bool) else str(cell) for cell in row] for row in rows]


if __name__ == "__main__":
    sys.exit(main())
