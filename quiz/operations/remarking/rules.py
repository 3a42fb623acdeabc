"""What a re-mark changes for everybody: which attempts count, who stands where, and the report in numbers. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quiz.rankings.rules import order_key

BUCKETS = tuple(range(0, 100, 10))  # whole points from which a bar begins; full marks have their own
TOP = 20


@dataclass(frozen=True, slots=True)
class Result:
    """A closed attempt. Score in hundredths."""

    sitting_id: int
    attempt_id: int
    user_id: int
    number: int
    score: int
    elapsed_seconds: int


def counted(results: Iterable[Result], counting: str) -> list[Result]:
    """Each user's counting attempt by the sitting's policy: best, first or last (as attempts.queries has it)."""
    keys: dict[str, Callable[[Result], tuple[int, ...]]] = {
        "best": lambda one: (-one.score, one.elapsed_seconds, one.number),
        "first": lambda one: (one.number,),
        "last": lambda one: (-one.number,),
    }
    key = keys[counting]
    chosen: dict[int, Result] = {}
    for one in results:
        held = chosen.get(one.user_id)
        if held is None or key(one) < key(held):
            chosen[one.user_id] = one
    return list(chosen.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """One pupil before and after; None where no attempt of theirs counted."""

    user_id: int
    attempt_id: int
    before: int
    after: int
    rank_before: int
    rank_after: int


def standings(
    results: Sequence[Result], after: Mapping[int, int], counting: str, *, compares_time: bool
) -> list[Standing]:
    """The group's ranks with the scores as they are in ``results`` and with those that ``after`` replaces."""
    old, old_ranks = _ranked(counted(results, counting), compares_time)
    changed = [replace(one, score=after[one.attempt_id]) if one.attempt_id in after else one for one in results]
    new, new_ranks = _ranked(counted(changed, counting), compares_time)
    before = {one.user_id: one.score for one in old}
    return [
        Standing(
            one.user_id, one.attempt_id, before[one.user_id], one.score, old_ranks[one.user_id], new_ranks[one.user_id],
        )
        for one in new
    ]  # fmt: skip


def _ranked(results: Iterable[Result], compares_time: bool) -> tuple[list[Result], dict[int, int]]:
    """The results best first, and each user's rank in the order of the boards: equal ones share it, 1-2-2-4."""

    def key_of(one: Result) -> int:
        return order_key(one.score, one.elapsed_seconds if compares_time else 0)

    keyed = sorted(results, key=key_of)
    ranks: dict[int, int] = {}
    held, last = 0, None
    for place, one in enumerate(keyed, start=1):
        key = key_of(one)
        held, last = (held, last) if key == last else (place, key)
        ranks[one.user_id] = held
    return keyed, ranks


def report(
    *,
    papers: int,
    closed: int,
    changes: Mapping[int, tuple[int, int]],
    pupils: Sequence[Standing],
    pass_hundredths: int,
) -> dict[str, Any]:
    """The report: numbers, and the ids of the pupils whose ranks move most. ``changes``: attempt → (before, after)."""
    differences = [after - before for before, after in changes.values()]
    moved = [one for one in pupils if one.rank_before != one.rank_after]
    moved.sort(
        key=lambda one: (-abs(one.rank_after - one.rank_before), min(one.rank_after, one.rank_before), one.user_id)
    )
    return {
        "papers": papers,
        "closed": closed,
        "pupils": len(pupils),
        "up": sum(one > 0 for one in differences),
        "down": sum(one < 0 for one in differences),
        "largest_up": max((one for one in differences if one > 0), default=0),
        "largest_down": min((one for one in differences if one < 0), default=0),
        "passed_before": sum(one.before >= pass_hundredths for one in pupils),
        "passed_after": sum(one.after >= pass_hundredths for one in pupils),
        "before": distribution([one.before for one in pupils]),
        "after": distribution([one.after for one in pupils]),
        "moved": len(moved),
        "top": [
            [one.user_id, one.before, one.after, one.rank_before, one.rank_after]
            for one in moved[:TOP]
        ],
    }  # fmt: skip


def distribution(scores: Iterable[int]) -> list[int]:
    """How many scores lie in each ten points; the last number counts full marks."""
    found = [0] * (len(BUCKETS) + 1)
    for score in scores:
        found[min(score // 1000, len(BUCKETS))] += 1
    return found
