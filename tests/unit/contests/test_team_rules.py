"""What a team may be called, and how many it has."""

import pytest

from quiz.contests.teams.rules import StageUnit, Unit, check_unit, checked_name, lines_of, name_key, wrong_numbers
from quiz.errors import DomainError


@pytest.mark.parametrize("name", ["昆仑一队", "  清源  一队 ", "A1", "བོད་ཡིག", "同心·二队（初中）", "第12队"])
def test_names_that_schools_use(name: str) -> None:
    assert checked_name(name) == " ".join(name.split())


@pytest.mark.parametrize(
    "name",
    ["", "队", "很" * 21, "加微信abc", "QQ群队", "13800001234", "队 139 7700 1234", "www.队", "a@b", "队★", "１３８００００１２３４", "队\n<b>"],
)  # fmt: skip
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(DomainError) as error:
        checked_name(name)
    assert error.value.field == "name"


def test_names_that_look_the_same_are_the_same() -> None:
    assert name_key("昆仑 A队") == name_key("昆仑a队") == name_key("昆仑Ａ队")
    assert name_key("昆仑一队") != name_key("昆仑二队")


@pytest.mark.parametrize(
    ("unit", "field"),
    [
        (Unit(StageUnit.TEAM, 1, 0, 1), "team_size"),
        (Unit(StageUnit.TEAM, 11, 0, 1), "team_size"),
        (Unit(StageUnit.TEAM, 3, 4, 1), "team_reserves"),
        (Unit(StageUnit.TEAM, 3, -1, 1), "team_reserves"),
        (Unit(StageUnit.TEAM, 3, 1, 0), "teams_per_school"),
        (Unit(StageUnit.DELEGATION, 3, 1, 51), "teams_per_school"),
    ],
)
def test_units_that_cannot_be(unit: Unit, field: str) -> None:
    with pytest.raises(DomainError) as error:
        check_unit(unit)
    assert error.value.field == field


def test_a_delegation_is_one_team() -> None:
    assert Unit(StageUnit.DELEGATION, per_school=5).limit == 1
    assert Unit(StageUnit.TEAM, per_school=5).limit == 5
    check_unit(Unit(StageUnit.PUPIL, size=0))  # says nothing where pupils compete alone


def test_a_team_is_whole() -> None:
    unit = Unit(StageUnit.TEAM, size=3, reserves=1)
    assert wrong_numbers(unit, 3, 1) == []
    for members, reserves, field in ((2, 0, "members"), (4, 0, "members"), (3, 2, "reserves")):
        assert [error.field for error in wrong_numbers(unit, members, reserves)] == [field]


def test_lines_keep_their_numbers() -> None:
    assert lines_of(" 1\n\n 李明 \n") == [(1, "1"), (3, "李明")]
