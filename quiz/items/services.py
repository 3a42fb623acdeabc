"""Bring the bank's content into the database: published versions stay for ever, changes become new versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.loader import load_bank
from question_bank.model import Item as BankItem
from quiz.db import insert_into
from quiz.items.models import BankState, Item, ItemStatus, ItemVersion

STATE_ID = 1


@dataclass(frozen=True)
class SyncReport:
    """What a sync did, in numbers of items; ``revision`` is the bank's revision after it."""

    added: int
    changed: int
    restored: int
    retired: int
    unchanged: int
    revision: int

    @property
    def has_changes(self) -> bool:
        """Whether anything was written."""
        return bool(self.added or self.changed or self.restored or self.retired)


def sync_bank(session: Session, *, now: datetime, items: Iterable[BankItem] | None = None) -> SyncReport:
    """Make the database hold exactly these items (default: question_bank/content) as its published ones.

    New content becomes version 1, changed content the next version, what has vanished is retired, what is back
    is published again. Unchanged content writes nothing, so repeating a sync is free. Raises
    ``question_bank.loader.BankError`` when the content cannot be read; then nothing is written.
    """
    wanted = {item.id: item for item in (load_bank() if items is None else items)}
    state = _locked_state(session)
    known = {item.id: item for item in session.scalars(sa.select(Item))}
    hashes = _current_hashes(session)
    done = {"added": 0, "changed": 0, "restored": 0, "unchanged": 0}
    for bank_item in wanted.values():
        done[_write(session, known.get(bank_item.id), bank_item, hashes.get(bank_item.id), now)] += 1
    gone = [item for item in known.values() if item.id not in wanted and item.status == ItemStatus.PUBLISHED]
    for item in gone:
        item.status = ItemStatus.RETIRED
    if gone or done["added"] or done["changed"] or done["restored"]:
        state.revision += 1
    session.flush()
    return SyncReport(**done, retired=len(gone), revision=state.revision)


def _locked_state(session: Session) -> BankState:
    """The bank's one state row, locked: two syncs at once follow each other."""
    session.execute(insert_into(session, BankState).values(id=STATE_ID, revision=0).on_conflict_do_nothing())
    return session.scalars(sa.select(BankState).where(BankState.id == STATE_ID).with_for_update()).one()


def _current_hashes(session: Session) -> dict[str, str]:
    """Item id → hash of its current version."""
    rows = session.execute(
        sa.select(Item.id, ItemVersion.content_hash).join(
            ItemVersion, sa.and_(ItemVersion.item_id == Item.id, ItemVersion.version == Item.current_version)
        )
    )
    return {row.id: row.content_hash for row in rows}


def _write(session: Session, item: Item | None, wanted: BankItem, known_hash: str | None, now: datetime) -> str:
    """Write one item where it differs; returns the field of the report that it counts in."""
    new_hash = wanted.content_hash
    if item is None:
        item = Item(id=wanted.id, current_version=1)
        _describe(item, wanted)
        session.add(item)
        _add_version(session, wanted, 1, new_hash, now)
        return "added"
    was_retired = item.status == ItemStatus.RETIRED
    if known_hash == new_hash and not was_retired:
        return "unchanged"
    item.status = ItemStatus.PUBLISHED
    if known_hash == new_hash:
        return "restored"
    item.current_version += 1
    _describe(item, wanted)
    _add_version(session, wanted, item.current_version, new_hash, now)
    return "restored" if was_retired else "changed"


def _describe(item: Item, wanted: BankItem) -> None:
    """Repeat on the item what papers are drawn by."""
    item.status = ItemStatus.PUBLISHED
    item.kind = str(wanted.kind)
    item.topic, item.subtopic, item.difficulty = wanted.topic, wanted.subtopic, wanted.difficulty
    item.bands = [str(band) for band in wanted.bands]


def _add_version(session: Session, wanted: BankItem, version: int, content_hash: str, now: datetime) -> None:
    session.add(
        ItemVersion(
            item_id=wanted.id, version=version, content=wanted.to_dict(), content_hash=content_hash, published_at=now
        )
    )
