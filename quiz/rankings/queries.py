"""Reads of standings: boards, own places, units. Always of one generation, so that no page mixes two tallies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, selectinload

from quiz.accounts.models import User
from quiz.contests.models import Contest, ContestGroup
from quiz.errors import NotFoundError
from quiz.rankings.models import ContestTally, PupilStanding, UnitStanding
from quiz.rankings.rules import (
    ALL,
    MOST_PEOPLE,
    MOST_UNITS,
    SMALLEST_UNIT,
    BoardLevel,
    PublicBoard,
    band,
    public_board,
    upper_half,
    upper_part,
)
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.queries import classes_within, regions_within, schools_within
from quiz.regions.rules import EVERYWHERE, Scope, class_label


@dataclass(frozen=True)
class PupilLine:
    """A pupil on a board; the view masks the name where it must."""

    user_id: int
    class_id: int
    name: str
    school: str
    school_kind: str
    county: str
    class_label: str
    score: int
    elapsed_seconds: int
    rank: int
    is_tied: bool


@dataclass(frozen=True)
class UnitLine:
    """A unit on a board; ``within`` is the school of a class, the county of a school, the prefecture of a county."""

    unit_id: str
    name: str
    within: str
    pupils: int
    index: int | None
    rank: int | None
    is_tied: bool
    figures: dict[str, Any]


@dataclass(frozen=True)
class OwnPlace:
    """A rank among ``size`` people; ``band`` is “top … per cent”, None below the middle."""

    rank: int
    size: int
    is_tied: bool

    @property
    def band(self) -> int | None:
        return band(self.rank, self.size)


@dataclass(frozen=True)
class OwnRank:
    """One pupil's result with the places at every level (``pupil`` stands for the whole group)."""

    group_kind: str
    score: int
    elapsed_seconds: int
    class_id: int
    school_id: int
    county_id: str
    prefecture_id: str | None
    places: dict[BoardLevel, OwnPlace]

    def upper_places(self) -> dict[BoardLevel, OwnPlace]:
        """The levels at which the pupil is in the upper half: only these are shown."""
        return {level: place for level, place in self.places.items() if place.band}

    def unit_id(self, level: BoardLevel) -> str | None:
        """The pupil's own unit of a level; None for pupils or where there is no such unit."""
        return {
            BoardLevel.CLASS: str(self.class_id),
            BoardLevel.SCHOOL: str(self.school_id),
            BoardLevel.COUNTY: self.county_id,
            BoardLevel.PREFECTURE: self.prefecture_id,
        }.get(level)


RECENT = 20  # contests among which open public boards are looked for
WITH_GROUPS = (selectinload(Contest.groups).selectinload(ContestGroup.sitting), selectinload(Contest.places))


def get_public(session: Session, public_id: str) -> Contest:
    """A published contest that has a public board; else NotFoundError."""
    query = sa.select(Contest).where(
        Contest.public_id == public_id,
        Contest.published_at.is_not(None),
        Contest.cancelled_at.is_(None),
        Contest.has_public_board,
    )
    contest = session.scalar(query.options(*WITH_GROUPS))
    if contest is None:
        raise NotFoundError("没有找到这个公开榜。")
    return contest


def public_boards(session: Session, now: datetime, most: int) -> list[Contest]:
    """The contests whose public boards are open at ``now``, newest first, at most ``most``."""
    query = (
        sa.select(Contest)
        .options(*WITH_GROUPS)
        .where(Contest.has_public_board, Contest.published_at.is_not(None), Contest.cancelled_at.is_(None))
        .order_by(Contest.published_at.desc())
        .limit(RECENT)
    )
    contests = session.scalars(query)
    states = ((one, public_board([group.sitting for group in one.groups], now)) for one in contests)
    return [one for one, state in states if state == PublicBoard.OPEN][:most]


