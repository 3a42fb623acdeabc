"""Reads of the command board: sums over stored standings, a handful whatever the size.

Only the level below the region that is looked at is read row by row; schools are counted where they lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quiz.attempts.models import Attempt, AttemptStatus
from quiz.contests.models import Contest
from quiz.contests.queries import get_visible, is_managed, window_of
from quiz.desk.command import rules
from quiz.desk.command.rules import Count
from quiz.desk.models import ContestSurvey
from quiz.errors import NotFoundError
from quiz.rankings.expected.rules import KINDS, Numbers
from quiz.rankings.gathering import groups_of_all
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.rules import ALL, BoardLevel
from quiz.regions import queries as regions
from quiz.regions.models import Region, RegionLevel, School
from quiz.regions.rules import Scope

MOST_IDLE = 10  # named on the board; the list of reminders has all
MOST_FEW = 5
MOST_QUICK = 5
BELOW = {
    RegionLevel.PROVINCE: BoardLevel.PREFECTURE,
    RegionLevel.PREFECTURE: BoardLevel.COUNTY,
    RegionLevel.COUNTY: BoardLevel.SCHOOL,
}
PUPILS_EXPECTED = UnitStanding.figures["pupils_expected"].as_integer()


@dataclass(frozen=True)
class Tile:
    """One region, or one school of a county."""

    id: str
    name: str
    level: BoardLevel
    count: Count


@dataclass(frozen=True)
class SchoolLine:
    """A school in a list, with the names of the regions it lies in."""

    id: int
    name: str
    area: str
    pupils: int
    expected: int


@dataclass(frozen=True)
class Named:
    """The first schools of a list, and how many there are in all."""

    lines: Sequence[SchoolLine]
    total: int


@dataclass(frozen=True)
class Totals:
    """All pupils and schools of the region together, and the pupils of every group."""

    pupils: Count
    schools: Count
    groups: dict[str, Count]
    numbers: Numbers  # of the expected pupils: how they come about
    remaining: int  # expected pupils who are missing, school by school


@dataclass(frozen=True)
class Board:
    """What a command board shows of one region.

    ``days`` is None while not every whole day has been counted; ``today``: participants since midnight, None until then.
    ``is_waiting``: some group opens later, and its schools are not among the idle ones.
    """

    root: Region
    tally: ContestTally
    totals: Totals
    tiles: Sequence[Tile]
    answering: int
    idle: Named
    is_waiting: bool
    few: Named
    quick: Named
    days: list[tuple[date, int]] | None
    today: int | None


def get_contest(session: Session, public_id: str, scope: Scope) -> Contest:
    """A published contest of a region that concerns the scope; else NotFoundError."""
    contest = get_visible(session, public_id, scope)
    if contest.host_region_id is None or contest.published_at is None or contest.cancelled_at is not None:
        raise NotFoundError("这场比赛没有指挥台：只有地区举办、已经发布的比赛才有。")
    return contest


def get_root(session: Session, contest: Contest, scope: Scope, asked: str | None) -> Region:
    """The region to look at: the one asked for, else the host, else the first own region in it; else NotFoundError."""
    host = contest.host_region_id or ""
    if asked is None and is_managed(session, contest, scope):
        asked = host
    within_host = sa.or_(Region.id == host, Region.prefecture_id == host, Region.province_id == host)
    query = sa.select(Region).where(within_host, regions.regions_within(scope)).order_by(Region.rank).limit(1)
    root = session.scalar(query if asked is None else query.where(Region.id == asked))
    if root is None:
        raise NotFoundError("没有找到这个地区，或者不在你的管理范围内。")
    return root


def within(root: Region) -> sa.ColumnElement[bool]:
    """SQL: a unit (county or school) lies in the region. A contest has no units outside its host's province."""
    if root.level == RegionLevel.PROVINCE:
        return sa.true()
    column = UnitStanding.prefecture_id if root.level == RegionLevel.PREFECTURE else UnitStanding.county_id
    return column == root.id


def units_of(tally: ContestTally, *where: sa.ColumnElement[bool]) -> tuple[sa.ColumnElement[bool], ...]:
    """SQL: the valid standings of the contest that fulfil the conditions."""
    return UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation, *where


def _all(tally: ContestTally, root: Region, level: BoardLevel) -> tuple[sa.ColumnElement[bool], ...]:
    return units_of(tally, UnitStanding.category == ALL, UnitStanding.level == level.value, within(root))


