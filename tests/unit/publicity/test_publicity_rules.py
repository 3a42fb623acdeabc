"""What a public page counts down to, and what the whole contest is at."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from quiz.contests.rules import ContestState as State
from quiz.publicity.rules import Moment, is_listed, next_moment, whole_state

DAY = timedelta(days=1)
T0 = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    state: State
    opens_at: datetime
    closes_at: datetime


def lines(*states):
    return [Line(state, T0 + 10 * n * DAY, T0 + (10 * n + 5) * DAY) for n, state in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "moment", "whole"),
    [
        ([State.ANNOUNCED], Moment(0, T0, False), State.ANNOUNCED),
        ([State.RUNNING], Moment(0, T0 + 5 * DAY, True), State.RUNNING),
        ([State.RUNNING, State.ANNOUNCED], Moment(0, T0 + 5 * DAY, True), State.RUNNING),
        ([State.FINISHED, State.ANNOUNCED, State.DRAFT], Moment(1, T0 + 10 * DAY, False), State.ANNOUNCED),
        ([State.FINISHED, State.DRAFT], None, State.FINISHED),
        ([State.FINISHED, State.CANCELLED], None, State.FINISHED),
        ([State.CANCELLED], None, State.CANCELLED),
    ],
)
def test_the_next_thing_that_happens(states, moment, whole):
    assert next_moment(lines(*states)) == moment
    assert whole_state(lines(*states)) is whole


@pytest.mark.parametrize(
    ("since", "expected"),
    [(None, False), (timedelta(0), True), (29 * DAY, True), (30 * DAY, False), (-DAY, False)],
)
def test_winners_are_listed_for_thirty_days(since, expected):
    assert is_listed(None if since is None else T0 - since, T0) is expected
