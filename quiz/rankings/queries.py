"""Reads of standings: which boards there are, and units. Read a page within one snapshot, so that it never mixes two tallies."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, selectinload

from quiz.contests.models import Contest, ContestGroup, ContestGroupKind
from quiz.errors import NotFoundError
from quiz.rankings.models import ContestTally, StandingBoard, StandingCell, UnitStanding
from quiz.rankings.places import own_rank as own_rank
from quiz.rankings.places import own_ranks as own_ranks
from quiz.rankings.pools import WHOLE, pool
from quiz.rankings.rules import (
    ALL,
    MOST_UNITS,
    SMALLEST_UNIT,
    BoardLevel,
    PublicBoard,
    public_board,
    upper_part,
)
from quiz.regions.models import Region, School, SchoolClass, SchoolKind
from quiz.regions.queries import classes_within, regions_within, schools_within
from quiz.regions.rules import Scope


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


#: SQL, to join boards and tally: the board is of the generation that is valid.
IS_VALID = sa.and_(
    StandingBoard.contest_id == ContestTally.contest_id, StandingBoard.generation == ContestTally.generation
)
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


def _of_board(tally: ContestTally, level: BoardLevel, category: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        UnitStanding.contest_id == tally.contest_id,
        UnitStanding.generation == tally.generation,
        UnitStanding.category == category,
        UnitStanding.level == level.value,
    )


def units_query(
    tally: ContestTally, *, level: BoardLevel, category: str, scope: Scope | None = None
) -> sa.Select[UnitStanding]:
    """Units of a level in order, those without an index last; ``scope`` leaves out other places."""
    index = UnitStanding.index
    query = (
        sa.select(UnitStanding)
        .where(*_of_board(tally, level, category))
        .order_by(index.is_(None), index.desc(), UnitStanding.unit_id)
    )
    return query if scope is None or scope.everywhere else query.where(_unit_within(level, scope))


@dataclass(frozen=True)
class RankedUnit:
    """A unit with its rank among all of its level and category; None without an index."""

    unit: UnitStanding
    rank: int | None
    is_tied: bool


def ranked(
    session: Session, tally: ContestTally, *, level: BoardLevel, category: str, units: Sequence[UnitStanding]
) -> list[RankedUnit]:
    """Units of one board with their ranks: one more than there are units with a higher index."""
    places = _places([])
    indexes = [unit.index for unit in units if unit.index is not None]
    if indexes:
        index = UnitStanding.index
        query = sa.select(index, sa.func.count()).where(
            *_of_board(tally, level, category), index >= min(indexes)
        )  # fmt: skip
        places = _places(session.execute(query.group_by(index).order_by(index.desc())))
    return [RankedUnit(unit, *places[unit.index]) for unit in units]


def _places(counts: Iterable[tuple[int | None, int]]) -> dict[int | None, tuple[int | None, bool]]:
    """Index → (rank, tied), from how many units have each index, the highest first; none without an index."""
    places: dict[int | None, tuple[int | None, bool]] = {}
    ahead = 0
    for index, units in counts:
        places[index] = (ahead + 1, units > 1)
        ahead += units
    return places | {None: (None, False)}


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
    first = (
        sa.select(UnitStanding)
        .where(
            *_of_board(tally, level, category), UnitStanding.pupils >= SMALLEST_UNIT, UnitStanding.index.is_not(None)
        )
        .order_by(UnitStanding.index.desc(), UnitStanding.unit_id)
        .limit(MOST_UNITS + 1)
    )
    rows = ranked(session, tally, level=level, category=category, units=session.scalars(first).all())
    shown = upper_part(rows, size=size, most=MOST_UNITS, rank_of=lambda row: row.rank or 0)
    return unit_lines(session, shown, level, at), size


def get_unit(
    session: Session, tally: ContestTally, *, level: BoardLevel, category: str, unit_id: str
) -> RankedUnit:  # fmt: skip
    """One unit with its rank; else NotFoundError."""
    query = units_query(tally, level=level, category=category).where(UnitStanding.unit_id == unit_id)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这个单位的排名。")
    return ranked(session, tally, level=level, category=category, units=[found])[0]


def is_within(session: Session, tally: ContestTally, unit: UnitStanding, scope: Scope) -> bool:
    """Whether a unit lies in the scope."""
    query = units_query(tally, level=BoardLevel(unit.level), category=unit.category, scope=scope)
    return session.execute(query.where(UnitStanding.unit_id == unit.unit_id)).first() is not None


def ranked_units(session: Session, tally: ContestTally, *, level: BoardLevel, category: str) -> int:
    """How many units of a level have a rank in a category."""
    query = sa.select(sa.func.count()).where(
        UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation,
        UnitStanding.category == category, UnitStanding.level == level.value, UnitStanding.index.is_not(None),
    )  # fmt: skip
    return session.scalar(query) or 0


def idle(units: sa.Select[UnitStanding]) -> sa.Select[UnitStanding]:
    """Of a query of units, those in which nobody has taken part."""
    return units.where(UnitStanding.pupils == 0)


def place_with(session: Session, tally: ContestTally, unit: UnitStanding, index: int) -> tuple[int, bool, int]:
    """(rank, tied, of how many) that a unit would have with another index, all others being as they are."""
    column = UnitStanding.index
    query: Any = sa.select(
        sa.func.coalesce(sa.func.sum(sa.case((column > index, 1), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(sa.case((column == index, 1), else_=0)), 0),
        sa.func.count(),
    ).where(
        *_of_board(tally, BoardLevel(unit.level), unit.category), column.is_not(None), UnitStanding.unit_id != unit.unit_id
    )  # fmt: skip
    ahead, same, others = session.execute(query).one()
    return int(ahead) + 1, bool(same), others + 1


def apart(units: sa.Select[UnitStanding]) -> sa.Select[UnitStanding]:
    """Of a query of units, those that have taken part and cannot be compared."""
    return units.where(UnitStanding.pupils > 0, UnitStanding.index.is_(None))


def count(session: Session, query: sa.Select[Any]) -> int:
    """How many rows a query has."""
    return session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0


def group_kinds(session: Session, tally: ContestTally) -> list[tuple[str, str]]:
    """Pairs (group, kind of school) in which pupils have standings."""
    query = sa.select(StandingCell.pool).where(
        StandingCell.contest_id == tally.contest_id, StandingCell.generation == tally.generation,
        StandingCell.part == WHOLE,
        StandingCell.pool.in_([pool(group.value, "kind", kind.value) for group in ContestGroupKind for kind in SchoolKind]),
    )  # fmt: skip
    return sorted((name.split("/")[0], name.split("/")[2]) for name in session.scalars(query))


def groups_within(session: Session, tally: ContestTally, scope: Scope) -> set[str]:
    """The groups in which pupils of the scope have standings."""
    if scope.everywhere:
        return {group for group, _ in group_kinds(session, tally)}
    query = (
        sa.select(UnitStanding.category)
        .join(SchoolClass, sa.cast(SchoolClass.id, sa.String) == UnitStanding.unit_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(
            UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation,
            UnitStanding.category.in_([group.value for group in ContestGroupKind]),
            UnitStanding.level == BoardLevel.CLASS.value, UnitStanding.pupils > 0, classes_within(scope),
        )
    )  # fmt: skip
    return set(session.scalars(query.distinct()))


def categories_of(session: Session, tally: ContestTally) -> list[str]:
    """The categories in which units have standings."""
    names = [ALL, *(group.value for group in ContestGroupKind), *(kind.value for kind in SchoolKind)]
    of_contest = (UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation)
    # One look each: a list of distinct values would read every row of every class.
    looks = [
        sa.select(UnitStanding.category).where(*of_contest, UnitStanding.category == name).limit(1).subquery()
        for name in names
    ]
    return sorted(session.scalars(sa.union_all(*(sa.select(look) for look in looks))))


def unit_lines(session: Session, rows: Sequence[RankedUnit], level: BoardLevel, at: datetime) -> list[UnitLine]:
    """The units with their names, read in one query."""
    names = _unit_names(session, [row.unit.unit_id for row in rows], level, at)
    return [
        UnitLine(
            row.unit.unit_id, *names[row.unit.unit_id], row.unit.pupils, row.unit.index, row.rank, row.is_tied,
            row.unit.figures,
        )
        for row in rows
    ]  # fmt: skip


def all_lines(session: Session, tally: ContestTally, level: BoardLevel, at: datetime) -> list[UnitLine]:
    """Every unit of a level in order with its rank and names, all kinds together.

    For boards of thousands: rows and no objects, ranks counted here, and no list of ids is sent to ask for the names.
    """
    query = units_query(tally, level=level, category=ALL)
    columns = (UnitStanding.unit_id, UnitStanding.pupils, UnitStanding.index, UnitStanding.figures)
    rows = session.execute(query.with_only_columns(*columns)).all()
    places = _places(Counter(index for _id, _pupils, index, _figures in rows).items())  # they come in order
    names = _unit_names(session, query.with_only_columns(UnitStanding.unit_id).order_by(None), level, at)
    return [
        UnitLine(unit_id, *names[unit_id], pupils, index, *places[index], figures)
        for unit_id, pupils, index, figures in rows
    ]


def _unit_names(
    session: Session, ids: Sequence[str] | sa.Select[str], level: BoardLevel, at: datetime
) -> dict[str, tuple[str, str]]:
    """Id → name, and the name of what it lies in; the ids are given or selected."""
    if isinstance(ids, sa.Select):
        numbers: Any = sa.select(sa.cast(ids.subquery().c.unit_id, sa.Integer))
    elif level in {BoardLevel.CLASS, BoardLevel.SCHOOL}:
        numbers = [int(one) for one in ids]
    if level == BoardLevel.CLASS:
        query: Any = sa.select(SchoolClass, School.name).join(SchoolClass.school)
        rows = session.execute(query.where(SchoolClass.id.in_(numbers)))
        return {str(one.id): (one.label(at), school) for one, school in rows}
    if level == BoardLevel.SCHOOL:
        query = sa.select(School.id, School.name, Region.name).join(Region, Region.id == School.county_id)
        rows = session.execute(query.where(School.id.in_(numbers)))
        return {str(one): (name, county) for one, name, county in rows}
    parent = aliased(Region)
    query = sa.select(Region.id, Region.name, parent.name).outerjoin(parent, parent.id == Region.parent_id)
    return {one: (name, above or "") for one, name, above in session.execute(query.where(Region.id.in_(ids)))}
