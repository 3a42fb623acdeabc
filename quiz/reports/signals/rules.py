"""What counts as a signal, pure. A signal is a reason to look, never a verdict: fast readers and good friends exist.

The thresholds are cautious on purpose; each signal says its own numbers, so that a person can judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import ceil
from statistics import mean
from typing import Any

FEWEST_ITEMS = 10  # of a paper, for anything to be said about pace
SECONDS_PER_ITEM = 3.0  # faster than a question and four choices can be read
HIGH_SCORE = 8000  # hundredths; a low score in no time is somebody who gave up
SAME_MISTAKES, SAME_SHARE = (
    4,
    0.8,
)  # wrong answers alike, and their share of all that either got wrong of the same items
STEADY_ANSWERS, STEADY_SPREAD = 15, 0.12  # gaps in a row, and how far any of them is from the mean, as a share of it


class SignalKind(StrEnum):
    TOO_FAST = "too_fast"
    SAME_MISTAKES = "same_mistakes"
    STEADY = "steady"


@dataclass(frozen=True)
class Sheet:
    """One counting attempt. ``wrong`` is item → the answer given, ``asked`` all items of the paper.

    ``saved_at`` are the seconds from the start at which answers arrived, in order; score in hundredths.
    """

    user_id: int
    elapsed_seconds: int
    score: int
    asked: frozenset[str]
    wrong: Mapping[str, tuple[str, ...]]
    saved_at: Sequence[float]


@dataclass(frozen=True)
class Signal:
    """Whom it concerns (one pupil, or two of a class in order of their ids) and the numbers."""

    kind: SignalKind
    users: tuple[int, ...]
    evidence: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The same for the same kind and pupils, so that a second scan finds no second signal."""
        return f"{self.kind.value}:{'-'.join(map(str, self.users))}"


def signals_of(sheets: Sequence[Sheet]) -> list[Signal]:
    """The signals of one class."""
    single = (found for one in sheets for found in (too_fast(one), steady(one)))
    pairs = (same_mistakes(a, b) for a, b in combinations(sorted(sheets, key=lambda one: one.user_id), 2))
    return [one for one in (*single, *pairs) if one is not None]


def too_fast(sheet: Sheet) -> Signal | None:
    """A high score in less time than reading takes."""
    items = len(sheet.asked)
    if items < FEWEST_ITEMS or sheet.score < HIGH_SCORE or sheet.elapsed_seconds >= items * SECONDS_PER_ITEM:
        return None
    evidence = {"items": items, "seconds": sheet.elapsed_seconds, "score": sheet.score}
    return Signal(SignalKind.TOO_FAST, (sheet.user_id,), evidence)


def steady(sheet: Sheet) -> Signal | None:
    """Answers that come like clockwork: people hesitate, programs do not."""
    gaps = [after - before for before, after in zip(sheet.saved_at, sheet.saved_at[1:], strict=False)]
    if len(gaps) < STEADY_ANSWERS or sheet.score < HIGH_SCORE:
        return None
    middle = mean(gaps)
    spread = max(abs(gap - middle) for gap in gaps)
    if middle <= 0 or spread > STEADY_SPREAD * middle:
        return None
    evidence = {"answers": len(gaps) + 1, "gap": round(middle, 1), "spread": ceil(spread * 10) / 10}
    return Signal(SignalKind.STEADY, (sheet.user_id,), evidence)


def same_mistakes(one: Sheet, other: Sheet) -> Signal | None:
    """Two papers with the same wrong answers to the same items. Right answers alike mean nothing."""
    common = one.asked & other.asked
    mine, theirs = _of(one.wrong, common), _of(other.wrong, common)
    alike = [item for item in mine if theirs.get(item) == mine[item]]
    either = len(mine.keys() | theirs.keys())
    if len(alike) < SAME_MISTAKES or len(alike) < SAME_SHARE * either:
        return None
    evidence = {
        "alike": len(alike),
        "either": either,
        "common": len(common),
        "items": sorted(item.split("#")[0] for item in alike),
    }
    return Signal(SignalKind.SAME_MISTAKES, (one.user_id, other.user_id), evidence)


def _of(wrong: Mapping[str, tuple[str, ...]], items: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Wrong answers that were given; an item left empty says nothing."""
    return {item: wrong[item] for item in items if wrong.get(item)}
