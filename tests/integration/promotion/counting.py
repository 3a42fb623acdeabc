"""An independent count of a contest: from scores and seconds of the attempts alone, by brute force.

It knows nothing of boards, histograms, runs, tiers or bulletins, and shares no function with the product.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from tests.factories.province import Pupil

GROUPS = ("primary", "junior", "senior")
KIND_OF = {
    "primary": "小学",
    "junior": "初中",
    "senior": "高中",
}  # of the schools of a group in tests/factories/province.py
UNIT_OF: dict[str, Callable[[Pupil], str]] = {
    "class": lambda one: str(one.class_id), "school": lambda one: str(one.school_id), "county": lambda one: one.county,
    "prefecture": lambda one: one.prefecture,
}  # fmt: skip
Results = Mapping[int, tuple[int, int]]  # pupil → (score in hundredths, seconds)
Unit = tuple[str, str, str]  # category, level, id


def better(result: tuple[int, int]) -> tuple[int, int]:
    """Sorts the better result first."""
    return -result[0], result[1]


def the_first(users: Iterable[int], results: Results, number: int) -> set[int]:
    """The first ``number``, with all who are equal to the last of them."""
    order = sorted(users, key=lambda user: better(results[user]))
    if len(order) <= number:
        return set(order)
    line = better(results[order[number - 1]]) if number else (-(10**9), 0)
    return {user for user in order if better(results[user]) <= line}


# --- classes, schools, counties, prefectures ------------------------------------------------------------------------


@dataclass
class Tally:
    """What is counted of one unit; ``parts`` are schools of a region, classes of a school, the class itself."""

    parts: set[int] = field(default_factory=set)
    parts_expected: set[int] = field(default_factory=set)
    expected: int = 0
    scores: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """By the names that stored standings use."""
        return {
            "parts": len(self.parts), "parts_expected": len(self.parts_expected), "pupils": len(self.scores),
            "pupils_expected": self.expected, "passed": sum(one >= 6000 for one in self.scores),
            "full_marks": self.scores.count(10000), "score_sum": sum(self.scores),
        }  # fmt: skip

    def rates(self) -> list[int]:
        """School (or class) participation, pupils' participation, pass rate, full-mark rate, before any cap."""
        pupils = len(self.scores)
        return [
            per_cent(len(self.parts), len(self.parts_expected)), per_cent(pupils, self.expected),
            per_cent(sum(one >= 6000 for one in self.scores), pupils), per_cent(self.scores.count(10000), pupils),
        ]  # fmt: skip

    def mean(self) -> int:
        """In hundredths."""
        return half_up(Fraction(sum(self.scores), len(self.scores)))

    def index(self) -> int | None:
        """The national formula in hundredths; None where nobody took part."""
        if not self.scores:
            return None
        terms = [*(min(one, 100) * 100 for one in self.rates()), self.mean()]
        return half_up(
            Fraction(sum(one * weight for one, weight in zip(terms, (35, 35, 10, 10, 10), strict=True)), 100)
        )


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def per_cent(part: int, whole: int) -> int:
    """A whole per cent; of nothing expected, whoever came is all."""
    if not whole:
        return 100 if part else 0
    return half_up(Fraction(100 * part, whole))


def units(
    pupils: Mapping[int, Pupil], results: Results, due: Collection[int], headcounts: Mapping[int, int]
) -> dict[Unit, Tally]:
    """Every unit in every category. ``due`` are the pupils who were expected, ``headcounts`` what schools have reported."""
    found: dict[Unit, Tally] = defaultdict(Tally)
    for user in due:
        one = pupils[user]
        for category in ("all", one.group, KIND_OF[one.group]):
            for level, unit in UNIT_OF.items():
                tally = found[category, level, unit(one)]
                tally.parts_expected.add(one.class_id if level in ("class", "school") else one.school_id)
                tally.expected += level == "class" or one.school_id not in headcounts
    for school, reported in headcounts.items():
        one = next(one for one in pupils.values() if one.school_id == school)
        for category in ("all", one.group, KIND_OF[one.group]):
            for level in ("school", "county", "prefecture"):
                found[category, level, UNIT_OF[level](one)].expected += reported
    for user, (score, _seconds) in results.items():
        one = pupils[user]
        for category in ("all", one.group, KIND_OF[one.group]):
            for level, unit in UNIT_OF.items():
                tally = found[category, level, unit(one)]
                tally.parts.add(one.class_id if level in ("class", "school") else one.school_id)
                tally.scores.append(score)
    return dict(found)


def ranks(found: Mapping[Unit, Tally], category: str, level: str) -> dict[str, tuple[int | None, bool]]:
    """Unit → (rank, whether somebody shares it) among those of a category and level."""
    indexes = {unit: tally.index() for (of, at, unit), tally in found.items() if (of, at) == (category, level)}
    known = [one for one in indexes.values() if one is not None]
    return {
        unit: (None, False) if index is None else (1 + sum(one > index for one in known), known.count(index) > 1)
        for unit, index in indexes.items()
    }


# --- awards -----------------------------------------------------------------------------------------------------------


def pupil_awards(
    pupils: Mapping[int, Pupil], results: Results, out: Collection[int], quotas: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """Pupil → (place of the tier, rank in the group): each group of its own, the disqualified left out."""
    found: dict[int, tuple[int, int]] = {}
    for group in GROUPS:
        mine = {user for user in results if pupils[user].group == group and user not in out}
        left = set(mine)
        for place, quota in enumerate(quotas):
            taken = the_first(left, results, quota)
            left -= taken
            for user in taken:
                ahead = sum(better(results[one]) < better(results[user]) for one in mine)
                found[user] = (place, 1 + ahead)
    return found


def first_by(points: Mapping[int, tuple[int, ...]], quota: int) -> set[int]:
    """The ``quota`` keys with the most points, with all who are equal to the last."""
    order = sorted(points, key=lambda one: points[one], reverse=True)
    return {one for one in order if len(order) <= quota or points[one] >= points[order[quota - 1]]}


def guidance(
    pupils: Mapping[int, Pupil], winners: Mapping[int, int], tiers: int, classes: Mapping[int, Collection[int]]
) -> dict[int, tuple[int, int]]:
    """Teacher → (points, pupils with an award); the lowest of ``tiers`` has one point, each higher one a point more."""
    found: dict[int, tuple[int, int]] = {}
    for teacher, own in classes.items():
        places = [place for user, place in winners.items() if pupils[user].class_id in own]
        if places:
            found[teacher] = (sum(tiers - place for place in places), len(places))
    return found


# --- the bulletin -----------------------------------------------------------------------------------------------------


def bulletin_row(name: str, tally: Tally, rank: tuple[int | None, bool]) -> list[str]:
    """A row of the table as it is printed."""
    parts, share, *of_scores = tally.rates()
    scores = ["—"] * 4
    if tally.scores:
        scores = [*(f"{one}%" for one in of_scores), hundredths(tally.mean()), hundredths(tally.index() or 0)]
    place, is_tied = rank
    last = "—" if place is None else f"{place}（并列）" if is_tied else str(place)
    return [
        name, str(len(tally.parts_expected)), str(len(tally.parts)), f"{parts}%", str(tally.expected),
        str(len(tally.scores)), f"{share}%", *scores, last,
    ]  # fmt: skip


def hundredths(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"


def together(some: Iterable[Tally]) -> Tally:
    """Units of one level added up."""
    whole = Tally()
    for one in some:
        whole.parts |= one.parts
        whole.parts_expected |= one.parts_expected
        whole.expected += one.expected
        whole.scores += one.scores
    return whole
