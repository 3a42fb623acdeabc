"""Index profiles: how a class, school, county or prefecture becomes one number. Pure, exact integers.

A profile is data: terms with numerator, denominator, weight and cap. Everything a page prints about the formula
comes from here, so that the printed formula is the one that was computed. Contests store a profile's key.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CAP = 10000  # 100 %, in hundredths


class TermKind(StrEnum):
    """How a quotient becomes a number of at most 100."""

    RATE = "rate"  # a whole per cent, a half rounded up, capped at 100
    MEAN = "mean"  # a mean score, rounded to hundredths


@dataclass(frozen=True)
class Figures:
    """What is counted for a unit. ``score_sum`` is the sum of counted scores in hundredths.

    ``parts`` are schools for a region, classes for a school, the class itself for a class.
    """

    parts: int
    parts_expected: int
    pupils: int
    pupils_expected: int
    passed: int
    full_marks: int
    score_sum: int

    def to_dict(self) -> dict[str, int]:
        """Plain JSON values, as UnitStanding.figures stores them."""
        return {
            "parts": self.parts, "parts_expected": self.parts_expected, "pupils": self.pupils,
            "pupils_expected": self.pupils_expected, "passed": self.passed, "full_marks": self.full_marks,
            "score_sum": self.score_sum,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Figures":
        """The inverse of to_dict(); further keys are ignored."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


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

    def index(self, figures: Figures) -> int | None:
        """The index in hundredths, a half rounded up; None for a unit in which nobody has taken part."""
        if not figures.pupils:
            return None
        return round_half_up(sum(_contribution(rule, figures) for rule in self.terms), 100)


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

PROFILES: dict[str, Profile] = {profile.key: profile for profile in (AVERAGE, NATIONAL)}


def profile_of(key: str) -> Profile:
    """The profile of a contest; raises KeyError for one that is not registered."""
    return PROFILES[key]
