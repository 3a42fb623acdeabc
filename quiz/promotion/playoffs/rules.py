"""Rules of play-offs, pure: the short paper, and who wins the seats."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

USUAL_ITEMS = 10
MOST_ITEMS = 50
MOST_MINUTES = 120


class PlayoffState(StrEnum):
    OPEN = "open"  # to be sat, or its result to be recorded
    SETTLED = "settled"


def scaled(rows: Sequence[Mapping[str, Any]], items: int) -> list[dict[str, Any]]:
    """A paper specification with ``items`` items in the proportions of ``rows``, by largest remainder; the first rows first."""
    total = sum(row["count"] for row in rows)
    counts = [row["count"] * items // total for row in rows]
    order = sorted(range(len(rows)), key=lambda at: (-(rows[at]["count"] * items % total), at))
    for at in order[: items - sum(counts)]:
        counts[at] += 1
    return [{**row, "count": count} for row, count in zip(rows, counts, strict=True) if count]


def usual_minutes(items: int, of_items: int, duration_seconds: int) -> int:
    """As much time for an item as in the stage, at least five minutes."""
    return max(5, -(-duration_seconds * items // (of_items * 60)))


@dataclass(frozen=True)
class Proposal:
    """What the standing of a play-off says: user ids, or ids of teams. ``tied`` share a result across the last seat, ``left`` seats for them."""

    winners: tuple[int, ...]
    tied: tuple[int, ...] = ()
    left: int = 0


def propose(seats: int, keys: Mapping[int, int]) -> Proposal:
    """Who wins, from the order keys (score, then seconds; smaller is better) of those who sat it."""
    order = sorted(keys, key=lambda one: (keys[one], one))
    if len(order) <= seats:
        return Proposal(tuple(order))
    line = keys[order[seats - 1]]
    better = tuple(one for one in order if keys[one] < line)
    tied = tuple(one for one in order if keys[one] == line)
    if len(better) + len(tied) <= seats:
        return Proposal(better + tied)
    return Proposal(better, tied, seats - len(better))


def places(keys: Mapping[int, int]) -> dict[int, tuple[int, bool]]:
    """The rank of each who sat it, and whether it is shared: 1-2-2-4."""
    order, sharing = sorted(keys.values()), Counter(keys.values())
    return {one: (bisect_left(order, key) + 1, sharing[key] > 1) for one, key in keys.items()}
