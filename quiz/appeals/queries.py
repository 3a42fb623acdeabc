"""Reads of appeals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, User
from quiz.appeals.models import Appeal, AppealStep
from quiz.appeals.rules import UNSETTLED, AppealState, may_file
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import window_of
from quiz.errors import DomainError, NotFoundError
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import classes_within
from quiz.regions.rules import Scope


@dataclass(frozen=True)
class AppealLine:
    """An appeal with whom it concerns, as staff lists it."""

    appeal: Appeal
    name: str
    class_id: int
    school: str
    school_class: SchoolClass


def is_open(contest: Contest, now: datetime) -> bool:
    """Whether an appeal may be filed in this stage now."""
    return may_file(*window_of(contest), now)


def own_appeals(session: Session, contest: Contest, user_id: int) -> list[Appeal]:
    """A pupil's appeals in a stage, the latest first."""
    query = sa.select(Appeal).where(Appeal.contest_id == contest.id, Appeal.user_id == user_id)
    return list(session.scalars(query.order_by(Appeal.id.desc())))


def get_appeal(session: Session, contest: Contest, public_id: str, scope: Scope | None = None) -> AppealLine:
    """One appeal of the stage (within a scope); else NotFoundError."""
    row = session.execute(lines(contest, scope).where(Appeal.public_id == public_id)).first()
    if row is None:
        raise NotFoundError("没有找到这份申诉。")
    return AppealLine(*row)


def lines(contest: Contest, scope: Scope | None = None) -> sa.Select[Any]:
    """The appeals of a stage for staff, unsettled ones first, then the latest; ``scope`` leaves out other pupils.

    An appeal belongs where the pupil entered the stage; of who has not entered, to the class they are or were last in.
    """
    latest = (
        sa.select(Enrolment.class_id)
        .where(Enrolment.user_id == Appeal.user_id)
        .order_by(Enrolment.ended_at.is_not(None), Enrolment.id.desc())
        .limit(1)
        .correlate(Appeal)
        .scalar_subquery()
    )
    query: Any = (
        sa.select(Appeal, User.name, SchoolClass.id, School.name, SchoolClass)
        .join(User, User.id == Appeal.user_id)
        .outerjoin(Entry, sa.and_(Entry.contest_id == Appeal.contest_id, Entry.user_id == Appeal.user_id))
        .join(SchoolClass, SchoolClass.id == sa.func.coalesce(Entry.class_id, latest))
        .join(School, School.id == SchoolClass.school_id)
        .where(Appeal.contest_id == contest.id)
        .order_by(Appeal.state.not_in(UNSETTLED), Appeal.id.desc())
    )
    found: sa.Select[Any] = query if scope is None else query.where(classes_within(scope))
    return found


@dataclass(frozen=True)
class StepLine:
    """A step with who took it."""

    step: AppealStep
    by: str


def steps_of(session: Session, appeal: Appeal) -> list[StepLine]:
    """The steps of an appeal in order."""
    query = sa.select(AppealStep, User.name).join(User, User.id == AppealStep.by)
    rows = session.execute(query.where(AppealStep.appeal_id == appeal.id).order_by(AppealStep.id))
    return [StepLine(*row) for row in rows]


def unsettled(session: Session, contest: Contest) -> int:
    """How many appeals of a stage wait for somebody."""
    query = sa.select(sa.func.count()).select_from(Appeal)
    return session.scalar(query.where(Appeal.contest_id == contest.id, Appeal.state.in_(UNSETTLED))) or 0


def waits_for_second(appeal: Appeal) -> bool:
    """Whether an answer has been proposed and another person must decide."""
    return appeal.state is AppealState.PROPOSED


def pupil_by_number(session: Session, number: str, scope: Scope) -> int:
    """The pupil of the scope with this student number; DomainError naming the field for none or several."""
    query = (
        sa.select(Enrolment.user_id)
        .join(School, School.id == Enrolment.school_id)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .where(Enrolment.student_number == number, Enrolment.ended_at.is_(None), classes_within(scope))
    )
    found = session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise DomainError("没有找到这个学号的学生，或者不止一人。", field="number")
    return found[0]
