"""The short paper of a play-off, and what its standing says."""

import pytest

from quiz.promotion.playoffs.rules import Proposal, places, propose, scaled, usual_minutes
from quiz.promotion.rules import Candidate, DecisionKind, Quota, Tie, Ties, decided
from quiz.rankings.rules import order_key

ROWS = [{"count": 30, "points": 100}, {"count": 15, "points": 200}, {"count": 5, "points": 300}]


@pytest.mark.parametrize(
    ("items", "counts"), [(10, [6, 3, 1]), (1, [1]), (7, [4, 2, 1]), (50, [30, 15, 5]), (2, [1, 1])]
)
def test_a_paper_keeps_its_proportions(items: int, counts: list[int]) -> None:
    rows = scaled(ROWS, items)
    assert [row["count"] for row in rows] == counts
    assert sum(row["count"] for row in rows) == items


def test_time_is_that_of_the_stage_for_each_item_and_five_minutes_at_least() -> None:
    assert usual_minutes(10, 50, 3600) == 12
    assert usual_minutes(10, 20, 1800) == 15
    assert usual_minutes(1, 50, 3600) == 5


def test_the_better_result_wins_then_fewer_seconds() -> None:
    keys = {1: order_key(9000, 80), 2: order_key(9000, 70), 3: order_key(8000, 10)}
    assert propose(1, keys) == Proposal((2,))
    assert propose(2, keys) == Proposal((2, 1))


def test_who_is_equal_again_is_named_with_the_seats_left() -> None:
    keys = {1: order_key(9000, 80), 2: order_key(8000, 70), 3: order_key(8000, 70), 4: order_key(8000, 70)}
    assert propose(2, keys) == Proposal((1,), (2, 3, 4), 1)
    assert propose(4, keys) == Proposal((1, 2, 3, 4))


def test_fewer_than_there_are_seats_all_win_and_nobody_is_invented() -> None:
    assert propose(2, {5: order_key(0, 600)}) == Proposal((5,))
    assert propose(2, {}) == Proposal(())


def test_a_trial_says_who_is_tied_for_how_many_seats() -> None:
    rows = [
        Candidate(user, "630103", order_key(score, 60), 0)
        for user, score in ((1, 9000), (2, 8000), (3, 8000), (4, 8000))
    ]
    quota = Quota(number=2, reserves=0)
    assert decided(quota, Ties.PLAYOFF, rows, {})[1] == [Tie((2, 3, 4), 1)]
    assert decided(quota, Ties.PLAYOFF, rows, {3: DecisionKind.PLAYOFF_WON})[1] == []
    assert decided(quota, Ties.ALL_IN, rows, {})[1] == []
    three = Quota(number=3, reserves=0)
    assert decided(three, Ties.PLAYOFF, rows, {3: DecisionKind.PLAYOFF_WON})[1] == [Tie((2, 4), 1)]


def test_places_are_shared_by_equals_and_the_next_one_is_skipped() -> None:
    keys = {7: order_key(8000, 70), 1: order_key(9000, 80), 3: order_key(8000, 70), 4: order_key(100, 1)}
    assert places(keys) == {1: (1, False), 3: (2, True), 7: (2, True), 4: (4, False)}
