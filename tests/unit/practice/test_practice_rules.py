"""The rules of practice, row by row."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from quiz.items.rules import PoolItem
from quiz.practice.rules import MistakeState, Outcome, after_answer, band_of_grade, choose, outcome_of, school_day
from quiz.regions.rules import NO_GRADE, NOT_YET

DAY = timedelta(days=1)
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # 10:00 in China
W, H, R = Outcome.WRONG, Outcome.HALF, Outcome.RIGHT


def after(*answers: tuple[Outcome, timedelta]) -> MistakeState | None:
    state = None
    for outcome, later in answers:
        state = after_answer(state, outcome, START + later)
    return state


@pytest.mark.parametrize(
    ("answers", "is_open", "right_days"),
    [
        ([(W, 0 * DAY)], True, 0),
        ([(W, 0 * DAY), (R, DAY)], True, 1),
        ([(W, 0 * DAY), (R, DAY), (R, 2 * DAY)], False, 2),
        ([(W, 0 * DAY), (R, timedelta(minutes=5)), (R, DAY)], False, 2),
        ([(W, 0 * DAY), (R, timedelta(minutes=5)), (R, timedelta(minutes=9))], True, 1),  # twice on one day is once
        ([(W, 0 * DAY), (R, DAY), (W, 2 * DAY)], True, 0),
        ([(W, 0 * DAY), (R, DAY), (W, 2 * DAY), (R, 3 * DAY)], True, 1),  # the row begins again
        ([(W, 0 * DAY), (R, DAY), (H, 2 * DAY), (R, 3 * DAY)], True, 1),  # half right breaks the row
        ([(W, 0 * DAY), (R, DAY), (R, 2 * DAY), (R, 9 * DAY)], False, 2),
        ([(W, 0 * DAY), (R, DAY), (R, 2 * DAY), (H, 9 * DAY)], False, 2),  # a closed one opens on wrong only
        ([(W, 0 * DAY), (R, DAY), (R, 2 * DAY), (W, 9 * DAY)], True, 0),
        ([(W, 0 * DAY), (W, 0 * DAY)], True, 0),
    ],
)
def test_a_mistake_closes_after_right_answers_on_two_days_in_a_row(
    answers: list[tuple[Outcome, timedelta]], is_open: bool, right_days: int
) -> None:
    state = after(*answers)
    assert state is not None
    assert (state.closed_at is None, state.right_days) == (is_open, right_days)


@pytest.mark.parametrize("outcome", [R, H])
def test_only_a_wrong_answer_opens_a_mistake(outcome: Outcome) -> None:
    assert after((outcome, 0 * DAY)) is None


def test_the_day_is_the_day_in_china() -> None:
    evening = datetime(2026, 6, 1, 15, 59, tzinfo=UTC)  # 23:59 in China
    assert school_day(evening) != school_day(evening + timedelta(minutes=1))
    state = after_answer(after_answer(None, W, START), R, evening)
    state = after_answer(state, R, evening + timedelta(minutes=1))
    assert state is not None and state.closed_at is not None


def test_an_answer_that_is_not_newer_changes_nothing() -> None:
    once = after((W, 0 * DAY), (R, DAY))
    assert once is not None
    assert after_answer(once, W, START) is once
    assert after_answer(once, W, START + DAY) is once


def test_wrong_answers_are_counted_and_reopening_starts_a_new_opening() -> None:
    state = after((W, 0 * DAY), (W, DAY), (R, 2 * DAY), (R, 3 * DAY), (W, 5 * DAY))
    assert state is not None
    assert (state.wrong_count, state.opened_at) == (3, START + 5 * DAY)


def test_all_points_are_right_none_are_wrong() -> None:
    assert [outcome_of(points, 100) for points in (0, 1, 50, 99, 100)] == [W, H, H, H, R]


def test_grades_fall_into_bands() -> None:
    bands = {grade: band_of_grade(grade) for grade in range(-1, 17)}
    assert (bands[NOT_YET], bands[NO_GRADE]) == ("primary", "adult")
    assert [bands[6], bands[7], bands[9], bands[10], bands[12], bands[13]] == [
        "primary", "junior", "junior", "senior", "senior", "adult",
    ]  # fmt: skip


def test_unseen_items_come_first_then_missed_ones_then_the_rest() -> None:
    pool = [PoolItem(f"law-{n:04}", 1, "single", "law", "definition", 1) for n in range(12)]
    seen = {f"law-{n:04}": R for n in range(4)} | {"law-0004": W, "law-0005": H}
    ids = [item.item_id for item in choose(pool, seen, random.Random(7))]
    assert len(ids) == 10
    assert set(ids[:6]) == {f"law-{n:04}" for n in range(6, 12)}
    assert set(ids[6:8]) == {"law-0004", "law-0005"}
    assert ids != [item.item_id for item in choose(pool, seen, random.Random(8))]
    assert choose([], {}, random.Random(1)) == []
