"""All ranks at all levels, and every figure, against a slow and independent computation."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from quiz.rankings.profiles import AVERAGE, NATIONAL
from quiz.rankings.rules import BoardLevel
from quiz.rankings.standings import (
    ClassFacts,
    ContestField,
    Result,
    SchoolFacts,
    UnitRow,
    pupil_rows,
    unit_rows,
)

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
HEADCOUNTS = {(1, "junior"): 9, (3, "junior"): 4, (4, "primary"): 30}


@st.composite
def contest_fields(draw: st.DrawFn) -> ContestField:
    rows = draw(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from([0, 50, 60, 100]), st.integers(1, 3))))
    results = tuple(
        Result(number, 1000 + number, one.group, one.school_id, one.id, score * 100, seconds, score >= 60)
        for number, (one, score, seconds) in enumerate(rows)
    )
    return ContestField(SCHOOLS, CLASSES, HEADCOUNTS, results)


def unit_of(level: str, result: Result) -> Any:
    school = SCHOOLS[result.school_id]
    return {
        "pupil": "all", "class": result.class_id, "school": school.id, "county": school.county_id,
        "prefecture": school.prefecture_id,
    }[level]  # fmt: skip


@given(contest_fields())
@settings(max_examples=60, deadline=None)
def test_pupils_rank_as_counting_the_better_ones_says(facts: ContestField) -> None:
    for row in pupil_rows(facts):
        mine = row.result
        for level in BoardLevel:
            unit = unit_of(level, mine)
            if unit is None:
                assert level not in row.places
                continue
            pool = [one for one in facts.results if one.group == mine.group and unit_of(level, one) == unit]
            better = [
                one for one in pool
                if one.score > mine.score or (one.score == mine.score and one.elapsed_seconds < mine.elapsed_seconds)
            ]  # fmt: skip
            equal = [one for one in pool if (one.score, one.elapsed_seconds) == (mine.score, mine.elapsed_seconds)]
            place = row.places[level]
            assert (place.rank, place.size, place.is_tied) == (len(better) + 1, len(pool), len(equal) > 1)


def slow_index(row: UnitRow, facts: ContestField) -> Fraction | None:
    """The national index of a unit, from the definition and with fractions."""

    def belongs(school_id: int, group: str, class_id: int | None) -> bool:
        school = SCHOOLS[school_id]
        in_category = row.category in ("all", group, school.kind)
        unit = {"class": class_id, "school": school.id, "county": school.county_id, "prefecture": school.prefecture_id}
        return in_category and str(unit[row.level]) == row.unit_id

    mine = [one for one in facts.results if belongs(one.school_id, one.group, one.class_id)]
    if not mine:
        return None
    classes = [one for one in facts.classes if belongs(one.school_id, one.group, one.id)]
    pairs = {(one.school_id, one.group) for one in facts.classes} | set(HEADCOUNTS)
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


@given(contest_fields())
@settings(max_examples=60, deadline=None)
def test_units_have_the_index_and_rank_of_the_definition(facts: ContestField) -> None:
    rows = unit_rows(facts, NATIONAL)
    for row in rows:
        slow = slow_index(row, facts)
        assert row.index == (None if slow is None else int(slow * 100 + Fraction(1, 2)))
        pool = [one.index for one in rows if (one.category, one.level) == (row.category, row.level)]
        indexes = [index for index in pool if index is not None]
        if row.index is None:
            assert row.rank is None and not row.is_tied
        else:
            assert row.rank == 1 + sum(index > row.index for index in indexes)
            assert row.is_tied == (indexes.count(row.index) > 1)


def test_every_expected_unit_is_listed_even_when_nobody_took_part() -> None:
    rows = unit_rows(ContestField(SCHOOLS, CLASSES, HEADCOUNTS, ()), AVERAGE)
    schools = [row for row in rows if row.category == "all" and row.level == "school"]
    assert {row.unit_id for row in schools} == {"1", "2", "3", "4"}
    assert all(row.index is None and row.rank is None for row in rows)


def test_the_source_of_the_expected_pupils_is_told() -> None:
    rows = unit_rows(ContestField(SCHOOLS, CLASSES, HEADCOUNTS, ()), AVERAGE)
    found = {(row.category, row.unit_id): (row.source, row.figures.pupils_expected) for row in rows}
    assert found["all", "1"] == ("headcount", 9)
    assert found["all", "2"] == ("enrolled", 3 + 4)
    assert found["all", "630103"] == ("mixed", 9 + 7)


def test_a_result_from_a_class_that_was_not_expected_still_counts() -> None:
    gone = ClassFacts(19, 1, "junior", 0)
    result = Result(1, 1, "junior", 1, 19, 7000, 60, True)
    rows = unit_rows(ContestField(SCHOOLS, (*CLASSES, gone), HEADCOUNTS, (result,)), NATIONAL)
    of_class = next(row for row in rows if row.unit_id == "19" and row.category == "all")
    assert of_class.figures.pupils == 1 and of_class.index is not None