def look(session: Session, contest: Contest, root: Region, now: datetime) -> Board | None:
    """Everything that the board shows; None before the first tally. Call it inside one snapshot."""
    tally = session.get(ContestTally, contest.id)
    if tally is None or not tally.generation:
        return None
    survey = session.get(ContestSurvey, contest.id)
    tiles = tiles_of(session, tally, root)
    opens_at, closes_at = window_of(contest)
    is_late = rules.asks_for_few(opens_at, now)
    totals = _totals(session, contest, tally, root)
    days = _days(contest, root, [tile.id for tile in tiles], survey, now)
    return Board(
        root=root,
        tally=tally,
        totals=totals,
        tiles=tiles,
        answering=_answering(session, contest, root),
        idle=idle_schools(session, contest, tally, root, now, most=MOST_IDLE),
        is_waiting=is_waiting(contest, now),
        few=_few(session, tally, root) if is_late else Named((), 0),
        quick=_quick(session, root, survey),
        days=days,
        today=rules.newcomers(totals.pupils.pupils, days, closes_at=closes_at, now=now),
    )


def _totals(session: Session, contest: Contest, tally: ContestTally, root: Region) -> Totals:
    """Sums over counties: every school lies in one."""
    kinds = [group.kind.value for group in contest.groups]
    parts, parts_expected = (UnitStanding.figures[name].as_integer() for name in ("parts", "parts_expected"))
    excused = [sa.func.coalesce(UnitStanding.figures[kind.value].as_integer(), 0) for kind in KINDS]
    sums = [sa.func.sum(one) for one in (UnitStanding.pupils, PUPILS_EXPECTED, parts, parts_expected, *excused)]
    query = (
        sa.select(UnitStanding.category, *sums)
        .where(*units_of(
            tally, UnitStanding.category.in_([ALL, *kinds]), UnitStanding.level == BoardLevel.COUNTY.value, within(root)
        ))
        .group_by(UnitStanding.category)
    )  # fmt: skip
    rows = {row[0]: row[1:] for row in session.execute(query)}
    pupils, expected, schools, schools_expected, absent, exempt, moved = rows.get(ALL, (0,) * 7)
    return Totals(
        Count(pupils, expected),
        Count(schools, schools_expected),
        {kind: Count(*rows[kind][:2]) for kind in kinds if kind in rows},
        Numbers(expected + absent + exempt + moved, (absent, exempt, moved)),
        _remaining(session, contest, tally, root),
    )


def _remaining(session: Session, contest: Contest, tally: ContestTally, root: Region) -> int:
    """Expected pupils who are missing, by school and group: a surplus in one place (its reported figure is too low, or
    pupils came to it since the count) does not make up for another."""
    missing = PUPILS_EXPECTED - UnitStanding.pupils
    query = sa.select(sa.func.sum(sa.case((missing > 0, missing), else_=0))).where(*units_of(
        tally, UnitStanding.category.in_([group.kind.value for group in groups_of_all(contest)]),
        UnitStanding.level == BoardLevel.SCHOOL.value, within(root),
    ))  # fmt: skip
    return session.scalar(query) or 0


def tiles_of(session: Session, tally: ContestTally, root: Region) -> list[Tile]:
    """What lies directly in the region, in code order; counties directly under a province stand beside its prefectures."""
    level = BELOW[root.level]
    if level == BoardLevel.SCHOOL:
        query: Any = (
            sa.select(School.id, School.name, UnitStanding.level, UnitStanding.pupils, PUPILS_EXPECTED)
            .join(School, School.id == UnitStanding.school_id)
            .where(*_all(tally, root, level))
            .order_by(School.code)
        )
    else:
        is_below: sa.ColumnElement[bool] = UnitStanding.level == level.value
        if level == BoardLevel.PREFECTURE:
            alone = sa.and_(UnitStanding.level == BoardLevel.COUNTY.value, UnitStanding.prefecture_id.is_(None))
            is_below = sa.or_(is_below, alone)
        query = (
            sa.select(Region.id, Region.name, UnitStanding.level, UnitStanding.pupils, PUPILS_EXPECTED)
            .join(Region, Region.id == UnitStanding.unit_id)
            .where(*units_of(tally, UnitStanding.category == ALL, is_below, within(root)))
            .order_by(Region.id)
        )
    return [
        Tile(str(one), name, BoardLevel(level_), Count(pupils, expected))
        for one, name, level_, pupils, expected in session.execute(query)
    ]


def _sittings(contest: Contest) -> list[int]:
    return [group.sitting_id for group in groups_of_all(contest)]


def _answering(session: Session, contest: Contest, root: Region) -> int:
    """Attempts that are open now; the partial index on open attempts holds no others."""
    query = sa.select(sa.func.count()).where(
        Attempt.sitting_id.in_(_sittings(contest)), Attempt.status == AttemptStatus.IN_PROGRESS
    )
    if root.level != RegionLevel.PROVINCE:
        column = School.prefecture_id if root.level == RegionLevel.PREFECTURE else School.county_id
        query = query.select_from(Attempt).join(School, School.id == Attempt.school_id).where(column == root.id)
    return session.scalar(query) or 0


