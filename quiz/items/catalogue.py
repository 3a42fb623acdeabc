"""The bank in memory: what may be drawn, and every version's content, shared by all threads of a process.

A catalogue is immutable and is replaced whole when BankState.revision has moved on; looking is one small
query. Published versions never change, so their content is kept across revisions.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from quiz.errors import NotFoundError
from quiz.items.models import BankState, Item, ItemStatus, ItemVersion
from quiz.items.rules import PoolItem

__all__ = ["Catalogue", "PoolItem", "clear", "current", "known", "load"]

_lock = threading.Lock()
_current: "Catalogue | None" = None
_versions: dict[tuple[str, int], BankItem] = {}


@dataclass(frozen=True)
class Catalogue:
    """The published bank at one revision."""

    revision: int
    pools: Mapping[str, tuple[PoolItem, ...]]
    published: Mapping[str, PoolItem] = field(default_factory=dict)

    def pool(self, band: str) -> tuple[PoolItem, ...]:
        """The published items that may be asked in a band, by item id; empty for an unknown band."""
        return self.pools.get(band, ())

    def get(self, session: Session, item_id: str, version: int) -> BankItem:
        """The content of any version ever published, key and explanation included; NotFoundError if there is none."""
        found = _versions.get((item_id, version))
        if found is None and _current is None:
            load(session)  # a new process reads the bank once, not item by item
            found = _versions.get((item_id, version))
        if found is None:
            content = session.scalar(
                sa.select(ItemVersion.content).where(ItemVersion.item_id == item_id, ItemVersion.version == version)
            )
            if content is None:
                raise NotFoundError("没有找到这道题目。")
            found = _versions[item_id, version] = BankItem.from_dict(content)
        return found


def load(session: Session) -> Catalogue:
    """The catalogue of the revision that the session sees."""
    global _current
    revision = session.scalar(sa.select(BankState.revision)) or 0
    catalogue = _current
    if catalogue is None or catalogue.revision != revision:
        with _lock:
            catalogue = _current
            if catalogue is None or catalogue.revision != revision:
                catalogue = _current = _build(session, revision)
    return catalogue


def current(revision: int) -> Catalogue | None:
    """The catalogue of a revision if this process holds it; asks no database."""
    found = _current
    return found if found is not None and found.revision == revision else None


def known(item_id: str, version: int) -> BankItem | None:
    """The content of a version if this process has read it before; asks no database."""
    return _versions.get((item_id, version))


def clear() -> None:
    """Forget everything (tests put another database in place)."""
    global _current
    with _lock:
        _current = None
        _versions.clear()


def _build(session: Session, revision: int) -> Catalogue:
    """Read the published items with their current content."""
    rows = session.execute(
        sa.select(Item, ItemVersion.content)
        .join(ItemVersion, sa.and_(ItemVersion.item_id == Item.id, ItemVersion.version == Item.current_version))
        .where(Item.status == ItemStatus.PUBLISHED)
    )
    published: dict[str, PoolItem] = {}
    pools: dict[str, list[PoolItem]] = {}
    for item, content in sorted(rows, key=lambda row: row[0].id):  # not the database's collation: draws must agree
        entry = PoolItem(item.id, item.current_version, item.kind, item.topic, item.subtopic, item.difficulty)
        _versions.setdefault((entry.item_id, entry.version), BankItem.from_dict(content))
        published[item.id] = entry
        for band in item.bands:
            pools.setdefault(band, []).append(entry)
    return Catalogue(revision, {band: tuple(entries) for band, entries in pools.items()}, published)
