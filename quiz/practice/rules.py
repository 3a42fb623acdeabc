"""Rules of practice, pure: what an answer means, when a mistake closes, which items come next."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from quiz.clock import LOCAL_ZONE
from quiz.items.rules import PoolItem
from quiz.regions.rules import NO_GRADE

RUN_LENGTH = 10
REVIEWS_PER_DAY = 20
RIGHT_DAYS_TO_CLOSE = 2


class Outcome(StrEnum):
    """How an answer turned out; HALF is part of the points, as for a scenario's acceptable choice."""

    RIGHT = "right"
    HALF = "half"
    WRONG = "wrong"


@dataclass(frozen=True)
class MistakeState:
    """One item of a notebook; ``right_days`` counts days with a right answer since the last wrong one."""

    opened_at: datetime
    closed_at: datetime | None
    wrong_count: int
    right_days: int
    last_right_on: date | None
    last_answer_at: datetime


def band_of_grade(grade: int) -> str:
    """The band whose items a grade practises; up to grade 4, and before it, the simplest one; adults have their own."""
    if grade == NO_GRADE:
        return "adult"
    if grade <= 6:
        return "primary"
    if grade <= 9:
        return "junior"
    return "senior" if grade <= 12 else "adult"


def outcome_of(awarded: int, points: int) -> Outcome:
    """All points are RIGHT, none WRONG, anything between HALF."""
    if awarded >= points:
        return Outcome.RIGHT
    return Outcome.HALF if awarded > 0 else Outcome.WRONG


def school_day(at: datetime) -> date:
    """The calendar day in China."""
    return at.astimezone(LOCAL_ZONE).date()


def after_answer(state: MistakeState | None, outcome: Outcome, at: datetime) -> MistakeState | None:
    """The notebook's state after an answer; None stays None unless the answer is wrong.

    A wrong answer opens the mistake (again) and starts the count afresh. Right answers on two different days,
    with nothing else between them, close it. Answers not later than the last one known are ignored, so that
    collecting a contest twice changes nothing.
    """
    if state is None:
        return MistakeState(at, None, 1, 0, None, at) if outcome is Outcome.WRONG else None
    if at <= state.last_answer_at:
        return state
    if outcome is Outcome.WRONG:
        opened_at = at if state.closed_at else state.opened_at
        return MistakeState(opened_at, None, state.wrong_count + 1, 0, None, at)
    if state.closed_at:
        return replace(state, last_answer_at=at)
    if outcome is Outcome.HALF:
        return replace(state, right_days=0, last_right_on=None, last_answer_at=at)
    return _after_right(state, at)


def _after_right(state: MistakeState, at: datetime) -> MistakeState:
    day = school_day(at)
    if state.last_right_on == day:
        return replace(state, last_answer_at=at)
    days = state.right_days + 1
    return replace(
        state,
        right_days=days,
        last_right_on=day,
        last_answer_at=at,
        closed_at=at if days >= RIGHT_DAYS_TO_CLOSE else None,
    )


def choose(
    pool: Sequence[PoolItem], last_outcomes: Mapping[str, Outcome], rng: random.Random, count: int = RUN_LENGTH
) -> list[PoolItem]:
    """Up to ``count`` items at random: first those never seen, then those last missed, then the rest."""
    shuffled = list(pool)
    rng.shuffle(shuffled)
    return sorted(shuffled, key=lambda item: _turn(last_outcomes.get(item.item_id)))[:count]


def _turn(outcome: Outcome | None) -> int:
    if outcome is None:
        return 0
    return 2 if outcome is Outcome.RIGHT else 1