def tally_of(session: Session, contest_id: int) -> ContestTally | None:
    """Which standings are valid; None before the first tally."""
    return session.get(ContestTally, contest_id)


def stored_rows(session: Session, tally: ContestTally) -> int:
    """How many rows the valid standings have."""
    query = sa.select(UnitStanding.id).where(
        UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation
    )
    return tally.counted + count(session, query)


def own_rank(session: Session, contest_id: int, user_id: int) -> OwnRank | None:
    """A pupil's places in a contest; None without a counted result."""
    return own_ranks(session, [contest_id], user_id).get(contest_id)


def own_ranks(session: Session, contest_ids: Sequence[int], user_id: int) -> dict[int, OwnRank]:
    """A pupil's places in each of these contests that has counted a result, read in one query."""
    rows = session.scalars(
        sa.select(PupilStanding)
        .join(
            ContestTally,
            sa.and_(
                ContestTally.contest_id == PupilStanding.contest_id,
                ContestTally.generation == PupilStanding.generation,
            ),
        )
        .where(PupilStanding.contest_id.in_(contest_ids), PupilStanding.user_id == user_id)
    )
    return {row.contest_id: _own_rank(row) for row in rows}


def _own_rank(row: PupilStanding) -> OwnRank:
    places = {
        BoardLevel.PUPIL: OwnPlace(row.rank, row.size, row.is_tied),
        BoardLevel.CLASS: OwnPlace(row.class_rank, row.class_size, row.class_tied),
        BoardLevel.SCHOOL: OwnPlace(row.school_rank, row.school_size, row.school_tied),
        BoardLevel.COUNTY: OwnPlace(row.county_rank, row.county_size, row.county_tied),
    }
    if row.prefecture_rank is not None and row.prefecture_size is not None:
        places[BoardLevel.PREFECTURE] = OwnPlace(row.prefecture_rank, row.prefecture_size, row.prefecture_tied)
    return OwnRank(
        row.group_kind, row.score, row.elapsed_seconds, row.class_id, row.school_id, row.county_id, row.prefecture_id,
        places,
    )  # fmt: skip


def pupils_query(
    tally: ContestTally, *, group: str, school_kind: str | None = None, scope: Scope | None = None
) -> sa.Select[Any]:
    """Rows of a group's board in order, with names; ranks within one kind of school where one is asked for.

    ``scope`` leaves out rows of other places without changing the ranks.
    """
    columns: tuple[Any, ...] = (PupilStanding.rank.label("rank"), PupilStanding.is_tied.label("is_tied"))
    where = [
        PupilStanding.contest_id == tally.contest_id,
        PupilStanding.generation == tally.generation,
        PupilStanding.group_kind == group,
    ]
    if school_kind is not None:
        where.append(PupilStanding.school_kind == school_kind)
        chain = (PupilStanding.score.desc(), PupilStanding.elapsed_seconds)
        same = sa.func.count().over(partition_by=(PupilStanding.score, PupilStanding.elapsed_seconds))
        columns = (sa.func.rank().over(order_by=chain).label("rank"), (same > 1).label("is_tied"))
    ranked = (
        sa.select(
            PupilStanding.id, PupilStanding.user_id, PupilStanding.school_id, PupilStanding.class_id,
            PupilStanding.score, PupilStanding.elapsed_seconds, *columns,
        ).where(*where).subquery()
    )  # fmt: skip
    query = (
        sa.select(
            ranked, User.name.label("name"), School.name.label("school"),
            School.kind.label("school_kind"), Region.name.label("county"),
            SchoolClass.cohort_year, SchoolClass.entry_grade, SchoolClass.name.label("class_name"),
        )
        .join(User, User.id == ranked.c.user_id)
        .join(School, School.id == ranked.c.school_id)
        .join(Region, Region.id == School.county_id)
        .join(SchoolClass, SchoolClass.id == ranked.c.class_id)
        .order_by(ranked.c.rank, ranked.c.id)
    )  # fmt: skip
    return query if scope is None else query.where(classes_within(scope))


