"""What a bulletin may say: which units a copy lists, what it holds back, which superlatives are true of all."""

import pytest

from quiz.rankings.profiles import AVERAGE, NATIONAL, Figures
from quiz.rankings.rules import BoardLevel
from quiz.reports.bulletin.rules import Line, compose, levels_of, listed, shares, total_of


def figures(pupils: int = 10, expected: int = 20, **others: int) -> Figures:
    values = {"parts": 1, "parts_expected": 2, "passed": 8, "full_marks": 1, "score_sum": 80000} | others
    return Figures(pupils=pupils, pupils_expected=expected, **values)


def line(name: str, rank: int | None, pupils: int = 10, expected: int = 20, **others: int) -> Line:
    found = figures(pupils, expected, **others)
    return Line(name, "", found, "enrolled", AVERAGE.index(found), rank)


@pytest.mark.parametrize(
    ("region", "levels"),
    [
        ("630000", ["prefecture", "county"]), ("630100", ["county", "school"]), ("630103", ["school", "class"]),
        ("110000", ["county", "school"]), (None, ["class"]),
    ],
)  # fmt: skip
def test_the_level_below_the_host_comes_first(region, levels):
    assert list(levels_of(region)) == levels


def test_shares_are_whole_per_cents_half_up_and_not_capped():
    found = shares(
        figures(pupils=8, expected=3, passed=1, full_marks=0, score_sum=8 * 6666 + 4, parts=1, parts_expected=8)
    )
    assert (found.pupils, found.parts, found.passed, found.full_marks) == (26700, 1300, 1300, 0)
    assert found.average == 6667  # 6666.5 hundredths


def test_of_nothing_there_is_no_share():
    nobody = shares(figures(pupils=0, expected=0, passed=0, full_marks=0, score_sum=0, parts=0, parts_expected=0))
    assert (nobody.parts, nobody.pupils, nobody.passed, nobody.full_marks, nobody.average) == (None,) * 5


def test_the_total_adds_the_figures_and_uses_the_same_formula():
    rows = [line("甲", 1, pupils=10, score_sum=90000), line("乙", 2, pupils=5, score_sum=30000)]
    total = total_of(rows, AVERAGE)
    assert (total.figures.pupils, total.figures.score_sum, total.index) == (15, 120000, 8000)
    assert total_of(rows, NATIONAL).index == NATIONAL.index(total.figures)
    mixed = [rows[0], Line("丙", "", figures(), "headcount", 1, 3)]
    assert (total.source, total_of(mixed, AVERAGE).source) == ("enrolled", "mixed")


def test_a_copy_for_others_lists_the_upper_half_without_small_units():
    rows = [line("甲", 1), line("乙", 2, pupils=4), line("丙", 3), line("丁", 4), line("戊", None, pupils=0)]
    assert [one.name for one in listed(rows)] == ["甲"]  # 乙 is small; ranks 3 and 4 are the lower half of four
    tied = [line("甲", 1), line("乙", 2), line("丙", 2), line("丁", 4)]
    assert [one.name for one in listed(tied)] == ["甲", "乙", "丙"]


def test_at_most_fifty_units_are_listed():
    assert len(listed([line(str(number), number) for number in range(1, 201)])) == 50


@pytest.mark.parametrize(("rest", "hides"), [(1, True), (4, True), (5, False), (40, False)])
def test_the_total_is_silent_where_it_would_give_a_few_pupils_away(rest, hides):
    rows = [line("甲", 1), line("乙", 2, pupils=rest)]
    assert compose(rows, level=BoardLevel.COUNTY, profile=AVERAGE, is_public=True).hides_scores is hides
    assert not compose(rows, level=BoardLevel.COUNTY, profile=AVERAGE, is_public=False).hides_scores


def test_a_superlative_is_said_only_if_all_whom_it_fits_are_listed():
    rows = [line("甲", 1, pupils=10), line("乙", 2, pupils=19), line("丙", 3, pupils=8), line("丁", 4, pupils=19)]
    own = compose(rows, level=BoardLevel.COUNTY, profile=AVERAGE, is_public=False)
    assert [one.name for one in own.leaders] == ["乙", "丁"]
    others = compose(rows, level=BoardLevel.COUNTY, profile=AVERAGE, is_public=True)
    assert [one.name for one in others.lines] == ["甲", "乙"]
    assert others.leaders == ()
    assert [one.name for one in others.first] == ["甲"]


def test_who_has_not_begun_is_named_to_the_organiser_alone():
    rows = [line("甲", 1), line("乙", 2), line("丙", None, pupils=0)]
    for is_public, names in ((False, ["丙"]), (True, [])):
        found = compose(rows, level=BoardLevel.COUNTY, profile=AVERAGE, is_public=is_public)
        assert [one.name for one in found.idle] == names