def idle_schools(
    session: Session, contest: Contest, tally: ContestTally, root: Region, now: datetime, *, most: int | None = None
) -> Named:  # fmt: skip
    """Schools in which nobody has handed in and nobody is answering though they could, the largest first."""
    return _named(session, tally, root, (*is_idle(contest), *could_begin(contest, tally, now)), most)


def is_waiting(contest: Contest, now: datetime) -> bool:
    """Whether some group, of those that the board counts, opens later."""
    return any(group.sitting.opens_at > now for group in groups_of_all(contest))


def could_begin(contest: Contest, tally: ContestTally, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """SQL: a school has pupils in a group whose window has begun; no condition once all have."""
    if not is_waiting(contest, now):
        return ()
    begun = [group.kind.value for group in groups_of_all(contest) if group.sitting.opens_at <= now]
    of_group = aliased(UnitStanding)
    schools = sa.select(of_group.school_id).where(
        of_group.contest_id == tally.contest_id, of_group.generation == tally.generation, of_group.category.in_(begun),
        of_group.level == BoardLevel.SCHOOL.value, of_group.figures["pupils_expected"].as_integer() > 0,
    )  # fmt: skip
    return (UnitStanding.school_id.in_(schools),)


def is_idle(contest: Contest) -> tuple[sa.ColumnElement[bool], ...]:
    """SQL: nobody of a school has handed in, and nobody is answering."""
    begun = sa.select(Attempt.school_id).where(
        Attempt.sitting_id.in_(_sittings(contest)), Attempt.status == AttemptStatus.IN_PROGRESS
    )
    return UnitStanding.pupils == 0, UnitStanding.school_id.not_in(begun)


def _few(session: Session, tally: ContestTally, root: Region) -> Named:
    where = (UnitStanding.pupils.between(1, rules.FEW - 1), PUPILS_EXPECTED >= rules.FEW_LEAST)
    return _named(session, tally, root, where, MOST_FEW)


def _named(
    session: Session, tally: ContestTally, root: Region, where: tuple[sa.ColumnElement[bool], ...], most: int | None
) -> Named:
    """Schools that fulfil the conditions, the largest first. Names are looked up for those that are shown alone."""
    units = (
        sa.select(
            UnitStanding.school_id, UnitStanding.pupils, PUPILS_EXPECTED.label("expected"), sa.func.count().over().label("total")
        )
        .where(*_all(tally, root, BoardLevel.SCHOOL), *where)
        .order_by(sa.desc("expected"), UnitStanding.school_id)
    )  # fmt: skip
    found = units.limit(most).subquery() if most else units.subquery()
    query = _with_areas(sa.select(
        School.id, School.name, *_AREA, found.c.pupils, found.c.expected, found.c.total
    ).select_from(found).join(School, School.id == found.c.school_id))  # fmt: skip
    rows = session.execute(query.order_by(found.c.expected.desc(), School.id)).all()
    return Named([_line(row, row.pupils, row.expected) for row in rows], rows[0].total if rows else 0)


_COUNTY, _PREFECTURE = aliased(Region), aliased(Region)
_AREA = (_COUNTY.name.label("county"), _PREFECTURE.name.label("prefecture"))


def _with_areas(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.join(_COUNTY, _COUNTY.id == School.county_id).outerjoin(
        _PREFECTURE, _PREFECTURE.id == School.prefecture_id
    )


def _line(row: Any, pupils: int, expected: int) -> SchoolLine:
    area = " · ".join(name for name in (row.prefecture, row.county) if name)
    return SchoolLine(row.id, row.name, area, pupils, expected)


def _quick(session: Session, root: Region, survey: ContestSurvey | None) -> Named:
    """Schools of the region that the worker has found, the latest first."""
    counts = {one["school_id"]: one["pupils"] for one in survey.quick} if survey else {}
    if not counts:
        return Named((), 0)
    query: Any = sa.select(School.id, School.name, *_AREA).select_from(School).where(School.id.in_(counts))
    if root.level != RegionLevel.PROVINCE:
        query = query.where(
            (School.prefecture_id if root.level == RegionLevel.PREFECTURE else School.county_id) == root.id
        )
    rows = {row.id: row for row in session.execute(_with_areas(query))}
    latest = [one for one in reversed(counts) if one in rows]
    return Named([_line(rows[one], counts[one], counts[one]) for one in latest[:MOST_QUICK]], len(latest))


def _days(
    contest: Contest, root: Region, below: Sequence[str], survey: ContestSurvey | None, now: datetime
) -> list[tuple[date, int]] | None:
    opens_at, closes_at = window_of(contest)
    mine = {RegionLevel.PROVINCE: None, RegionLevel.PREFECTURE: set(below), RegionLevel.COUNTY: {root.id}}[root.level]
    found = []
    for day in rules.whole_days(opens_at, closes_at, now):
        counted = survey.counted(day) if survey else None
        if counted is None:
            return None
        found.append((day, sum(number for county, number in counted.items() if mine is None or county in mine)))
    return found
