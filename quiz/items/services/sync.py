"""Bring the content folder into the database: changes become new versions, what was edited here stays as it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.loader import load_bank
from question_bank.model import Item as BankItem
from quiz.items.editing.models import DraftEvent, ItemDraft
from quiz.items.editing.rules import OPEN_STAGES, DraftStage, EventAction
from quiz.items.models import Item, ItemStatus, ItemVersion
from quiz.items.services.versions import add_version, describe, locked_state


@dataclass(frozen=True)
class SyncReport:
    """What a sync did, in numbers of items; ``revision`` is the bank's revision after it.

    ``kept`` items differ from the folder because they were edited here; for ``offered`` ones the folder had news,
    which now wait as drafts.
    """

    added: int
    changed: int
    restored: int
    retired: int
    unchanged: int
    kept: int
    offered: int
    revision: int

    @property
    def has_changes(self) -> bool:
        """Whether anything was written."""
        return bool(self.added or self.changed or self.restored or self.retired or self.offered)


def sync_bank(session: Session, *, now: datetime, items: Iterable[BankItem] | None = None) -> SyncReport:
    """Make these items (default: question_bank/content) the published ones, beside those made or changed here.

    New content becomes version 1, changed content the next version, what has vanished is retired, what is back
    is published again. Unchanged content writes nothing, so repeating a sync is free. An item edited or retired
    here is left alone; what the folder says of it anew is offered once, as a draft. Raises
    ``question_bank.loader.BankError`` when the content cannot be read; then nothing is written.
    """
    wanted = {item.id: item for item in (load_bank() if items is None else items)}
    state = locked_state(session)
    known = {item.id: item for item in session.scalars(sa.select(Item))}
    hashes = _current_hashes(session)
    done = {"added": 0, "changed": 0, "restored": 0, "unchanged": 0, "kept": 0, "offered": 0}
    for bank_item in wanted.values():
        done[_write(session, known.get(bank_item.id), bank_item, hashes.get(bank_item.id), now)] += 1
    gone = [
        item
        for item in known.values()
        if item.id not in wanted and item.status == ItemStatus.PUBLISHED and not item.is_local
    ]
    for item in gone:
        item.status = ItemStatus.RETIRED
    if gone or done["added"] or done["changed"] or done["restored"]:
        state.revision += 1
    session.flush()
    return SyncReport(**done, retired=len(gone), revision=state.revision)


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
        item = Item(id=wanted.id, current_version=1, synced_hash=new_hash)
        describe(item, wanted)
        session.add(item)
        add_version(session, wanted, 1, new_hash, now)
        return "added"
    if item.is_local:
        return _offer(session, item, wanted, new_hash, now)
    item.synced_hash = new_hash
    was_retired = item.status == ItemStatus.RETIRED
    if known_hash == new_hash and not was_retired:
        return "unchanged"
    item.status = ItemStatus.PUBLISHED
    if known_hash == new_hash:
        return "restored"
    item.current_version += 1
    describe(item, wanted)
    add_version(session, wanted, item.current_version, new_hash, now)
    return "restored" if was_retired else "changed"


def _offer(session: Session, item: Item, wanted: BankItem, new_hash: str, now: datetime) -> str:
    """Put the folder's news about an item edited here into a draft, once; an open draft is not disturbed."""
    open_draft = sa.select(ItemDraft.id).where(ItemDraft.item_id == item.id, ItemDraft.stage.in_(OPEN_STAGES))
    if new_hash == item.synced_hash or session.scalar(open_draft) is not None:
        return "kept"
    item.synced_hash = new_hash
    draft = ItemDraft(
        item_id=item.id, base_version=item.current_version, content=wanted.to_dict(), stage=DraftStage.DRAFT,
        is_from_bank=True, created_at=now, updated_at=now,
    )  # fmt: skip
    draft.events.append(DraftEvent(action=EventAction.CREATED, at=now))
    session.add(draft)
    return "offered"
