"""The scan for integrity signals, in the worker."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.reports.signals import services


def scan(session: Session, payload: dict[str, Any], now: datetime, beat: Callable[[int, int], None]) -> None:
    """Look at every class of a contest."""
    services.scan(session, contest_id=payload["contest_id"], now=now, beat=beat)
