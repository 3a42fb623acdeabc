"""A pupil's own places: one statement, the same few rows however many take part, all of one tally."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt
from quiz.rankings import histograms
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard, StandingCell, UnitStanding
from quiz.rankings.pools import FLAT, WHOLE, level_of
from quiz.rankings.rules import ALL, SECONDS_BITS, BoardLevel, band, loss_of, score_of, seconds_of


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
    """One pupil's result with the places at every level (``pupil`` stands for the whole group).

    ``number`` and ``tallied_at`` are those of the tally that it is exact for; ``attempt`` is the public id of the attempt
    that counts.
    """

    contest_id: int
    generation: int
    number: int
    tallied_at: datetime
    group_kind: str
    attempt: str
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


OWN_COLUMNS = 11  # of a row of own_statement() belong to the pupil; then what was asked further, pool, part, counts


def own_statement(
    *where: Any,
    further: Iterable[Any] = (),
    join: Callable[[sa.Select[Any]], sa.Select[Any]] | None = None,
) -> sa.Select[Any]:
    """SQL: a pupil's row of the valid standings beside each histogram row that its places need.

    ``where`` names the pupil (PupilStanding.user_id) and the contests (ContestTally.contest_id). ``join`` may join more
    tables, whose ``further`` columns come behind the pupil's. One statement sees one tally, on both databases.
    """
    board, unit = StandingBoard, UnitStanding
    school = sa.cast(PupilStanding.school_id, sa.String)
    rows: Any = (
        sa.select(
            ContestTally.contest_id, ContestTally.generation, ContestTally.number, ContestTally.tallied_at,
            board.group_kind, Attempt.public_id, PupilStanding.order_key, PupilStanding.class_id,
            PupilStanding.school_id, unit.county_id, unit.prefecture_id, *further,
        )
        .join(board, sa.and_(
            board.contest_id == ContestTally.contest_id, board.generation == ContestTally.generation
        ))
        .join(PupilStanding, PupilStanding.board_id == board.id)
        .join(Attempt, Attempt.id == PupilStanding.attempt_id)
        .join(unit, sa.and_(
            unit.contest_id == ContestTally.contest_id, unit.generation == ContestTally.generation,
            unit.category == ALL, unit.level == BoardLevel.SCHOOL.value, unit.unit_id == school,
        ))
        .where(*where)
    )  # fmt: skip
    me = (join(rows) if join else rows).cte("me").prefix_with("MATERIALIZED")
    cell = StandingCell
    name = me.c.group_kind + "/"
    pools = [
        name + "pupil/",
        name + "prefecture/" + me.c.prefecture_id,
        name + "county/" + me.c.county_id,
        name + "school/" + sa.cast(me.c.school_id, sa.String),
        name + "class/" + sa.cast(me.c.class_id, sa.String),
    ]
    loss = me.c.order_key.op(">>")(sa.literal_column(str(SECONDS_BITS)))
    found: sa.Select[Any] = sa.select(*me.c, cell.pool, cell.part, cell.counts)
    return found.join_from(me, cell, sa.and_(
        cell.contest_id == me.c.contest_id, cell.generation == me.c.generation, cell.pool.in_(pools),
        cell.part.in_([sa.literal_column(str(WHOLE)), loss]),
    ))  # fmt: skip


_OWN = own_statement(
    PupilStanding.user_id == sa.bindparam("user_id"),
    ContestTally.contest_id.in_(sa.bindparam("contest_ids", expanding=True)),
)


def own_rank(session: Session, contest_id: int, user_id: int) -> OwnRank | None:
    """A pupil's places in a contest; None without a counted result."""
    return own_ranks(session, [contest_id], user_id).get(contest_id)


def own_ranks(session: Session, contest_ids: Sequence[int], user_id: int) -> dict[int, OwnRank]:
    """A pupil's places in each of these contests that has counted a result, read in one query."""
    rows: dict[int, list[Any]] = {}
    for row in session.execute(_OWN, {"user_id": user_id, "contest_ids": list(contest_ids)}):
        rows.setdefault(row[0], []).append(row)
    return {contest_id: own_of(found) for contest_id, found in rows.items()}


def own_of(rows: Sequence[Sequence[Any]]) -> OwnRank:
    """The places in the rows that own_statement() gave for one contest (at least one; times as the driver gives them)."""
    first = rows[0]
    key: int = first[6]
    cells: dict[str, dict[int, bytes]] = {}
    for *_, name, part, counts in rows:
        cells.setdefault(level_of(name), {})[part] = counts
    places = {level: place_in(cells[level.value], level.value, key) for level in BoardLevel if level.value in cells}
    return OwnRank(
        contest_id=first[0], generation=first[1], number=first[2], tallied_at=first[3], group_kind=first[4],
        attempt=first[5], score=score_of(key), elapsed_seconds=seconds_of(key), class_id=first[7], school_id=first[8],
        county_id=first[9], prefecture_id=first[10], places=places,
    )  # fmt: skip


def place_in(parts: Mapping[int, bytes], level: str, key: int) -> OwnPlace:
    """The place of a result among a pool of this level, from the histograms stored of it (those that concern the key)."""
    whole = histograms.read(parts[WHOLE])
    if level in FLAT:
        return OwnPlace(whole.ahead(key) + 1, whole.size, whole.count(key) > 1)
    same = histograms.read(parts[loss_of(key)])
    ahead = whole.ahead(loss_of(key)) + same.ahead(seconds_of(key))
    return OwnPlace(ahead + 1, whole.size, same.count(seconds_of(key)) > 1)
