"""Reads of the bank for staff. Keys are included: none of this is for pupils."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from quiz.errors import NotFoundError
from quiz.items import catalogue
from quiz.items.models import Item
from quiz.items.rules import is_about_qinghai


@dataclass(frozen=True)
class ItemFilter:
    """What a list of items is narrowed to; empty values narrow nothing."""

    topic: str = ""
    band: str = ""
    kind: str = ""
    text: str = ""
    qinghai: bool = False


@dataclass(frozen=True)
class ItemVersionView:
    """An item with the version being looked at and whether it is still asked."""

    content: BankItem
    version: int
    is_published: bool


def find_items(session: Session, wanted: ItemFilter) -> list[BankItem]:
    """Published items that fit, by id. The bank is a few thousand items in memory, so no index is asked."""
    bank = catalogue.load(session)
    contents = (bank.get(session, entry.item_id, entry.version) for entry in bank.published.values())
    return [item for item in contents if _fits(item, wanted)]


def get_item(session: Session, item_id: str) -> ItemVersionView:
    """An item at its current version, retired ones too; NotFoundError if there is none."""
    row = session.get(Item, item_id)
    if row is None:
        raise NotFoundError("没有找到这道题目。")
    content = catalogue.load(session).get(session, row.id, row.current_version)
    return ItemVersionView(content, row.current_version, row.status == "published")


def _fits(item: BankItem, wanted: ItemFilter) -> bool:
    if wanted.topic not in ("", item.topic) or wanted.kind not in ("", str(item.kind)):
        return False
    if wanted.band and wanted.band not in item.bands:
        return False
    if wanted.qinghai and not is_about_qinghai(item):
        return False
    return wanted.text.casefold() in _haystack(item)


def _haystack(item: BankItem) -> str:
    """All that a search looks through."""
    return "\n".join([item.id, item.stem, item.explanation, *(choice.text for choice in item.choices)]).casefold()
