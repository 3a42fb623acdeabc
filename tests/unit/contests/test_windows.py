"""Windows of groups: the whole of them, moving them, and what is wrong with them."""

from datetime import UTC, datetime, timedelta

import pytest

from quiz.clock import LOCAL_ZONE
from quiz.contests.rules import Timing, check_publishable, check_timing
from quiz.contests.windows import Window, beginning, differ, proposed_after, shape, whole
from quiz.errors import DomainError

NINE = datetime(2026, 6, 26, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MORNING, NOON = Window(NINE, NINE + HOUR), Window(NINE + 2 * HOUR, NINE + 5 * HOUR)
DAY = {"primary": MORNING, "junior": NOON}


def test_the_whole_runs_from_the_first_opening_to_the_last_closing() -> None:
    assert whole(DAY) == (NINE, NINE + 5 * HOUR) and differ(DAY)
    assert not differ({"primary": MORNING, "junior": MORNING})
    long = {"primary": Window(NINE, NINE + 9 * HOUR), "junior": MORNING}
    assert whole(long) == (NINE, NINE + 9 * HOUR)


def test_windows_that_were_only_moved_have_one_shape() -> None:
    moved = beginning(DAY, NINE + 100 * HOUR)
    assert moved == {
        "primary": (NINE + 100 * HOUR, NINE + 101 * HOUR),
        "junior": (NINE + 102 * HOUR, NINE + 105 * HOUR),
    }
    assert shape(moved) == shape(DAY) != shape({"primary": MORNING, "junior": MORNING})


def test_a_window_that_is_too_short_for_the_paper_gets_longer_when_moved() -> None:
    assert beginning(DAY, NINE, at_least=2 * HOUR) == {
        "primary": (NINE, NINE + 2 * HOUR),
        "junior": (NINE + 2 * HOUR, NINE + 5 * HOUR),
    }


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "proposed"),
    [
        ("2026-06-01 08:00", "2026-06-10 22:00", "2026-06-17 08:00"),
        ("2026-06-26 15:00", "2026-06-26 17:30", "2026-07-03 15:00"),
        ("2026-06-26 15:48", "2026-06-27 02:00", "2026-07-04 15:00"),  # begun when it was published
        ("2026-06-26 23:10", "2026-06-30 23:10", "2026-07-07 08:00"),
        ("2026-12-28 08:00", "2026-12-31 22:00", "2027-01-07 08:00"),
    ],
)
def test_a_later_stage_is_proposed_a_week_after_the_last_day_at_an_hour_of_the_day(
    opens_at: str, closes_at: str, proposed: str
) -> None:
    opens, closes, expected = (
        datetime.fromisoformat(at).replace(tzinfo=LOCAL_ZONE).astimezone(UTC) for at in (opens_at, closes_at, proposed)
    )
    assert proposed_after({"primary": Window(opens, closes)}) == expected


def test_a_timing_over_equal_windows_has_one() -> None:
    timing = Timing(NINE, NINE + HOUR, 600)
    assert timing.over({"primary": NOON, "junior": NOON}) == Timing(*NOON, 600)
    own = timing.over(DAY)
    assert (own.opens_at, own.closes_at, own.windows) == (*whole(DAY), DAY)
    assert own.window("junior") == NOON and own.window("senior") == whole(DAY)


@pytest.mark.parametrize(
    ("window", "field"),
    [
        (Window(NINE, NINE), "closes_at_junior"),
        (Window(NINE, NINE + timedelta(minutes=9)), "closes_at_junior"),
        (Window(NINE + timedelta(days=119), NINE + timedelta(days=121)), "closes_at_junior"),
    ],
)
def test_what_is_wrong_is_said_at_the_group_that_it_is_wrong_with(window: Window, field: str) -> None:
    timing = Timing(NINE, NINE + HOUR, 600).over({"primary": MORNING, "junior": window})
    with pytest.raises(DomainError) as caught:
        check_timing(timing)
    assert caught.value.field == field


def test_a_group_whose_window_is_over_keeps_a_draft_from_being_announced() -> None:
    timing = Timing(NINE, NINE + HOUR, 600).over(DAY)
    check_publishable(timing, NINE + timedelta(minutes=50))
    for late in (timedelta(minutes=51), 2 * HOUR):
        with pytest.raises(DomainError) as caught:
            check_publishable(timing, NINE + late)
        assert caught.value.field == "closes_at_primary"
