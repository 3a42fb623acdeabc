"""Rows of units: written whole by a rebuild, moved by the differences of a tally, refreshed when rosters have changed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.db import in_batches, insert_into
from quiz.rankings.bulk import write_rows
from quiz.rankings.gathering import Expected, only_adults
from quiz.rankings.models import UnitStanding
from quiz.rankings.profiles import Figures, Profile, profile_of
from quiz.rankings.rules import BoardLevel
from quiz.rankings.standings import ClassSum, SchoolFacts, UnitRow, categories, unit_rows

TABLE: sa.Table = UnitStanding.__table__  # type: ignore[assignment]
COLUMNS = (
    "contest_id", "generation", "category", "level", "unit_id", "school_id", "school_kind", "county_id",
    "prefecture_id", "pupils", "figures", "index_hundredths",
)  # fmt: skip
SOME = 200  # rows looked up by one statement
Key = tuple[str, str, str]  # category, level, unit id
Values = dict[str, Any]


@dataclass(frozen=True)
class Sums:
    """What is added to a unit's figures (negative: taken away)."""

    pupils: int = 0
    passed: int = 0
    full_marks: int = 0
    score_sum: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.pupils + other.pupils, self.passed + other.passed, self.full_marks + other.full_marks,
            self.score_sum + other.score_sum,
        )  # fmt: skip


@dataclass(frozen=True)
class ClassChange:
    """What a tally adds to the results of one class in one group."""

    group: str
    school: SchoolFacts
    class_id: int
    sums: Sums


def values_of(row: UnitRow, contest_id: int, generation: int) -> Values:
    """A unit as its columns store it."""
    return {
        "contest_id": contest_id, "generation": generation, "category": row.category, "level": row.level.value,
        "unit_id": row.unit_id, "school_id": row.school_id, "school_kind": row.school_kind,
        "county_id": row.county_id, "prefecture_id": row.prefecture_id, "pupils": row.figures.pupils,
        "figures": row.figures.to_dict() | {"source": row.source}, "index_hundredths": row.index,
    }  # fmt: skip


def write_units(session: Session, contest_id: int, generation: int, rows: Iterable[UnitRow]) -> None:
    """Insert the rows of a new generation."""
    write_rows(session, TABLE, COLUMNS, (
        (contest_id, generation, row.category, row.level.value, row.unit_id, row.school_id, row.school_kind,
         row.county_id, row.prefecture_id, row.figures.pupils, _figures_text(row), row.index)
        for row in rows
    ))  # fmt: skip


def _figures_text(row: UnitRow) -> str:
    """JSON of numbers and one plain word; the general encoder would take as long as everything else of a row."""
    figures = row.figures
    further = "".join(f', "{name}": {value}' for name, value in figures.further().items())
    return (
        f'{{"parts": {figures.parts}, "parts_expected": {figures.parts_expected}, "pupils": {figures.pupils}, '
        f'"pupils_expected": {figures.pupils_expected}, "passed": {figures.passed}, '
        f'"full_marks": {figures.full_marks}, "score_sum": {figures.score_sum}{further}, "source": "{row.source}"}}'
    )


def move(
    session: Session, contest: Contest, generation: int, changes: Sequence[ClassChange]
) -> bool:  # fmt: skip
    """Add to the figures of classes, their schools and regions; True where who is expected must be looked at anew.

    That is so when a class has its first result though nobody expected it, or has lost its last one.
    """
    profile = profile_of(contest.ranking_profile)
    adults = only_adults(contest)
    stored = _stored(session, contest.id, generation, {key for one in changes for key in _keys(one, adults)})
    moving = _Moving(stored, profile, adults)
    for one in changes:
        moving.add_class(one)
    for level in (BoardLevel.SCHOOL, BoardLevel.COUNTY, BoardLevel.PREFECTURE):
        moving.add_level(level)
    _save(session, contest.id, generation, moving.rows.values())
    return moving.is_unexpected


def _keys(one: ClassChange, adults: bool) -> list[Key]:
    return [key for category in categories(one.group, one.school, adults) for key in _chain(category, one)]


def _chain(category: str, one: ClassChange) -> list[Key]:
    """The units of a class in a category, from the class upwards."""
    school = one.school
    found = [
        (category, BoardLevel.CLASS.value, str(one.class_id)),
        (category, BoardLevel.SCHOOL.value, str(school.id)),
        (category, BoardLevel.COUNTY.value, school.county_id),
    ]
    if school.prefecture_id is not None:
        found.append((category, BoardLevel.PREFECTURE.value, school.prefecture_id))
    return found