def pupil_line(row: Any, at: datetime) -> PupilLine:
    """A row of pupils_query as a value; ``at`` decides the grade in the label of the class."""
    return PupilLine(
        user_id=row.user_id,
        class_id=row.class_id,
        name=row.name,
        school=row.school,
        school_kind=row.school_kind.value,
        county=row.county,
        class_label=class_label(row.cohort_year, row.entry_grade, row.class_name, at),
        score=row.score,
        elapsed_seconds=row.elapsed_seconds,
        rank=row.rank,
        is_tied=bool(row.is_tied),
    )


def top_pupils(
    session: Session, tally: ContestTally, *, group: str, school_kind: str | None, at: datetime
) -> tuple[list[PupilLine], int]:
    """The upper half of a board (at most 100 people) and how many there are in all."""
    query = pupils_query(tally, group=group, school_kind=school_kind)
    size = count(session, query)
    found = session.execute(query.limit(MOST_PEOPLE + 1)).all()
    lines = [pupil_line(row, at) for row in found]
    return upper_part(lines, size=size, most=MOST_PEOPLE, rank_of=lambda line: line.rank), size


def units_query(
    tally: ContestTally, *, level: BoardLevel, category: str, scope: Scope | None = None
) -> sa.Select[UnitStanding]:
    """Units of a level in order of rank, those without a rank last; ``scope`` leaves out other places."""
    query = (
        sa.select(UnitStanding)
        .where(
            UnitStanding.contest_id == tally.contest_id,
            UnitStanding.generation == tally.generation,
            UnitStanding.category == category,
            UnitStanding.level == level.value,
        )
        .order_by(UnitStanding.rank.is_(None), UnitStanding.rank, UnitStanding.id)
    )
    return query if scope is None or scope.everywhere else query.where(_unit_within(level, scope))


