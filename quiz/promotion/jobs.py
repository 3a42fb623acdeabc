"""The trial of a promotion, in the worker."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.promotion import services


def count(session: Session, payload: dict[str, Any], now: datetime, beat: Callable[[int, int], None]) -> None:
    """Compute everybody's verdict."""
    services.count(session, run_id=payload["run_id"], now=now, beat=beat)


JOBS = {services.COUNT: count}
