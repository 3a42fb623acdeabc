"""Histograms in a few bytes, all keys in order, then their counts; and what they tell: who is ahead, how many there are.

A smaller key is better everywhere. Keys and counts are below 2**32; a key whose count is 0 is left out.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint32]
UNIT = np.dtype("<u4")
EMPTY = b""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Sorted keys and how often each occurs."""

    keys: Keys
    counts: Keys

    @property
    def size(self) -> int:
        """How many there are in all."""
        return int(self.counts.sum())

    def ahead(self, key: int) -> int:
        """How many have a better (smaller) key."""
        return int(self.counts[: self.keys.searchsorted(np.uint32(key))].sum())

    def count(self, key: int) -> int:
        """How many have this very key."""
        at = self.keys.searchsorted(np.uint32(key))
        return int(self.counts[at]) if at < len(self.keys) and self.keys[at] == key else 0


def read(data: bytes | memoryview | None) -> Histogram:
    """A stored histogram; nothing stored is an empty one."""
    values = np.frombuffer(data or EMPTY, UNIT)
    half = len(values) // 2
    return Histogram(values[:half], values[half:])


def write(histogram: Histogram) -> bytes:
    """The bytes that :func:`read` reads."""
    return histogram.keys.astype(UNIT).tobytes() + histogram.counts.astype(UNIT).tobytes()


SMALL = 128  # pairs up to which plain sums are quicker than arrays


def standing(data: bytes, key: int) -> tuple[int, int, int]:
    """(how many have a better key, how many this one, how many there are) in a stored histogram.

    The same as reading it and asking; written for own places, which ask this nine times for every page.
    """
    values = memoryview(data).cast("I")
    half = len(values) // 2
    at = bisect_left(values, key, 0, half)
    same = values[half + at] if at < half and values[at] == key else 0
    if half <= SMALL:
        ahead = sum(values[half : half + at])
        return ahead, same, ahead + sum(values[half + at :])
    counts = np.frombuffer(data, UNIT, half, UNIT.itemsize * half)
    return int(counts[:at].sum()), same, int(counts.sum())


def changed(histogram: Histogram, changes: dict[int, int]) -> Histogram:
    """With these numbers added to the counts. Raises ValueError where a count would fall below 0."""
    keys = np.concatenate([histogram.keys, np.fromiter(changes.keys(), np.int64, len(changes))])
    added = np.concatenate([histogram.counts, np.fromiter(changes.values(), np.int64, len(changes))])
    found, places = np.unique(keys, return_inverse=True)
    counts = np.zeros(len(found), np.int64)
    np.add.at(counts, places, added)
    if len(counts) and counts.min() < 0:
        raise ValueError("a histogram would hold less than nothing")
    kept = counts > 0
    return Histogram(found[kept].astype(UNIT), counts[kept].astype(UNIT))
