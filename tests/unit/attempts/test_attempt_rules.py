"""Phases, deadlines and visibility, instant by instant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from quiz.attempts import rules

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=1)
SECOND = timedelta(seconds=1)


def test_a_longer_paper_may_be_changed_more_often() -> None:
    assert [rules.most_saves(items) for items in (1, 10, 20, 50)] == [1000, 1000, 1000, 2500]


@dataclass
class Policy:
    release_results: str = "at_once"
    release_keys: str = "after_close"
    results_released_at: datetime | None = None
    keys_released_at: datetime | None = None
    closes_at: datetime = CLOSES
    grace_seconds: int = 5


@dataclass
class State:
    status: str = "submitted"
    closed_at: datetime | None = OPENS + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("now", "cancelled_at", "expected"),
    [
        (OPENS - SECOND, None, "before"),
        (OPENS, None, "open"),
        (CLOSES - SECOND, None, "open"),
        (CLOSES, None, "after"),
        (OPENS, OPENS, "cancelled"),
        (CLOSES, OPENS, "cancelled"),
    ],
)
def test_a_window_is_open_from_its_first_instant_and_not_at_its_last(
    now: datetime, cancelled_at: datetime | None, expected: str
) -> None:
    assert rules.phase(OPENS, CLOSES, cancelled_at, now) == expected


def test_a_deadline_is_never_after_the_window() -> None:
    assert rules.deadline(OPENS, 600, 0, CLOSES) == OPENS + timedelta(minutes=10)
    assert rules.deadline(OPENS, 600, 300, CLOSES) == OPENS + timedelta(minutes=15)
    assert rules.deadline(CLOSES - SECOND, 600, 300, CLOSES) == CLOSES


def test_the_grace_belongs_to_the_time() -> None:
    assert not rules.is_late(CLOSES, 5, CLOSES + 5 * SECOND)
    assert rules.is_late(CLOSES, 5, CLOSES + 5 * SECOND + timedelta(microseconds=1))


@pytest.mark.parametrize(("seconds", "expected"), [(0, 0), (59.999, 59), (60, 60), (600, 600), (604.5, 600), (-1, 0)])
def test_elapsed_time_is_whole_seconds_within_the_allowance(seconds: float, expected: int) -> None:
    assert rules.elapsed_seconds(OPENS, OPENS + timedelta(seconds=seconds), 600) == expected


def at(minutes: float) -> datetime:
    return OPENS + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("policy", "state", "now", "results", "keys"),
    [
        (Policy(), State("in_progress", None), at(90), False, False),
        (Policy(), State("voided"), at(90), False, False),
        (Policy(), State(), at(20), True, False),
        (Policy(), State(), CLOSES, True, False),
        (Policy(), State(), CLOSES + 5 * SECOND, True, True),
        (Policy(), State("expired"), CLOSES + 5 * SECOND, True, True),
        (Policy("after_close", "after_close"), State(), at(59), False, False),
        (Policy("at_once", "at_once"), State(), at(20), True, True),
        (Policy("manual", "manual"), State(), at(999), False, False),
        (Policy("manual", "manual", results_released_at=at(70)), State(), at(69), False, False),
        (Policy("manual", "manual", results_released_at=at(70)), State(), at(70), True, False),
        (Policy("manual", "manual", at(70), at(80)), State(), at(79), True, False),
        (Policy("manual", "manual", at(70), at(80)), State(), at(80), True, True),
        # more time beyond the window: own keys wait for one's own end
        (Policy(), State("submitted", at(75)), at(74), False, False),
        (Policy(), State("submitted", at(75)), at(75), True, True),
    ],
)
def test_visibility_follows_the_policy(policy: Policy, state: State, now: datetime, results: bool, keys: bool) -> None:
    assert rules.results_visible(policy, state, now) is results
    assert rules.keys_visible(policy, state, now, None) is keys


@pytest.mark.parametrize(
    ("policy", "visible_at"),
    [
        (Policy(), at(80)),
        (Policy("manual", "manual", at(61), at(61)), at(80)),
        (Policy("at_once", "at_once"), at(20)),
    ],
)
def test_keys_wait_for_whoever_still_answers_with_more_time(policy: Policy, visible_at: datetime) -> None:
    for now in (visible_at - SECOND, visible_at):
        assert rules.keys_visible(policy, State("submitted", at(20)), now, at(80)) is (now == visible_at)
