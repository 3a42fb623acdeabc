"""Acts that concern a contest, in the audit log: one way for every feature that stands on contests."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.audit.services import record
from quiz.contests.models import Contest


def note(session: Session, contest: Contest, action: str, actor_id: int | None, now: datetime, **details: Any) -> None:
    """Append an act about a contest, by its whole code, so that what the log says can be looked for in the source."""
    record(
        session, action, now=now, actor_id=actor_id, object_type="contest", object_id=contest.public_id, **details
    )  # fmt: skip
