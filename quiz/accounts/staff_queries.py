"""Reads of staff and their roles. Only what lies below the actor's own roles is ever returned."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from quiz.accounts.hierarchy import PLACE_KIND, roles_to_give, scope_to_give
from quiz.accounts.models import Role, RoleGrant, User, UserKind
from quiz.accounts.rules import Actor, username_key
from quiz.errors import DomainError, NotFoundError
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.queries import class_order, regions_within, schools_within
from quiz.regions.rules import Scope

MOST_ACTORS = 500  # whom a piece of a name may mean
PLACE_OPTIONS = 60  # how many places a choice shows at most; beyond it people search


@dataclass(frozen=True)
class GrantRow:
    """A role that somebody holds, and where."""

    id: int
    user_id: int
    role: str
    place: str


@dataclass(frozen=True)
class PlaceOption:
    """A place at which a role can be given."""

    value: str
    label: str


def has_admin(session: Session) -> bool:
    """Whether an administrator exists (one that was stopped counts: nobody may set the system up again)."""
    query = sa.select(RoleGrant.id).where(RoleGrant.role == Role.ADMIN, RoleGrant.revoked_at.is_(None)).limit(1)
    return session.scalar(query) is not None


def _managed(actor: Actor) -> sa.ColumnElement[bool]:
    """SQL on RoleGrant: a current grant that the actor could have given."""
    ways: list[sa.ColumnElement[bool]] = []
    for role in roles_to_give(actor.grants):
        scope = scope_to_give(actor.grants, role)
        kind = PLACE_KIND[role]
        where: sa.ColumnElement[bool]
        if kind == "everywhere":
            where = sa.true()
        elif kind == "school":
            where = RoleGrant.school_id.in_(sa.select(School.id).where(schools_within(scope)))
        elif kind == "class":
            classes = sa.select(SchoolClass.id).join(SchoolClass.school).where(schools_within(scope))
            where = RoleGrant.class_id.in_(classes)
        else:
            where = RoleGrant.region_id.in_(sa.select(Region.id).where(regions_within(scope)))
        ways.append(sa.and_(RoleGrant.role == Role(role), where))
    return sa.and_(RoleGrant.revoked_at.is_(None), sa.or_(sa.false(), *ways))


def list_staff(actor: Actor, text: str = "") -> sa.Select[Any]:
    """Staff who hold a role that the actor manages, by name; administrators see everybody."""
    query = sa.select(User).where(User.kind == UserKind.STAFF).order_by(User.name, User.id)
    if not _is_admin(actor):
        query = query.where(User.id.in_(sa.select(RoleGrant.user_id).where(_managed(actor))))
    if text:
        query = query.where(
            sa.or_(
                User.name.contains(text, autoescape=True),
                User.username_key.contains(username_key(text), autoescape=True),
            )
        )
    return query


def grants_of(session: Session, actor: Actor, user_ids: list[int], now: datetime) -> dict[int, list[GrantRow]]:
    """The current roles of these people that the actor may see, with their places in words."""
    visible = sa.true() if _is_admin(actor) else _managed(actor)
    rows = session.execute(
        sa.select(RoleGrant, Region.name, School.name, SchoolClass)
        .outerjoin(Region, Region.id == RoleGrant.region_id)
        .outerjoin(SchoolClass, SchoolClass.id == RoleGrant.class_id)
        .outerjoin(School, School.id == sa.func.coalesce(RoleGrant.school_id, SchoolClass.school_id))
        .where(RoleGrant.user_id.in_(user_ids), RoleGrant.revoked_at.is_(None), visible)
        .order_by(RoleGrant.id)
    )
    found: dict[int, list[GrantRow]] = {user_id: [] for user_id in user_ids}
    for grant, region, school, school_class in rows:
        place = _place_words(region, school, school_class, now)
        found[grant.user_id].append(GrantRow(grant.id, grant.user_id, grant.role.value, place))
    return found


def _place_words(region: str | None, school: str | None, school_class: SchoolClass | None, now: datetime) -> str:
    if school_class is not None:
        return f"{school} {school_class.label(now)}"
    return school or region or ""


class Actors:
    """Who has acted, for the page of the audit log: staff by name, nobody else."""

    def names(self, session: Session, user_ids: Collection[int]) -> dict[int, str]:
        """Names of those of these users who are staff."""
        query = sa.select(User.id, User.name).where(User.id.in_(user_ids), User.kind == UserKind.STAFF)
        return {user_id: name for user_id, name in session.execute(query)} if user_ids else {}

    def find(self, session: Session, text: str) -> list[int]:
        """Ids of staff whose name contains the text or who have this user name."""
        match = sa.or_(User.name.contains(text, autoescape=True), User.username_key == username_key(text))
        return list(session.scalars(sa.select(User.id).where(User.kind == UserKind.STAFF, match).limit(MOST_ACTORS)))


def get_visible(session: Session, actor: Actor, public_id: str) -> User:
    """A member of staff whom the actor sees in the list; else NotFoundError."""
    user: User | None = session.scalar(list_staff(actor).where(User.public_id == public_id))
    if user is None:
        raise NotFoundError("没有找到这个账号。")
    return user


def is_manageable(session: Session, actor: Actor, user_id: int) -> bool:
    """Whether every role that the person holds is below the actor's own (and it is not the actor)."""
    if user_id == actor.user_id:
        return False
    beyond = sa.select(RoleGrant.id).where(
        RoleGrant.user_id == user_id, RoleGrant.revoked_at.is_(None), sa.not_(_managed(actor))
    )
    return session.scalar(beyond.limit(1)) is None


