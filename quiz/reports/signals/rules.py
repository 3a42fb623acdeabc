"""What counts as a signal, pure. A signal is a reason to look, never a verdict: fast readers and good friends exist.

The thresholds are cautious on purpose; each signal says its own numbers, so that a person can judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import ceil, log10
from statistics import mean
from typing import Any

from quiz.reports.signals.letters import Lettered, Match, may_follow, of_bank, of_classmate

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
    FOREIGN_LETTERS = "foreign_letters"
    ONE_DEVICE = "one_device"


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
    letters: Sequence[Lettered] = ()  # items answered by picking


@dataclass(frozen=True)
class Signal:
    """Whom it concerns (one pupil, or two of a class) and the numbers; ``about`` where pupils do not tell it apart."""

    kind: SignalKind
    users: tuple[int, ...]
    evidence: Mapping[str, Any]
    about: str = ""

    @property
    def key(self) -> str:
        """The same for the same kind and pupils, so that a second scan finds no second signal."""
        return f"{self.kind.value}:{self.about or '-'.join(map(str, self.users))}"


def signals_of(sheets: Sequence[Sheet]) -> list[Signal]:
    """The signals of one class."""
    single = (found for one in sheets for found in (too_fast(one), steady(one), bank_letters(one)))
    pairs = (same_mistakes(a, b) for a, b in combinations(sorted(sheets, key=lambda one: one.user_id), 2))
    wrong = [one for one in sheets if may_follow(one.letters)]  # else a large class takes long
    letters = (others_letters(a, b, len(sheets) - 1) for a in wrong for b in sheets if a is not b)
    return [one for one in (*single, *pairs, *letters) if one is not None]


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


def bank_letters(sheet: Sheet) -> Signal | None:
    """The letters that are right in the bank's own order: a key list that is passed around."""
    found = of_bank(sheet.letters)
    return None if found is None else Signal(SignalKind.FOREIGN_LETTERS, (sheet.user_id,), _letters(found))


def others_letters(sheet: Sheet, other: Sheet, compared: int) -> Signal | None:
    """The letters that are right on another's paper; the first of the two has picked them."""
    found = of_classmate(sheet.letters, other.letters, compared)
    users = (sheet.user_id, other.user_id)
    return None if found is None else Signal(SignalKind.FOREIGN_LETTERS, users, _letters(found))


def _letters(found: Match) -> dict[str, Any]:
    one_in = 10 ** min(int(-log10(max(found.chance, 1e-300))), 9)
    return {"items": found.items, "hits": found.hits, "own": found.own, "by": found.by, "one_in": one_in}


def _of(wrong: Mapping[str, tuple[str, ...]], items: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Wrong answers that were given; an item left empty says nothing."""
    return {item: wrong[item] for item in items if wrong.get(item)}
