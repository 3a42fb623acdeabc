"""Raise concerns about items and settle them."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.clock import LOCAL_ZONE
from quiz.db import insert_into
from quiz.errors import BusyError, ConflictError, DomainError, NotFoundError
from quiz.items.concerns.models import PROGRAM, ItemConcern
from quiz.items.concerns.queries import get_concern
from quiz.items.concerns.rules import BY_PEOPLE, MOST_OPEN, MOST_TEXT, ConcernKind, ConcernOutcome
from quiz.items.editing.models import ItemDraft
from quiz.items.editing.services import edit_item
from quiz.items.models import Item
from quiz.items.queries import due_items, expired_items
from quiz.items.services import retire

REVIEW_HOLDS = timedelta(days=365)  # "looked at, still right" is believed for so long


def report_item(
    session: Session, *, actor: Actor, item_id: str, kind: str, text: str, now: datetime
) -> bool:  # fmt: skip
    """Somebody says that something is wrong; False when they had said so already.

    Raises NotFoundError, DomainError on ``kind`` or ``text``, BusyError when too many of theirs are open.
    """
    item = session.get(Item, item_id)
    if item is None:
        raise NotFoundError("没有找到这道题目。")
    if kind not in BY_PEOPLE:
        raise DomainError("请选一种问题。", field="kind")
    if len(text) > MOST_TEXT:
        raise DomainError("最多写 %(most)s 字，请写短一些。", field="text", most=MOST_TEXT)
    mine = sa.select(sa.func.count(ItemConcern.id)).where(
        ItemConcern.raised_by == actor.user_id, ItemConcern.settled_at.is_(None)
    )
    if (session.scalar(mine) or 0) >= MOST_OPEN:
        raise BusyError("你报告的问题还有很多在处理中，请等编辑看过再报告新的。")
    return bool(_raise(session, [(item.id, item.current_version)], ConcernKind(kind), text, actor.user_id, now))


def raise_amended(
    session: Session, *, actor: Actor, items: Iterable[tuple[str, int]], text: str, now: datetime
) -> int:  # fmt: skip
    """A law was amended: every item (id, version) that rests on it must be looked at; how many are newly in the queue."""
    return _raise(session, list(items), ConcernKind.LAW_AMENDED, text[:MOST_TEXT], PROGRAM, now)


def raise_due(session: Session, *, now: datetime) -> int:
    """Put items whose review date has passed into the queue, unless they were looked at within the year."""
    settled = sa.select(ItemConcern.item_id, ItemConcern.version).where(
        ItemConcern.kind == ConcernKind.REVIEW_DUE, ItemConcern.settled_at > now - REVIEW_HOLDS
    )
    looked_at = {(item_id, version) for item_id, version in session.execute(settled)}
    due = [place for place in due_items(session, now.astimezone(LOCAL_ZONE).date()) if place not in looked_at]
    return _raise(session, due, ConcernKind.REVIEW_DUE, "", PROGRAM, now)


def retire_expired(session: Session, *, now: datetime) -> int:
    """Retire items whose ``valid_to`` has passed; how many."""
    expired = expired_items(session, now.astimezone(LOCAL_ZONE).date())
    for item_id in expired:
        retire(session, item_id=item_id, reason="过了题目写明的使用期限。", actor_id=None, now=now)
    return len(expired)


def settle(
    session: Session, *, actor: Actor, public_id: str, outcome: str, answer: str, now: datetime
) -> ItemDraft | None:
    """End a concern: the item stays, is changed (a draft is opened and returned), or is retired.

    Changing or retiring ends every open concern about the item. Raises ConflictError when it is settled already,
    DomainError on ``outcome`` or ``answer``.
    """
    concern = get_concern(session, public_id)
    if concern.settled_at is not None:
        raise ConflictError("这条报告已经有人处理过了。")
    if outcome not in set(ConcernOutcome):
        raise DomainError("请选怎么处理。", field="outcome")
    remark = answer.strip()[:MOST_TEXT]
    if not remark:
        raise DomainError("请写一句处理的理由，以后查得到。", field="answer")
    decided, draft = ConcernOutcome(outcome), None
    if decided is ConcernOutcome.CHANGED:
        draft = edit_item(session, actor=actor, item_id=concern.item_id, now=now)
    elif decided is ConcernOutcome.RETIRED:
        retire(session, item_id=concern.item_id, reason=remark, actor_id=actor.user_id, now=now)
    ended = sa.update(ItemConcern).where(ItemConcern.settled_at.is_(None), ItemConcern.item_id == concern.item_id)
    if decided is ConcernOutcome.UNFOUNDED:
        ended = ended.where(ItemConcern.id == concern.id)
    session.execute(
        ended.values(settled_at=now, settled_by=actor.user_id, outcome=decided, answer=remark).execution_options(
            synchronize_session=False
        )
    )
    record(
        session, "item:concern:settle", now=now, actor_id=actor.user_id, object_type="item", object_id=concern.item_id,
        kind=str(concern.kind), outcome=str(decided),
    )  # fmt: skip
    return draft


def _raise(
    session: Session, places: list[tuple[str, int]], kind: ConcernKind, text: str, raised_by: int, now: datetime
) -> int:
    """Insert concerns that are not open yet; how many were."""
    count = 0
    for item_id, version in places:
        values = {
            "public_id": secrets.token_urlsafe(9), "item_id": item_id, "version": version, "kind": kind, "text": text.strip(),
            "raised_by": raised_by, "raised_at": now, "answer": "",
        }  # fmt: skip
        statement = insert_into(session, ItemConcern).values(**values).on_conflict_do_nothing()
        count += session.scalar(statement.returning(ItemConcern.id)) is not None
    return count
