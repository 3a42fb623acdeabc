"""Reads of accounts."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from quiz.accounts.models import Enrolment, LoginSession, LoginSlip, RoleGrant, SetupToken, User, UserKind
from quiz.accounts.rules import Actor, Grant, username_key
from quiz.accounts.staff_queries import has_admin
from quiz.direct import Direct, Statement
from quiz.errors import NotFoundError
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import class_order, classes_within
from quiz.regions.rules import NO_GRADE, Scope

_ACTOR = Statement(
    sa.select(User.public_id, User.name, User.kind, User.must_change_secret, Enrolment.school_id, Enrolment.class_id)
    .join(LoginSession, LoginSession.user_id == User.id)
    .outerjoin(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
    .where(
        LoginSession.id == sa.bindparam("session_id"),
        LoginSession.user_id == sa.bindparam("user_id"),
        LoginSession.user_version == sa.bindparam("version"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > sa.bindparam("now"),
        User.session_version == sa.bindparam("version"),
        User.is_active,
    )
)
_GRANTS = Statement(
    sa.select(RoleGrant.role, RoleGrant.region_id, RoleGrant.school_id, RoleGrant.class_id).where(
        RoleGrant.user_id == sa.bindparam("user_id"), RoleGrant.revoked_at.is_(None)
    )
)


def load_actor(direct: Direct, *, session_id: str, user_id: int, version: int, now: datetime) -> Actor | None:
    """The actor behind a cookie's session, or None when it has ended, been revoked or belongs to someone else.

    Every request asks this, so it goes straight to the driver; it sees what is committed.
    """
    keys = {"session_id": session_id, "user_id": user_id, "version": version, "now": now}
    row = direct.first(_ACTOR, keys)
    if row is None:
        return None
    public_id, name, kind, must_change_secret, school_id, class_id = row
    grants = direct.rows(_GRANTS, {"user_id": user_id}) if kind == UserKind.STAFF else ()
    return Actor(
        user_id=user_id, public_id=public_id, name=name, kind=kind, session_id=session_id, version=version,
        grants=tuple(Grant(*grant) for grant in grants), school_id=school_id, class_id=class_id,
        must_change_secret=bool(must_change_secret),
    )  # fmt: skip


def staff_actor(session: Session, username: str) -> Actor | None:
    """An active member of staff by user name, for commands that act in somebody's name; None for nobody."""
    where = User.username_key == username_key(username), User.kind == UserKind.STAFF, User.is_active
    user = session.scalar(sa.select(User).where(*where))
    if user is None:
        return None
    return Actor(
        user_id=user.id, public_id=user.public_id, name=user.name, kind=user.kind.value, session_id="",
        version=user.session_version, grants=_grants(session, user.id),
    )  # fmt: skip


def _grants(session: Session, user_id: int) -> tuple[Grant, ...]:
    rows = session.execute(
        sa.select(RoleGrant.role, RoleGrant.region_id, RoleGrant.school_id, RoleGrant.class_id).where(
            RoleGrant.user_id == user_id, RoleGrant.revoked_at.is_(None)
        )
    )
    return tuple(Grant(row.role.value, row.region_id, row.school_id, row.class_id) for row in rows)


def has_demo_accounts(session: Session) -> bool:
    """Whether the database holds demonstration accounts (their PIN is known to everybody)."""
    return session.scalar(sa.select(User.id).where(User.is_demo).limit(1)) is not None


def token_digest(token: str) -> str:
    """The form in which tokens of addresses are stored."""
    return sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class SlipOwner:
    """Whom a slip signs in."""

    user_id: int
    version: int
    name: str
    class_id: int
    school_code: str
    school_name: str


