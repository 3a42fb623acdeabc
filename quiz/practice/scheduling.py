"""When to ask an item again: FSRS with whole days, no minutes-long learning steps and no fuzz.

A pupil does a short list once a day, so the smallest interval is one day; the largest keeps within a term.
"""

from datetime import UTC, datetime, time, timedelta

from fsrs import Card, Rating, Scheduler, State

from quiz.clock import LOCAL_ZONE
from quiz.practice.models import ReviewCard
from quiz.practice.rules import Outcome, school_day

LONGEST_DAYS = 120
RATINGS = {Outcome.WRONG: Rating.Again, Outcome.HALF: Rating.Hard, Outcome.RIGHT: Rating.Good}

_scheduler = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST_DAYS, enable_fuzzing=False)


def new_card(*, user_id: int, item_id: str, outcome: Outcome, now: datetime) -> ReviewCard:
    """The card of an item just answered for the first time."""
    card = ReviewCard(user_id=user_id, item_id=item_id)
    _apply(card, Card(card_id=0, due=now), outcome, now)
    return card


def review(card: ReviewCard, outcome: Outcome, now: datetime) -> None:
    """Move a card's memory state and due time on after an answer."""
    known = Card(
        card_id=0,
        state=State(card.state),
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due_at,
        last_review=card.last_review_at,
    )
    _apply(card, known, outcome, now)


def due_before(now: datetime) -> datetime:
    """Until when a card counts as today's: midnight in China, so that last evening's cards do not wait for evening."""
    return datetime.combine(school_day(now) + timedelta(days=1), time.min, LOCAL_ZONE)


def _apply(row: ReviewCard, card: Card, outcome: Outcome, now: datetime) -> None:
    after = _scheduler.review_card(card, RATINGS[outcome], now.astimezone(UTC))[0].to_dict()
    row.state, row.stability, row.difficulty = after["state"], after["stability"] or 0.0, after["difficulty"] or 0.0
    row.due_at, row.last_review_at = datetime.fromisoformat(after["due"]), now
