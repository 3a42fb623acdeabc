"""Reads for reminders: schools that have not begun, by county, each with what was done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quiz.accounts.models import User
from quiz.contests.models import Contest
from quiz.desk.command.queries import could_begin, get_root, idle_schools, is_idle, units_of, within
from quiz.desk.models import Reminder, ReminderChannel
from quiz.errors import NotFoundError
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.rules import ALL, BoardLevel
from quiz.regions.models import Region, RegionLevel, School
from quiz.regions.rules import Scope


@dataclass(frozen=True)
class CountyLine:
    """A county with schools that have not begun: how many, how many of them were reminded, and when last."""

    id: str
    name: str
    prefecture: str
    idle: int
    reminded: int
    last_at: datetime | None


@dataclass(frozen=True)
class Told:
    """One reminder of a school."""

    by: str
    at: datetime
    channel: ReminderChannel


@dataclass(frozen=True)
class IdleSchool:
    """A school that has not begun, with its reminders, the latest first."""

    id: int
    code: str
    name: str
    expected: int
    told: Sequence[Told]


@dataclass(frozen=True)
class CountyList:
    """The list of one county. ``begun_since``: schools that were reminded and have begun."""

    schools: Sequence[IdleSchool]
    begun_since: int


def get_county(session: Session, contest: Contest, scope: Scope, region_id: str) -> Region:
    """A county of the contest within the scope; else NotFoundError."""
    county = get_root(session, contest, scope, region_id)
    if county.level != RegionLevel.COUNTY:
        raise NotFoundError("没有找到这个县区。")
    return county


def counties_query(contest: Contest, tally: ContestTally, root: Region, now: datetime) -> sa.Select[Any]:
    """Counties of the region with schools that have not begun, those with most first; rows for county_lines()."""
    told = (
        sa.select(Reminder.school_id, sa.func.max(Reminder.at).label("at"))
        .where(Reminder.contest_id == contest.id)
        .group_by(Reminder.school_id)
        .subquery()
    )
    idle = (
        sa.select(
            UnitStanding.county_id.label("county_id"), sa.func.count().label("idle"),
            sa.func.count(told.c.school_id).label("reminded"), sa.func.max(told.c.at).label("last_at"),
        )
        .select_from(sa.outerjoin(UnitStanding, told, told.c.school_id == UnitStanding.school_id))
        .where(*units_of(
            tally, UnitStanding.category == ALL, UnitStanding.level == BoardLevel.SCHOOL.value, within(root),
            *is_idle(contest), *could_begin(contest, tally, now),
        ))
        .group_by(UnitStanding.county_id)
        .subquery()
    )  # fmt: skip
    above = aliased(Region)
    return (
        sa.select(Region.id, Region.name, above.name.label("prefecture"), idle.c.idle, idle.c.reminded, idle.c.last_at)
        .join(idle, idle.c.county_id == Region.id)
        .outerjoin(above, above.id == Region.prefecture_id)
        .order_by(idle.c.idle.desc(), Region.id)
    )


def county_lines(rows: Sequence[Any]) -> list[CountyLine]:
    """The lines of some of the counties."""
    return [CountyLine(row[0], row[1], row[2] or "", *row[3:]) for row in rows]


def county_list(
    session: Session, contest: Contest, tally: ContestTally, county: Region, now: datetime
) -> CountyList:  # fmt: skip
    """Schools of the county that have not begun, the largest first, with all their reminders."""
    found = idle_schools(session, contest, tally, county, now).lines
    told = _told(session, contest, county)
    codes = dict(session.execute(sa.select(School.id, School.code).where(School.county_id == county.id)).all())
    schools = [IdleSchool(one.id, codes[one.id], one.name, one.expected, told.get(one.id, ())) for one in found]
    return CountyList(schools, len(told.keys() - _idle_of(session, contest, tally, list(told))))


def _idle_of(session: Session, contest: Contest, tally: ContestTally, ids: Sequence[int]) -> set[int]:
    """Those of the schools that have not begun, whether or not they could."""
    query: Any = sa.select(UnitStanding.school_id).where(*units_of(
        tally, UnitStanding.category == ALL, UnitStanding.level == BoardLevel.SCHOOL.value,
        UnitStanding.school_id.in_(ids), *is_idle(contest),
    ))  # fmt: skip
    return set(session.scalars(query))


def _told(session: Session, contest: Contest, county: Region) -> dict[int, list[Told]]:
    query = (
        sa.select(Reminder.school_id, User.name, Reminder.at, Reminder.channel)
        .join(School, School.id == Reminder.school_id)
        .join(User, User.id == Reminder.reminded_by)
        .where(Reminder.contest_id == contest.id, School.county_id == county.id)
        .order_by(Reminder.at.desc(), Reminder.id.desc())
    )
    found: dict[int, list[Told]] = {}
    for school, name, at, channel in session.execute(query):
        found.setdefault(school, []).append(Told(name, at, channel))
    return found


def expected_schools(session: Session, tally: ContestTally, county: Region, ids: Sequence[int]) -> set[int]:
    """Those of the schools that lie in the county and are expected in the contest."""
    query: Any = sa.select(UnitStanding.school_id).where(*units_of(
        tally, UnitStanding.category == ALL, UnitStanding.level == BoardLevel.SCHOOL.value, within(county),
        UnitStanding.school_id.in_(ids),
    ))  # fmt: skip
    return set(session.scalars(query))
