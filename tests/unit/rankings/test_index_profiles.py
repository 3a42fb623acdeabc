"""Index profiles: published rows come out to the hundredth; caps, rounding and empty units are as declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.contests.rules import RANKING_PROFILES
from quiz.rankings.profiles import AVERAGE, NATIONAL, PROFILES, Figures, round_half_up


def figures(**changes: int) -> Figures:
    values = {
        "parts": 1, "parts_expected": 2, "pupils": 10, "pupils_expected": 20, "passed": 5, "full_marks": 1,
        "score_sum": 70000,
    }  # fmt: skip
    return Figures(**{**values, **changes})


def published(schools: tuple[int, int], pupils: tuple[int, int], passed: int, full: int, average: int) -> Figures:
    """A published row: counts for participation, whole per cents, and the average in hundredths."""
    return Figures(
        parts=schools[0], parts_expected=schools[1], pupils=pupils[0], pupils_expected=pupils[1],
        passed=round_half_up(pupils[0] * passed, 100), full_marks=round_half_up(pupils[0] * full, 100),
        score_sum=pupils[0] * average,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "total"),
    [
        (published((5129, 15171), (1246785, 6260041), 50, 1, 5706), 2971),  # 河北
        (published((2442, 5496), (855448, 2241067), 55, 3, 5977), 4048),  # 辽宁
        (published((7034, 7086), (4563561, 5107844), 72, 7, 6940), 8064),  # 江苏
        (published((6062, 5880), (3394465, 3635069), 59, 5, 6252), 8020),  # 浙江: more schools than expected
    ],
)
def test_the_national_profile_reproduces_the_published_rows(row: Figures, total: int) -> None:
    assert NATIONAL.index(row) == total


def test_participation_above_all_is_capped_at_100_and_says_so() -> None:
    first, second = NATIONAL.explain(figures(parts=3, parts_expected=2, pupils=20, pupils_expected=20))[:2]
    assert (first.raw, first.value, first.is_capped) == (15000, 10000, True)
    assert (second.raw, second.value, second.is_capped) == (10000, 10000, False)


def test_rates_are_whole_per_cents_with_a_half_rounded_up() -> None:
    terms = {term.key: term for term in NATIONAL.explain(figures(pupils=200, passed=111, full_marks=1))}
    assert terms["passed"].value == 5600  # 55.5 %
    assert terms["full_marks"].value == 100  # 0.5 %


def test_the_average_is_the_sum_of_counted_scores_by_pupils_who_took_part() -> None:
    assert AVERAGE.index(figures(pupils=3, score_sum=20000)) == 6667
    assert AVERAGE.index(figures(pupils=8, score_sum=60004)) == 7501  # 7500.5 rounds up


def test_a_unit_in_which_nobody_took_part_has_no_index() -> None:
    assert all(profile.index(figures(pupils=0, parts=0, score_sum=0)) is None for profile in PROFILES.values())


def test_whoever_comes_unexpected_counts_as_all() -> None:
    term = NATIONAL.explain(figures(pupils_expected=0))[1]
    assert term.value == 10000


def test_contests_offer_exactly_the_registered_profiles() -> None:
    assert set(RANKING_PROFILES) == set(PROFILES)
    weights = {key: sum(rule.weight for rule in profile.terms) for key, profile in PROFILES.items()}
    assert weights == {"average": 100, "national": 100, "progress": 0}  # progress is a difference, not a weighted sum


def test_figures_survive_being_stored() -> None:
    assert Figures.from_dict(figures().to_dict() | {"source": "enrolled"}) == figures()


@given(
    pupils=st.integers(1, 10**6), expected=st.integers(0, 10**6), parts=st.integers(0, 9), passed=st.integers(0, 10**6)
)
def test_an_index_lies_between_0_and_100_and_is_the_sum_of_its_terms(
    pupils: int, expected: int, parts: int, passed: int
) -> None:
    row = figures(
        pupils=pupils, pupils_expected=expected, parts=parts, passed=min(passed, pupils), score_sum=pupils * 10000
    )
    index = NATIONAL.index(row)
    assert index is not None and 0 <= index <= 10000
    assert abs(index * 100 - sum(term.contribution for term in NATIONAL.explain(row))) <= 50
