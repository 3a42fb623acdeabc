"""Every hour: review dates that have passed go into the queue, expired items are retired."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.items.concerns import services


def look_at_dates(session: Session, _payload: dict[str, Any], now: datetime, _beat: Any) -> None:
    """Act on the dates that items carry."""
    services.retire_expired(session, now=now)
    services.raise_due(session, now=now)


JOBS = {"every:3600:items.look_at_dates": look_at_dates}
