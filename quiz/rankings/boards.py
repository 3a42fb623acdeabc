"""Boards of pupils: rows in order with their ranks, from the board's index and the histograms of its pools.

A page is found by its keys: the histograms of the pools say which order keys come next, so that a kind of school, a
county or a class is read as quickly as the whole group. Ranks are counted, never stored. Everything here reads several
times: call it inside one snapshot (quiz.rankings.snapshot).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.db import in_batches
from quiz.rankings import histograms
from quiz.rankings.histograms import Histogram
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard, StandingCell
from quiz.rankings.pools import FLAT, SPLIT, WHOLE, level_of, pool
from quiz.rankings.rules import MOST_PEOPLE, SECONDS_BITS, loss_of, score_of, seconds_of, upper_part
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.queries import classes_within
from quiz.regions.rules import Scope, class_label

SOME = 400  # looked up by one statement
MOST_ID = 2**31 - 1


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
    key: int


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: behind (or before) the row with this order key and pupil."""

    key: int
    user_id: int
    is_before: bool = False

    def __str__(self) -> str:
        return f"{self.key}.{self.user_id}"


def parse_cursor(text: str, *, is_before: bool = False) -> Cursor | None:
    """Read what an address carries; None for anything else."""
    key, _, user_id = text.partition(".")
    if not all(
        part.isascii() and part.isdigit() and len(part) <= 10 and int(part) <= MOST_ID for part in (key, user_id)
    ):
        return None
    return Cursor(int(key), int(user_id), is_before)


class Board:
    """One group of a contest's valid standings, whole or narrowed to a kind of school; ranks are those within it."""

    def __init__(self, session: Session, tally: ContestTally, group: str, school_kind: str | None = None) -> None:
        self.session = session
        self.tally = tally
        self.group = group
        self.school_kind = school_kind
        self.pool = pool(group, "pupil") if school_kind is None else pool(group, "kind", school_kind)
        self._parts: dict[tuple[str, int], Histogram] = {}

    @property
    def size(self) -> int:
        """How many are ranked."""
        return self._part(self.pool, WHOLE).size

    def top(self, at: datetime) -> tuple[list[PupilLine], int]:
        """The upper half (at most 100 people) and how many there are in all; ``at`` decides the grade of a class."""
        lines = self.page(at, None, MOST_PEOPLE + 1)
        size = self.size
        return upper_part(lines, size=size, most=MOST_PEOPLE, rank_of=lambda line: line.rank), size

    def page(
        self, at: datetime, cursor: Cursor | None, most: int, within: Sequence[str] | None = None,
        scope: Scope | None = None,
    ) -> list[PupilLine]:  # fmt: skip
        """Up to ``most`` rows behind (or before) the cursor, in order.

        ``within`` names the pools and ``scope`` the same places, to which the rows are narrowed; ranks stay the board's.
        """
        board = self._board_id()
        if board is None:
            return []
        found: list[Any] = []
        while len(found) < most:
            query = self._rows(board, cursor)
            keys: list[int] = []
            if within is not None or self.school_kind is not None:
                keys = self._keys([self.pool] if within is None else within, cursor, most)
                query = self._narrowed(query, keys, scope)
            found += self.session.execute(_with_names(query.limit(most - len(found)))).all()
            if len(keys) <= most:  # these were the last ones
                break
            cursor = Cursor(keys[0], 0, True) if cursor and cursor.is_before else Cursor(keys[-1], MOST_ID)
        self._load({(self.pool, loss_of(row.order_key)) for row in found})
        lines = [self._line(row, at) for row in found]
        return sorted(lines, key=lambda line: (line.key, line.user_id))

    def _narrowed(self, query: sa.Select[Any], keys: list[int], scope: Scope | None) -> sa.Select[Any]:
        query = query.join(School, School.id == PupilStanding.school_id)
        query = query.join(SchoolClass, SchoolClass.id == PupilStanding.class_id)
        query = query.where(PupilStanding.order_key.in_(keys))
        if self.school_kind is not None:
            query = query.where(School.kind == self.school_kind)
        return query if scope is None else query.where(classes_within(scope))

    def everybody(self, at: datetime, within: Sequence[str] | None, scope: Scope | None) -> list[PupilLine]:
        """All rows, for a file."""
        found: list[PupilLine] = []
        cursor = None
        while lines := self.page(at, cursor, SOME, within, scope):
            found += lines
            cursor = Cursor(lines[-1].key, lines[-1].user_id)
        return found

    def count(self, within: Sequence[str]) -> int:
        """How many rows lie in these pools (which must not overlap)."""
        return sum(part.size for part in self._wholes(within).values())

    def _board_id(self) -> int | None:
        return self.session.scalar(
            sa.select(StandingBoard.id).where(
                StandingBoard.contest_id == self.tally.contest_id,
                StandingBoard.generation == self.tally.generation,
                StandingBoard.group_kind == self.group,
            )
        )

    def _rows(self, board: int, cursor: Cursor | None) -> sa.Select[Any]:
        order = (PupilStanding.order_key, PupilStanding.user_id)
        query = sa.select(PupilStanding).where(PupilStanding.board_id == board)
        if cursor is None:
            return query.order_by(*order)
        here = sa.tuple_(sa.literal(cursor.key), sa.literal(cursor.user_id))
        if cursor.is_before:
            return query.where(sa.tuple_(*order) < here).order_by(*(column.desc() for column in order))
        return query.where(sa.tuple_(*order) > here).order_by(*order)

    def _line(self, row: Any, at: datetime) -> PupilLine:
        rank, count = self._place(row.order_key)
        return PupilLine(
            user_id=row.user_id, class_id=row.class_id, name=row.name, school=row.school,
            school_kind=row.school_kind.value, county=row.county,
            class_label=class_label(row.cohort_year, row.entry_grade, row.class_name, at),
            score=score_of(row.order_key), elapsed_seconds=seconds_of(row.order_key), rank=rank, is_tied=count > 1,
            key=row.order_key,
        )  # fmt: skip

    def _place(self, key: int) -> tuple[int, int]:
        """(rank, how many share it) of a result in the board's own pool."""
        same = self._part(self.pool, loss_of(key))
        ahead = self._part(self.pool, WHOLE).ahead(loss_of(key)) + same.ahead(seconds_of(key))
        return ahead + 1, same.count(seconds_of(key))

    def _part(self, name: str, part: int) -> Histogram:
        if (name, part) not in self._parts:
            self._load({(name, part)})
        return self._parts[name, part]

    def _load(self, wanted: Collection[tuple[str, int]]) -> None:
        """Read histograms that are not here yet, part by part of several pools or pool by pool of several parts."""
        missing = sorted(set(wanted) - self._parts.keys())
        for some in in_batches(missing, SOME):
            pools, parts = {name for name, _ in some}, {part for _, part in some}
            query = self._cells().where(StandingCell.pool.in_(pools), StandingCell.part.in_(parts))
            found = {(row.pool, row.part): row.counts for row in self.session.execute(query)}
            self._parts |= {one: histograms.read(found.get(one)) for one in some}

    def _cells(self) -> sa.Select[Any]:
        columns: tuple[Any, ...] = (StandingCell.pool, StandingCell.part, StandingCell.counts)
        query = sa.select(*columns)
        return query.where(
            StandingCell.contest_id == self.tally.contest_id, StandingCell.generation == self.tally.generation
        )

    def _wholes(self, names: Sequence[str]) -> dict[str, Histogram]:
        found: dict[str, Histogram] = {}
        for some in in_batches(names, SOME):
            query = self._cells().where(StandingCell.part == WHOLE, StandingCell.pool.in_(some))
            found |= {row.pool: histograms.read(row.counts) for row in self.session.execute(query)}
        return found

    def _keys(self, names: Sequence[str], cursor: Cursor | None, most: int) -> list[int]:
        """The order keys of the next ``most`` rows of these pools, the cursor's own among them."""
        wholes = self._wholes(names)
        flat = [part.keys for name, part in wholes.items() if level_of(name) in FLAT]
        found = set(self._nearest(np.concatenate(flat), cursor, most) if flat else [])
        split = [name for name in wholes if level_of(name) in SPLIT]
        losses = sorted({loss for name in split for loss in wholes[name].keys.tolist()})
        is_before = cursor is not None and cursor.is_before
        count = 0
        for loss in reversed(losses) if is_before else losses:
            if cursor is not None and (loss > loss_of(cursor.key) if is_before else loss < loss_of(cursor.key)):
                continue
            if count > most:
                break
            self._load({(name, loss) for name in split})
            for name in split:
                keys = loss << SECONDS_BITS | self._part(name, loss).keys
                near = self._nearest(keys, cursor, most)
                found |= set(near)
                count += len(near)
        return self._nearest(np.array(sorted(found), np.int64), cursor, most)

    @staticmethod
    def _nearest(keys: Any, cursor: Cursor | None, most: int) -> list[int]:
        """The first ``most`` and one distinct keys from the cursor on; a key stands for at least one row."""
        keys = np.unique(keys)
        if cursor is None:
            return [int(key) for key in keys[: most + 1]]
        if cursor.is_before:
            return [int(key) for key in keys[keys <= cursor.key][-most - 1 :]]
        return [int(key) for key in keys[keys >= cursor.key][: most + 1]]


