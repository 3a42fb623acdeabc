"""How far a contest is within a staff member's scope: a few aggregate queries, whatever its size.

Expected is who may enter now, started who has begun an attempt, submitted who has a closed one; all three count
the same enrolled pupils, so that no share exceeds 100 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quiz.accounts.models import User
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.attempts.queries import CLOSED
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest, Entry
from quiz.contests.rules import Place, scope_of
from quiz.regions import queries as regions
from quiz.regions.models import Region, RegionLevel, School, SchoolClass
from quiz.regions.rules import EVERYWHERE, Scope


@dataclass(frozen=True)
class ProgressRow:
    """One area and its numbers of pupils."""

    place: Place
    label: str
    expected: int
    started: int
    submitted: int


@dataclass(frozen=True)
class PupilRow:
    """One pupil of a class: ``status`` is waiting, going or done."""

    user_id: int
    public_id: str
    name: str
    student_number: str
    status: str
    extra_seconds: int


@dataclass(frozen=True)
class Progress:
    """The numbers of an area and of what lies in it; those with the smallest share come first."""

    level: str
    expected: int
    started: int
    submitted: int
    rows: list[ProgressRow]


def default_place(scope: Scope) -> Place | None:
    """Where a staff member looks first: the only place held, else the whole scope (None)."""
    if scope.everywhere:
        return None
    places = [Place("region", region) for region in sorted(scope.regions)]
    places += [Place("school", str(school)) for school in sorted(scope.schools)]
    places += [Place("class", str(one)) for one in sorted(scope.classes)]
    return places[0] if len(places) == 1 else None


def check_place(session: Session, place: Place, scope: Scope) -> None:
    """NotFoundError for a school or class outside the scope (regions are public; their numbers are scoped anyway)."""
    if place.kind == "region":
        regions.get_region(session, place.id)
    elif place.kind == "school":
        regions.get_school(session, place.number, scope)
    else:
        regions.get_class(session, place.number, scope)


def ancestors(session: Session, place: Place, scope: Scope) -> list[Place]:
    """The areas above a place that the viewer may look at, the widest first."""
    above: list[Place] = []
    school_id = place.number if place.kind == "school" else None
    if place.kind == "class":
        found = session.get(SchoolClass, place.number)
        school_id = found.school_id if found else None
    if school_id is not None:
        school = regions.get_school(session, school_id, EVERYWHERE)
        if scope.everywhere or scope.regions:
            chain = (school.province_id, school.prefecture_id, school.county_id)
            above += [Place("region", code) for code in chain if code]
        if place.kind == "class" and not scope.classes:
            above.append(Place("school", str(school.id)))
        return above
    region = regions.get_region(session, place.id)
    codes = (region.province_id, region.prefecture_id)
    return [Place("region", code) for code in dict.fromkeys(codes) if code and code != region.id]


def level_within(session: Session, place: Place | None, scope: Scope) -> str:
    """What the rows of an area are: prefectures, counties, schools or classes."""
    if place is not None and place.kind == "region":
        levels = {RegionLevel.PROVINCE: "prefecture", RegionLevel.PREFECTURE: "county", RegionLevel.COUNTY: "school"}
        return levels[regions.get_region(session, place.id).level]
    if place is not None:
        return "class"
    if scope.everywhere or scope.regions:
        return "prefecture"
    return "school" if len(scope.schools) > 1 else "class"


def progress(
    session: Session, contest: Contest, scope: Scope, place: Place | None, now: datetime, *, level: str | None = None
) -> Progress:
    """The numbers of an area, by what lies directly in it (or by ``level``)."""
    level = level or level_within(session, place, scope)
    counted = _counts(session, contest, scope, place, level)
    labels = _labels(session, level, [row.key for row in counted], now)
    kind = "region" if level in {"prefecture", "county"} else level
    rows = [
        ProgressRow(Place(kind, str(row.key)), labels.get(row.key, str(row.key)), row.expected, row.started, row.done)
        for row in counted
    ]
    rows.sort(key=lambda row: (row.started / row.expected, -row.expected, int(row.place.id)))
    return Progress(
        level=level,
        expected=sum(row.expected for row in rows),
        started=sum(row.started for row in rows),
        submitted=sum(row.submitted for row in rows),
        rows=rows,
    )


def idle_schools(session: Session, contest: Contest, scope: Scope, now: datetime) -> list[ProgressRow]:
    """Schools of the scope in which nobody has started, the largest first."""
    found = progress(session, contest, scope, None, now, level="school").rows
    return sorted((row for row in found if row.started == 0), key=lambda row: (-row.expected, int(row.place.id)))


def areas_of(session: Session, rows: Sequence[ProgressRow]) -> dict[str, str]:
    """Where the schools of ``rows`` lie, by place id: “海西蒙古族藏族自治州 · 格尔木市”, so that one knows whom to call."""
    county, prefecture = aliased(Region), aliased(Region)
    found = session.execute(
        sa.select(School.id, prefecture.name, county.name)
        .join(county, county.id == School.county_id)
        .outerjoin(prefecture, prefecture.id == School.prefecture_id)
        .where(School.id.in_([int(row.place.id) for row in rows]))
    )
    return {str(school): " · ".join(name for name in names if name) for school, *names in found}


def _tries(contest: Contest) -> Any:
    """One row per user who has begun: how many attempts are closed, and how many are open."""
    closed = sa.func.sum(sa.case((Attempt.status.in_(CLOSED), 1), else_=0)).label("closed")
    return (
        sa.select(Attempt.user_id, closed)
        .where(
            Attempt.sitting_id.in_([group.sitting_id for group in contest.groups]),
            Attempt.status != AttemptStatus.VOIDED,
        )
        .group_by(Attempt.user_id)
        .subquery("tries")
    )


def _pupils(contest: Contest, scope: Scope, place: Place | None) -> Any:
    query = eligible_enrolments(contest, scope)
    if place is not None:
        query = query.where(regions.classes_within(scope_of((place,))))
    return query.subquery("pupils")


def _counts(session: Session, contest: Contest, scope: Scope, place: Place | None, level: str) -> list[Any]:
    pupils, tries = _pupils(contest, scope, place), _tries(contest)
    key = {
        "prefecture": sa.func.coalesce(pupils.c.prefecture_id, pupils.c.county_id),
        "county": pupils.c.county_id,
        "school": pupils.c.school_id,
        "class": pupils.c.class_id,
    }[level]
    query = (
        sa.select(
            key.label("key"),
            sa.func.count().label("expected"),
            sa.func.count(tries.c.user_id).label("started"),
            sa.func.sum(sa.case((tries.c.closed > 0, 1), else_=0)).label("done"),
        )
        .select_from(pupils.outerjoin(tries, tries.c.user_id == pupils.c.user_id))
        .group_by(key)
    )
    return list(session.execute(query))


def _labels(session: Session, level: str, keys: list[Any], now: datetime) -> dict[Any, str]:
    if level in {"prefecture", "county"}:
        return dict(session.execute(sa.select(Region.id, Region.name).where(Region.id.in_(keys))).all())
    if level == "school":
        return dict(session.execute(sa.select(School.id, School.name).where(School.id.in_(keys))).all())
    classes = session.scalars(sa.select(SchoolClass).where(SchoolClass.id.in_(keys)))
    return {one.id: one.label(now) for one in classes}


def pupils_of_class(session: Session, contest: Contest, scope: Scope, class_id: int) -> list[PupilRow]:
    """The pupils of a class who may enter: who has not started first, then who is answering, then who is done."""
    pupils, tries = _pupils(contest, scope, Place("class", str(class_id))), _tries(contest)
    query = (
        sa.select(User.id, User.public_id, User.name, pupils.c.student_number, tries.c.closed, Entry.extra_seconds)
        .select_from(pupils)
        .join(User, User.id == pupils.c.user_id)
        .outerjoin(tries, tries.c.user_id == User.id)
        .outerjoin(Entry, sa.and_(Entry.user_id == User.id, Entry.contest_id == contest.id))
        .order_by(pupils.c.student_number)
    )
    rows = [
        PupilRow(
            row.id, row.public_id, row.name, row.student_number,
            "waiting" if row.closed is None else ("done" if row.closed else "going"), row.extra_seconds or 0,
        )
        for row in session.execute(query)
    ]  # fmt: skip
    order = ["waiting", "going", "done"]
    return sorted(rows, key=lambda row: order.index(row.status))
