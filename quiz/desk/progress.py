"""How far a contest is within a staff member's scope: a few aggregate queries, whatever its size.

Expected is the number that the boards and the bulletin use (quiz/rankings/expected), started who has begun an attempt,
submitted who has a closed one, at the school and class of the start, as on the boards.
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
from quiz.rankings.expected.models import Excuse, ExpectedCount
from quiz.rankings.expected.numbers import NONE, numbers_by
from quiz.rankings.expected.rules import ExcuseKind, Numbers
from quiz.rankings.gathering import gather
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
    excused: ExcuseKind | None = None


@dataclass(frozen=True)
class Progress:
    """The numbers of an area and of what lies in it; those with the smallest share come first."""

    level: str
    numbers: Numbers
    started: int
    submitted: int
    rows: list[ProgressRow]
    count: ExpectedCount | None  # that the expected numbers come from

    @property
    def expected(self) -> int:
        """Who is expected, the excused left out."""
        return self.numbers.expected


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
    within = (scope,) if place is None else (scope, scope_of((place,)))
    facts = gather(session, contest, within)
    numbers = numbers_by(facts, level)
    counted = _counts(session, contest, within, level)
    keys = [key for key in numbers.keys() | counted.keys() if numbers.get(key, NONE).expected or key in counted]
    labels = _labels(session, level, keys, now)
    kind = "region" if level in {"prefecture", "county"} else level
    rows = [
        ProgressRow(
            Place(kind, str(key)), labels.get(key, str(key)), numbers.get(key, NONE).expected, *counted.get(key, (0, 0))
        )
        for key in keys
    ]
    rows.sort(key=lambda row: (row.started / max(row.expected, 1), -row.expected, int(row.place.id)))
    of_school = place is not None and place.kind == "school"  # its own figure may differ from the sum of its classes
    whole = numbers_by(facts, "school") if of_school else numbers
    return Progress(
        level=level,
        numbers=sum(whole.values(), NONE),
        started=sum(row.started for row in rows),
        submitted=sum(row.submitted for row in rows),
        rows=rows,
        count=facts.count,
    )


def idle_schools(session: Session, contest: Contest, scope: Scope, now: datetime) -> list[ProgressRow]:
    """Schools of the scope in which nobody has started, the largest first."""
    found = progress(session, contest, scope, None, now, level="school").rows
    return sorted(
        (row for row in found if row.started == 0 and row.expected), key=lambda row: (-row.expected, int(row.place.id))
    )


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


def _counts(
    session: Session, contest: Contest, within: Sequence[Scope], level: str
) -> dict[Any, tuple[int, int]]:  # fmt: skip
    """Who has begun and who has handed in, by area."""
    closed = sa.func.sum(sa.case((Attempt.status.in_(CLOSED), 1), else_=0)).label("closed")
    tries = (
        sa.select(Attempt.class_id, closed)
        .join(SchoolClass, SchoolClass.id == Attempt.class_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(
            Attempt.sitting_id.in_([group.sitting_id for group in contest.groups]),
            Attempt.status != AttemptStatus.VOIDED,
            *map(regions.classes_within, within),
        )
        .group_by(Attempt.user_id, Attempt.class_id)
        .subquery("tries")
    )
    key: Any = {
        "prefecture": sa.func.coalesce(School.prefecture_id, School.county_id),
        "county": School.county_id,
        "school": School.id,
        "class": SchoolClass.id,
    }[level]
    query = (
        sa.select(key, sa.func.count(), sa.func.sum(sa.case((tries.c.closed > 0, 1), else_=0)))
        .select_from(tries)
        .join(SchoolClass, SchoolClass.id == tries.c.class_id)
        .join(School, School.id == SchoolClass.school_id)
        .group_by(key)
    )
    return {area: (started, done) for area, started, done in session.execute(query)}


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
        sa.select(
            User.id, User.public_id, User.name, pupils.c.student_number, tries.c.closed, Entry.extra_seconds, Excuse.kind
        )
        .select_from(pupils)
        .join(User, User.id == pupils.c.user_id)
        .outerjoin(tries, tries.c.user_id == User.id)
        .outerjoin(Entry, sa.and_(Entry.user_id == User.id, Entry.contest_id == contest.id))
        .outerjoin(Excuse, sa.and_(
            Excuse.user_id == User.id, Excuse.contest_id == contest.id, Excuse.withdrawn_at.is_(None)
        ))
        .order_by(pupils.c.student_number)
    )  # fmt: skip
    rows = [
        PupilRow(
            row.id, row.public_id, row.name, row.student_number,
            "waiting" if row.closed is None else ("done" if row.closed else "going"), row.extra_seconds or 0,
            None if row.closed else row.kind,
        )
        for row in session.execute(query)
    ]  # fmt: skip
    order = ["waiting", "going", "done"]
    return sorted(rows, key=lambda row: (row.excused is not None, order.index(row.status)))
