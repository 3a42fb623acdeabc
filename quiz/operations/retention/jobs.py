"""Erasing in the worker: an hourly look at what is set to be automatic, and the erasing itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.operations.retention import services


def see_to(session: Session, _payload: dict[str, Any], now: datetime, _beat: Any) -> None:
    """Begin what is due."""
    services.see_to(session, now=now)


def erase(session: Session, payload: dict[str, Any], now: datetime, beat: Callable[[int, int], None]) -> None:
    """Erase one kind."""
    services.erase(session, run_id=payload["run_id"], now=now, beat=beat)
