"""The lock of a contest, which its acts take before they look at it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.contests.queries import WITH_GROUPS
from quiz.errors import NotFoundError


def hold(session: Session, contest: Contest) -> None:
    """Lock a contest until the end of the transaction and see it as it is now; two acts at once take turns."""
    held = sa.select(Contest).where(Contest.id == contest.id).options(*WITH_GROUPS).with_for_update(of=Contest)
    if session.scalar(held, execution_options={"populate_existing": True}) is None:
        raise NotFoundError("没有找到这场比赛。")
