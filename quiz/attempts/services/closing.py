"""Close attempts: by the pupil or by the deadline, marked once, with what was saved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.attempts.services.changes import results_changed
from quiz.errors import NotFoundError
from quiz.jobs.services import enqueue

BATCH = 100  # attempts closed in one transaction; on SQLite it holds the only writer meanwhile

_OPEN = (
    sa.select(
        Attempt.id, Attempt.sitting_id, Attempt.status, Attempt.paper, Attempt.rules_version, Attempt.extra_seconds,
        Attempt.started_at, Attempt.deadline_at, Sitting.duration_seconds, Sitting.grace_seconds,
    )
    .join(Sitting, Sitting.id == Attempt.sitting_id)
)  # fmt: skip
_OWN = (
    _OPEN
    .where(Attempt.public_id == sa.bindparam("public_id"), Attempt.user_id == sa.bindparam("owner_id"))
    .with_for_update(of=Attempt, key_share=True)
)  # fmt: skip


def submit_attempt(session: Session, *, attempt_public_id: str, user_id: int, now: datetime) -> Attempt:
    """Close and mark the user's own attempt; one already closed is returned as it is.

    Raises NotFoundError when it is not the user's. After the deadline and its grace it is closed as expired.
    """
    row = _lock_own(session, attempt_public_id, user_id)
    if row.status == AttemptStatus.IN_PROGRESS:
        if rules.is_late(row.deadline_at, row.grace_seconds, now):
            _expire(session, row)
        else:
            allowed = row.duration_seconds + row.extra_seconds
            _close(
                session, row, status=AttemptStatus.SUBMITTED, closed_at=now,
                elapsed=rules.elapsed_seconds(row.started_at, now, allowed),
            )  # fmt: skip
        return announce(session, [row.id], now=now)[0]
    return session.get_one(Attempt, row.id, populate_existing=True)


def close_if_late(session: Session, public_id: str, user_id: int, now: datetime) -> bool:
    """Close the user's attempt if its time has run out; whether it is closed now."""
    row = _lock_own(session, public_id, user_id)
    if row.status != AttemptStatus.IN_PROGRESS:
        return True
    if not rules.is_late(row.deadline_at, row.grace_seconds, now):
        return False
    _expire(session, row)
    announce(session, [row.id], now=now)
    return True


def close_due(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Close up to ``limit`` attempts whose deadline and grace have passed; returns how many.

    Rows that someone else holds are left to them, so two sweepers never wait for each other nor close twice.
    """
    query = (
        _OPEN
        .where(Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at < now - rules.SWEEP_MARGIN)
        .order_by(Attempt.deadline_at)
        .limit(limit)
        .with_for_update(of=Attempt, key_share=True, skip_locked=True)
    )  # fmt: skip
    rows = [
        row
        for row in session.execute(query)
        if rules.is_late(row.deadline_at, row.grace_seconds, now - rules.SWEEP_MARGIN)
    ]
    closed = [row.id for row in rows if _expire(session, row)]
    announce(session, closed, now=now)  # only now: a job row that others wait for must not be held while locking
    return len(closed)


def _lock_own(session: Session, public_id: str, user_id: int) -> Any:
    """The user's attempt, locked so that no answer slips in between reading the log and closing."""
    row = session.execute(_OWN, {"public_id": public_id, "owner_id": user_id}).first()
    if row is None:
        raise NotFoundError("没有找到这次答题。")
    return row


def _expire(session: Session, row: Any) -> bool:
    """Close at the deadline, whenever that is noticed; the whole time counts."""
    return _close(
        session, row, status=AttemptStatus.EXPIRED, closed_at=row.deadline_at,
        elapsed=row.duration_seconds + row.extra_seconds,
    )  # fmt: skip


def _close(session: Session, row: Any, *, status: AttemptStatus, closed_at: datetime, elapsed: int) -> bool:
    """Mark what the log holds and close, once; False when it was closed already."""
    answers = queries.current_answers(session, row.id)
    items = queries.paper_items(session, row.paper)
    score, marks = rules.mark_paper(row.paper, answers, items, row.rules_version)
    result = session.execute(
        sa.update(Attempt)
        .where(Attempt.id == row.id, Attempt.status == AttemptStatus.IN_PROGRESS)
        .values(status=status, closed_at=closed_at, elapsed_seconds=elapsed, score=score, marks=marks)
        .returning(Attempt.id)
        .execution_options(synchronize_session=False)
    )
    return result.first() is not None


def announce(session: Session, attempt_ids: Sequence[int], *, now: datetime) -> Sequence[Attempt]:
    """Ask for the tally of the sittings concerned, and for the mistakes once their keys are visible.

    Returns the attempts as they are stored now, by id.
    """
    attempts = session.scalars(
        sa.select(Attempt)
        .where(Attempt.id.in_(attempt_ids))
        .order_by(Attempt.id)
        .options(joinedload(Attempt.sitting))
        .execution_options(populate_existing=True)
    ).all()
    for attempt in attempts:
        since = rules.keys_visible_from(attempt.sitting, attempt, None)  # the job looks who still answers
        if since is not None:
            payload = {"attempt_id": attempt.id}
            enqueue(session, "practice.collect_mistakes", now=now, payload=payload, run_at=max(since, now))
    results_changed(session, attempt_ids, now=now)
    for sitting_id in sorted({attempt.sitting_id for attempt in attempts}):
        tally(session, sitting_id, now=now)
    return attempts


def tally(session: Session, sitting_id: int, *, now: datetime) -> None:
    """Ask for the standings of a sitting to be counted again; many requests become one job."""
    enqueue(session, "rankings.tally", now=now, payload={"sitting_id": sitting_id}, key=f"tally:{sitting_id}")
