"""Reads of concerns: the editors' queue."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.errors import NotFoundError
from quiz.items.concerns.models import ItemConcern
from quiz.items.concerns.rules import ConcernKind


def select_concerns(*, is_open: bool, kind: ConcernKind | None = None) -> sa.Select[ItemConcern]:
    """Open concerns oldest first, or settled ones newest first."""
    query = sa.select(ItemConcern)
    if kind is not None:
        query = query.where(ItemConcern.kind == kind)
    if is_open:
        return query.where(ItemConcern.settled_at.is_(None)).order_by(ItemConcern.raised_at, ItemConcern.id)
    return query.where(ItemConcern.settled_at.is_not(None)).order_by(ItemConcern.settled_at.desc(), ItemConcern.id)


def count_open(session: Session) -> int:
    """How many concerns wait."""
    return session.scalar(sa.select(sa.func.count(ItemConcern.id)).where(ItemConcern.settled_at.is_(None))) or 0


def get_concern(session: Session, public_id: str) -> ItemConcern:
    """A concern; NotFoundError if there is none."""
    found = session.scalar(sa.select(ItemConcern).where(ItemConcern.public_id == public_id).with_for_update())
    if found is None:
        raise NotFoundError("没有找到这条报告。")
    return found


def kinds_of_people(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """Whether who raised concerns are pupils or staff; never their names: a child who reports stays unnamed."""
    query = sa.select(User.id, User.kind).where(User.id.in_(set(user_ids)))
    return {row.id: str(row.kind) for row in session.execute(query)}
