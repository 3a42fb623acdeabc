"""What every act of an organiser begins with."""

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.models import Contest
from quiz.contests.queries import require_managed
from quiz.errors import ConflictError

PERMISSION = "awards.manage"


def check_scope(session: Session, actor: Actor, contest: Contest) -> None:
    """NotFoundError for who does not host the contest, ConflictError for one that awards nothing."""
    require_managed(session, contest, actor.scope(PERMISSION))
    if contest.published_at is None or contest.cancelled_at is not None:
        raise ConflictError("这场比赛没有发布，或者已经取消。")
