"""Index profiles: how a class, school, county or prefecture becomes one number. Pure, exact integers.

A profile is data: terms with numerator, denominator, weight and cap. Everything a page prints about the formula
comes from here, so that the printed formula is the one that was computed. Contests store a profile's key.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from quiz.rankings.rules import SMALLEST_UNIT

CAP = 10000  # 100 %, in hundredths
MOST_GAIN = 3000  # 30 points, in hundredths: more in one year says that one of the two numbers was an accident


class TermKind(StrEnum):
    """How a quotient becomes a number of at most 100."""

    RATE = "rate"  # a whole per cent, a half rounded up, capped at 100
    MEAN = "mean"  # a mean score, rounded to hundredths


@dataclass(frozen=True)
class Figures:
    """What is counted for a unit. ``score_sum`` is the sum of counted scores in hundredths.

    ``parts`` are schools for a region, classes for a school, the class itself for a class. ``pupils_expected`` are the
    counted ones less those on leave (``absent``), ``exempt`` and ``moved``. ``earlier_…``: the same unit in the contest
    that progress is measured against.
    """

    parts: int
    parts_expected: int
    pupils: int
    pupils_expected: int
    passed: int
    full_marks: int
    score_sum: int
    absent: int = 0
    exempt: int = 0
    moved: int = 0
    earlier_pupils: int = 0
    earlier_expected: int = 0
    earlier_score_sum: int = 0

    def to_dict(self) -> dict[str, int]:
        """Plain JSON values, as UnitStanding.figures stores them."""
        return {
            "parts": self.parts, "parts_expected": self.parts_expected, "pupils": self.pupils,
            "pupils_expected": self.pupils_expected, "passed": self.passed, "full_marks": self.full_marks,
            "score_sum": self.score_sum, **self.further(),
        }  # fmt: skip

    def further(self) -> dict[str, int]:
        """What most units have none of, where it is not 0: a province has sixty thousand rows."""
        return {name: value for name in FURTHER if (value := getattr(self, name))}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Figures":
        """The inverse of to_dict(); further keys are ignored."""
        return cls(*[data[name] for name in ALWAYS], *[data.get(name, 0) for name in FURTHER])

    @property
    def counted(self) -> int:
        """Enrolled (or reported) pupils, the excused among them."""
        return self.pupils_expected + self.absent + self.exempt + self.moved

    def with_results_of(self, other: "Figures") -> "Figures":
        """Who is expected, and what was earlier, from here; who took part and how well from ``other``."""
        return replace(
            self, parts=other.parts, pupils=other.pupils, passed=other.passed, full_marks=other.full_marks,
            score_sum=other.score_sum,
        )  # fmt: skip


#: The fields of Figures in their order: those that every unit has, and the further ones.
ALWAYS = ("parts", "parts_expected", "pupils", "pupils_expected", "passed", "full_marks", "score_sum")
FURTHER = ("absent", "exempt", "moved", "earlier_pupils", "earlier_expected", "earlier_score_sum")


@dataclass(frozen=True)
class TermRule:
    """One term: numerator and denominator name fields of Figures, the weight is in per cent."""

    key: str
    numerator: str
    denominator: str
    weight: int
    kind: TermKind = TermKind.RATE


@dataclass(frozen=True)
class Term:
    """A term computed: ``raw`` and ``value`` (after the cap) in hundredths, ``contribution`` in ten-thousandths."""

    key: str
    kind: TermKind
    numerator: int
    denominator: int
    raw: int
    value: int
    is_capped: bool
    weight: int
    contribution: int


@dataclass(frozen=True)
class Profile:
    """A registered way to compute an index; the weights add up to 100."""

    key: str
    terms: tuple[TermRule, ...]

    def explain(self, figures: Figures) -> list[Term]:
        """Every term with its numerator, denominator, rounding, cap, weight and contribution."""
        return [_term(rule, figures) for rule in self.terms]

    def raw(self, key: str, figures: Figures) -> int | None:
        """One term alone, in hundredths before the cap; None of nothing: for lists of thousands of units."""
        rule = next(one for one in self.terms if one.key == key)
        numerator, denominator = getattr(figures, rule.numerator), getattr(figures, rule.denominator)
        return _quotient(numerator, denominator, rule.kind) if denominator else None

    def index(self, figures: Figures) -> int | None:
        """The index in hundredths, a half rounded up; None for a unit in which nobody has taken part."""
        if not figures.pupils:
            return None
        return round_half_up(sum(_contribution(rule, figures) for rule in self.terms), 100)


class Unranked(StrEnum):
    """Why a unit has no index."""

    NOBODY = "nobody"  # has taken part
    NO_EARLIER = "no_earlier"  # result to compare with
    FEW = "few"  # took part, now or then: the difference would be that of single pupils


@dataclass(frozen=True)
class Side:
    """A unit in one of the two contests: ``average``, ``rate`` (capped) and ``value`` in hundredths."""

    pupils: int
    pupils_expected: int
    score_sum: int
    average: int
    rate: int
    is_capped: bool
    value: int


@dataclass(frozen=True)
class Comparison:
    """Both sides, the difference of their values, and what counts of it after the cap."""

    then: Side
    now: Side
    gain: int
    counted: int

    @property
    def is_capped(self) -> bool:
        """Whether the difference is larger than what counts."""
        return self.gain != self.counted


@dataclass(frozen=True)
class ProgressProfile(Profile):
    """Progress against an earlier contest: the average of those who took part, weighed with how many of those expected did.

    value = average × participation / 100, where the average is the sum of counted scores by pupils who took part (0 to
    100, two decimals) and the participation pupils by expected pupils (whole per cent, a half rounded up, at most 100).
    index = value now − value then, in points, at least −30 and at most +30. So a unit that leaves weak pupils at home
    loses what it gains on the average, one that brings more of its pupils is not punished for their scores, and one bad
    year cannot be turned into a first place. Everything is a whole number of hundredths, each division rounded half up.
    Source of the factors: the participation and average terms of the national index, whose product is the mean over
    everybody expected with 0 for those who stayed away.
    """

    def compare(self, figures: Figures) -> Comparison:
        """Every number of the formula."""
        then = _side(figures.earlier_pupils, figures.earlier_expected, figures.earlier_score_sum)
        now = _side(figures.pupils, figures.pupils_expected, figures.score_sum)
        gain = now.value - then.value
        return Comparison(then, now, gain, max(-MOST_GAIN, min(MOST_GAIN, gain)))

    def unranked(self, figures: Figures) -> Unranked | None:
        """Why the unit takes no part in the comparison."""
        if not figures.pupils:
            return Unranked.NOBODY
        if not figures.earlier_pupils:
            return Unranked.NO_EARLIER
        return Unranked.FEW if min(figures.pupils, figures.earlier_pupils) < SMALLEST_UNIT else None

    def index(self, figures: Figures) -> int | None:
        """The progress in hundredths of a point, which may be below 0; None for a unit that cannot be compared."""
        return None if self.unranked(figures) else self.compare(figures).counted


def _side(pupils: int, expected: int, score_sum: int) -> Side:
    average = _quotient(score_sum, pupils, TermKind.MEAN) if pupils else 0
    raw = _quotient(pupils, expected, TermKind.RATE)
    rate = min(raw, CAP)
    return Side(pupils, expected, score_sum, average, rate, raw > CAP, round_half_up(average * rate, CAP))


def round_half_up(numerator: int, denominator: int) -> int:
    """The quotient of two non-negative integers as a whole number, a half rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _contribution(rule: TermRule, figures: Figures) -> int:
    """What a term adds to the index, in ten-thousandths."""
    raw = _quotient(getattr(figures, rule.numerator), getattr(figures, rule.denominator), rule.kind)
    return rule.weight * min(raw, CAP)


