"""Background work of operations: the worker's sign of life, and re-marks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.operations import services
from quiz.operations.remarking import services as remarking

Beat = Callable[[int, int], None]


def beat(session: Session, _payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Say that the worker lives."""
    services.note(session, "worker", now=now)


def remark_count(session: Session, payload: dict[str, Any], now: datetime, beat: Beat) -> None:
    """Rehearse a re-mark."""
    remarking.count(session, remark_id=payload["remark_id"], now=now, beat=beat)


def remark_apply(session: Session, payload: dict[str, Any], now: datetime, beat: Beat) -> None:
    """Apply a confirmed re-mark."""
    remarking.apply(session, remark_id=payload["remark_id"], now=now, beat=beat)


JOBS = {"every:10:operations.beat": beat, remarking.COUNT: remark_count, remarking.APPLY: remark_apply}
