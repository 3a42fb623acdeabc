"""Letters of another paper, pure: whether somebody picked the letters that are right elsewhere, not on the own paper.

Choices are shuffled anew for every attempt, by chance alone. Somebody who reads the questions goes by what the choices say; a
wrong answer then stands, by the shuffle, at any of the other places with equal chance, whatever the pupil knows. Of ``k`` choices,
one of them right, it falls on one given wrong letter with chance 1 / (k - 1); of several right ones, on one given wrong set of
the same size with 1 / (C(k, m) - 1). Somebody who only ever picks “A” is not caught by that, so no chance is taken to be lower
than the share of the pupil's own picks with that letter. The chance of so many hits among the wrong answers is then exactly the
tail of independent trials; below ``UNLIKELY`` it is shown to a person. Items whose right letters are the same on both papers say
nothing and are left out, and so do items with two choices and answers left empty.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

FEWEST_HITS = 10
UNLIKELY = 1e-5  # of honest pupils fewer than one in a hundred thousand; shared out over all papers compared with
MOST_CHANCE = 0.5  # of a hit by itself: above it an item tells nothing
ALPHABET = "ABCDEFGH"


@dataclass(frozen=True)
class Lettered:
    """One answered item of a paper. Letters as on a page, in order: ``picked``, ``right`` there, and right in the ``bank``."""

    item: str
    position: int
    choices: int
    picked: str
    right: str
    bank: str


@dataclass(frozen=True)
class Match:
    """Of ``items`` whose right letters differ, how many have the other paper's, how many the own; and the chance of it."""

    items: int
    hits: int
    own: int
    chance: float
    by: str  # "bank", or of a classmate's paper by "item" or "number"


Letters = Callable[[Lettered], str | None]


def match(own: Sequence[Lettered], letters: Letters, by: str, unlikely: float = UNLIKELY) -> Match | None:
    """Whether the picks follow other letters, so often that chance alone does not explain it."""
    apart = [(one, theirs) for one in own if (theirs := letters(one)) and _tells(one, theirs)]
    hits = sum(one.picked == theirs for one, theirs in apart)
    right = sum(one.picked == one.right for one, _theirs in apart)
    if hits < FEWEST_HITS or hits <= right:
        return None
    shares = Counter(one.picked for one in own)
    wrong = [
        max(_chance(one, theirs), shares[theirs] / len(own)) for one, theirs in apart if one.picked != one.right
    ]  # fmt: skip
    chance = tail(wrong, hits)
    return Match(len(apart), hits, right, chance, by) if chance <= unlikely else None


def may_follow(own: Sequence[Lettered]) -> bool:
    """Whether there are enough wrong picks for any comparison to find something."""
    return sum(one.picked != one.right for one in own) >= FEWEST_HITS


def of_bank(own: Sequence[Lettered]) -> Match | None:
    """Whether the picks follow the order of the bank."""
    return match(own, lambda one: one.bank, "bank")


def of_classmate(own: Sequence[Lettered], theirs: Sequence[Lettered], compared: int) -> Match | None:
    """Whether the picks follow what is right on a classmate's paper, item by item or number by number.

    ``compared``: with how many papers a pupil is compared, so that a large class makes no signals by itself.
    """
    unlikely = UNLIKELY / (2 * max(compared, 1))
    by_item: Mapping[str, str] = {one.item: one.right for one in theirs}
    by_number: Mapping[int, str] = {one.position: one.right for one in theirs}
    found = (
        match(own, lambda one: by_item.get(one.item), "item", unlikely),
        match(own, lambda one: by_number.get(one.position), "number", unlikely),
    )
    return min((one for one in found if one is not None), key=lambda one: one.chance, default=None)


def _tells(one: Lettered, theirs: str) -> bool:
    return theirs != one.right and theirs[-1] in ALPHABET[: one.choices] and _chance(one, theirs) <= MOST_CHANCE


def _chance(one: Lettered, theirs: str) -> float:
    """Of a wrong answer to stand at just these letters."""
    ways = comb(one.choices, len(theirs)) - (len(theirs) == len(one.right))
    return 1 / ways if ways > 0 else 1.0


def tail(chances: Sequence[float], hits: int) -> float:
    """The chance of at least so many hits in independent trials with these chances."""
    counts = [1.0]  # how likely 0, 1, 2 … hits are so far
    for chance in chances:
        longer = [*counts, 0.0]
        counts = [
            stays * (1 - chance) + (counts[n - 1] * chance if n else 0.0) for n, stays in enumerate(longer)
        ]  # fmt: skip
    return sum(counts[hits:])
