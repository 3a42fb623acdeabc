"""Which standings somebody sees while the boards of a contest are frozen (docs/adr/0025).

The frozen standings are a generation of their own, so everything that reads standings reads them by the tally given here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.rankings.models import BoardFreeze, ContestTally
from quiz.rankings.queries import tally_of
from quiz.rankings.rules import is_frozen


@dataclass(frozen=True)
class Seen:
    """What a viewer sees: ``tally`` is None where nothing is counted, or not stored yet. ``freeze`` is the one in force."""

    tally: ContestTally | None
    freeze: BoardFreeze | None
    is_live: bool


def freeze_of(session: Session, contest_id: int) -> BoardFreeze | None:
    """The freeze that was declared for a contest, whether it is in force or not."""
    query = sa.select(BoardFreeze).where(BoardFreeze.contest_id == contest_id)
    return session.scalar(query.execution_options(populate_existing=True))


def freeze_in_force(session: Session, contest_id: int, now: datetime) -> BoardFreeze | None:
    """The freeze behind which a contest's standings are hidden now."""
    found = freeze_of(session, contest_id)
    return found if found is not None and is_frozen(found.freezes_at, found.unfreezes_at, now) else None


def seen(session: Session, contest_id: int, now: datetime, *, is_manager: bool) -> Seen:
    """The standings for those who manage the contest (as they are), or for everybody else (as of the freeze)."""
    freeze = freeze_in_force(session, contest_id, now)
    if freeze is None or is_manager:
        return Seen(tally_of(session, contest_id), freeze, is_live=True)
    return Seen(_tally(freeze), freeze, is_live=False)


def _tally(freeze: BoardFreeze) -> ContestTally | None:
    """The frozen standings as a tally that no session holds."""
    if freeze.generation is None:
        return None
    return ContestTally(
        contest_id=freeze.contest_id, generation=freeze.generation, number=0, tallied_at=freeze.freezes_at,
        counted=freeze.counted,
    )  # fmt: skip


def in_force(now: datetime) -> sa.ColumnElement[bool]:
    """SQL: a row of board_freeze hides the standings at ``now``."""
    return sa.and_(
        BoardFreeze.freezes_at <= now, sa.or_(BoardFreeze.unfreezes_at.is_(None), BoardFreeze.unfreezes_at > now)
    )


def frozen_among(session: Session, contest_ids: Collection[int], now: datetime) -> set[int]:
    """Those of the contests whose boards are frozen."""
    query = sa.select(BoardFreeze.contest_id).where(BoardFreeze.contest_id.in_(list(contest_ids)), in_force(now))
    return set(session.scalars(query)) if contest_ids else set()
