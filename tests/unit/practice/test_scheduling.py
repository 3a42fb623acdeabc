"""When FSRS asks an item again."""

from datetime import UTC, datetime, timedelta

import pytest

from quiz.practice.rules import Outcome
from quiz.practice.scheduling import LONGEST_DAYS, due_before, new_card, review

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def intervals(*outcomes: Outcome) -> list[int]:
    """Days until due after each answer, every one given exactly when the card was due."""
    card = new_card(user_id=1, item_id="law-0001", outcome=outcomes[0], now=NOW)
    days = [(card.due_at - NOW).days]
    for outcome in outcomes[1:]:
        at = card.due_at
        review(card, outcome, at)
        days.append((card.due_at - at).days)
    return days


def test_a_missed_item_comes_back_the_next_day() -> None:
    assert intervals(Outcome.WRONG) == [1]


def test_right_answers_stretch_the_interval_and_a_wrong_one_brings_it_back() -> None:
    days = intervals(Outcome.WRONG, *[Outcome.RIGHT] * 4)
    assert days == sorted(days)
    assert days[-1] > 14
    assert intervals(Outcome.WRONG, *[Outcome.RIGHT] * 4, Outcome.WRONG)[-1] <= 3


def test_no_interval_is_longer_than_a_term() -> None:
    assert max(intervals(*[Outcome.RIGHT] * 12)) == LONGEST_DAYS


def test_the_same_answers_give_the_same_dates() -> None:
    answers = [Outcome.WRONG, Outcome.RIGHT, Outcome.HALF, Outcome.RIGHT]
    assert intervals(*answers) == intervals(*answers)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (datetime(2026, 6, 1, 12, 0, tzinfo=UTC), datetime(2026, 6, 1, 16, 0, tzinfo=UTC)),
        (datetime(2026, 6, 1, 16, 0, tzinfo=UTC), datetime(2026, 6, 2, 16, 0, tzinfo=UTC)),
    ],
)
def test_today_ends_at_midnight_in_china(now: datetime, until: datetime) -> None:
    assert due_before(now) == until
    assert due_before(now) - now <= timedelta(days=1)