def _with_names(rows: sa.Select[Any]) -> sa.Select[Any]:
    """The rows with what a board prints of them. The narrow rows are found first, so that few names are looked up."""
    found = rows.with_only_columns(
        PupilStanding.order_key, PupilStanding.user_id, PupilStanding.school_id, PupilStanding.class_id
    ).subquery()
    return (
        sa.select(
            found, User.name.label("name"), School.name.label("school"), School.kind.label("school_kind"),
            Region.name.label("county"), SchoolClass.cohort_year, SchoolClass.entry_grade,
            SchoolClass.name.label("class_name"),
        )
        .join(User, User.id == found.c.user_id)
        .join(School, School.id == found.c.school_id)
        .join(Region, Region.id == School.county_id)
        .join(SchoolClass, SchoolClass.id == found.c.class_id)
    )  # fmt: skip


def pools_within(session: Session, scope: Scope, group: str) -> list[str] | None:
    """The pools that together are a scope, none overlapping another; None for everywhere."""
    if scope.everywhere:
        return None
    inside = sa.or_(
        Region.id.in_(scope.regions), Region.prefecture_id.in_(scope.regions), Region.province_id.in_(scope.regions)
    )
    counties = set(session.scalars(sa.select(Region.id).where(Region.level == "county", inside)))
    schools = set(
        session.scalars(sa.select(School.id).where(School.id.in_(scope.schools), School.county_id.not_in(counties)))
    )
    classes = session.execute(
        sa.select(SchoolClass.id, SchoolClass.school_id, School.county_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(SchoolClass.id.in_(scope.classes))
    )
    mine = {row.id for row in classes if row.school_id not in scope.schools and row.county_id not in counties}
    return [
        *(pool(group, "county", one) for one in sorted(counties)),
        *(pool(group, "school", one) for one in sorted(schools)),
        *(pool(group, "class", one) for one in sorted(mine)),
    ]
