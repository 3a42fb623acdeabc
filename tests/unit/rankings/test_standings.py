"""All ranks at all levels, and every figure, against a slow and independent computation."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz.rankings.counting import NUMBER, SittingFacts, counting_results
from quiz.rankings.gathering import Expected
from quiz.rankings.places import place_in
from quiz.rankings.pools import FLAT, WHOLE
from quiz.rankings.profiles import AVERAGE, NATIONAL
from quiz.rankings.recomputing import cells, class_sums, ordered
from quiz.rankings.rules import BoardLevel, loss_of, order_key
from quiz.rankings.standings import ClassFacts, ClassSum, ContestField, SchoolFacts, UnitRow, unit_rows

SCHOOLS = {
    1: SchoolFacts(1, "初中", "630103", "630100"),
    2: SchoolFacts(2, "九年一贯", "630103", "630100"),
    3: SchoolFacts(3, "初中", "632801", "632800"),
    4: SchoolFacts(4, "小学", "110101", None),  # directly under its province
}
CLASSES = tuple(
    ClassFacts(id=school * 10 + number, school_id=school, group=group, enrolled=school + number)
    for school, groups in {1: "jj", 2: "jp", 3: "j", 4: "p"}.items()
    for number, letter in enumerate(groups, start=1)
    for group in [{"j": "junior", "p": "primary"}[letter]]
)
GROUPS = ("primary", "junior")
SITTINGS = [SittingFacts(7, "primary", "best", 6000), SittingFacts(3, "junior", "best", 6000)]
HEADCOUNTS = {(1, "junior"): 9, (3, "junior"): 4, (4, "primary"): 30}


@dataclass(frozen=True)
class Result:
    """A pupil's result, for the slow computation."""

    user_id: int
    group: str
    school_id: int
    class_id: int
    score: int
    elapsed_seconds: int

    def attempt(self) -> list[int]:
        """As a row of closed attempts."""
        sitting = {one.group: one.id for one in SITTINGS}[self.group]
        return [sitting, self.user_id, 1000 + self.user_id, self.school_id, self.class_id, self.score,
                self.elapsed_seconds, 1]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Facts of a contest, and the results that they come from."""

    results: tuple[Result, ...]

    @property
    def counted(self) -> Any:
        rows = np.array([one.attempt() for one in self.results], np.int64).reshape(-1, NUMBER + 1)
        return ordered(counting_results(rows, SITTINGS))

    @property
    def facts(self) -> ContestField:
        return ContestField(SCHOOLS, CLASSES, HEADCOUNTS, tuple(class_sums(self.counted, GROUPS)))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rows = draw(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from([0, 50, 60, 100]), st.integers(1, 3))))
    return Case(tuple(
        Result(number, one.group, one.school_id, one.id, score * 100, seconds)
        for number, (one, score, seconds) in enumerate(rows)
    ))  # fmt: skip


def unit_of(level: str, result: Result) -> Any:
    school = SCHOOLS[result.school_id]
    return {
        "pupil": "", "kind": school.kind, "class": result.class_id, "school": school.id, "county": school.county_id,
        "prefecture": school.prefecture_id,
    }[level]  # fmt: skip


@given(cases())
@settings(max_examples=60, deadline=None)
def test_the_histograms_say_how_many_are_better_at_every_level(case: Case) -> None:
    found = {(name, part): counts for name, part, counts in cells(case.counted, GROUPS, SCHOOLS)}
    for mine in case.results:
        for level in ("kind", *(one.value for one in BoardLevel)):
            unit = unit_of(level, mine)
            pool = {part: counts for (name, part), counts in found.items() if name == f"{mine.group}/{level}/{unit}"}
            if unit is None:
                assert pool == {}
                continue
            rivals = [one for one in case.results if one.group == mine.group and unit_of(level, one) == unit]
            better = [
                one for one in rivals
                if one.score > mine.score or (one.score == mine.score and one.elapsed_seconds < mine.elapsed_seconds)
            ]  # fmt: skip
            equal = [one for one in rivals if (one.score, one.elapsed_seconds) == (mine.score, mine.elapsed_seconds)]
            key = order_key(mine.score, mine.elapsed_seconds)
            place = place_in([pool[WHOLE]] if level in FLAT else [pool[WHOLE], pool[loss_of(key)]], key)
            assert (place.rank, place.size, place.is_tied) == (len(better) + 1, len(rivals), len(equal) > 1)


def slow_index(row: UnitRow, case: Case) -> Fraction | None:
    """The national index of a unit, from the definition and with fractions."""

    def belongs(school_id: int, group: str, class_id: int | None) -> bool:
        school = SCHOOLS[school_id]
        in_category = row.category in ("all", group, school.kind)
        unit = {"class": class_id, "school": school.id, "county": school.county_id, "prefecture": school.prefecture_id}
        return in_category and str(unit[row.level]) == row.unit_id

    mine = [one for one in case.results if belongs(one.school_id, one.group, one.class_id)]
    if not mine:
        return None
    classes = [one for one in CLASSES if belongs(one.school_id, one.group, one.id)]
    pairs = {(one.school_id, one.group) for one in CLASSES} | set(HEADCOUNTS)
    pairs = {pair for pair in pairs if belongs(*pair, class_id=None)}
    if row.level == "class":
        expected = sum(one.enrolled for one in classes)
    else:
        expected = sum(
            HEADCOUNTS.get(pair, sum(one.enrolled for one in classes if (one.school_id, one.group) == pair))
            for pair in pairs
        )
    if row.level in ("class", "school"):
        parts, of = {one.class_id for one in mine}, {one.id for one in classes}
    else:
        parts, of = {one.school_id for one in mine}, {school for school, _ in pairs}

    def rate(part: int, whole: int) -> Fraction:
        return Fraction(min(100, int(Fraction(100 * part, whole) + Fraction(1, 2))))

    mean = Fraction(int(Fraction(sum(one.score for one in mine), len(mine)) + Fraction(1, 2)), 100)
    return (
        Fraction(35, 100) * rate(len(parts), len(of))
        + Fraction(35, 100) * rate(len(mine), expected)
        + Fraction(1, 10) * rate(sum(one.score >= 6000 for one in mine), len(mine))
        + Fraction(1, 10) * rate(sum(one.score == 10000 for one in mine), len(mine))
        + Fraction(1, 10) * mean
    )


@given(cases())
@settings(max_examples=60, deadline=None)
def test_units_have_the_index_of_the_definition(case: Case) -> None:
    for row in unit_rows(case.facts, NATIONAL):
        slow = slow_index(row, case)
        assert row.index == (None if slow is None else int(slow * 100 + Fraction(1, 2)))


def test_every_expected_unit_is_listed_even_when_nobody_took_part() -> None:
    rows = unit_rows(ContestField(SCHOOLS, CLASSES, HEADCOUNTS, ()), AVERAGE)
    schools = [row for row in rows if row.category == "all" and row.level == "school"]
    assert {row.unit_id for row in schools} == {"1", "2", "3", "4"}
    assert all(row.index is None for row in rows)


def test_the_source_of_the_expected_pupils_is_told() -> None:
    rows = unit_rows(ContestField(SCHOOLS, CLASSES, HEADCOUNTS, ()), AVERAGE)
    found = {(row.category, row.unit_id): (row.source, row.figures.pupils_expected) for row in rows}
    assert found["all", "1"] == ("headcount", 9)
    assert found["all", "2"] == ("enrolled", 3 + 4)
    assert found["all", "630103"] == ("mixed", 9 + 7)


def test_a_result_from_a_class_that_was_not_expected_still_counts() -> None:
    result = ClassSum("junior", 1, 19, pupils=1, passed=1, full_marks=0, score_sum=7000)
    rows = unit_rows(Expected(SCHOOLS, CLASSES, HEADCOUNTS).with_sums([result]), NATIONAL)
    of_class = next(row for row in rows if row.unit_id == "19" and row.category == "all")
    assert of_class.figures.pupils == 1 and of_class.index is not None
