"""Nobody gives a role at or above their own, nor outside their place."""

import pytest

from quiz.accounts.hierarchy import ORDER, may_give, roles_to_give, scope_to_give
from quiz.accounts.rules import Grant

MAY_GIVE = {
    "admin": {
        "province_organiser", "prefecture_organiser", "county_organiser", "school_admin", "teacher", "editor",
    },
    "editor": set(),
    "province_organiser": {"prefecture_organiser", "county_organiser", "school_admin", "teacher"},
    "prefecture_organiser": {"county_organiser", "school_admin", "teacher"},
    "county_organiser": {"school_admin", "teacher"},
    "school_admin": {"teacher"},
    "teacher": set(),
}  # fmt: skip


@pytest.mark.parametrize(("own", "given"), MAY_GIVE.items())
def test_a_role_gives_exactly_the_roles_below_it(own: str, given: set[str]) -> None:
    assert {role for role in (*ORDER, "editor") if may_give(own, role)} == given
    assert set(roles_to_give([Grant(own)])) == given


def test_each_grant_counts_only_at_its_own_place() -> None:
    grants = [Grant("county_organiser", region_id="630103"), Grant("school_admin", school_id=9)]
    assert scope_to_give(grants, "school_admin").regions == {"630103"}
    assert scope_to_give(grants, "school_admin").schools == set()
    assert scope_to_give(grants, "teacher").schools == {9}


def test_a_grant_without_the_right_gives_no_place() -> None:
    assert scope_to_give([Grant("teacher", class_id=3)], "teacher").is_empty
    assert scope_to_give([Grant("editor")], "teacher").is_empty
