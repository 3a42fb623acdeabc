"""From the facts of a contest to the standings of its units: pure, always everything, nothing carried over.

The facts are gathered by gathering.py. Units are compared in categories: all together, by group, by kind of school.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from quiz.contests.rules import ADULT_GROUPS
from quiz.rankings.expected.rules import NOBODY, Excused, Numbers, added
from quiz.rankings.profiles import Figures, Profile
from quiz.rankings.rules import ALL, BoardLevel

UnitKey = tuple[str, str, str]  # category, level, unit id
Earlier = tuple[int, int, int]  # of a unit in an earlier contest: pupils, expected pupils, sum of scores
NOTHING: Earlier = (0, 0, 0)


@dataclass(frozen=True)
class SchoolFacts:
    """Where a school stands in the tree. ``prefecture_id`` is None directly under a province."""

    id: int
    kind: str
    county_id: str
    prefecture_id: str | None


def categories(group: str, school: SchoolFacts, only_adults: bool) -> tuple[str, ...]:
    """The categories in which a class of this group is compared, with its school and regions.

    Adults stand in their own group alone: neither “all” nor a kind of school may be moved by who its parents are, or by
    offices beside it. In a contest of ``only_adults`` there are no schools, and “all” are all of them.
    """
    if group in ADULT_GROUPS:
        return (ALL, group) if only_adults else (group,)
    return ALL, group, school.kind


def own_category(group: str) -> str:
    """The category in which somebody of a group meets the own units first."""
    return group if group in ADULT_GROUPS else ALL


@dataclass(frozen=True)
class ClassFacts:
    """A class that may take part, how many pupils are enrolled in it, and how many of them are excused.

    ``sat_elsewhere``: those of the moved who have sat in another class. Above the class they are expected as if nobody had
    excused them, so that schools and regions hold whom they count.
    """

    id: int
    school_id: int
    group: str
    enrolled: int
    excused: Excused = NOBODY
    sat_elsewhere: int = 0

    @property
    def excused_above(self) -> Excused:
        """Who is excused for the school and its regions."""
        absent, exempt, moved = self.excused
        return absent, exempt, moved - self.sat_elsewhere


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
    earlier: Mapping[UnitKey, Earlier] = field(default_factory=dict)
    only_adults: bool = False


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


@dataclass(slots=True)
class _Counts:
    """Figures of a unit while they are being added up."""

    parts: set[int] = field(default_factory=set)
    parts_expected: set[int] = field(default_factory=set)
    pupils: int = 0
    pupils_expected: int = 0
    excused: Excused = NOBODY
    passed: int = 0
    full_marks: int = 0
    score_sum: int = 0
    sources: set[str] = field(default_factory=set)

    def add(self, part: int, one: ClassSum) -> None:
        self.parts.add(part)
        self.pupils += one.pupils
        self.passed += one.passed
        self.full_marks += one.full_marks
        self.score_sum += one.score_sum

    def expect(self, pupils: int, excused: Excused, source: str) -> None:
        self.pupils_expected += max(0, pupils - sum(excused))
        self.excused = added(self.excused, excused)
        self.sources.add(source)

    def figures(self, earlier: Earlier) -> Figures:
        absent, exempt, moved = self.excused
        return Figures(
            parts=len(self.parts),
            parts_expected=len(self.parts_expected),
            pupils=self.pupils,
            pupils_expected=self.pupils_expected,
            passed=self.passed,
            full_marks=self.full_marks,
            score_sum=self.score_sum,
            absent=absent,
            exempt=exempt,
            moved=moved,
            earlier_pupils=earlier[0],
            earlier_expected=earlier[1],
            earlier_score_sum=earlier[2],
        )


_Unit = tuple[str, BoardLevel, str]  # category, level, unit id


Index = Callable[[Figures], int | None]
_Counted = list[tuple[BoardLevel, _Counts]]


class _Adding:
    """Adds the facts up, unit by unit."""

    def __init__(self, facts: ContestField) -> None:
        self.facts = facts
        self.counts: dict[_Unit, _Counts] = {}
        self.place: dict[_Unit, tuple[int | None, SchoolFacts]] = {}
        self._above: dict[tuple[int, str], _Counted] = {}

    def above(self, school_id: int, group: str) -> _Counted:
        """The school and its regions in every category of the group."""
        found = self._above.get((school_id, group))
        if found is None:
            school = self.facts.schools[school_id]
            ids = {
                BoardLevel.SCHOOL: school.id,
                BoardLevel.COUNTY: school.county_id,
                BoardLevel.PREFECTURE: school.prefecture_id,
            }
            found = self._above[school_id, group] = [
                (level, self._unit(category, level, unit_id, school))
                for category in categories(group, school, self.facts.only_adults)
                for level, unit_id in ids.items()
                if unit_id is not None
            ]
        return found

    def of_class(self, school_id: int, class_id: int, group: str) -> list[_Counts]:
        """The class in every category."""
        school = self.facts.schools[school_id]
        found = categories(group, school, self.facts.only_adults)
        return [self._unit(category, BoardLevel.CLASS, class_id, school) for category in found]

    def _unit(self, category: str, level: BoardLevel, unit_id: object, school: SchoolFacts) -> _Counts:
        unit = (category, level, str(unit_id))
        counts = self.counts.get(unit)
        if counts is None:
            counts = self.counts[unit] = _Counts()
            self.place[unit] = (school.id, school)
        return counts

    def expect_class(self, one: ClassFacts) -> None:
        for counts in self.of_class(one.school_id, one.id, one.group):
            counts.parts_expected.add(one.id)
            counts.expect(one.enrolled, one.excused, "enrolled")
        for level, counts in self.above(one.school_id, one.group):
            if level == BoardLevel.SCHOOL:
                counts.parts_expected.add(one.id)

    def expect_school(self, school_id: int, group: str, pupils: int, excused: Excused, source: str) -> None:
        for level, counts in self.above(school_id, group):
            if level != BoardLevel.SCHOOL:
                counts.parts_expected.add(school_id)
            counts.expect(pupils, excused, source)

    def count(self, one: ClassSum) -> None:
        for counts in self.of_class(one.school_id, one.class_id, one.group):
            counts.add(one.class_id, one)
        for level, counts in self.above(one.school_id, one.group):
            counts.add(one.class_id if level == BoardLevel.SCHOOL else one.school_id, one)


def unit_rows(facts: ContestField, profile: Profile) -> list[UnitRow]:
    """Every unit in every category with its figures and index."""
    adding = _Adding(facts)
    for one in facts.classes:
        adding.expect_class(one)
    for (school_id, group), numbers in sorted(school_numbers(facts.classes, facts.headcounts).items()):
        source = "headcount" if (school_id, group) in facts.headcounts else "enrolled"
        adding.expect_school(school_id, group, numbers.counted, numbers.excused, source)
    for one_class in facts.sums:
        adding.count(one_class)
    index = lru_cache(None)(profile.index)  # a class has the same figures in each of its categories
    return [
        _unit_row(unit, counts, adding.place[unit], facts.earlier.get(unit, NOTHING), index)
        for unit, counts in adding.counts.items()
    ]


def school_numbers(
    classes: Iterable[ClassFacts], headcounts: Mapping[tuple[int, str], int]
) -> dict[tuple[int, str], Numbers]:
    """Who is expected of a school in a group: its reported figure, else the pupils of its classes; less the excused.

    A figure below the excused is too low: it counts as these, so that what lacks in one group is not taken from another.
    """
    found = {key: Numbers() for key in headcounts}
    for one in classes:
        key = (one.school_id, one.group)
        found[key] = found.get(key, Numbers()) + Numbers(one.enrolled, one.excused_above)
    return {
        key: Numbers(max(headcounts.get(key, one.counted), sum(one.excused)), one.excused) for key, one in found.items()
    }


def _unit_row(
    unit: _Unit, counts: _Counts, place: tuple[int | None, SchoolFacts], earlier: Earlier, index: Index
) -> UnitRow:
    category, level, unit_id = unit
    school_id, school = place
    figures = counts.figures(earlier)
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
        index=index(figures),
    )
