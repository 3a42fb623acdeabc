"""Ranks are shared and the next one skipped; boards end in the middle; bands encourage."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.rankings.rules import (
    PublicBoard,
    band,
    gathering_due,
    order_key,
    public_board,
    results_open,
    score_of,
    seconds_of,
    upper_half,
    upper_part,
)

NOON = datetime(2026, 6, 26, 4, tzinfo=UTC)


@dataclass
class Sitting:
    release_results: str = "at_once"
    opens_at: datetime = NOON
    closes_at: datetime = NOON + timedelta(hours=1)
    grace_seconds: int = 5
    results_released_at: datetime | None = None
    cancelled_at: datetime | None = None


@given(st.tuples(*[st.integers(0, 10000), st.integers(0, 86400)] * 2))
def test_an_order_key_says_first_score_then_seconds(values: tuple[int, int, int, int]) -> None:
    score, seconds, other_score, other_seconds = values
    key, other = order_key(score, seconds), order_key(other_score, other_seconds)
    assert (key < other) == ((-score, seconds) < (-other_score, other_seconds))
    assert (score_of(key), seconds_of(key)) == (score, seconds)
    assert 0 <= key < 2**31


@pytest.mark.parametrize(("size", "last"), [(0, 0), (1, 1), (2, 1), (3, 2), (45, 23)])
def test_the_upper_half_holds_the_middle_one(size: int, last: int) -> None:
    assert upper_half(size) == last


@pytest.mark.parametrize(
    ("ranks", "most", "shown"),
    [
        ([1, 2, 3, 4], 100, [1, 2]),
        ([1, 2, 2, 4], 100, [1, 2, 2]),  # who shares a rank of the upper half is shown
        ([1, 2, 3, 3, 5, 6, 7, 8], 3, [1, 2]),  # tied across the limit: together or not at all
        ([1] * 8, 3, []),
    ],
)
def test_a_board_ends_in_the_middle_and_never_splits_a_tie(ranks: list[int], most: int, shown: list[int]) -> None:
    assert upper_part(ranks, size=len(ranks), most=most, rank_of=lambda row: row) == shown


@pytest.mark.parametrize(
    ("place", "size", "expected"),
    [(1, 100, 1), (2, 100, 5), (20, 100, 20), (21, 100, 30), (50, 100, 50), (51, 100, None), (1, 1, 50), (3, 3, None)],
)
def test_bands_name_the_upper_half_only(place: int, size: int, expected: int | None) -> None:
    assert band(place, size) == expected


@pytest.mark.parametrize(
    ("policy", "minutes", "released", "is_open"),
    [
        ("at_once", -1, None, False),
        ("at_once", 1, None, True),
        ("after_close", 59, None, False),
        ("after_close", 60, None, False),  # the grace of five seconds is part of the window
        ("after_close", 61, None, True),
        ("manual", 999, None, False),
        ("manual", 30, 20, True),
        ("manual", 10, 20, False),
    ],
)
def test_results_open_as_the_policy_says(policy: str, minutes: int, released: int | None, is_open: bool) -> None:
    at = None if released is None else NOON + timedelta(minutes=released)
    sitting = Sitting(policy, results_released_at=at)
    assert results_open(sitting, NOON + timedelta(minutes=minutes)) is is_open


def test_results_of_a_cancelled_sitting_stay_closed() -> None:
    assert not results_open(Sitting(cancelled_at=NOON), NOON + timedelta(days=1))


def test_the_public_board_is_open_from_the_end_for_thirty_days() -> None:
    sittings = [Sitting(), Sitting(closes_at=NOON + timedelta(hours=2))]
    states = [public_board(sittings, NOON + wait) for wait in (timedelta(hours=1.5), timedelta(3), timedelta(31))]
    assert states == [PublicBoard.EARLY, PublicBoard.OPEN, PublicBoard.EXPIRED]
    assert public_board([*sittings, Sitting("manual")], NOON + timedelta(3)) == PublicBoard.EARLY


def test_rosters_are_looked_at_with_every_tally_of_a_small_contest_and_once_a_minute_in_a_province() -> None:
    def due(units: int, seconds: float) -> bool:
        return gathering_due(NOON, units, NOON + timedelta(seconds=seconds))

    assert gathering_due(None, 10**6, NOON)
    assert due(999, 0)
    assert not due(5000, 4) and due(5000, 5)
    assert not due(10**6, 59) and due(10**6, 60)
