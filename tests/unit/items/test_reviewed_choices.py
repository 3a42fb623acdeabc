"""What a revealed item shows of each choice."""

import pytest

from question_bank.loader import load_bank
from question_bank.model import Item, ItemKind
from quiz.items import citations
from quiz.items.rules import reviewed_choices


@pytest.fixture(scope="module")
def bank() -> dict[str, Item]:
    return {item.id: item for item in load_bank()}


def first(bank: dict[str, Item], kind: ItemKind) -> Item:
    return next(item for item in bank.values() if item.kind is kind)


def test_a_wrong_pick_and_the_key_are_told_apart(bank: dict[str, Item]) -> None:
    item = first(bank, ItemKind.SINGLE)
    wrong = next(choice_id for choice_id in item.choice_ids if choice_id not in item.answer_key)
    shown = {choice.id: choice for choice in reviewed_choices(item, item.choice_ids, [wrong])}
    assert shown[wrong].state == "wrong"
    assert shown[wrong].is_picked
    assert shown[item.answer_key[0]].state == "right"
    assert all(choice.state == "" for choice in shown.values() if choice.id not in (wrong, *item.answer_key))


def test_letters_follow_the_order_shown(bank: dict[str, Item]) -> None:
    item = first(bank, ItemKind.MULTIPLE)
    order = tuple(reversed(item.choice_ids))
    shown = reviewed_choices(item, order, ())
    assert [choice.id for choice in shown] == list(order)
    assert [choice.letter for choice in shown] == list("ABCDEFGH"[: len(order)])


def test_every_choice_of_a_scenario_shows_its_reason_and_danger_without_being_picked(bank: dict[str, Item]) -> None:
    item = first(bank, ItemKind.SCENARIO)
    shown = reviewed_choices(item, item.choice_ids, ())
    assert all(choice.reason for choice in shown)
    states = {choice.grade: choice.state for choice in shown}
    assert states["best"] == "right"
    assert states["dangerous"] == "wrong"
    assert states.get("acceptable", "fair") == "fair"


def test_pupils_read_laws_first_and_facts_only_where_there_is_no_law() -> None:
    both = citations.for_pupils(["law:drug-control:art-62", "fact:JQ-01"])
    assert both == ["《中华人民共和国禁毒法》第六十二条"]
    assert citations.for_pupils(["fact:JQ-01"])[0].startswith("不吃、不喝")


def test_a_withdrawn_citation_is_shown_to_staff_as_written_and_not_to_pupils() -> None:
    assert citations.for_staff(["law:gone:art-1"]) == ["law:gone:art-1"]
    assert citations.for_pupils(["law:gone:art-1"]) == []
