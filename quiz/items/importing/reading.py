"""Read an uploaded file as drafts, each with its doubts and the item it resembles most."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from question_bank.controls import cleaned, one_line, with_breaks
from question_bank.formats import spreadsheet
from question_bank.formats.base import FormatError, FormatProblem, ReadItem, ReadResult
from question_bank.formats.registry import FORMATS, detect
from question_bank.likeness import LikenessIndex
from question_bank.model import GradeBand, Item
from quiz.errors import DomainError
from quiz.items.editing.checking import problems_of
from quiz.regions.tables import Table, read_tables

TWIN_LIKENESS = 0.5
SAME_LIKENESS = 0.8  # nearly the same: skipped unless the editor wants it
TABLES = ("xlsx", "csv")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Defaults:
    """What the editor says of all questions of a file; used only where the file says nothing."""

    topic: str = ""
    subtopic: str = ""
    bands: tuple[str, ...] = ()
    difficulty: int = 0
    sources: tuple[str, ...] = ()

    def apply(self, item: Item) -> Item:
        """The item with its empty fields filled."""
        return replace(
            item,
            topic=item.topic or self.topic,
            subtopic=item.subtopic or (self.subtopic if item.topic in ("", self.topic) else ""),
            bands=item.bands or tuple(GradeBand(band) for band in self.bands),
            difficulty=item.difficulty or self.difficulty,
            sources=item.sources or self.sources,
        )


def read_upload(data: bytes, filename: str, code: str) -> tuple[str, ReadResult]:
    """The format that a file is in and what it holds. Raises DomainError when it cannot be read at all."""
    try:
        found = FORMATS[code] if code else detect(data, filename)
        if found.code in TABLES:
            return found.code, spreadsheet.read_sheets([_sheet(table) for table in read_tables(data, filename)])
        if found.read is None:
            raise FormatError("这种格式只能导出，不能导入。")
        return found.code, found.read(data, filename)
    except FormatError as error:
        raise DomainError("%(reason)s", field="file", reason=str(error)) from error


def _sheet(table: Table) -> tuple[str, list[list[Any]]]:
    """A sheet with its empty rows in place, so that row numbers are those of the spreadsheet."""
    rows: list[list[Any]] = [[] for _ in range(max(row.number for row in table.rows))]
    for row in table.rows:
        rows[row.number - 1] = list(row.cells)
    return table.sheet, rows


def examine(
    result: ReadResult, defaults: Defaults, bank: Iterable[Item], progress: Progress
) -> list[dict[str, Any]]:  # fmt: skip
    """The questions as the dry run keeps them: content, place, doubts, number of problems, likest item."""
    index = LikenessIndex(bank)
    total, found = len(result.items), []
    for number, read in enumerate(result.items, 1):
        found.append(_examined(read, defaults, index))
        if number % 50 == 0 or number == total:
            progress(number, total)
    return found


def _examined(read: ReadItem, defaults: Defaults, index: LikenessIndex) -> dict[str, Any]:
    item, where = cleaned(defaults.apply(read.item)), one_line(read.where)
    stranger = replace(item, id="")  # an item that comes back under its own id is a twin all the same
    twins = index.look_alikes(stranger, TWIN_LIKENESS)
    index.add(replace(item, id=where))  # a file may hold the same question twice
    return {
        "content": item.to_dict(),
        "where": where,
        "doubts": [problem_dict(doubt) for doubt in read.doubts],
        "problems": len(problems_of(item)),
        "twin": _twin(twins[0].item, twins[0].likeness) if twins else None,
    }


def _twin(item: Item, likeness: float) -> dict[str, Any]:
    return {
        "id": item.id, "likeness": round(likeness, 3), "stem": item.stem,
        "choices": [choice.text for choice in item.choices],
    }  # fmt: skip


def problem_dict(problem: FormatProblem) -> dict[str, str]:
    """A problem as JSON."""
    return {name: with_breaks(value) for name, value in asdict(problem).items()}
