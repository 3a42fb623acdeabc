"""A pupil's own places: one statement, the same few rows however many take part, all of one tally."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt
from quiz.rankings import histograms
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard, StandingCell, UnitStanding
from quiz.rankings.pools import FLAT, WHOLE
from quiz.rankings.rules import SECONDS_BITS, BoardLevel, band, loss_of, score_of, seconds_of


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


OWN_COLUMNS = 11  # of a row of own_statement() belong to the pupil; then what was asked further, then the histograms
#: The histograms of a row, in order: the level, and whether it is that of the pupil's own loss.
_CELLS = tuple(
    (level, is_part)
    for level in ("pupil", "prefecture", "county", "school", "class")
    for is_part in ((False,) if level in FLAT else (False, True))
)
Join = Callable[[sa.Select[Any]], sa.Select[Any]]


def own_statement(*where: Any, further: Iterable[Any] = (), join: Join | None = None) -> sa.Select[Any]:
    """SQL: a pupil's row of the valid standings with the histograms that its places need, one row for each contest.

    ``where`` names the pupil (PupilStanding.user_id) and the contests (ContestTally.contest_id). ``join`` may join more
    tables, whose ``further`` columns come behind the pupil's. One statement sees one tally, on both databases.
    """
    board, unit = StandingBoard, UnitStanding
    school = sa.cast(PupilStanding.school_id, sa.String)
    ids: dict[str, Any] = {
        "pupil": sa.literal_column("''"), "prefecture": unit.prefecture_id, "county": unit.county_id,
        "school": school, "class": sa.cast(PupilStanding.class_id, sa.String),
    }  # fmt: skip
    loss = PupilStanding.order_key.op(">>")(sa.literal_column(str(SECONDS_BITS)))
    cells = [_cell(level, ids[level], loss if is_part else sa.literal_column(str(WHOLE))) for level, is_part in _CELLS]
    columns: tuple[Any, ...] = (
        ContestTally.contest_id, ContestTally.generation, ContestTally.number, ContestTally.tallied_at,
        board.group_kind, Attempt.public_id, PupilStanding.order_key, PupilStanding.class_id, PupilStanding.school_id,
        unit.county_id, unit.prefecture_id, *further, *cells,
    )  # fmt: skip
    query = (
        sa.select(*columns)
        .select_from(ContestTally)
        .join(board, sa.and_(
            board.contest_id == ContestTally.contest_id, board.generation == ContestTally.generation
        ))
        .join(PupilStanding, PupilStanding.board_id == board.id)
        .join(Attempt, Attempt.id == PupilStanding.attempt_id)
        .join(unit, sa.and_(
            unit.contest_id == ContestTally.contest_id, unit.generation == ContestTally.generation,
            unit.category == board.group_kind, unit.level == BoardLevel.SCHOOL.value, unit.unit_id == school,
        ))
        .where(*where)
    )  # fmt: skip
    return join(query) if join else query


def _cell(level: str, unit_id: Any, part: Any) -> sa.ScalarSelect[bytes]:
    """SQL: one histogram of the pupil's pools, found by its key. NULL for a prefecture where there is none."""
    cell = StandingCell
    return (
        sa.select(cell.counts)
        .where(
            cell.contest_id == ContestTally.contest_id, cell.generation == ContestTally.generation,
            cell.pool == StandingBoard.group_kind + f"/{level}/" + unit_id, cell.part == part,
        )
        .scalar_subquery()
    )  # fmt: skip


_OWN = own_statement(
    PupilStanding.user_id == sa.bindparam("user_id"),
    ContestTally.contest_id.in_(sa.bindparam("contest_ids", expanding=True)),
)


def own_rank(session: Session, contest_id: int, user_id: int) -> OwnRank | None:
    """A pupil's places in a contest; None without a counted result."""
    return own_ranks(session, [contest_id], user_id).get(contest_id)


def own_ranks(session: Session, contest_ids: Sequence[int], user_id: int) -> dict[int, OwnRank]:
    """A pupil's places in each of these contests that has counted a result, read in one query."""
    rows = session.execute(_OWN, {"user_id": user_id, "contest_ids": list(contest_ids)})
    return {row[0]: own_of(row) for row in rows}


def own_of(row: Sequence[Any]) -> OwnRank:
    """The places in a row of own_statement() (``tallied_at`` as the driver gives it)."""
    key: int = row[6]
    parts: dict[str, list[bytes]] = {}
    for (level, _), counts in zip(_CELLS, row[-len(_CELLS) :], strict=True):
        if counts is not None:  # a county directly under a province is in no prefecture
            parts.setdefault(level, []).append(counts)
    return OwnRank(
        contest_id=row[0], generation=row[1], number=row[2], tallied_at=row[3], group_kind=row[4],
        attempt=row[5], score=score_of(key), elapsed_seconds=seconds_of(key), class_id=row[7], school_id=row[8],
        county_id=row[9], prefecture_id=row[10],
        places={BoardLevel(level): place_in(found, key) for level, found in parts.items()},
    )  # fmt: skip


def place_in(parts: Sequence[bytes], key: int) -> OwnPlace:
    """The place of a result in a pool: from its one histogram, or from that of losses and that of the result's own loss."""
    if len(parts) == 1:
        ahead, same, size = histograms.standing(parts[0], key)
        return OwnPlace(ahead + 1, size, same > 1)
    better, _, size = histograms.standing(parts[0], loss_of(key))
    ahead, same, _ = histograms.standing(parts[1], seconds_of(key))
    return OwnPlace(better + ahead + 1, size, same > 1)
