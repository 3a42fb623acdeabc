"""What staff change while a sitting runs: release, more time for one pupil, or for everybody who was cut off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.attempts.queries import CLOSED
from quiz.attempts.services.closing import announce
from quiz.audit.services import record
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.jobs.services import enqueue

LONGEST_EXTENSION = 2 * 60 * 60  # seconds


def release(
    session: Session, *, sitting: Sitting, what: Literal["results", "keys"], actor_id: int, now: datetime
) -> None:
    """Show results, or results and keys, to the pupils of a sitting whose policy is manual; repeated, it does nothing.

    Raises ConflictError for keys while the sitting is open or somebody with extra time still answers: who has
    finished would tell who has not.
    """
    if what == "keys" and _is_answered(session, sitting, now):
        raise ConflictError("还有人可能在答题。结束后再公布答案。")
    names = ("results_released_at", "keys_released_at") if what == "keys" else ("results_released_at",)
    changed = [name for name in names if getattr(sitting, name) is None]
    for name in changed:
        setattr(sitting, name, now)
    if not changed:
        return
    session.flush()
    record(
        session, f"staff:sitting:release_{what}", now=now, actor_id=actor_id,
        object_type="sitting", object_id=sitting.public_id,
    )  # fmt: skip
    if "keys_released_at" in changed:
        enqueue(
            session, "attempts.keys_released", now=now, payload={"sitting_id": sitting.id},
            key=f"keys_released:{sitting.id}",
        )  # fmt: skip


def _is_answered(session: Session, sitting: Sitting, now: datetime) -> bool:
    """Whether somebody answers, or may yet begin to."""
    is_open = sitting.cancelled_at is None and now < sitting.closes_at
    return is_open or queries.answering_until(session, sitting, now) is not None


def announce_keys(session: Session, *, sitting_id: int, now: datetime, after: int = 0, limit: int = 200) -> int | None:
    """After the release: ask for the mistakes of the next ``limit`` closed attempts of a sitting, by id.

    Returns the last id, to go on ``after`` it; None when there are no more. Collecting twice does no harm.
    """
    query = sa.select(Attempt.id).where(
        Attempt.sitting_id == sitting_id, Attempt.status.in_(CLOSED), Attempt.id > after
    )
    ids = session.scalars(query.order_by(Attempt.id).limit(limit)).all()
    announce(session, ids, now=now)
    return ids[-1] if ids else None


def extend_attempt(
    session: Session, *, actor_id: int, attempt_id: int, extra_seconds: int, reason: str, now: datetime
) -> Attempt:
    """Give an open attempt more time, also beyond the window; scope is the caller's question.

    Raises NotFoundError, ConflictError for an attempt that is closed or past its time (its sitting's keys may be
    out), DomainError without a reason or for too much time.
    """
    if not 1 <= extra_seconds <= LONGEST_EXTENSION:
        raise DomainError("一次最多延长 120 分钟。", field="extra_minutes")
    if not reason.strip():
        raise DomainError("写明延长的原因。", field="reason")
    query = sa.select(Attempt).where(Attempt.id == attempt_id).with_for_update(key_share=True)
    attempt = session.scalar(query, execution_options={"populate_existing": True})
    if attempt is None:
        raise NotFoundError("没有找到这次答题。")
    is_late = rules.is_late(attempt.deadline_at, attempt.sitting.grace_seconds, now)
    if attempt.status != AttemptStatus.IN_PROGRESS or is_late:
        raise ConflictError("这次答题已经结束，不能再延长。")
    attempt.extra_seconds += extra_seconds
    attempt.deadline_at += timedelta(seconds=extra_seconds)
    session.flush()
    record(
        session, "staff:attempt:extend", now=now, actor_id=actor_id, object_type="attempt",
        object_id=attempt.public_id, extra_seconds=extra_seconds, reason=reason.strip(),
    )  # fmt: skip
    return attempt


#: Whose attempts get how many seconds; of several that fit an attempt the first one counts.
Shares = Sequence[tuple[sa.ColumnElement[bool], int]]


def going_on(
    sitting: Sitting, shares: Shares, *, began_at: datetime, ended_at: datetime, now: datetime, even_late: bool = False
) -> list[sa.ColumnElement[bool]]:
    """SQL: open attempts of a sitting that were under way within a time and are to get a share.

    An attempt past its time is left out though the sweep has not closed it yet: others may see its keys. With
    ``even_late`` it is not; the caller knows that nobody has seen anything since.
    """
    found = [
        Attempt.sitting_id == sitting.id,
        Attempt.status == AttemptStatus.IN_PROGRESS,
        Attempt.started_at < ended_at,
        Attempt.deadline_at >= began_at,
        _share(shares) > 0,
    ]
    if not even_late:
        found.append(Attempt.deadline_at >= now - timedelta(seconds=sitting.grace_seconds))
    return found


def _share(shares: Shares) -> sa.ColumnElement[int]:
    return sa.case(*[(condition, sa.literal(seconds, sa.Integer)) for condition, seconds in shares], else_=0)


def extend_sitting(
    session: Session, *, sitting: Sitting, shares: Shares, began_at: datetime, ended_at: datetime, now: datetime,
    even_late: bool = False,
) -> int:  # fmt: skip
    """Give every attempt that was going on (see going_on) its share of seconds, in one guarded statement.

    Also beyond the window; scope, audit and the sitting's own window are the caller's. Returns how many got time.
    """
    where = going_on(sitting, shares, began_at=began_at, ended_at=ended_at, now=now, even_late=even_late)
    seconds = _share(shares)
    later = _later(session, Attempt.deadline_at, seconds)
    result = session.execute(
        sa.update(Attempt)
        .where(*where)
        .values(extra_seconds=Attempt.extra_seconds + seconds, deadline_at=later)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def lift_deadlines(session: Session, *, sitting: Sitting, after: datetime) -> None:
    """The window's end has moved: open attempts begun from ``after`` on that the old end cut short get their full time."""
    full = _later(session, Attempt.started_at, Attempt.extra_seconds + sitting.duration_seconds)
    end = sa.literal(sitting.closes_at, Attempt.deadline_at.type)
    least = sa.func.least if session.get_bind().dialect.name == "postgresql" else sa.func.min
    new = least(full, end)
    session.execute(
        sa.update(Attempt)
        .where(
            Attempt.sitting_id == sitting.id,
            Attempt.status == AttemptStatus.IN_PROGRESS,
            Attempt.started_at >= after,
            Attempt.deadline_at < new,
        )
        .values(deadline_at=new)
        .execution_options(synchronize_session=False)
    )


def _later(session: Session, moment: Any, seconds: Any) -> sa.ColumnElement[Any]:
    """SQL: a stored moment plus whole seconds, exact to the microsecond."""
    if session.get_bind().dialect.name == "postgresql":
        return moment + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)  # type: ignore[no-any-return]
    text = sa.type_coerce(moment, sa.Text)  # "2026-06-26 18:00:00.123456": the fraction stays as it is
    shift = sa.cast(seconds, sa.Text) + " seconds"
    start, fraction = sa.func.substr(text, 1, 19), sa.func.substr(text, 20, type_=sa.Text)
    return sa.func.strftime("%Y-%m-%d %H:%M:%S", start, shift, type_=sa.Text) + fraction
