"""Background work of operations: the worker's sign of life."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.operations import services

Beat = Callable[[int, int], None]


def beat(session: Session, _payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Say that the worker lives."""
    services.note(session, "worker", now=now)


JOBS = {"every:10:operations.beat": beat}
