"""Periodic duties of accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.roster import jobs as roster
from quiz.accounts.services import sweep_sign_ins


def sweep(session: Session, _payload: dict[str, Any], now: datetime, _beat: Any) -> None:
    """Remove sign-ins that ended long ago."""
    sweep_sign_ins(session, now=now)


JOBS = {**roster.JOBS, "every:3600:accounts.sweep": sweep}
