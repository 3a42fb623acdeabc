"""Standings reckoned by hand, on other ways than the product's: from what was answered to ranks and indexes."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from question_bank.taxonomy import TOPICS
from tests.journeys.answers import item_of

POINTS = 5  # an item of the national pattern
PASS, FULL = 60, 100
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Answered:
    """One item of somebody's paper."""

    stem: str
    is_right: bool
    is_answered: bool = True

    @property
    def topic(self) -> str:
        """The topic as the pages name it."""
        return TOPICS[item_of(self.stem).topic].name


@dataclass(frozen=True)
class Sat:
    """What counts of one pupil: right answers of twenty, and seconds."""

    name: str
    school: str
    school_class: str
    right: int
    seconds: int

    @property
    def score(self) -> int:
        return self.right * POINTS


def pupil_ranks(sat: Iterable[Sat]) -> dict[str, int]:
    """More points first, then fewer seconds; equal pupils share a rank."""
    return ranks({one.name: Decimal(one.score * 100_000 - one.seconds) for one in sat})


def ranks(values: Mapping[Name, Decimal]) -> dict[Name, int]:
    """One more than the number of those who are ahead."""
    return {name: 1 + sum(other > value for other in values.values()) for name, value in values.items()}


def average(scores: Sequence[int]) -> Decimal:
    """The mean with two decimals."""
    return _rounded(Decimal(sum(scores)) / len(scores), "0.01")


def per_cent(part: int, whole: int) -> Decimal:
    """A whole per cent of at most 100."""
    return min(Decimal(100), _rounded(Decimal(100 * part) / whole, "1"))


def national_index(sat: Iterable[Sat], parts: tuple[int, int], expected: int) -> Decimal:
    """The national index of 2019: ``parts`` taking part and all (classes or schools), pupils expected."""
    scores = [one.score for one in sat]
    index = (
        35 * per_cent(*parts)
        + 35 * per_cent(len(scores), expected)
        + 10 * per_cent(sum(score >= PASS for score in scores), len(scores))
        + 10 * per_cent(sum(score == FULL for score in scores), len(scores))
        + 10 * average(scores)
    )
    return _rounded(index / 100, "0.01")


def band(rank: int, size: int) -> int:
    """“You are in the top … per cent”, in the steps that the boards name."""
    return next(step for step in (1, 5, 10, 20, 30, 40, 50) if Decimal(rank) / size <= Decimal(step) / 100)


def in_words(seconds: int) -> str:
    """Seconds as the pages write them."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} 秒"
    return f"{minutes} 分 {rest:02d} 秒" if rest else f"{minutes} 分钟"


def _rounded(value: Decimal, unit: str) -> Decimal:
    return value.quantize(Decimal(unit), ROUND_HALF_UP)
