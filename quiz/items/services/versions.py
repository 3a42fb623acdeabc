"""What publishing and syncing share: the bank's locked state, and writing one version."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from quiz.db import insert_into
from quiz.items.models import BankState, Item, ItemStatus, ItemVersion

STATE_ID = 1


def locked_state(session: Session) -> BankState:
    """The bank's one state row, locked: two writers of the published bank follow each other."""
    session.execute(insert_into(session, BankState).values(id=STATE_ID, revision=0).on_conflict_do_nothing())
    return session.scalars(sa.select(BankState).where(BankState.id == STATE_ID).with_for_update()).one()


def describe(item: Item, content: BankItem) -> None:
    """Publish an item, repeating on it what papers are drawn by."""
    item.status = ItemStatus.PUBLISHED
    item.kind = str(content.kind)
    item.topic, item.subtopic, item.difficulty = content.topic, content.subtopic, content.difficulty
    item.bands = [str(band) for band in content.bands]


def add_version(
    session: Session, content: BankItem, version: int, content_hash: str, now: datetime, published_by: int | None = None
) -> None:
    """Write a version; it never changes afterwards."""
    session.add(
        ItemVersion(
            item_id=content.id, version=version, content=content.to_dict(), content_hash=content_hash,
            published_at=now, published_by=published_by,
        )
    )  # fmt: skip
