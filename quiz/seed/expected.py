"""The demonstration's expected pupils: counted as the worker would, and a few pupils excused from the running contest."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.models import Contest
from quiz.rankings.expected import queries, services
from quiz.rankings.expected.models import Excuse
from quiz.rankings.expected.rules import ExcuseKind

REASONS = (
    (ExcuseKind.ABSENT, "住院，有请假条"),
    (ExcuseKind.EXEMPT, "特殊教育安置"),
    (ExcuseKind.ABSENT, "随父母外出，已请假"),
)


def play(
    session: Session, contest: Contest, actor: Actor, class_id: int, *, without: Collection[int], now: datetime
) -> None:
    """Count whatever is due, and excuse pupils of one class who have not sat."""
    for one in queries.due(session, now):
        services.count_first(session, contest_id=one.id, now=now)
    if session.scalar(sa.select(Excuse.id).where(Excuse.contest_id == contest.id)) is not None:
        return
    rows = queries.pupils_of_class(session, contest, queries.valid_count(session, contest.id), class_id)
    free = [row for row in rows if not row.has_sat and row.id not in without]
    for (kind, reason), row in zip(REASONS, free, strict=False):
        services.excuse(
            session, actor=actor, contest=contest, class_id=class_id, user_public_id=row.public_id, kind=kind,
            reason=reason, now=now,
        )  # fmt: skip
