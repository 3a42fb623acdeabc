"""Background work of operations: the worker's sign of life, re-marks, and what is erased."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz import clock
from quiz.attempts.services import close_due
from quiz.db import write_intent
from quiz.operations import services
from quiz.operations.remarking import services as remarking
from quiz.operations.retention import jobs as retention
from quiz.operations.retention.services import ERASE

Beat = Callable[[int, int], None]
CONSIDERATE_SECONDS = 5.0  # as often as the worker closes what is due


def beat(session: Session, _payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Say that the worker lives."""
    services.note(session, "worker", now=now)


def considerate(session: Session, beat: Beat) -> Beat:
    """A ``beat`` between two batches that also does what the worker would do if it were not busy with this.

    Attempts that fall due while a large contest is marked again are closed in time, and the worker shows its sign of life.
    The session must hold no transaction when it is called.
    """
    last = time.monotonic()

    def between(done: int, total: int) -> None:
        nonlocal last
        beat(done, total)
        if time.monotonic() < last + CONSIDERATE_SECONDS:
            return
        intent = write_intent.set(True)
        try:
            while close_due(session, now=clock.now()):
                session.commit()
            services.note(session, "worker", now=clock.now())
            session.commit()
        finally:
            write_intent.reset(intent)
        last = time.monotonic()

    return between


def remark_count(session: Session, payload: dict[str, Any], now: datetime, beat: Beat) -> None:
    """Rehearse a re-mark."""
    remarking.count(session, remark_id=payload["remark_id"], now=now, beat=considerate(session, beat))


def remark_apply(session: Session, payload: dict[str, Any], now: datetime, beat: Beat) -> None:
    """Apply a confirmed re-mark."""
    remarking.apply(session, remark_id=payload["remark_id"], now=now, beat=considerate(session, beat))


def erase(session: Session, payload: dict[str, Any], now: datetime, beat: Beat) -> None:
    """Erase what was kept long enough."""
    retention.erase(session, payload, now, considerate(session, beat))


JOBS = {
    "every:10:operations.beat": beat,
    "every:3600:operations.retention": retention.see_to,
    remarking.COUNT: remark_count,
    remarking.APPLY: remark_apply,
    ERASE: erase,
}