class _Moving:
    """Applies changes from the classes upwards: a unit that begins or ceases to take part is a part of those above."""

    def __init__(self, stored: dict[Key, UnitRow], profile: Profile, adults: bool) -> None:
        self.rows = stored
        self.profile = profile
        self.adults = adults
        self.is_unexpected = False
        self.waiting: dict[BoardLevel, dict[Key, tuple[SchoolFacts, Sums, int]]] = {}

    def add_class(self, one: ClassChange) -> None:
        for category in categories(one.group, one.school, self.adults):
            key = (category, BoardLevel.CLASS.value, str(one.class_id))
            self.is_unexpected |= key not in self.rows
            began = self._change(key, one.school, one.sums, parts=0)
            self._wait(BoardLevel.SCHOOL, (category, BoardLevel.SCHOOL.value, str(one.school.id)), one, began)

    def add_level(self, level: BoardLevel) -> None:
        for key, (school, sums, parts) in self.waiting.pop(level, {}).items():
            self.is_unexpected |= key not in self.rows
            began = self._change(key, school, sums, parts)
            if level == BoardLevel.SCHOOL:
                change = ClassChange(key[0], school, 0, sums)
                self._wait(BoardLevel.COUNTY, (key[0], BoardLevel.COUNTY.value, school.county_id), change, began)
                if school.prefecture_id is not None:
                    above = (key[0], BoardLevel.PREFECTURE.value, school.prefecture_id)
                    self._wait(BoardLevel.PREFECTURE, above, change, began)

    def _wait(self, level: BoardLevel, key: Key, one: ClassChange, began: int) -> None:
        _, sums, parts = self.waiting.setdefault(level, {}).get(key, (one.school, Sums(), 0))
        self.waiting[level][key] = (one.school, sums + one.sums, parts + began)

    def _change(self, key: Key, school: SchoolFacts, sums: Sums, parts: int) -> int:
        """Change one unit; 1 when it has begun to take part, -1 when it has ceased."""
        row = self.rows.get(key) or _nobody(key, school)
        old = row.figures
        pupils = old.pupils + sums.pupils
        began = (pupils > 0) - (old.pupils > 0)
        if pupils == 0:
            self.is_unexpected = True  # nobody is left: perhaps the unit was there for this result only
        is_class = row.level == BoardLevel.CLASS
        figures = replace(
            old, pupils=pupils, passed=old.passed + sums.passed, full_marks=old.full_marks + sums.full_marks,
            score_sum=old.score_sum + sums.score_sum, parts=int(pupils > 0) if is_class else old.parts + parts,
        )  # fmt: skip
        self.rows[key] = replace(row, figures=figures, index=self.profile.index(figures))
        return began


def _nobody(key: Key, school: SchoolFacts) -> UnitRow:
    """A unit that nobody expected and that has no result yet."""
    level = BoardLevel(key[1])
    is_in_school = level in (BoardLevel.CLASS, BoardLevel.SCHOOL)
    return UnitRow(
        category=key[0], level=level, unit_id=key[2], school_id=school.id if is_in_school else None,
        school_kind=school.kind if is_in_school else None,
        county_id=None if level == BoardLevel.PREFECTURE else school.county_id, prefecture_id=school.prefecture_id,
        figures=Figures(0, 0, 0, 0, 0, 0, 0), source="enrolled", index=None,
    )  # fmt: skip


@dataclass(frozen=True)
class Refresh:
    """Who is expected now, for the units of a generation where that differs from what is stored; ``gone`` are no more."""

    generation: int
    wanted: dict[Key, UnitRow]
    gone: frozenset[Key]


def plan_refresh(session: Session, contest: Contest, generation: int, expected: Expected) -> Refresh | None:
    """Compare everything stored with who is expected; None when a school with results has moved.

    Then everything counted for its old place would have to move along: rebuild instead. Reads only: a province has
    sixty thousand rows, and nobody should wait for that.
    """
    stored = _stored(session, contest.id, generation)
    if _has_moved(stored.values(), expected.schools):
        return None
    groups = {group.kind.value for group in contest.groups}
    sums = [
        _sum_of(row)
        for row in stored.values()
        if row.level == BoardLevel.CLASS and row.category in groups and row.figures.pupils
    ]
    wanted = {
        (row.category, row.level.value, row.unit_id): row
        for row in unit_rows(expected.with_sums(sums), profile_of(contest.ranking_profile))
    }
    differing = {key: row for key, row in wanted.items() if stored.get(key) != row}
    return Refresh(generation, differing, frozenset(stored.keys() - wanted.keys()))


