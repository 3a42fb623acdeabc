"""The draw itself, in the worker."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.awards.draws import services


def compute(session: Session, payload: dict[str, Any], now: datetime, _beat: Callable[[int, int], None]) -> None:
    """Write tickets and winners."""
    services.compute(session, draw_id=payload["draw_id"], now=now)
