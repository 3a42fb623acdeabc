"""From the facts of a contest to the standings of its units: pure, always everything, nothing carried over.

The facts are gathered by gathering.py. Units are compared in categories: all together, by group, by kind of school.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from quiz.rankings.profiles import Figures, Profile
from quiz.rankings.rules import ALL, BoardLevel


@dataclass(frozen=True)
class SchoolFacts:
    """Where a school stands in the tree. ``prefecture_id`` is None directly under a province."""

    id: int
    kind: str
    county_id: str
    prefecture_id: str | None


@dataclass(frozen=True)
class ClassFacts:
    """A class that may take part, and how many pupils are enrolled in it."""

    id: int
    school_id: int
    group: str
    enrolled: int


@dataclass(frozen=True)
class ClassSum:
    """What the counting results of one class add up to; school and class are those of the attempts' start."""

    group: str
    school_id: int
    class_id: int
    pupils: int
    passed: int
    full_marks: int
    score_sum: int


@dataclass(frozen=True)
class ContestField:
    """All facts of one contest. ``headcounts``: enrolment figures by (school, group), where a school has given them."""

    schools: dict[int, SchoolFacts]
    classes: tuple[ClassFacts, ...]
    headcounts: dict[tuple[int, str], int]
    sums: tuple[ClassSum, ...]


@dataclass(frozen=True)
class UnitRow:
    """A unit in one category; the index (hundredths) is None while nobody of it has taken part.

    ``source`` says where the number of expected pupils comes from: headcount, enrolled or mixed.
    """

    category: str
    level: BoardLevel
    unit_id: str
    school_id: int | None
    school_kind: str | None
    county_id: str | None
    prefecture_id: str | None
    figures: Figures
    source: str
    index: int | None


@dataclass
class _Counts:
    """Figures of a unit while they are being added up."""

    parts: set[int] = field(default_factory=set)
    parts_expected: set[int] = field(default_factory=set)
    pupils: int = 0
    pupils_expected: int = 0
    passed: int = 0
    full_marks: int = 0
    score_sum: int = 0
    sources: set[str] = field(default_factory=set)

    def figures(self) -> Figures:
        return Figures(
            parts=len(self.parts),
            parts_expected=len(self.parts_expected),
            pupils=self.pupils,
            pupils_expected=self.pupils_expected,
            passed=self.passed,
            full_marks=self.full_marks,
            score_sum=self.score_sum,
        )


_Unit = tuple[str, BoardLevel, str]  # category, level, unit id


class _Adding:
    """Adds the facts up, unit by unit."""

    def __init__(self, facts: ContestField) -> None:
        self.facts = facts
        self.counts: dict[_Unit, _Counts] = {}
        self.place: dict[_Unit, tuple[int | None, SchoolFacts]] = {}

    def units(self, school_id: int, class_id: int | None, group: str) -> Iterable[tuple[BoardLevel, _Counts]]:
        """The units, in every category, to which a class (or a school as a whole) belongs."""
        school = self.facts.schools[school_id]
        ids = {
            BoardLevel.CLASS: class_id,
            BoardLevel.SCHOOL: school.id,
            BoardLevel.COUNTY: school.county_id,
            BoardLevel.PREFECTURE: school.prefecture_id,
        }
        for category in (ALL, group, school.kind):
            for level, unit_id in ids.items():
                if unit_id is not None:
                    unit = (category, level, str(unit_id))
                    self.place[unit] = (school_id, school)
                    yield level, self.counts.setdefault(unit, _Counts())

    def expect_class(self, one: ClassFacts) -> None:
        for level, counts in self.units(one.school_id, one.id, one.group):
            if level in (BoardLevel.CLASS, BoardLevel.SCHOOL):
                counts.parts_expected.add(one.id)
            if level == BoardLevel.CLASS:
                counts.pupils_expected += one.enrolled
                counts.sources.add("enrolled")

    def expect_school(self, school_id: int, group: str, pupils: int, source: str) -> None:
        for level, counts in self.units(school_id, None, group):
            if level != BoardLevel.SCHOOL:
                counts.parts_expected.add(school_id)
            counts.pupils_expected += pupils
            counts.sources.add(source)

    def count(self, one: ClassSum) -> None:
        for level, counts in self.units(one.school_id, one.class_id, one.group):
            counts.parts.add(one.class_id if level in (BoardLevel.CLASS, BoardLevel.SCHOOL) else one.school_id)
            counts.pupils += one.pupils
            counts.passed += one.passed
            counts.full_marks += one.full_marks
            counts.score_sum += one.score_sum


def unit_rows(facts: ContestField, profile: Profile) -> list[UnitRow]:
    """Every unit in every category with its figures and index."""
    adding = _Adding(facts)
    enrolled: dict[tuple[int, str], int] = {}
    for one in facts.classes:
        adding.expect_class(one)
        enrolled[one.school_id, one.group] = enrolled.get((one.school_id, one.group), 0) + one.enrolled
    for school_id, group in sorted(enrolled.keys() | facts.headcounts.keys()):
        counted = facts.headcounts.get((school_id, group))
        pupils = enrolled.get((school_id, group), 0) if counted is None else counted
        adding.expect_school(school_id, group, pupils, "enrolled" if counted is None else "headcount")
    for one_class in facts.sums:
        adding.count(one_class)
    return [_unit_row(unit, counts, adding.place[unit], profile) for unit, counts in adding.counts.items()]


def _unit_row(unit: _Unit, counts: _Counts, place: tuple[int | None, SchoolFacts], profile: Profile) -> UnitRow:
    category, level, unit_id = unit
    school_id, school = place
    figures = counts.figures()
    return UnitRow(
        category=category,
        level=level,
        unit_id=unit_id,
        school_id=school_id if level in (BoardLevel.CLASS, BoardLevel.SCHOOL) else None,
        school_kind=school.kind if level in (BoardLevel.CLASS, BoardLevel.SCHOOL) else None,
        county_id=None if level == BoardLevel.PREFECTURE else school.county_id,
        prefecture_id=school.prefecture_id,
        figures=figures,
        source=counts.sources.pop() if len(counts.sources) == 1 else "mixed" if counts.sources else "enrolled",
        index=profile.index(figures),
    )
