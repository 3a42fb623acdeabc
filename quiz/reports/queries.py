"""Reads for class reports: a handful of queries for a class, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, User
from quiz.accounts.rules import mask_name
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.attempts.queries import CLOSED, CountedAttempt, answers_of_many, counted_attempts, paper_items
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import get_class
from quiz.regions.rules import Scope
from quiz.reports.rules import ItemReport, MarkedPaper, TopicReport, average, item_reports, topic_reports


@dataclass(frozen=True)
class PupilReport:
    """One pupil: ``status`` is waiting, going or done; score in hundredths and seconds of the counting attempt."""

    name: str
    student_number: str
    status: str
    score: int | None
    elapsed_seconds: int | None
    attempts: int


@dataclass(frozen=True)
class ClassReport:
    """What one class did in one contest. ``is_masked``: the reader may not know its pupils (see :meth:`masked`)."""

    school: School
    label: str
    pupils: list[PupilReport]
    items: list[ItemReport]
    topics: list[TopicReport]
    average: int | None
    pass_hundredths: int
    is_masked: bool = False

    def masked(self) -> "ClassReport":
        """The same for who may see the class and not who its pupils are: no full name, no student number."""
        pupils = [replace(one, name=mask_name(one.name), student_number="") for one in self.pupils]
        return replace(self, pupils=pupils, is_masked=True)

    @property
    def done(self) -> list[PupilReport]:
        """Pupils with a counting score."""
        return [pupil for pupil in self.pupils if pupil.score is not None]

    @property
    def passed(self) -> int:
        """How many reached the pass mark."""
        return sum((pupil.score or 0) >= self.pass_hundredths for pupil in self.done)

    @property
    def weakest(self) -> TopicReport | None:
        """The topic with the lowest share of its points."""
        return min(self.topics, key=lambda topic: topic.percent, default=None)


def class_report(
    session: Session, *, contest: Contest, class_id: int, scope: Scope, closed_by: datetime | None = None
) -> ClassReport:
    """The report of a class in the scope; NotFoundError for any other. With ``closed_by`` of the papers closed by then."""
    found = get_class(session, class_id, scope)
    sittings = [group.sitting for group in contest.groups]
    counted = counted_attempts(session, [sitting.id for sitting in sittings], class_id=class_id, closed_by=closed_by)
    papers = _marked_papers(session, [one.attempt_id for one in counted])
    return ClassReport(
        school=found.school,
        label=found.label(min(one.opens_at for one in sittings)),
        pupils=_pupils(session, contest, found, counted),
        items=item_reports(papers),
        topics=topic_reports(papers),
        average=average([one.score for one in counted]),
        pass_hundredths=sittings[0].pass_hundredths,
    )


def _marked_papers(session: Session, attempt_ids: Sequence[int]) -> list[MarkedPaper]:
    answers = answers_of_many(session, attempt_ids)
    attempts = session.execute(
        sa.select(Attempt.id, Attempt.paper, Attempt.marks).where(Attempt.id.in_(attempt_ids)).order_by(Attempt.id)
    )
    return [MarkedPaper(paper_items(session, row.paper), answers.get(row.id, {}), row.marks or []) for row in attempts]


def _pupils(
    session: Session, contest: Contest, school_class: SchoolClass, counted: Sequence[CountedAttempt]
) -> list[PupilReport]:
    """Who may enter now, and who has entered from this class and moved since; by student number."""
    scores = {one.user_id: one for one in counted}
    tries = _tries(session, contest, school_class.id)
    here = Scope(classes=frozenset({school_class.id}))
    eligible = set(session.scalars(sa.select(eligible_enrolments(contest, here).subquery().c.user_id)))
    people = session.execute(
        sa.select(User.id, User.name, Enrolment.student_number)
        .outerjoin(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
        .where(User.id.in_(eligible | tries.keys()))
        .order_by(Enrolment.student_number, User.id)
    )
    return [
        PupilReport(
            name=person.name,
            student_number=person.student_number or "",
            status=_status(tries.get(person.id)),
            score=scores[person.id].score if person.id in scores else None,
            elapsed_seconds=scores[person.id].elapsed_seconds if person.id in scores else None,
            attempts=tries[person.id].number if person.id in tries else 0,
        )
        for person in people
    ]


def _status(tries: Any) -> str:
    if tries is None:
        return "waiting"
    return "done" if tries.closed else "going"


def _tries(session: Session, contest: Contest, class_id: int) -> dict[int, Any]:
    closed = sa.func.sum(sa.case((Attempt.status.in_(CLOSED), 1), else_=0)).label("closed")
    query = (
        sa.select(Attempt.user_id, sa.func.count().label("number"), closed)
        .where(
            Attempt.sitting_id.in_([group.sitting_id for group in contest.groups]),
            Attempt.class_id == class_id,
            Attempt.status != AttemptStatus.VOIDED,
        )
        .group_by(Attempt.user_id)
    )
    return {row.user_id: row for row in session.execute(query)}