def refresh(session: Session, contest: Contest, plan: Refresh) -> None:
    """Carry out a plan: who is expected comes from it, who took part from what is stored by now."""
    profile = profile_of(contest.ranking_profile)
    stored = _stored(session, contest.id, plan.generation, plan.wanted.keys() | plan.gone)
    rows = []
    for key, row in plan.wanted.items():
        old = (
            stored[key].figures
            if key in stored
            else replace(row.figures, pupils=0, parts=0, passed=0, full_marks=0, score_sum=0)
        )
        figures = row.figures.with_results_of(old)
        rows.append(replace(row, figures=figures, index=profile.index(figures)))
    _remove(session, contest.id, plan.generation, [key for key in plan.gone if not stored[key].figures.pupils])
    _save(session, contest.id, plan.generation, rows)


def _has_moved(rows: Iterable[UnitRow], schools: dict[int, SchoolFacts]) -> bool:
    for row in rows:
        if row.level == BoardLevel.SCHOOL and row.figures.pupils and row.school_id is not None:
            now = schools[row.school_id]
            if (row.school_kind, row.county_id, row.prefecture_id) != (now.kind, now.county_id, now.prefecture_id):
                return True
    return False


def _sum_of(row: UnitRow) -> ClassSum:
    figures = row.figures
    return ClassSum(
        row.category, row.school_id or 0, int(row.unit_id), figures.pupils, figures.passed, figures.full_marks,
        figures.score_sum,
    )  # fmt: skip


def _stored(
    session: Session, contest_id: int, generation: int, keys: Collection[Key] | None = None
) -> dict[Key, UnitRow]:
    """Stored units by key; all of a generation without ``keys``."""
    columns = TABLE.c
    query = sa.select(TABLE).where(columns.contest_id == contest_id, columns.generation == generation)
    if keys is None:
        return {(row.category, row.level, row.unit_id): unit_of(row) for row in session.execute(query)}
    found: dict[Key, UnitRow] = {}
    by_board: dict[tuple[str, str], list[str]] = {}
    for category, level, unit_id in sorted(keys):
        by_board.setdefault((category, level), []).append(unit_id)
    for (category, level), ids in by_board.items():
        for batch in in_batches(ids, SOME):
            some = query.where(columns.category == category, columns.level == level, columns.unit_id.in_(batch))
            found |= {(row.category, row.level, row.unit_id): unit_of(row) for row in session.execute(some)}
    return found


def unit_of(row: Any) -> UnitRow:
    """A stored row as a value."""
    return UnitRow(
        category=row.category, level=BoardLevel(row.level), unit_id=row.unit_id, school_id=row.school_id,
        school_kind=row.school_kind, county_id=row.county_id, prefecture_id=row.prefecture_id,
        figures=Figures.from_dict(row.figures), source=row.figures["source"], index=row.index_hundredths,
    )  # fmt: skip


def _save(session: Session, contest_id: int, generation: int, rows: Iterable[UnitRow]) -> None:
    values = [values_of(row, contest_id, generation) for row in rows]
    if not values:
        return
    insert = insert_into(session, TABLE)
    statement = insert.on_conflict_do_update(
        index_elements=list(TABLE.primary_key.columns),
        set_={name: insert.excluded[name] for name in COLUMNS if not TABLE.c[name].primary_key},
    )
    session.connection().execute(statement, values)


def _remove(session: Session, contest_id: int, generation: int, keys: Collection[Key]) -> None:
    columns = TABLE.c
    if not keys:
        return
    statement = sa.delete(TABLE).where(
        columns.contest_id == contest_id, columns.generation == generation,
        columns.category == sa.bindparam("of_category"), columns.level == sa.bindparam("of_level"),
        columns.unit_id == sa.bindparam("of_unit"),
    )  # fmt: skip
    rows = [{"of_category": one[0], "of_level": one[1], "of_unit": one[2]} for one in sorted(keys)]
    session.connection().execute(statement, rows)
