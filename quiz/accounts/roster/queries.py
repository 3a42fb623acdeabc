"""Reads of roster imports, and the picture of a school that a plan is made against."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, undefer

from quiz.accounts.models import Enrolment, User
from quiz.accounts.publication.queries import current_of
from quiz.accounts.publication.rules import NO_ANSWER, CurrentConsent
from quiz.accounts.roster.models import RosterImport
from quiz.accounts.roster.rules import Known, KnownClass, KnownPupil
from quiz.accounts.rules import Actor
from quiz.errors import NotFoundError
from quiz.jobs.models import Job
from quiz.regions.classnames import ClassKey
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import classes_within, named_like, schools_within
from quiz.regions.rules import Scope

PERMISSION = "roster.import"


def schools_for_import(scope: Scope, text: str = "") -> sa.Select[School]:
    """Active schools for which somebody with this scope may import: the whole school, or classes of it."""
    own = sa.select(SchoolClass.school_id).where(SchoolClass.id.in_(scope.classes))
    query = sa.select(School).where(School.is_active, sa.or_(schools_within(scope), School.id.in_(own)))
    query = query.options(joinedload(School.county))
    if text:
        query = query.where(named_like(text))
    return query.order_by(School.code)


def get_import_school(session: Session, school_id: int, scope: Scope) -> School:
    """The school, if the scope allows an import for it; else NotFoundError."""
    school = session.scalar(schools_for_import(scope).where(School.id == school_id))
    if school is None:
        raise NotFoundError("没有找到这所学校。")
    return school


def own_classes(session: Session, school_id: int, scope: Scope) -> list[int] | None:
    """None when the whole school is in scope, else the ids of the classes that are."""
    whole = session.scalar(sa.select(School.id).where(School.id == school_id, schools_within(scope)))
    if whole is not None:
        return None
    mine = sa.select(SchoolClass.id).join(SchoolClass.school)
    mine = mine.where(SchoolClass.school_id == school_id, SchoolClass.is_active, classes_within(scope))
    return sorted(session.scalars(mine))


def classes_of(session: Session, school_id: int, class_ids: list[int] | None) -> list[SchoolClass]:
    """The school's active classes, or those of ``class_ids``, from the highest grade down."""
    query = sa.select(SchoolClass).where(SchoolClass.school_id == school_id, SchoolClass.is_active)
    if class_ids is not None:
        query = query.where(SchoolClass.id.in_(class_ids))
    order = (SchoolClass.cohort_year - SchoolClass.entry_grade, sa.func.length(SchoolClass.name), SchoolClass.name)
    return list(session.scalars(query.order_by(*order)))


def get_import(session: Session, public_id: str, actor: Actor, *, whole: bool = False) -> RosterImport:
    """The actor's own import; NotFoundError for anybody else's. ``whole`` loads rows and plan as well."""
    query = sa.select(RosterImport).where(RosterImport.public_id == public_id, RosterImport.created_by == actor.user_id)
    query = query.join(RosterImport.school)
    query = query.where(
        RosterImport.school_id.in_(
            schools_for_import(actor.scope(PERMISSION)).with_only_columns(School.id).order_by(None)
        )
    )
    if whole:
        query = query.options(undefer(RosterImport.rows), undefer(RosterImport.plan))
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这次导入。")
    return found


def recent_imports(session: Session, school_id: int, actor: Actor, limit: int = 5) -> list[RosterImport]:
    """The actor's latest imports for a school, newest first."""
    mine = sa.select(RosterImport).where(RosterImport.school_id == school_id, RosterImport.created_by == actor.user_id)
    return list(session.scalars(mine.order_by(RosterImport.id.desc()).limit(limit)))


def job_progress(session: Session, row: RosterImport) -> tuple[int, int]:
    """(done, total) rows of the import's job; (0, 0) before it has begun."""
    found = session.execute(sa.select(Job.progress_done, Job.progress_total).where(Job.id == row.job_id)).first()
    return (found.progress_done, found.progress_total) if found else (0, 0)


def known_school(session: Session, school: School, class_ids: list[int] | None) -> Known:
    """The school's classes and pupils as they are now, and former pupils who might come back."""
    current = _pupils(session, school.id, Enrolment.ended_at.is_(None))
    numbers = {pupil.number for pupil in current}
    former = [pupil for pupil in _former(session, school.id) if pupil.number not in numbers]
    return Known(
        kind=school.kind.value,
        pupils=(*current, *former),
        classes=_classes(session, school.id, class_ids),
        may_create=class_ids is None,
    )


def _classes(session: Session, school_id: int, class_ids: list[int] | None) -> tuple[KnownClass, ...]:
    query = sa.select(SchoolClass).where(SchoolClass.school_id == school_id).order_by(SchoolClass.id)
    return tuple(
        KnownClass(
            id=row.id,
            key=ClassKey(row.cohort_year, row.entry_grade, row.name),
            is_active=row.is_active,
            is_mine=class_ids is None or row.id in class_ids,
        )
        for row in session.scalars(query)
    )


def _pupils(session: Session, school_id: int, condition: sa.ColumnElement[bool]) -> list[KnownPupil]:
    query = (
        sa.select(User.id, User.name, Enrolment.student_number, Enrolment.gender, Enrolment.class_id)
        .join(User, User.id == Enrolment.user_id)
        .where(Enrolment.school_id == school_id, condition)
        .order_by(Enrolment.id)
    )
    rows = session.execute(query).all()
    consents = current_of(session, [row.id for row in rows])
    return [_known(row, consents.get(row.id, NO_ANSWER)) for row in rows]


def former_pupil(session: Session, school_id: int, number: str, name: str) -> int | None:
    """The account of who last left the school with this number, if the name is the same and it is enrolled nowhere."""
    found = _former(session, school_id, Enrolment.student_number == number)
    return next((pupil.user_id for pupil in found if pupil.name == name), None)


def _former(session: Session, school_id: int, *conditions: sa.ColumnElement[bool]) -> list[KnownPupil]:
    """Pupils who have left the school and are enrolled nowhere, by their last number here."""
    enrolled = sa.select(Enrolment.user_id).where(Enrolment.ended_at.is_(None))
    gone = _pupils(
        session,
        school_id,
        sa.and_(Enrolment.ended_at.is_not(None), Enrolment.user_id.not_in(enrolled), *conditions),
    )
    latest = {pupil.number: pupil for pupil in gone}
    return [replace(pupil, class_id=None) for pupil in latest.values()]


def _known(row: Any, consent: CurrentConsent) -> KnownPupil:
    return KnownPupil(row.id, row.student_number, row.name, row.gender or "", row.class_id, consent)