def get_manageable(session: Session, actor: Actor, public_id: str) -> User:
    """A member of staff whose account the actor may stop, reset or extend; else NotFoundError."""
    user = get_visible(session, actor, public_id)
    if not is_manageable(session, actor, user.id):
        raise NotFoundError("没有找到这个账号。")
    return user


def get_grant(session: Session, actor: Actor, grant_id: int) -> RoleGrant:
    """A current grant that the actor may revoke; else NotFoundError."""
    grant = session.scalar(sa.select(RoleGrant).where(RoleGrant.id == grant_id, _managed(actor)))
    if grant is None:
        raise NotFoundError("没有找到这个账号。")
    return grant


def check_place(
    session: Session,
    actor: Actor | None,
    role: str,
    *,
    region_id: str | None,
    school_id: int | None,
    class_id: int | None,
) -> None:
    """Raise DomainError unless the role may be given by the actor, at a place of the right kind in their scope."""
    if actor is not None and role not in roles_to_give(actor.grants):
        raise DomainError("你不能分配这个角色。", field="role")
    scope = Scope(everywhere=True) if actor is None else scope_to_give(actor.grants, role)
    kind = PLACE_KIND[role]
    given = {"region": region_id, "school": school_id, "class": class_id}
    wanted = {"everywhere": None, "school": "school", "class": "class"}.get(kind, "region")
    if {name for name, value in given.items() if value is not None} != ({wanted} if wanted else set()):
        raise DomainError("请选择这个角色管理的地方。", field="place")
    if wanted is None:
        return
    value = given[wanted]
    if session.scalar(_place_query(kind, scope).where(_place_id(kind) == value)) is None:
        raise DomainError("请从列表里选择一个地方。", field="place")


def _place_id(kind: str) -> Any:
    return {"school": School.id, "class": SchoolClass.id}.get(kind, Region.id)


def _place_query(kind: str, scope: Scope) -> sa.Select[Any]:
    if kind == "school":
        return sa.select(School).where(schools_within(scope), School.is_active)
    if kind == "class":
        query = sa.select(SchoolClass).join(SchoolClass.school).options(contains_eager(SchoolClass.school))
        return query.where(schools_within(scope), School.is_active, SchoolClass.is_active)
    return sa.select(Region).where(Region.level == kind, regions_within(scope))


def place_options(session: Session, actor: Actor, role: str, text: str, now: datetime) -> list[PlaceOption]:
    """Places at which the actor may give the role, whose names contain the text; PLACE_OPTIONS + 1 at most."""
    kind = PLACE_KIND[role]
    query = _place_query(kind, scope_to_give(actor.grants, role))
    if text:
        name = School.name if kind in ("school", "class") else Region.name
        query = query.where(name.contains(text, autoescape=True))
    order = {
        "school": (School.name,),
        "class": (School.name, *class_order()),
    }.get(kind, (Region.rank, Region.id))
    rows = session.scalars(query.order_by(*order).limit(PLACE_OPTIONS + 1))
    return [PlaceOption(str(row.id), _option_words(row, now)) for row in rows]


def _option_words(row: Region | School | SchoolClass, now: datetime) -> str:
    if isinstance(row, SchoolClass):
        return f"{row.school.name} {row.label(now)}"
    return row.name


def _is_admin(actor: Actor) -> bool:
    return any(grant.role == "admin" for grant in actor.grants)
