"""Who competes in which group."""

import pytest

from quiz.contests.rules import BANDS, GROUP_TABLE, ContestGroupKind, band_of, group_of
from quiz.regions.models import SchoolKind

TABLE = [
    ("小学", 4, None),
    ("小学", 5, "primary"),
    ("小学", 6, "primary"),
    ("小学", 7, None),
    ("初中", 6, "primary"),
    ("初中", 7, "junior"),
    ("初中", 9, "junior"),
    ("初中", 10, None),
    ("九年一贯", 4, None),
    ("九年一贯", 5, "primary"),
    ("九年一贯", 9, "junior"),
    ("九年一贯", 10, None),
    ("完全中学", 7, "junior"),
    ("完全中学", 12, "senior"),
    ("高中", 10, "senior"),
    ("高中", 13, None),
    ("中职", 10, "vocational"),
    ("中职", 12, "vocational"),
    ("高校", 13, "open"),
    ("高校", 12, None),
    ("幼儿园", 5, None),
]


@pytest.mark.parametrize(("kind", "grade", "group"), TABLE)
def test_a_grade_of_a_school_competes_in_one_group(kind, grade, group):
    assert group_of(kind, grade) == group


def test_every_kind_of_school_has_a_row():
    assert set(GROUP_TABLE) == {kind.value for kind in SchoolKind}


def test_every_group_draws_from_a_band():
    assert set(BANDS) == set(ContestGroupKind)
    assert band_of(ContestGroupKind.VOCATIONAL) == "senior"
