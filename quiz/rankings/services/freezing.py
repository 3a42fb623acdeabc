"""The freeze of a contest's boards: declared by people, stored by the worker, lifted by people or at its time.

The standings as of the freeze are computed from the attempts that were closed by then, whenever the worker comes to it,
so they are exact however late it is. They are a generation that the tally never touches.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.audit.services import record
from quiz.contests.models import Contest, ContestGroup
from quiz.contests.queries import require_managed, window_of
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError
from quiz.rankings.frozen import freeze_in_force, freeze_of, in_force
from quiz.rankings.models import BoardFreeze, StandingBoard
from quiz.rankings.recomputing import recompute
from quiz.rankings.services.generations import sweep_generations, write_generation
from quiz.rankings.services.lease import only_reading

PERMISSION = "contests.manage"
PATIENCE = timedelta(minutes=3)  # for attempts whose time ran out before the freeze and that are not closed yet


def set_freeze(
    session: Session, *, actor: Actor, contest: Contest, freezes_at: datetime, unfreezes_at: datetime | None, now: datetime
) -> None:  # fmt: skip
    """Declare when the boards freeze, and when they unfreeze (None: by hand, or at the end of a reveal).

    While they are frozen only the end can be changed. Raises DomainError naming the field, ConflictError for a contest
    that is not announced or is over.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    if contest.published_at is None or contest.cancelled_at is not None:
        raise ConflictError("比赛发布以后才能定封榜时间。")
    session.scalar(sa.select(Contest.id).where(Contest.id == contest.id).with_for_update())
    standing = freeze_in_force(session, contest.id, now)
    if standing is None:
        _check_begin(contest, freezes_at, now)
    else:
        freezes_at = standing.freezes_at
    if unfreezes_at is not None and unfreezes_at <= max(freezes_at, now):
        raise DomainError("解封时间要晚于封榜时间，也要晚于现在。", field="unfreezes_at")
    values = {
        "freezes_at": freezes_at, "unfreezes_at": unfreezes_at, "set_by": actor.user_id, "set_at": now,
    }  # fmt: skip
    if standing is None:
        values |= {"generation": None, "counted": 0}
    statement = insert_into(session, BoardFreeze).values(contest_id=contest.id, **{"counted": 0, **values})
    session.execute(statement.on_conflict_do_update(index_elements=["contest_id"], set_=values))
    session.expire_all()
    _audit(session, contest, "set", actor, now, freezes_at=freezes_at.isoformat(), unfreezes_at=_text(unfreezes_at))


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _check_begin(contest: Contest, freezes_at: datetime, now: datetime) -> None:
    opens_at, closes_at = window_of(contest)
    if now > closes_at:
        raise ConflictError("比赛已经结束，名次大家都能看到了，不能再封榜。")
    if freezes_at < now:
        raise DomainError("这个时间已经过去。请填现在以后的时间，或者点“现在就封榜”。", field="freezes_at")
    if not opens_at < freezes_at <= closes_at:
        raise DomainError("封榜时间要在比赛开始以后、结束以前。", field="freezes_at")


def lift(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> bool:
    """Show the standings as they are to everybody again; whether it was this call that did it.

    A freeze that has not begun is taken back. Audited.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    return lift_now(session, contest=contest, actor=actor, now=now)


def lift_now(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> bool:
    """:func:`lift` for a service that has looked whether the actor may."""
    mine = BoardFreeze.contest_id == contest.id
    options = {"synchronize_session": False}
    early = sa.delete(BoardFreeze).where(mine, BoardFreeze.freezes_at > now).returning(BoardFreeze.contest_id)
    lifted = sa.update(BoardFreeze).where(mine, in_force(now)).values(unfreezes_at=now)
    is_early = session.scalar(early, execution_options=options) is not None
    is_lifted = session.scalar(lifted.returning(BoardFreeze.contest_id), execution_options=options) is not None
    if is_early or is_lifted:
        session.expire_all()
        _audit(session, contest, "remove" if is_early else "lift", actor, now)
    return is_early or is_lifted


def _audit(
    session: Session,
    contest: Contest,
    action: Literal["set", "remove", "lift"],
    actor: Actor,
    now: datetime,
    **details: Any,
) -> None:
    record(
        session, f"contest:freeze:{action}", now=now, actor_id=actor.user_id, object_type="contest",
        object_id=contest.public_id, **details,
    )  # fmt: skip


def store_due(session: Session, *, now: datetime) -> None:
    """Store the standings of every freeze that has begun, and remove those of freezes that are over. Commits."""
    with only_reading():
        waiting = list(
            session.scalars(
                sa.select(BoardFreeze.contest_id).where(BoardFreeze.generation.is_(None), in_force(now))
            )
        )  # fmt: skip
        over = sa.select(BoardFreeze.contest_id).where(
            BoardFreeze.generation.is_not(None), BoardFreeze.unfreezes_at <= now
        )
        lifted = list(session.scalars(over))
        session.rollback()
    for contest_id in waiting:
        store(session, contest_id=contest_id, now=now)
    for contest_id in lifted:
        _forget(session, contest_id, now)


def store(session: Session, *, contest_id: int, now: datetime) -> bool:
    """Compute and store the standings as of the freeze; False while attempts that belong to them are still open. Commits.

    Killed anywhere, it leaves rows of a generation that nobody reads; the next one removes them.
    """
    session.commit()
    with only_reading():
        freeze, contest = freeze_in_force(session, contest_id, now), session.get_one(Contest, contest_id)
        freezes_at = freeze.freezes_at if freeze is not None else None
        is_ready = freezes_at is not None and (
            now > freezes_at + PATIENCE or not _is_going(session, contest_id, freezes_at)
        )
        standings = recompute(session, contest, closed_by=freezes_at) if is_ready else None
        lowest = session.scalar(
            sa.select(sa.func.min(StandingBoard.generation)).where(StandingBoard.contest_id == contest_id)
        )
        session.rollback()
    if standings is None:
        return False
    generation = min(0, lowest or 0) - 1
    write_generation(session, contest_id, generation, standings, lambda: _slice(session))
    stored = session.scalar(
        sa.update(BoardFreeze)
        .where(BoardFreeze.contest_id == contest_id, BoardFreeze.freezes_at == freezes_at)
        .values(generation=generation, counted=len(standings.results))
        .returning(BoardFreeze.contest_id),
        execution_options={"synchronize_session": False},
    )
    session.commit()
    sweep_generations(session, contest_id, lambda column: sa.and_(column < 0, column != generation))
    return stored is not None


@contextmanager
def _slice(session: Session) -> Iterator[None]:
    yield
    session.commit()


def _is_going(session: Session, contest_id: int, freezes_at: datetime) -> bool:
    """Whether somebody's time ran out before the freeze and the attempt is not closed yet."""
    sittings = sa.select(ContestGroup.sitting_id).where(ContestGroup.contest_id == contest_id)
    query = sa.select(Attempt.id).where(
        Attempt.sitting_id.in_(sittings), Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at <= freezes_at
    )
    return session.scalar(query.limit(1)) is not None


def _forget(session: Session, contest_id: int, now: datetime) -> None:
    """Remove what was stored for a freeze that is over; a board that is being read from it is at most a second old."""
    freeze = freeze_of(session, contest_id)
    if freeze is None or freeze_in_force(session, contest_id, now) is not None:
        return
    freeze.generation = None
    session.commit()
    sweep_generations(session, contest_id, lambda column: column < 0)
