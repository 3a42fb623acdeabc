"""What every act of an organiser begins with."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.contests.models import Contest
from quiz.contests.queries import require_managed
from quiz.errors import ConflictError

PERMISSION = "awards.manage"


def check_scope(session: Session, actor: Actor, contest: Contest) -> None:
    """NotFoundError for who does not host the contest, ConflictError for one that awards nothing."""
    require_managed(session, contest, actor.scope(PERMISSION))
    if contest.published_at is None or contest.cancelled_at is not None:
        raise ConflictError("这场比赛没有发布，或者已经取消。")


def note(
    session: Session, contest: Contest, action: str, actor_id: int | None, now: datetime, **details: Any
) -> None:  # fmt: skip
    """One act in the audit log."""
    record(
        session, f"contest:awards:{action}", now=now, actor_id=actor_id, object_type="contest",
        object_id=contest.public_id, **details,
    )  # fmt: skip
