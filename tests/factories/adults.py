"""Units of adults and invitations, made through the real services."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.models import Role, RoleGrant, User, UserKind
from quiz.contests.models import Contest
from quiz.regions.models import School
from quiz.regions.rules import EVERYWHERE
from quiz.regions.school_services import SchoolData, add_department, save_school
from quiz.registration.models import RegistrationLink
from quiz.registration.services import open_link
from tests.factories.contests import actor_of, make_contest

ADULTS = ("public_servant", "community", "parent")
SECRET = "高原小马爱喝水7"  # noqa: S105


def make_unit(
    session: Session, *, by: int, now: datetime, kind: str = "机关单位", county: str = "630103", code: str = "DW01",
    name: str = "城中区政务服务中心", departments: tuple[str, ...] = ("办公室", "窗口科"),
) -> School:  # fmt: skip
    """An office with two departments."""
    data = SchoolData(code, name, kind, county, 180, True, {})
    unit = save_school(session, actor_id=by, scope=EVERYWHERE, school=None, data=data, now=now)
    for department in departments:
        add_department(session, actor_id=by, school=unit, name=department, now=now)
    return unit


def make_manager(session: Session, school_id: int, now: datetime, username: str = "unit-manager") -> int:
    """Somebody who manages a unit."""
    user = User(kind=UserKind.STAFF, name="单位管理员", username=username, username_key=username, created_at=now)
    session.add(user)
    session.flush()
    session.add(RoleGrant(user_id=user.id, role=Role.SCHOOL_ADMIN, school_id=school_id, created_at=now))
    session.flush()
    return user.id


def adults_contest(
    session: Session, *, by: int, now: datetime, groups: tuple[str, ...] = ADULTS, **more: Any
) -> Contest:
    """A running contest of a county's adults."""
    return make_contest(session, host="region:630103", by=by, now=now, groups=groups, **more)


def make_link(
    session: Session, contest: Contest, school_id: int, *, by: int, now: datetime, asks_class: bool = False,
    most: int = 20, hours: float = 1,
) -> RegistrationLink:  # fmt: skip
    """An open invitation."""
    return open_link(
        session, actor=actor_of(session, by), school_id=school_id, contest_id=contest.public_id, asks_class=asks_class,
        most=most, closes_at=now + timedelta(hours=hours), now=now,
    )  # fmt: skip
