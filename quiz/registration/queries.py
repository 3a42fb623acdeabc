"""Reads of invitations: those of a unit, the contests that its adults may enter, who came."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quiz.accounts.models import Enrolment
from quiz.accounts.names import staff_names
from quiz.accounts.permissions import SCHOOL
from quiz.accounts.rules import Actor
from quiz.attempts.models import Attempt
from quiz.contests.models import Contest, ContestGroup, ContestPlace
from quiz.contests.queries import window_of
from quiz.contests.rules import ContestGroupKind, group_of
from quiz.errors import NotFoundError
from quiz.regions.classnames import GRADES_OF_KIND
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import class_order, get_school
from quiz.regions.rules import NO_GRADE, grade_of
from quiz.registration.models import Registration, RegistrationLink

PERMISSION = "registrations.manage"


@dataclass(frozen=True)
class Registered:
    """One person who came; the name as the reader may see it."""

    public_id: str
    name: str
    number: str
    class_label: str
    at: datetime
    has_begun: bool
    is_namesake: bool


@dataclass(frozen=True)
class Joined:
    """What somebody who has registered is shown: the own number, where to sign in, and which contest is next."""

    name: str
    number: str
    school_code: str
    school_name: str
    class_label: str
    contest_id: str
    contest_title: str


def adult_group(school: School) -> ContestGroupKind:
    """The group in which adults of a unit, or parents of a school, compete."""
    found = group_of(school.kind.value, NO_GRADE)
    if found is None:
        raise NotFoundError("没有找到这个单位。")
    return found


def get_unit(session: Session, actor: Actor, school_id: int) -> School:
    """The active unit or school whose invitations the actor manages; else NotFoundError."""
    school = get_school(session, school_id, actor.scope(PERMISSION))
    if not school.is_active:
        raise NotFoundError("没有找到这个单位。")
    return school


def may_ask_class(actor: Actor, school: School) -> bool:
    """Whether the actor may let people choose a class. A school's own list of classes only the school itself opens."""
    own = {grant.school_id for grant in actor.grants if grant.role == SCHOOL}
    return school.is_unit or school.id in own


def contests_open_to(session: Session, school: School, now: datetime) -> list[Contest]:
    """Published contests which adults of this unit may enter and that are not over, the next to close first."""
    regions = [school.county_id, school.prefecture_id or school.province_id, school.province_id]
    reached = sa.or_(ContestPlace.region_id.in_(regions), ContestPlace.school_id == school.id)
    query = (
        sa.select(Contest)
        .where(
            Contest.id.in_(sa.select(ContestPlace.contest_id).where(reached)),
            Contest.id.in_(sa.select(ContestGroup.contest_id).where(ContestGroup.kind == adult_group(school))),
            Contest.published_at.is_not(None), Contest.cancelled_at.is_(None), Contest.first_stage_id.is_(None),
            Contest.playoff_of_id.is_(None),
        )
        .options(joinedload(Contest.groups).joinedload(ContestGroup.sitting))
    )  # fmt: skip
    found = [one for one in session.scalars(query).unique() if window_of(one)[1] > now]
    return sorted(found, key=lambda one: (window_of(one)[1], one.id))


def links_of(session: Session, school: School) -> list[RegistrationLink]:
    """The invitations of a unit, the newest first."""
    query = sa.select(RegistrationLink).where(RegistrationLink.school_id == school.id)
    query = query.options(joinedload(RegistrationLink.contest), joinedload(RegistrationLink.school_class))
    return list(session.scalars(query.order_by(RegistrationLink.id.desc())))


def get_link(session: Session, school: School, link_id: int) -> RegistrationLink:
    """One of a unit's invitations; else NotFoundError. The caller has checked the unit against the scope."""
    found = session.get(RegistrationLink, link_id)
    if found is None or found.school_id != school.id:
        raise NotFoundError("没有找到这个登记链接。")
    return found


def find_link(session: Session, code: str) -> RegistrationLink:
    """The invitation with this code, of an active unit; else NotFoundError."""
    query = sa.select(RegistrationLink).join(RegistrationLink.school)
    found = session.scalar(query.where(RegistrationLink.code == code, School.is_active))
    if found is None:
        raise NotFoundError("没有找到这个登记链接。请核对链接，或重新扫二维码。")
    return found


def classes_to_choose(session: Session, school: School, now: datetime) -> list[SchoolClass]:
    """What people choose from: a unit's departments, or the classes of a school whose parents they are."""
    query = sa.select(SchoolClass).where(SchoolClass.school_id == school.id, SchoolClass.is_active)
    if school.is_unit:
        found = query.where(SchoolClass.entry_grade == NO_GRADE).order_by(
            sa.func.length(SchoolClass.name), SchoolClass.name
        )
        return list(session.scalars(found))
    grades = GRADES_OF_KIND[school.kind.value]
    query = query.where(SchoolClass.entry_grade > NO_GRADE)
    rows = session.scalars(query.order_by(*class_order()))
    return [one for one in rows if grade_of(one.cohort_year, one.entry_grade, now) in grades]


def people_of(session: Session, actor: Actor, link: RegistrationLink, now: datetime) -> list[Registered]:
    """Who came by an invitation and was not removed, the newest first."""
    has_begun = sa.exists().where(Attempt.user_id == Registration.user_id)
    query = (
        sa.select(Registration, Enrolment, has_begun.label("has_begun"))
        .join(Enrolment, sa.and_(Enrolment.user_id == Registration.user_id, Enrolment.ended_at.is_(None)))
        .where(Registration.link_id == link.id, Registration.removed_at.is_(None))
        .options(joinedload(Registration.user), joinedload(Enrolment.school_class))
        .order_by(Registration.id.desc())
    )
    rows = session.execute(query).all()
    name_of = staff_names(session, actor)
    names = [row.Registration.user.name for row in rows]
    return [
        Registered(
            row.Registration.user.public_id, name_of(row.Registration.user.name, row.Enrolment.class_id),
            row.Enrolment.student_number, row.Enrolment.school_class.label(now), row.Registration.created_at,
            row.has_begun, names.count(row.Registration.user.name) > 1,
        )
        for row in rows
    ]  # fmt: skip


def joined_of(session: Session, user_id: int, now: datetime) -> Joined:
    """What the signed-in person registered as; NotFoundError for somebody who came by a roster."""
    query = (
        sa.select(Registration, Enrolment)
        .join(Enrolment, sa.and_(Enrolment.user_id == Registration.user_id, Enrolment.ended_at.is_(None)))
        .where(Registration.user_id == user_id, Registration.removed_at.is_(None))
    )
    row = session.execute(query).first()
    if row is None:
        raise NotFoundError("没有找到你的登记。")
    registration, enrolment = row
    school, contest = enrolment.school, registration.link.contest
    return Joined(
        registration.user.name, enrolment.student_number, school.code, school.name,
        enrolment.school_class.label(now), contest.public_id, contest.title,
    )  # fmt: skip