def _term(rule: TermRule, figures: Figures) -> Term:
    numerator, denominator = getattr(figures, rule.numerator), getattr(figures, rule.denominator)
    raw = _quotient(numerator, denominator, rule.kind)
    value = min(raw, CAP)
    return Term(
        key=rule.key, kind=rule.kind, numerator=numerator, denominator=denominator, raw=raw, value=value,
        is_capped=raw > CAP, weight=rule.weight, contribution=_contribution(rule, figures),
    )  # fmt: skip


def _quotient(numerator: int, denominator: int, kind: TermKind) -> int:
    """In hundredths. Of nothing expected, whoever came anyway counts as all."""
    if not denominator:
        return CAP if numerator else 0
    if kind == TermKind.MEAN:
        return round_half_up(numerator, denominator)
    return round_half_up(numerator * 100, denominator) * 100


AVERAGE = Profile("average", (TermRule("average", "score_sum", "pupils", 100, TermKind.MEAN),))
NATIONAL = Profile(
    "national",
    (
        TermRule("parts", "parts", "parts_expected", 35),
        TermRule("pupils", "pupils", "pupils_expected", 35),
        TermRule("passed", "passed", "pupils", 10),
        TermRule("full_marks", "full_marks", "pupils", 10),
        TermRule("average", "score_sum", "pupils", 10, TermKind.MEAN),
    ),
)

PROGRESS = ProgressProfile("progress", ())
#: What the value of progress is made of, as pages name it.
PROGRESS_TERMS = tuple(rule for rule in NATIONAL.terms if rule.key in ("average", "pupils"))[::-1]
PROFILES: dict[str, Profile] = {profile.key: profile for profile in (AVERAGE, NATIONAL, PROGRESS)}


def profile_of(key: str) -> Profile:
    """The profile of a contest; raises KeyError for one that is not registered."""
    return PROFILES[key]
