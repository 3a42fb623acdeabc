"""All standings of a contest from all its closed attempts: arrays in, rows out. Nothing stored is looked at.

This is the definition that rebuilds write and verification compares with; the tally must always arrive at the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt
from quiz.attempts.rules import FULL_SCORE
from quiz.contests.models import Contest
from quiz.rankings.bulk import read_integers
from quiz.rankings.counting import Integers, Results, counting_results
from quiz.rankings.gathering import attempts_query, gather, sittings_of
from quiz.rankings.histograms import UNIT
from quiz.rankings.pools import FLAT, SPLIT, WHOLE, pool
from quiz.rankings.profiles import profile_of
from quiz.rankings.rules import MOST_SECONDS, SECONDS_BITS
from quiz.rankings.standings import ClassSum, SchoolFacts, UnitRow, unit_rows

ID_BITS = 31  # of a pupil
LOSS_BITS = 14  # the full score is 10000 hundredths
Cell = tuple[str, int, bytes]  # pool, part, counts


@dataclass(frozen=True)
class Standings:
    """Everything that a generation stores. ``results`` are in the order of the boards, group by group."""

    groups: tuple[str, ...]
    results: Results
    cells: list[Cell]
    units: list[UnitRow]
    facts_digest: str


def recompute(session: Session, contest: Contest, *, closed_by: datetime | None = None) -> Standings:
    """The standings as the answers and rosters of now make them; with ``closed_by`` from the attempts closed by then."""
    sittings = sittings_of(contest)
    groups = tuple(sitting.group for sitting in sittings)
    attempts = attempts_query(sittings)
    if closed_by is not None:
        attempts = attempts.where(Attempt.closed_at <= closed_by)
    results = ordered(counting_results(read_integers(session, attempts), sittings))
    expected = gather(session, contest)
    facts = expected.with_sums(class_sums(results, groups))
    units = unit_rows(facts, profile_of(contest.ranking_profile))
    return Standings(groups, results, list(cells(results, groups, expected.schools)), units, expected.digest)


def ordered(results: Results) -> Results:
    """In the order of the boards: by group, then key, then pupil."""
    parts = []
    for group in np.unique(results.group):
        rows = np.flatnonzero(results.group == group)
        parts.append(rows[np.argsort(results.key[rows] << ID_BITS | results.user[rows])])
    return results.of(np.concatenate(parts)) if parts else results


def class_sums(results: Results, groups: Sequence[str]) -> list[ClassSum]:
    """What every class's results add up to."""
    of_group = results.group << ID_BITS | results.school_class
    order = np.lexsort((results.school, of_group))
    sorted_ = results.of(order)
    starts = _starts(sorted_.group, sorted_.school, sorted_.school_class)
    if not len(starts):
        return []
    score = FULL_SCORE - sorted_.loss
    columns = (
        sorted_.group[starts], sorted_.school[starts], sorted_.school_class[starts],
        np.diff(np.append(starts, len(sorted_))),
        np.add.reduceat(sorted_.passed.astype(np.int64), starts),
        np.add.reduceat((score == FULL_SCORE).astype(np.int64), starts),
        np.add.reduceat(score, starts),
    )  # fmt: skip
    return [ClassSum(groups[row[0]], *row[1:]) for row in zip(*(one.tolist() for one in columns), strict=True)]


def cells(results: Results, groups: Sequence[str], schools: dict[int, SchoolFacts]) -> Iterator[Cell]:
    """The histograms of all pools."""
    for number, group in enumerate(groups):
        mine = results.of(results.group == number)
        for level, units, names in _units(mine, schools):
            order = np.argsort(units, kind="stable")  # within a unit the keys stay in order
            order = order[units[order] >= 0]
            write = _flat if level in FLAT else _split
            for unit, part, data in write(units[order], mine.key[order]):
                yield pool(group, level, names[unit]), part, data


def _units(results: Results, schools: dict[int, SchoolFacts]) -> Iterator[tuple[str, Any, list[str]]]:
    """For every level the unit of each result as a number (-1: none), and the units' ids by number."""
    ids, of_school = np.unique(results.school, return_inverse=True)
    places = [schools[one] for one in ids.tolist()]
    texts: dict[str, list[str | None]] = {
        "pupil": [""] * len(places),
        "kind": [place.kind for place in places],
        "prefecture": [place.prefecture_id for place in places],
        "county": [place.county_id for place in places],
    }
    for level in SPLIT:
        names = sorted({one for one in texts[level] if one is not None})
        number = {name: at for at, name in enumerate(names)}
        by_school = np.array([-1 if one is None else number[one] for one in texts[level]], np.int16)
        yield level, by_school[of_school] if len(places) else of_school, names
    yield "school", of_school.astype(np.int32), [str(one) for one in ids.tolist()]
    classes, of_class = np.unique(results.school_class, return_inverse=True)
    yield "class", of_class.astype(np.int32), [str(one) for one in classes.tolist()]


def _flat(units: Integers, keys: Integers) -> Iterator[tuple[int, int, bytes]]:
    """One histogram of order keys for every unit."""
    for unit, data in _histograms(units, keys):
        yield unit, WHOLE, data


def _split(units: Integers, keys: Integers) -> Iterator[tuple[int, int, bytes]]:
    """A histogram of losses for every unit, and one of seconds for every loss in it."""
    loss = keys >> SECONDS_BITS
    for unit, data in _histograms(units, loss):
        yield unit, WHOLE, data
    both = units.astype(np.int64) << LOSS_BITS | loss
    for unit_and_loss, data in _histograms(both, keys & MOST_SECONDS):
        yield unit_and_loss >> LOSS_BITS, unit_and_loss & 2**LOSS_BITS - 1, data


def _histograms(owners: Integers, keys: Integers) -> Iterator[tuple[int, bytes]]:
    """The histogram of each owner's keys; rows are sorted by owner and key."""
    if not len(keys):
        return
    starts = _starts(owners, keys)
    distinct, counts = keys[starts].astype(UNIT).tobytes(), np.diff(np.append(starts, len(keys))).astype(UNIT).tobytes()
    owner = owners[starts]
    firsts = _starts(owner)
    edges = (np.append(firsts, len(owner)) * UNIT.itemsize).tolist()
    for one, first, end in zip(owner[firsts].tolist(), edges[:-1], edges[1:], strict=True):
        yield one, distinct[first:end] + counts[first:end]


def _starts(*columns: Integers) -> Integers:
    """Where a new combination of values begins, in sorted columns."""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    differs = np.zeros(len(columns[0]) - 1, np.bool_)
    for column in columns:
        differs |= np.diff(column) != 0
    return np.append(0, np.flatnonzero(differs) + 1)
