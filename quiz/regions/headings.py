"""Find the heading row of a table and which column means what, in the words that schools really use."""

import re
import unicodedata
from dataclasses import dataclass

from quiz.regions.tables import Row, Table, cell_text

SEARCHED_ROWS = 12  # one to three title rows are usual; some forms begin with a paragraph of instructions
PERSONAL = ("身份证", "证件号", "手机", "电话", "联系方式", "住址", "地址", "户口", "户籍", "民族", "出生", "监护人", "家长",
            "父亲", "母亲", "银行", "邮箱", "微信", "QQ", "照片", "籍贯", "健康", "残疾")  # fmt: skip
_NOISE = re.compile(r"[\s:：*＊_/\\、,，.。\-—]|[（(\[【].*?[)）\]】]")


@dataclass(frozen=True)
class Column:
    """A meaning and the headings that express it, the preferred first."""

    key: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Headings:
    """Where the headings are and what was recognised.

    ``positions`` maps a key to its column (from 0), ``labels`` to the heading as written; ``ignored`` and
    ``personal`` name the columns that are not read.
    """

    table: Table
    row: Row
    positions: dict[str, int]
    labels: dict[str, str]
    ignored: tuple[str, ...]
    personal: tuple[str, ...]

    @property
    def body(self) -> tuple[Row, ...]:
        """The rows below the headings."""
        return tuple(row for row in self.table.rows if row.number > self.row.number)


def plain(heading: str) -> str:
    """A heading as it is compared: NFKC, without spaces, marks and remarks in brackets (“姓 名（必填）” → “姓名”)."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading)).casefold()


def find_headings(tables: tuple[Table, ...], columns: tuple[Column, ...], required: frozenset[str]) -> Headings | None:
    """The headings of the first table that has all required columns; else those of the best row; else None."""
    best: Headings | None = None
    for table in tables:
        for row in table.rows[:SEARCHED_ROWS]:
            found = _recognise(table, row, columns)
            if required <= found.positions.keys():
                return found
            if found.positions and (best is None or len(found.positions) > len(best.positions)):
                best = found
    return best


def _recognise(table: Table, row: Row, columns: tuple[Column, ...]) -> Headings:
    texts = [cell_text(cell) for cell in row.cells]
    compared = [plain(text) for text in texts]
    positions: dict[str, int] = {}
    for column in columns:
        places = [compared.index(plain(name)) for name in column.names if plain(name) in compared]
        if places:
            positions[column.key] = next((place for place in places if _has_values(table, row, place)), places[0])
    others = [text for place, text in enumerate(texts) if text and place not in positions.values()]
    personal = tuple(text for text in others if any(word in text for word in PERSONAL))
    return Headings(
        table=table,
        row=row,
        positions=positions,
        labels={key: texts[place] for key, place in positions.items()},
        ignored=tuple(text for text in others if text not in personal),
        personal=personal,
    )


def _has_values(table: Table, heading: Row, place: int) -> bool:
    """Whether a column holds anything below its heading (school systems export columns nobody fills)."""
    return any(
        row.number > heading.number and place < len(row.cells) and cell_text(row.cells[place]) for row in table.rows
    )