def find_slip(session: Session, *, token: str, now: datetime) -> SlipOwner | None:
    """The pupil of a slip; None when the slip is unknown, revoked or expired or the pupil has left."""
    row = session.execute(
        sa.select(User.id, User.session_version, User.name, Enrolment.class_id, School.code, School.name)
        .join(LoginSlip, LoginSlip.user_id == User.id)
        .join(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
        .join(School, School.id == Enrolment.school_id)
        .where(
            LoginSlip.token_hash == token_digest(token),
            LoginSlip.revoked_at.is_(None),
            LoginSlip.expires_at > now,
            User.is_active,
            User.kind == UserKind.PUPIL,
            School.is_active,
        )
    ).first()
    return None if row is None else SlipOwner(*row)


def load_place(session: Session, owner: SlipOwner, now: datetime) -> str:
    """“清源实验学校 初二 1班” of a slip's owner."""
    return f"{owner.school_name} {session.get_one(SchoolClass, owner.class_id).label(now)}"


def setup_token_works(session: Session, token: str) -> bool:
    """Whether the token would create the first administrator: unused, and nobody is administrator yet."""
    unused = sa.select(SetupToken.id).where(SetupToken.token_hash == token_digest(token), SetupToken.used_at.is_(None))
    return session.scalar(unused) is not None and not has_admin(session)


def school_by_code(session: Session, code: str) -> School | None:
    """The active school with this code."""
    return session.scalar(sa.select(School).where(School.code == code.strip(), School.is_active))


def adults_sign_in(session: Session, school: School) -> bool:
    """Whether adults sign in at this unit or school (parents have a list of their own)."""
    if school.is_unit:
        return True
    parents = sa.select(SchoolClass.id).where(SchoolClass.school_id == school.id, SchoolClass.entry_grade <= NO_GRADE)
    return session.scalar(parents.limit(1)) is not None


def list_classes(scope: Scope, text: str = "") -> sa.Select[Any]:
    """Rows (SchoolClass, number of current pupils) of active classes in scope, by school and grade."""
    pupils = (
        sa.select(sa.func.count(Enrolment.id))
        .where(Enrolment.class_id == SchoolClass.id, Enrolment.ended_at.is_(None))
        .scalar_subquery()
    )
    query = (
        sa.select(SchoolClass, pupils.label("pupils"))
        .join(SchoolClass.school)
        .where(SchoolClass.is_active, classes_within(scope))
        .order_by(School.name, *class_order())
        .options(contains_eager(SchoolClass.school))
    )
    return query.where(School.name.contains(text, autoescape=True)) if text else query


def _pupils_of(class_id: int) -> sa.Select[Enrolment]:
    """Current pupils of a class by student number, with their accounts."""
    return (
        sa.select(Enrolment)
        .join(Enrolment.user)
        .where(Enrolment.class_id == class_id, Enrolment.ended_at.is_(None), User.is_active)
        .order_by(Enrolment.student_number, Enrolment.id)
        .options(contains_eager(Enrolment.user))
    )


def list_pupils(session: Session, class_id: int, text: str = "") -> list[Enrolment]:
    """Current pupils of a class by student number, whose name or number contains the text."""
    query = _pupils_of(class_id)
    if text:
        match = (User.name.contains(text, autoescape=True), Enrolment.student_number.contains(text, autoescape=True))
        query = query.where(sa.or_(*match))
    return list(session.scalars(query))


def get_pupil(session: Session, class_id: int, public_id: str) -> Enrolment:
    """A current pupil of a class; else NotFoundError. The caller has checked the class against the scope."""
    found = session.scalar(_pupils_of(class_id).where(User.public_id == public_id))
    if found is None:
        raise NotFoundError("没有找到这名学生。")
    return found


def slips_in_use(session: Session, user_ids: list[int], now: datetime) -> dict[int, datetime]:
    """When the valid slip of each of these pupils ends; those without one are missing."""
    rows = session.execute(
        sa.select(LoginSlip.user_id, sa.func.max(LoginSlip.expires_at))
        .where(LoginSlip.user_id.in_(user_ids), LoginSlip.revoked_at.is_(None), LoginSlip.expires_at > now)
        .group_by(LoginSlip.user_id)
    )
    return {user_id: ends for user_id, ends in rows}
