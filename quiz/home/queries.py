"""What the landing pages show, gathered from the features below."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment
from quiz.attempts.models import Attempt, Sitting
from quiz.attempts.queries import CLOSED
from quiz.attempts.rules import results_visible
from quiz.contests.models import Contest, ContestGroup
from quiz.regions.models import SchoolClass
from quiz.regions.rules import NO_GRADE


@dataclass(frozen=True)
class PastResult:
    """A closed attempt of a pupil; ``score`` (hundredths) is None until the policy shows it."""

    attempt_id: str
    title: str
    closed_at: datetime | None
    score: int | None


@dataclass(frozen=True)
class Place:
    """Where a pupil belongs, in words."""

    school: str
    school_class: str
    student_number: str
    is_unit: bool = False
    is_adult: bool = False


def results_of(session: Session, *, user_id: int, now: datetime, limit: int | None = None) -> list[PastResult]:
    """A pupil's closed attempts, newest first."""
    rows = session.execute(
        sa.select(Attempt, Sitting, Contest.title)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(ContestGroup, ContestGroup.sitting_id == Sitting.id)
        .join(Contest, Contest.id == ContestGroup.contest_id)
        .where(Attempt.user_id == user_id, Attempt.status.in_(CLOSED))
        .order_by(Attempt.closed_at.desc())
        .limit(limit)
    )
    return [
        PastResult(
            attempt_id=attempt.public_id,
            title=title,
            closed_at=attempt.closed_at,
            score=attempt.score if results_visible(sitting, attempt, now) else None,
        )
        for attempt, sitting, title in rows
    ]


def place_of(session: Session, *, user_id: int, now: datetime) -> Place | None:
    """The pupil's school, class and number; None when not enrolled anywhere."""
    enrolment = session.scalar(sa.select(Enrolment).where(Enrolment.user_id == user_id, Enrolment.ended_at.is_(None)))
    if enrolment is None:
        return None
    found: SchoolClass = enrolment.school_class
    return Place(
        enrolment.school.name, found.label(now), enrolment.student_number, enrolment.school.is_unit,
        is_adult=found.entry_grade <= NO_GRADE,
    )  # fmt: skip