def _unit_within(level: BoardLevel, scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: the unit itself lies in the scope (a school's own county does not)."""
    if level == BoardLevel.PREFECTURE:
        inside = sa.or_(Region.id.in_(scope.regions), Region.province_id.in_(scope.regions))
        return UnitStanding.unit_id.in_(sa.select(Region.id).where(inside))
    if level == BoardLevel.COUNTY:
        return UnitStanding.unit_id.in_(sa.select(Region.id).where(regions_within(scope)))
    schools = sa.select(School.id).where(schools_within(scope))
    if level == BoardLevel.SCHOOL:
        return UnitStanding.school_id.in_(schools)
    return sa.or_(UnitStanding.school_id.in_(schools), UnitStanding.unit_id.in_([str(one) for one in scope.classes]))


def top_units(
    session: Session, tally: ContestTally, *, level: BoardLevel, category: str, at: datetime
) -> tuple[list[UnitLine], int]:
    """The upper half of the units (at most 50) without those of fewer than five participants, and how many in all."""
    size = ranked_units(session, tally, level=level, category=category)
    query = units_query(tally, level=level, category=category).where(
        UnitStanding.pupils >= SMALLEST_UNIT, UnitStanding.rank <= upper_half(size)
    )
    rows = list(session.scalars(query.limit(MOST_UNITS + 1)))
    shown = upper_part(rows, size=size, most=MOST_UNITS, rank_of=lambda row: row.rank or 0)
    return unit_lines(session, shown, level, at), size


def get_unit(session: Session, tally: ContestTally, *, level: BoardLevel, category: str, unit_id: str) -> UnitStanding:
    """One unit's standing; else NotFoundError."""
    query = units_query(tally, level=level, category=category).where(UnitStanding.unit_id == unit_id)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这个单位的排名。")
    return found


def is_explained(session: Session, tally: ContestTally, *, level: BoardLevel, unit_id: str | None) -> bool:
    """Whether a pupil may read how the own unit's index came about: at least five have taken part."""
    if unit_id is None or level == BoardLevel.PUPIL:
        return False
    query = units_query(tally, level=level, category=ALL)
    return count(session, query.where(UnitStanding.unit_id == unit_id, UnitStanding.pupils >= SMALLEST_UNIT)) > 0


def is_within(session: Session, tally: ContestTally, unit: UnitStanding, scope: Scope) -> bool:
    """Whether a unit lies in the scope."""
    level = BoardLevel(unit.level)
    query = units_query(tally, level=level, category=unit.category, scope=scope)
    return session.scalar(query.where(UnitStanding.id == unit.id)) is not None


def ranked_units(session: Session, tally: ContestTally, *, level: BoardLevel, category: str) -> int:
    """How many units of a level have a rank in a category."""
    return count(session, units_query(tally, level=level, category=category).where(UnitStanding.rank.is_not(None)))


def idle(units: sa.Select[UnitStanding]) -> sa.Select[UnitStanding]:
    """Of a query of units, those in which nobody has taken part."""
    return units.where(UnitStanding.pupils == 0)


def count(session: Session, query: sa.Select[Any]) -> int:
    """How many rows a query has."""
    return session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0


def classes_in(session: Session, scope: Scope) -> frozenset[int]:
    """The ids of a scope's classes; empty for a scope that is everywhere (ask it instead)."""
    if scope.everywhere or scope.is_empty:
        return frozenset()
    query = sa.select(SchoolClass.id).join(SchoolClass.school).where(classes_within(scope))
    return frozenset(session.scalars(query))


def group_kinds(session: Session, tally: ContestTally, scope: Scope = EVERYWHERE) -> list[tuple[str, str]]:
    """Pairs (group, kind of school) in which pupils of the scope have standings."""
    query = (
        sa.select(PupilStanding.group_kind, PupilStanding.school_kind)
        .join(SchoolClass, SchoolClass.id == PupilStanding.class_id)
        .join(School, School.id == PupilStanding.school_id)
        .where(
            PupilStanding.contest_id == tally.contest_id,
            PupilStanding.generation == tally.generation,
            classes_within(scope),
        )
    )
    return [(row[0], row[1]) for row in session.execute(query.distinct().order_by("group_kind", "school_kind"))]


def categories_of(session: Session, tally: ContestTally) -> list[str]:
    """The categories in which units have standings."""
    query = sa.select(UnitStanding.category).where(
        UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation
    )
    return list(session.scalars(query.distinct().order_by(UnitStanding.category)))


def unit_lines(session: Session, rows: Sequence[UnitStanding], level: BoardLevel, at: datetime) -> list[UnitLine]:
    """The units with their names, read in one query."""
    names = _unit_names(session, [row.unit_id for row in rows], level, at)
    return [
        UnitLine(
            row.unit_id, *names[row.unit_id], row.pupils, row.index, row.rank, row.is_tied, row.figures
        )
        for row in rows
    ]  # fmt: skip


def _unit_names(session: Session, ids: Sequence[str], level: BoardLevel, at: datetime) -> dict[str, tuple[str, str]]:
    if level == BoardLevel.CLASS:
        query: Any = sa.select(SchoolClass, School.name).join(SchoolClass.school)
        rows = session.execute(query.where(SchoolClass.id.in_([int(one) for one in ids])))
        return {str(one.id): (one.label(at), school) for one, school in rows}
    if level == BoardLevel.SCHOOL:
        query = sa.select(School.id, School.name, Region.name).join(Region, Region.id == School.county_id)
        rows = session.execute(query.where(School.id.in_([int(one) for one in ids])))
        return {str(one): (name, county) for one, name, county in rows}
    parent = aliased(Region)
    query = sa.select(Region.id, Region.name, parent.name).outerjoin(parent, parent.id == Region.parent_id)
    return {one: (name, above or "") for one, name, above in session.execute(query.where(Region.id.in_(ids)))}
