"""The worker process: runs due jobs, and the periodic duties every few seconds.

A job function is called as ``function(session, payload, now, beat)`` inside one transaction that the worker
commits; ``beat(done, total)`` reports progress through a transaction of its own. It must be idempotent: a
job whose worker was killed runs again. Periodic duties are registered as ``every:<seconds>:<name>`` in a
feature's JOBS and are called as ``function(session, {}, now, beat)``.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from quiz import clock
from quiz.db import db
from quiz.jobs import services
from quiz.jobs.models import Job

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
Beat = Callable[[int, int], None]
JobFunction = Callable[[Session, dict[str, Any], Any, Beat], None]


def run_due_jobs(app: Flask, limit: int | None = None) -> int:
    """Run jobs that are due, each in its own transaction; returns how many ran. Tests call this directly."""
    count = 0
    while limit is None or count < limit:
        job = _take(app)
        if job is None:
            return count
        _run(app, job)
        count += 1
    return count


def _take(app: Flask) -> Job | None:
    with app.app_context(), db.sessionmaker() as session:
        job = services.take(session, now=clock.now())
        session.commit()
        return job


def _run(app: Flask, job: Job) -> None:
    function: JobFunction | None = app.extensions["jobs"].get(job.name)

    with app.app_context(), db.sessionmaker() as session:
        try:
            if function is None:
                raise LookupError(f"no job named {job.name}")
            function(session, job.payload, clock.now(), _beat_function(app, job.id))
            services.finish(session, job.id, now=clock.now())
            session.commit()
        except Exception as error:
            session.rollback()
            log.exception("job %s (%s) failed", job.id, job.name)
            services.fail(session, job.id, now=clock.now(), error=f"{type(error).__name__}: {error}")
            session.commit()


def _beat_function(app: Flask, job_id: int) -> Beat:
    """Progress in a transaction of its own; on SQLite only while the job has not begun to write (one writer)."""

    def beat(done: int, total: int) -> None:
        with app.app_context(), db.sessionmaker() as session:
            services.beat(session, job_id, now=clock.now(), done=done, total=total)
            session.commit()

    return beat


def run_periodic(app: Flask, due: dict[str, float], at: float) -> None:
    """Run the periodic duties whose time has come; ``due`` maps names to monotonic times and is updated."""
    for name, function in app.extensions["jobs"].items():
        if not name.startswith("every:") or due.get(name, 0.0) > at:
            continue
        due[name] = at + float(name.split(":")[1])
        with app.app_context(), db.sessionmaker() as session:
            try:
                function(session, {}, clock.now(), lambda done, total: None)
                session.commit()
            except Exception:
                session.rollback()
                log.exception("periodic duty %s failed", name)


def work(app: Flask, stop: threading.Event) -> None:
    """Serve until ``stop`` is set."""
    due: dict[str, float] = {}
    while not stop.is_set():
        try:
            run_periodic(app, due, time.monotonic())
            if run_due_jobs(app, limit=20) == 0:
                stop.wait(IDLE_SECONDS)
        except Exception:  # the database may be away for a while
            log.exception("worker loop")
            stop.wait(2)
