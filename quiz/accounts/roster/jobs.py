"""Background work of roster imports (registered in quiz/accounts/jobs.py)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.roster import services


def preview_roster(session: Session, payload: dict[str, Any], now: datetime, beat: Callable[[int, int], None]) -> None:
    """Read an uploaded roster and make its plan."""
    services.preview(session, import_id=payload["import_id"], now=now, progress=beat)


JOBS = {"accounts.preview_roster": preview_roster}
