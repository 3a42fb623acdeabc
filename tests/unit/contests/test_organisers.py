"""Organisers as people type them and as they are kept."""

import pytest

from quiz.contests.organisers import MOST_IN_ROLE, MOST_NAME, OrganiserRole, Organisers, check_organisers
from quiz.errors import DomainError


def test_one_a_line_in_the_order_typed_with_nothing_empty():
    found = Organisers.from_lines(host=" 省禁毒办 \r\n\n省教育厅\n", undertaking="", supporting="  \n")
    assert found == Organisers(("省禁毒办", "省教育厅"))
    assert found.to_dict() == {"host": ["省禁毒办", "省教育厅"]}


def test_they_come_back_as_they_were_kept():
    found = Organisers(("甲",), ("乙", "丙"), ("丁",))
    assert Organisers.from_dict(found.to_dict()) == found
    assert Organisers.from_dict({}) == Organisers()
    assert [found.of(role) for role in OrganiserRole] == [("甲",), ("乙", "丙"), ("丁",)]


@pytest.mark.parametrize(
    ("organisers", "field"),
    [
        (Organisers(host=tuple(f"单位{n}" for n in range(MOST_IN_ROLE + 1))), "organisers_host"),
        (Organisers(undertaking=("长" * (MOST_NAME + 1),)), "organisers_undertaking"),
        (Organisers(supporting=("甲", "乙", "甲")), "organisers_supporting"),
    ],
)
def test_what_cannot_be_right_names_its_role(organisers, field):
    with pytest.raises(DomainError) as caught:
        check_organisers(organisers)
    assert caught.value.field == field


def test_one_organisation_may_have_two_roles():
    check_organisers(Organisers(("省教育厅",), ("省教育厅",)))
