"""Reads of the bank for staff. Keys are included: none of this is for pupils."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from question_bank.taxonomy import REVIEW_CHECKS
from quiz.audit.models import AuditEntry
from quiz.clock import LOCAL_ZONE
from quiz.errors import NotFoundError
from quiz.items import catalogue
from quiz.items.concerns.models import ItemConcern
from quiz.items.editing.checking import problems_of
from quiz.items.models import Item, ItemStatus, ItemVersion
from quiz.items.rules import is_about_qinghai


@dataclass(frozen=True)
class ItemFilter:
    """What a list of items is narrowed to; empty values narrow nothing.

    ``source`` is the beginning of a citation ("law:drug-control:"), ``quality`` one of QUALITIES.
    """

    topic: str = ""
    band: str = ""
    kind: str = ""
    text: str = ""
    qinghai: bool = False
    status: str = "published"
    source: str = ""
    tag: str = ""
    quality: str = ""

    @property
    def has_more(self) -> bool:
        """Whether one of the rarer filters is set, which pages fold away."""
        return bool(self.source or self.tag or self.quality or self.status != "published")


QUALITIES = ("concern", "due", "lint", "unchecked", "local")


@dataclass(frozen=True)
class ItemLine:
    """One item in the list, with what should be looked at."""

    content: BankItem
    is_published: bool
    is_local: bool
    has_concern: bool
    is_due: bool


@dataclass(frozen=True)
class ItemVersionView:
    """An item with the version being looked at and whether it is still asked."""

    content: BankItem
    version: int
    is_published: bool
    is_local: bool
    current_version: int


def find_items(session: Session, wanted: ItemFilter, *, now: datetime) -> list[ItemLine]:
    """Items that fit, by id. The bank is a few thousand items in memory, so no index is asked."""
    bank, today = catalogue.load(session), now.astimezone(LOCAL_ZONE).date()
    concerned = set(session.scalars(sa.select(ItemConcern.item_id).where(ItemConcern.settled_at.is_(None)).distinct()))
    local = set(session.scalars(sa.select(Item.id).where(Item.is_local)))
    if wanted.status == ItemStatus.RETIRED:
        retired = sa.select(Item.id, Item.current_version).where(Item.status == ItemStatus.RETIRED).order_by(Item.id)
        places = [(row.id, row.current_version) for row in session.execute(retired)]
    else:
        places = [(entry.item_id, entry.version) for entry in bank.published.values()]
    lines = (
        ItemLine(
            content=(content := bank.get(session, item_id, version)),
            is_published=wanted.status != ItemStatus.RETIRED,
            is_local=item_id in local,
            has_concern=item_id in concerned,
            is_due=content.review_due is not None and content.review_due < today,
        )
        for item_id, version in places
    )
    return [line for line in lines if _fits(line, wanted)]


def get_item(session: Session, item_id: str, version: int | None = None) -> ItemVersionView:
    """An item at a version (default: the current one), retired ones too; NotFoundError if there is none."""
    row = session.get(Item, item_id)
    if row is None:
        raise NotFoundError("没有找到这道题目。")
    shown = row.current_version if version is None else version
    content = catalogue.load(session).get(session, row.id, shown)
    return ItemVersionView(content, shown, row.status == "published", row.is_local, row.current_version)


@dataclass(frozen=True)
class VersionLine:
    """One version in an item's history; ``published_by`` is empty for the content folder."""

    version: int
    published_at: datetime
    published_by: int | None


def versions_of(session: Session, item_id: str) -> list[VersionLine]:
    """Every version of an item, newest first."""
    query = sa.select(ItemVersion.version, ItemVersion.published_at, ItemVersion.published_by)
    rows = session.execute(query.where(ItemVersion.item_id == item_id).order_by(ItemVersion.version.desc()))
    return [VersionLine(*row) for row in rows]


def status_changes(session: Session, item_id: str) -> list[AuditEntry]:
    """When an item was retired or brought back, and why, newest first."""
    query = sa.select(AuditEntry).where(
        AuditEntry.action.in_(("item:status:retire", "item:status:restore")), AuditEntry.object_id == item_id
    )
    return list(session.scalars(query.order_by(AuditEntry.id.desc())))


def _fits(line: ItemLine, wanted: ItemFilter) -> bool:
    item = line.content
    if wanted.topic not in ("", item.topic) or wanted.kind not in ("", str(item.kind)):
        return False
    if wanted.band and wanted.band not in item.bands:
        return False
    if wanted.tag and wanted.tag not in item.tags:
        return False
    if wanted.source and not any(citation.startswith(wanted.source) for citation in item.sources):
        return False
    if wanted.qinghai and not is_about_qinghai(item):
        return False
    if wanted.quality and not _QUALITY[wanted.quality](line):
        return False
    return wanted.text.casefold() in _haystack(item)


@lru_cache(maxsize=10_000)
def has_problems(content: BankItem) -> bool:
    """Whether the lint, as it is today, finds anything in a published content."""
    return bool(problems_of(content))


_QUALITY: dict[str, Callable[[ItemLine], bool]] = {
    "concern": lambda line: line.has_concern,
    "due": lambda line: line.is_due,
    "lint": lambda line: has_problems(line.content),
    "unchecked": lambda line: not set(REVIEW_CHECKS) <= set(line.content.checks),
    "local": lambda line: line.is_local,
}


def _haystack(item: BankItem) -> str:
    """All that a search looks through."""
    texts = (*item.choices, *item.targets)
    return "\n".join([item.id, item.stem, item.explanation, *(one.text for one in texts)]).casefold()


def due_items(session: Session, today: date) -> list[tuple[str, int]]:
    """Published items whose review date has passed, with their versions."""
    bank = catalogue.load(session)
    found = []
    for entry in bank.published.values():
        content = bank.get(session, entry.item_id, entry.version)
        if content.review_due is not None and content.review_due < today:
            found.append((entry.item_id, entry.version))
    return found


def expired_items(session: Session, today: date) -> list[str]:
    """Published items that may be asked no more."""
    bank = catalogue.load(session)
    contents = (bank.get(session, entry.item_id, entry.version) for entry in bank.published.values())
    return [content.id for content in contents if content.valid_to is not None and content.valid_to < today]


def citing_items(session: Session, citation: str) -> list[BankItem]:
    """Published items that rest on a source: a law ("law:drug-control"), an article of it, a document or a fact."""
    bank = catalogue.load(session)
    contents = (bank.get(session, entry.item_id, entry.version) for entry in bank.published.values())
    return [one for one in contents if any(_is_within(source, citation) for source in one.sources)]


def _is_within(source: str, citation: str) -> bool:
    return source == citation or source.startswith(f"{citation}:")
