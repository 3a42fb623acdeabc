"""Background work of attempts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.attempts import services

Beat = Callable[[int, int], None]


def close_due(session: Session, _payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Close what is past its deadline, in short transactions so that answers of others keep flowing."""
    while services.close_due(session, now=now):
        session.commit()


def keys_released(session: Session, payload: dict[str, Any], now: datetime, _beat: Beat) -> None:
    """Keys of a sitting have become visible: ask for everybody's mistakes, in short transactions."""
    last: int | None = 0
    while last is not None:
        last = services.announce_keys(session, sitting_id=payload["sitting_id"], now=now, after=last)
        session.commit()


JOBS = {"every:5:attempts.close_due": close_due, "attempts.keys_released": keys_released}
