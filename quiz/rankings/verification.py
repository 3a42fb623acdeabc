"""Prove that the stored standings follow from the answer log: re-mark every attempt, recompute every row, compare."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.queries import differences
from quiz.contests.models import Contest
from quiz.rankings import histograms
from quiz.rankings.bulk import read_integers
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard, StandingCell, UnitStanding
from quiz.rankings.recomputing import Standings, recompute
from quiz.rankings.services.units import unit_of
from quiz.rankings.standings import UnitRow

COLUMNS = ("order_key", "user_id", "attempt_id", "school_id", "class_id")


def contest_differences(session: Session, contest: Contest) -> Iterator[str]:
    """Sentences naming each attempt, pupil, histogram or unit whose stored values are not what the answer log gives."""
    for group in contest.groups:
        for one in differences(session, group.sitting_id):
            yield f"attempt {one.attempt_id}: stored score {one.stored}, recomputed {one.recomputed}"
    wanted = recompute(session, contest)
    tally = session.get(ContestTally, contest.id)
    if tally is None or tally.generation == 0:
        if len(wanted.results):
            yield f"no standings stored, {len(wanted.results)} pupils expected"
        return
    if tally.counted != len(wanted.results):
        yield f"tally: stored {tally.counted} results, recomputed {len(wanted.results)}"
    for number, group_kind in enumerate(wanted.groups):
        yield from _pupils(session, tally, wanted, number, group_kind)
    yield from _cells(session, tally, wanted)
    yield from _units(session, tally, wanted.units)


def _pupils(
    session: Session, tally: ContestTally, wanted: Standings, number: int, group_kind: str
) -> Iterator[str]:  # fmt: skip
    """Compare whole boards as arrays; only rows that differ are named."""
    query = (
        sa.select(*(getattr(PupilStanding, name) for name in COLUMNS))
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .where(
            StandingBoard.contest_id == tally.contest_id, StandingBoard.generation == tally.generation,
            StandingBoard.group_kind == group_kind,
        )
        .order_by(PupilStanding.order_key, PupilStanding.user_id)
    )  # fmt: skip
    mine = wanted.results.of(wanted.results.group == number)
    stored = read_integers(session, query)
    expected = np.column_stack([mine.key, mine.user, mine.attempt, mine.school, mine.school_class])
    if np.array_equal(stored, expected):
        return
    found = {row[1]: row for row in stored.tolist()}
    right = {row[1]: row for row in expected.tolist()}
    yield from _named("pupil_standing " + group_kind, _as_dicts(found), _as_dicts(right))


def _as_dicts(rows: Mapping[int, list[int]]) -> dict[int, dict[str, int]]:
    return {user: dict(zip(COLUMNS, row, strict=True)) for user, row in rows.items()}


def _cells(session: Session, tally: ContestTally, wanted: Standings) -> Iterator[str]:
    query = sa.select(StandingCell.pool, StandingCell.part, StandingCell.counts).where(
        StandingCell.contest_id == tally.contest_id, StandingCell.generation == tally.generation
    )
    stored = {(name, part): bytes(counts) for name, part, counts in session.execute(query)}
    expected = {(name, part): counts for name, part, counts in wanted.cells}
    for one in sorted(one for one in stored.keys() | expected.keys() if stored.get(one) != expected.get(one)):
        sizes = [histograms.read(cells.get(one)).size for cells in (stored, expected)]
        yield f"standing_cell {one[0]} {one[1]}: stored counts of {sizes[0]} pupils, recomputed other ones of {sizes[1]}"


def _units(session: Session, tally: ContestTally, wanted: Iterable[UnitRow]) -> Iterator[str]:
    query = sa.select(UnitStanding.__table__).where(
        UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation
    )
    stored = {_key(row): vars(row) for row in map(unit_of, session.execute(query))}
    expected = {_key(row): vars(row) for row in wanted}
    yield from _named("unit_standing", stored, expected)


def _key(row: UnitRow) -> str:
    return f"{row.category} {row.level.value} {row.unit_id}"


def _named(label: str, stored: Mapping[Any, dict[str, Any]], expected: Mapping[Any, dict[str, Any]]) -> Iterator[str]:
    for one in sorted(stored.keys() | expected.keys()):
        if one not in stored:
            yield f"{label} {one}: missing"
        elif one not in expected:
            yield f"{label} {one}: should not exist"
        else:
            for name, value in expected[one].items():
                if stored[one][name] != value:
                    yield f"{label} {one}: {name} stored {stored[one][name]}, recomputed {value}"
