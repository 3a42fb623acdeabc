"""What the page of a dry run shows: counts, tabs, and one page of questions or of problems."""

from dataclasses import dataclass
from typing import Any

from question_bank.model import Item
from quiz.items.editing.shown import revealed
from quiz.items.importing.models import ItemImport
from quiz.items.importing.services import is_same
from quiz.items.rules import ReviewedChoice
from quiz.web.pagination import Page

PER_PAGE = 20
TABS = ("all", "doubtful", "alike", "refused")


@dataclass(frozen=True)
class FoundLine:
    """One question that was read."""

    content: Item
    where: str
    choices: list[ReviewedChoice]
    doubts: list[dict[str, str]]
    problems: int
    twin: dict[str, Any] | None
    is_same: bool


@dataclass(frozen=True)
class ImportPreview:
    """One page of a dry run; ``page`` holds FoundLines, or problems in the tab of refused ones."""

    counts: dict[str, int]
    tab: str
    page: Page
    notes: list[str]


def preview_of(row: ItemImport, tab: str, number: int) -> ImportPreview:
    """The page of a dry run that is asked for; an unknown tab is the first."""
    tab = tab if tab in TABS else "all"
    if tab == "refused":
        wanted: list[Any] = row.summary["problems"]
    else:
        wanted = [one for one in row.found or () if _fits(one, tab)]
    number = min(max(1, number), max(1, -(-len(wanted) // PER_PAGE)))
    part = wanted[(number - 1) * PER_PAGE : number * PER_PAGE]
    rows = part if tab == "refused" else [_line(one) for one in part]
    return ImportPreview(
        counts=row.summary["counts"], tab=tab, page=Page(rows, number, len(wanted), PER_PAGE),
        notes=row.summary["notes"],
    )  # fmt: skip


def _fits(one: dict[str, Any], tab: str) -> bool:
    return {"doubtful": bool(one["doubts"]), "alike": one["twin"] is not None}.get(tab, True)


def _line(one: dict[str, Any]) -> FoundLine:
    content = Item.from_dict(one["content"])
    return FoundLine(
        content=content, where=one["where"], choices=revealed(content), doubts=one["doubts"],
        problems=one["problems"], twin=one["twin"], is_same=is_same(one),
    )  # fmt: skip
