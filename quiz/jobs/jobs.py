"""Periodic duties of the job table itself."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.jobs import services


def sweep(session: Session, _payload: dict[str, Any], now: datetime, _beat: Any) -> None:
    """Remove jobs done long ago: every attempt of a contest leaves one."""
    services.sweep(session, now=now)


JOBS = {"every:3600:jobs.sweep": sweep}
