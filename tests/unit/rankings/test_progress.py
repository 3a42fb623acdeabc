"""Progress against an earlier contest, recomputed with fractions; who is left out; the bounds of “what if”."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.errors import DomainError
from quiz.rankings import what_if
from quiz.rankings.expected.numbers import numbers_by
from quiz.rankings.gathering import Expected
from quiz.rankings.profiles import AVERAGE, NATIONAL, PROGRESS, Figures, Unranked
from quiz.rankings.standings import ClassFacts, ClassSum, ContestField, SchoolFacts, unit_rows


def figures(pupils: int, expected: int, total: int, then: tuple[int, int, int]) -> Figures:
    """A unit now and then; sums of scores in hundredths."""
    return Figures(
        parts=1, parts_expected=1, pupils=pupils, pupils_expected=expected, passed=0, full_marks=0, score_sum=total,
        earlier_pupils=then[0], earlier_expected=then[1], earlier_score_sum=then[2],
    )  # fmt: skip


def rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def slow_value(pupils: int, expected: int, total: int) -> Fraction:
    """Average times participation in points, each rounded as the rules page says."""
    average = Fraction(rounded(Fraction(total, pupils)), 100)
    share = Fraction(min(100, rounded(Fraction(100 * pupils, expected)) if expected else 100), 100)
    return Fraction(rounded(average * share * 100), 100)


@given(
    now=st.tuples(st.integers(5, 3000), st.integers(0, 3000), st.integers(0, 100)),
    then=st.tuples(st.integers(5, 3000), st.integers(0, 3000), st.integers(0, 100)),
)
def test_the_index_is_the_capped_difference_of_both_values(
    now: tuple[int, int, int], then: tuple[int, int, int]
) -> None:
    sides = [(pupils, expected, pupils * score * 100 - min(pupils, score)) for pupils, expected, score in (now, then)]
    row = figures(*sides[0], sides[1])
    gain = slow_value(*sides[0]) - slow_value(*sides[1])
    assert PROGRESS.index(row) == 100 * max(Fraction(-30), min(Fraction(30), gain))
    assert PROGRESS.compare(row).gain == 100 * gain


def test_a_hand_example() -> None:
    # Then: 10 of 20 with an average of 60 → 30.00. Now: 18 of 20 with 50 → 45.00. The average fell, the unit gained.
    row = figures(18, 20, 18 * 5000, (10, 20, 10 * 6000))
    assert PROGRESS.index(row) == 1500
    one = PROGRESS.compare(row)
    assert (one.then.rate, one.then.average, one.then.value) == (5000, 6000, 3000)
    assert (one.now.rate, one.now.average, one.now.value) == (9000, 5000, 4500)


def test_leaving_weak_pupils_at_home_does_not_pay() -> None:
    everybody = figures(20, 20, 10 * 9000 + 10 * 4000, (20, 20, 20 * 6500))
    the_best = figures(10, 20, 10 * 9000, (20, 20, 20 * 6500))
    assert (PROGRESS.index(everybody), PROGRESS.index(the_best)) == (0, -2000)


def test_one_bad_year_does_not_win_the_next() -> None:
    row = figures(20, 20, 20 * 9000, (5, 20, 5 * 1000))
    assert PROGRESS.index(row) == 3000
    assert PROGRESS.compare(row).is_capped and PROGRESS.compare(row).gain == 8750


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (figures(0, 20, 0, (9, 9, 100)), Unranked.NOBODY),
        (figures(20, 20, 100, (0, 0, 0)), Unranked.NO_EARLIER),
        (figures(4, 20, 100, (9, 9, 100)), Unranked.FEW),
        (figures(9, 20, 100, (4, 9, 100)), Unranked.FEW),
        (figures(5, 20, 100, (5, 9, 100)), None),
    ],
)
def test_who_cannot_be_compared_has_no_index_and_a_reason(row: Figures, why: Unranked | None) -> None:
    assert PROGRESS.unranked(row) is why
    assert (PROGRESS.index(row) is None) is (why is not None)


def test_units_meet_their_own_earlier_numbers_in_every_category() -> None:
    schools = {1: SchoolFacts(1, "初中", "630103", "630100")}
    facts = ContestField(
        schools, (ClassFacts(11, 1, "junior", 20),), {}, (ClassSum("junior", 1, 11, 10, 0, 0, 60000),),
        {("all", "school", "1"): (8, 10, 40000), ("junior", "class", "11"): (6, 10, 30000)},
    )  # fmt: skip
    rows = {(row.category, row.level.value): row for row in unit_rows(facts, PROGRESS)}
    assert rows["all", "school"].index == 3000 - 4000  # 60 × 50 % − 50 × 80 %
    assert rows["junior", "class"].index == 3000 - 3000
    assert rows["junior", "school"].index is None


# --- excused pupils -----------------------------------------------------------------------------------------------


def test_the_excused_are_taken_off_everywhere_and_named() -> None:
    schools = {1: SchoolFacts(1, "初中", "630103", "630100"), 2: SchoolFacts(2, "初中", "630103", "630100")}
    classes = (
        ClassFacts(11, 1, "junior", 30, (2, 1, 0)), ClassFacts(12, 1, "junior", 30), ClassFacts(21, 2, "junior", 40, (0, 0, 4)),
    )  # fmt: skip
    rows = {
        (row.level.value, row.unit_id): row.figures
        for row in unit_rows(ContestField(schools, classes, {(2, "junior"): 100}, ()), AVERAGE)
        if row.category == "all"
    }
    found = {key: (one.pupils_expected, one.absent, one.exempt, one.moved, one.counted) for key, one in rows.items()}
    assert found == {
        ("class", "11"): (27, 2, 1, 0, 30), ("class", "12"): (30, 0, 0, 0, 30), ("class", "21"): (36, 0, 0, 4, 40),
        ("school", "1"): (57, 2, 1, 0, 60), ("school", "2"): (96, 0, 0, 4, 100),  # its reported figure
        ("county", "630103"): (153, 2, 1, 4, 160), ("prefecture", "630100"): (153, 2, 1, 4, 160),
    }  # fmt: skip


def test_more_excused_than_reported_in_one_group_are_taken_from_no_other() -> None:
    """Boards and pages that do not wait for a tally say the same, and the sum that they print is right."""
    schools = {1: SchoolFacts(1, "九年一贯", "630103", "630100")}
    classes = (ClassFacts(11, 1, "primary", 4, (3, 0, 0)), ClassFacts(12, 1, "junior", 10))
    facts = Expected(schools, classes, {(1, "primary"): 2})
    county = next(
        row.figures
        for row in unit_rows(facts.with_sums(()), AVERAGE)
        if (row.category, row.level.value) == ("all", "county")
    )
    numbers = numbers_by(facts, "county")["630103"]
    assert (county.pupils_expected, county.counted) == (numbers.expected, numbers.counted) == (10, 13)


def test_figures_with_excused_and_earlier_numbers_survive_being_stored() -> None:
    row = figures(18, 20, 100, (10, 20, 60))
    assert Figures.from_dict(row.to_dict() | {"source": "mixed"}) == row
    assert "absent" not in row.to_dict()  # what is 0 takes no room in sixty thousand rows


# --- what if ------------------------------------------------------------------------------------------------------

REAL = Figures(
    parts=2, parts_expected=3, pupils=8, pupils_expected=20, passed=6, full_marks=1, score_sum=61000
)  # fmt: skip
ENTERED = {"parts": "3", "pupils": "20", "passed": "15", "full_marks": "5", "average": "80"}


def test_the_form_begins_with_the_real_values_and_gives_the_real_index() -> None:
    values = what_if.start(REAL, NATIONAL)
    assert values == {"parts": "2", "pupils": "8", "passed": "6", "full_marks": "1", "average": "76.25"}
    assert what_if.read(values, REAL, NATIONAL, [6000]).figures == REAL


def test_other_values_change_the_results_and_nothing_else() -> None:
    found = what_if.read(ENTERED, REAL, NATIONAL, [6000]).figures
    assert found == Figures(
        parts=3, parts_expected=3, pupils=20, pupils_expected=20, passed=15, full_marks=5, score_sum=160000
    )
    assert NATIONAL.index(found) == 8800  # 35 + 35 + 7.5 + 2.5 + 8


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pupils": "21"}, "pupils"), ({"pupils": "0"}, "pupils"), ({"pupils": ""}, "pupils"), ({"pupils": "五"}, "pupils"),
        ({"pupils": "-3"}, "pupils"), ({"parts": "4"}, "parts"), ({"passed": "21"}, "passed"), ({"full_marks": "16"}, "full_marks"),
        ({"average": "101"}, "average"), ({"average": "NaN"}, "average"), ({"average": "1e9"}, "average"), ({"average": ""}, "average"),
        ({"average": "54.99"}, "average"),  # (5 × 100 + 10 × 60) / 20 = 55
        ({"average": "90.01"}, "average"),  # not with five below 60
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(changes: dict[str, str], field: str) -> None:
    found = what_if.read(ENTERED | changes, REAL, NATIONAL, [6000])
    assert found.figures is None and isinstance(found.error, DomainError) and found.error.field == field


def test_a_profile_asks_only_for_what_it_reckons_with() -> None:
    assert what_if.fields_of(AVERAGE) == ("pupils", "average")
    assert what_if.fields_of(PROGRESS) == ("pupils", "average")
