"""Publish a checked draft, retire an item and bring it back. All of it stays apart from the content folder."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.model import Item as BankItem
from question_bank.taxonomy import REVIEW_CHECKS
from quiz.audit.services import record
from quiz.clock import LOCAL_ZONE
from quiz.errors import ConflictError, DomainError, NotFoundError, msgid
from quiz.items.models import Item, ItemStatus
from quiz.items.services.versions import add_version, describe, locked_state

#: Ids made here start where those of the content folder will never come (its lint keeps them below).
FIRST_LOCAL, LAST_LOCAL = 5001, 9999


def publish(session: Session, content: BankItem, *, item_id: str | None, actor_id: int, now: datetime) -> str:
    """Make a doubly checked content the item's next version, or a new item's first; returns the item's id.

    Raises ConflictError when all ids of the topic are used, NotFoundError when the item is gone.
    """
    state = locked_state(session)
    item = session.get(Item, item_id) if item_id else None
    if item_id and item is None:
        raise NotFoundError("没有找到这道题目。")
    new_id = item_id or _next_local_id(session, content.topic)
    checked = replace(
        content, id=new_id, checks=tuple(REVIEW_CHECKS), checked_on=now.astimezone(LOCAL_ZONE).date(), origin=""
    )
    content_hash = checked.content_hash
    if item is None:
        item = Item(id=new_id, current_version=0)
        session.add(item)
    item.current_version += 1
    item.is_local = content_hash != item.synced_hash
    describe(item, checked)
    add_version(session, checked, item.current_version, content_hash, now, actor_id)
    state.revision += 1
    record(
        session, "item:version:publish", now=now, actor_id=actor_id, object_type="item", object_id=new_id,
        version=item.current_version,
    )  # fmt: skip
    session.flush()
    return new_id


def retire(session: Session, *, item_id: str, reason: str, actor_id: int | None, now: datetime) -> None:
    """Ask an item no more; papers and contests that hold it keep it. Raises DomainError without a reason."""
    if not reason.strip():
        raise DomainError("请写明停用的原因，以后查得到。", field="reason")
    _change(session, item_id, ItemStatus.RETIRED, reason, actor_id, now)


def restore(session: Session, *, item_id: str, reason: str, actor_id: int, now: datetime) -> None:
    """Ask a retired item again."""
    _change(session, item_id, ItemStatus.PUBLISHED, reason, actor_id, now)


def _change(
    session: Session, item_id: str, status: ItemStatus, reason: str, actor_id: int | None, now: datetime
) -> None:  # fmt: skip
    state = locked_state(session)
    item = session.get(Item, item_id, with_for_update=True)
    if item is None:
        raise NotFoundError("没有找到这道题目。")
    if item.status == status:
        already = msgid("这道题已经停用。") if status == ItemStatus.RETIRED else msgid("这道题正在使用。")
        raise ConflictError(already)
    item.status, item.is_local = status, True
    state.revision += 1
    verb = "retire" if status == ItemStatus.RETIRED else "restore"
    record(
        session, f"item:status:{verb}", now=now, actor_id=actor_id, object_type="item", object_id=item_id,
        reason=reason.strip()[:300],
    )  # fmt: skip
    session.flush()


def _next_local_id(session: Session, topic: str) -> str:
    """The next free id of a topic; the caller holds the bank's state."""
    first, last = f"{topic}-{FIRST_LOCAL}", f"{topic}-{LAST_LOCAL}"
    highest = session.scalar(sa.select(sa.func.max(Item.id)).where(Item.id >= first, Item.id <= last))
    number = int(highest.rpartition("-")[2]) + 1 if highest else FIRST_LOCAL
    if number > LAST_LOCAL:
        raise ConflictError("这个主题的本地题号已经用完，请先联系管理员。")
    return f"{topic}-{number}"
