"""Enqueue work, take it, finish it."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.db import insert_into
from quiz.jobs.models import Job, JobState

HEARTBEAT_TIMEOUT = timedelta(seconds=90)  # a running job silent for longer is taken again: its worker died
MAX_TRIES = 5
RETRY_AFTER = timedelta(seconds=10)


def enqueue(
    session: Session,
    name: str,
    *,
    now: datetime,
    payload: dict[str, Any] | None = None,
    key: str | None = None,
    run_at: datetime | None = None,
) -> Job | None:
    """Write a job in the caller's transaction; it runs after the commit.

    With a ``key`` that is already queued nothing is written and None is returned. A job that is running does
    not stop a new one: what it has read may be older than what the caller has just written.
    """
    values = {
        "name": name, "payload": payload or {}, "key": key, "run_at": run_at or now, "created_at": now,
        "state": JobState.QUEUED, "tries": 0, "progress_done": 0, "progress_total": 0,
    }  # fmt: skip
    if key is not None:
        return _enqueue_once(session, values)
    job = Job(**values)
    session.add(job)
    session.flush()
    return job


def _enqueue_once(session: Session, values: dict[str, Any]) -> Job | None:
    """Insert unless the key is queued; then hold that job until the caller commits.

    A worker passes over a job that is held. Else it could take the job and read, before the commit, what the
    caller is about to change, and nobody would come back for it.
    """
    held = sa.select(Job.id).where(Job.key == values["key"], Job.state == JobState.QUEUED)
    held = held.with_for_update(read=True, key_share=True)
    if session.scalar(held) is not None:
        return None
    job = _insert_unless_queued(session, values)
    if job is None and session.scalar(held) is None:  # a twin's job, taken since
        return _insert_unless_queued(session, values)
    return job


def _insert_unless_queued(session: Session, values: dict[str, Any]) -> Job | None:
    """Insert under the unique index on queued keys; a concurrent twin wins quietly."""
    statement = insert_into(session, Job).values(**values).on_conflict_do_nothing().returning(Job.id)
    job_id = session.scalar(statement)
    return None if job_id is None else session.get(Job, job_id)


def take(session: Session, *, now: datetime) -> Job | None:
    """Take the next due job (or one whose worker died), marking it running. The caller commits.

    A job under which its worker has died MAX_TRIES times is given up: it would take every worker with it.
    """
    stale = sa.and_(Job.state == JobState.RUNNING, Job.heartbeat_at < now - HEARTBEAT_TIMEOUT)
    due = sa.and_(Job.state == JobState.QUEUED, Job.run_at <= now)
    query = sa.select(Job).where(sa.or_(due, stale)).order_by(Job.run_at, Job.id).limit(1)
    job = session.scalar(query.with_for_update(skip_locked=True))
    if job is None:
        return None
    if job.tries >= MAX_TRIES:
        job.state, job.finished_at, job.error = JobState.FAILED, now, "the worker died each time"
        session.flush()
        return take(session, now=now)
    job.state = JobState.RUNNING
    job.tries += 1
    job.started_at = job.heartbeat_at = now
    return job


def beat(session: Session, job_id: int, *, now: datetime, done: int | None = None, total: int | None = None) -> None:
    """Say that a job is alive, and how far it is. The caller commits."""
    values: dict[str, Any] = {"heartbeat_at": now}
    if done is not None:
        values["progress_done"] = done
    if total is not None:
        values["progress_total"] = total
    session.execute(sa.update(Job).where(Job.id == job_id).values(**values))


def finish(session: Session, job_id: int, *, now: datetime) -> None:
    """Mark a job done."""
    session.execute(
        sa.update(Job)
        .where(Job.id == job_id)
        .values(state=JobState.DONE, finished_at=now, heartbeat_at=now, error=None)
    )


def fail(session: Session, job_id: int, *, now: datetime, error: str) -> None:
    """Queue a failed job again a little later, or give it up after MAX_TRIES."""
    job = session.get(Job, job_id)
    if job is None:
        return
    job.error = error[:2000]
    if job.tries >= MAX_TRIES:
        job.state, job.finished_at = JobState.FAILED, now
        return
    waiting = sa.select(Job.id).where(Job.key == job.key, Job.state == JobState.QUEUED, Job.id != job.id)
    if job.key is not None and session.scalar(waiting) is not None:
        job.state, job.finished_at = JobState.FAILED, now  # a younger job of the same key will do it
        return
    job.state, job.run_at = JobState.QUEUED, now + RETRY_AFTER * 2**job.tries
