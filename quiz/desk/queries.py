"""What the wizard offers: hosts and places within the actor's scope."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.eligibility import group_column
from quiz.contests.models import Contest
from quiz.contests.rules import ADULT_GROUPS, ContestGroupKind, Place, scope_of
from quiz.desk.presets import PRESETS, StagePreset
from quiz.desk.rules import CLASSES, HostOption, PlaceOption
from quiz.errors import DomainError
from quiz.regions import queries as regions
from quiz.regions.models import Region, RegionLevel, School, SchoolClass
from quiz.regions.rules import Scope

MANAGE = "contests.manage"


def host_options(session: Session, actor: Actor) -> list[HostOption]:
    """From where the actor may hold a contest, the widest place first."""
    scope = actor.scope(MANAGE)
    with_schools = sa.select(School.province_id).distinct()
    where = Region.id.in_(with_schools) if scope.everywhere else Region.id.in_(scope.regions)
    options = [
        HostOption(f"region:{region.id}", region.name)
        for region in session.scalars(sa.select(Region).where(where).order_by(Region.rank))
    ]
    schools = sa.select(School).where(School.id.in_(scope.schools), School.is_active).order_by(School.id)
    options += [HostOption(f"school:{school.id}", school.name) for school in session.scalars(schools)]
    if scope.classes:
        options.append(HostOption(CLASSES, ""))
    return options


def stage_preset(session: Session, host: str) -> tuple[RegionLevel, StagePreset] | None:
    """The ready-made stages for a region that holds a contest; None for schools and classes."""
    kind, _, value = host.partition(":")
    if kind != "region":
        return None
    level = regions.get_region(session, value).level
    return level, PRESETS[level]


def host_value(contest: Contest) -> str:
    """The host of a stored contest as an option's value."""
    if contest.host_region_id is not None:
        return f"region:{contest.host_region_id}"
    return CLASSES if contest.host_school_id is None else f"school:{contest.host_school_id}"


def place_options(session: Session, actor: Actor, host: str, now: datetime) -> list[PlaceOption]:
    """What may be ticked for a host: the host itself, and what lies directly in it."""
    kind, _, value = host.partition(":")
    if kind == "region":
        return _region_options(session, value)
    if kind == "school":
        school = regions.get_school(session, int(value), actor.scope(MANAGE))
        whole = PlaceOption(Place("school", value), school.name)
        return [whole, *_classes(session, SchoolClass.school_id == school.id, now, with_school=False)]
    within = regions.classes_within(Scope(classes=actor.scope(MANAGE).classes))
    return _classes(session, within, now, with_school=True)


def _region_options(session: Session, region_id: str) -> list[PlaceOption]:
    region = regions.get_region(session, region_id)
    options = [PlaceOption(Place("region", region.id), region.name)]
    if region.level is RegionLevel.COUNTY:
        schools = sa.select(School).where(School.county_id == region_id, School.is_active).order_by(School.name)
        return options + [PlaceOption(Place("school", str(one.id)), one.name) for one in session.scalars(schools)]
    children = regions.children(session, region_id)
    return options + [PlaceOption(Place("region", child.id), child.name) for child in children]


def _classes(session: Session, where: sa.ColumnElement[bool], now: datetime, *, with_school: bool) -> list[PlaceOption]:
    """Active classes that have a group, lowest grade first."""
    group = group_column(now)
    query: sa.Select[Any] = (
        sa.select(SchoolClass, School.name.label("school"), group.label("group"))
        .join(School, School.id == SchoolClass.school_id)
        .where(where, SchoolClass.is_active, School.is_active, group.is_not(None))
        .order_by(School.name, *regions.class_order())
    )
    rows = session.execute(query).all()
    many = with_school and len({row.school for row in rows}) > 1
    return [
        PlaceOption(
            Place("class", str(row.SchoolClass.id)),
            (f"{row.school} " if many else "") + row.SchoolClass.label(now),
            (ContestGroupKind(row.group),),
        )
        for row in rows
    ]


def groups_within(session: Session, places: tuple[Place, ...], now: datetime) -> tuple[ContestGroupKind, ...]:
    """The groups that classes of the places belong to."""
    group = group_column(now)
    query = sa.select(group).select_from(SchoolClass).join(School, School.id == SchoolClass.school_id)
    found = set(
        session.scalars(query.where(regions.classes_within(scope_of(places)), SchoolClass.is_active).distinct())
    )
    return tuple(kind for kind in ContestGroupKind if kind.value in found)


def usual_groups(session: Session, places: tuple[Place, ...], now: datetime) -> list[ContestGroupKind]:
    """The groups ticked at first: those of pupils; adults take part where somebody decides so, or where nobody else is."""
    found = groups_within(session, places, now)
    return [kind for kind in found if kind not in ADULT_GROUPS] or list(found)


def schools_named(session: Session, lines: list[tuple[int, str]], scope: Scope) -> tuple[Place, ...]:
    """Schools of the scope by code or full name; DomainError naming the first line that fits none or several."""
    texts = [text for _, text in lines]
    query = sa.select(School.id, School.code, School.name).where(
        regions.schools_within(scope), School.is_active, sa.or_(School.code.in_(texts), School.name.in_(texts))
    )
    rows = session.execute(query).all()
    places = []
    for number, text in lines:
        fitting = [row for row in rows if text in (row.code, row.name)]
        if not fitting:
            raise DomainError(
                "第 %(line)s 行“%(text)s”：没有找到这所学校。写学校代码，或与系统里完全一样的全名。",
                field="schools", line=number, text=text[:40],
            )  # fmt: skip
        if len(fitting) > 1:
            raise DomainError(
                "第 %(line)s 行“%(text)s”：有 %(count)s 所同名的学校，请改写学校代码。",
                field="schools", line=number, text=text[:40], count=len(fitting),
            )  # fmt: skip
        places.append(Place("school", str(fitting[0].id)))
    return tuple(dict.fromkeys(places))


def school_codes(session: Session, school_ids: list[int]) -> list[str]:
    """The codes of schools, as the wizard's list of schools takes them."""
    return list(session.scalars(sa.select(School.code).where(School.id.in_(school_ids)).order_by(School.code)))


def place_label(session: Session, place: Place, now: datetime) -> str:
    """What people call a place."""
    if place.kind == "region":
        region = session.get(Region, place.id)
        return region.name if region else place.id
    if place.kind == "school":
        school = session.get(School, place.number)
        return school.name if school else place.id
    found = session.get(SchoolClass, place.number)
    return found.label(now) if found else place.id
