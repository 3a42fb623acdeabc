"""Marking is a pure function: bounded, exact, the same every time, whatever the order of the answers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.kinds import kind_of
from question_bank.loader import load_bank
from question_bank.model import Item
from quiz.attempts.rules import mark_paper, topic_results
from quiz.papers.rules import PARTED

BANK = load_bank()


def right(item: Item) -> list[str]:
    return list(kind_of(item).right_response(item))


def some_answer(item: Item) -> st.SearchStrategy[list[str]]:
    """Part of an answer to an item of any kind."""
    if item.kind == "blank":
        return st.lists(st.sampled_from(["110", "不知道", ""]), max_size=len(item.answer_key))
    if item.kind in ("ordering", "matching"):
        return st.lists(st.sampled_from(right(item)), unique=True)
    return st.lists(st.sampled_from(item.choice_ids), max_size=1)


@st.composite
def papers(draw: st.DrawFn) -> tuple[list[dict[str, object]], dict[int, Item]]:
    chosen = draw(st.lists(st.sampled_from(BANK), min_size=1, max_size=12, unique_by=lambda item: item.id))
    items = dict(enumerate(chosen, start=1))
    paper = [
        {"position": n, "item_id": item.id, "version": 1, "points": draw(st.integers(1, 10000)), "order": []}
        for n, item in items.items()
    ]
    return paper, items


@given(papers(), st.data())
def test_scores_are_bounded_and_follow_from_the_marks(
    given_paper: tuple[list[dict[str, object]], dict[int, Item]], data: st.DataObject
) -> None:
    paper, items = given_paper
    answers = {
        position: kind_of(item).parse_response(data.draw(some_answer(item)), item)
        for position, item in items.items()
        if data.draw(st.booleans())
    }
    score, marks = mark_paper(paper, answers, items)
    assert 0 <= score <= 10000
    assert [mark["position"] for mark in marks] == list(items)
    assert all(0 <= mark["awarded"] <= mark["points"] for mark in marks)
    awarded, total = sum(mark["awarded"] for mark in marks), sum(mark["points"] for mark in marks)
    assert abs(score * total - awarded * 10000) * 2 <= total
    assert mark_paper(paper, dict(reversed(answers.items())), items) == (score, marks)
    by_topic = topic_results(marks, items)
    assert sum(result.awarded for result in by_topic) == awarded
    assert sum(result.count for result in by_topic) == len(paper)


@given(papers())
def test_all_right_is_a_hundred_and_nothing_is_nothing(
    given_paper: tuple[list[dict[str, object]], dict[int, Item]],
) -> None:
    paper, items = given_paper
    assert mark_paper(paper, {n: right(item) for n, item in items.items()}, items)[0] == 10000
    score, marks = mark_paper(paper, {}, items)
    assert score == 0
    assert not any(mark["is_correct"] for mark in marks)


def test_half_a_hundredth_rounds_up() -> None:
    single = next(item for item in BANK if item.kind == "single")
    paper = [{"position": n, "points": points} for n, points in ((1, 1), (2, 15), (3, 15), (4, 1), (5, 0))]
    items = dict.fromkeys(range(1, 6), single)
    score, _marks = mark_paper(paper, {1: right(single)}, items)
    assert score == 313, "1 of 32 is 312.5 hundredths"


def test_an_acceptable_choice_of_a_scenario_earns_half() -> None:
    item = next(item for item in BANK if item.kind == "scenario" and any(c.grade == "acceptable" for c in item.choices))
    choice = next(choice.id for choice in item.choices if choice.grade == "acceptable")
    score, [mark] = mark_paper([{"position": 1, "points": 201}], {1: [choice]}, {1: item})
    assert mark == {"position": 1, "awarded": 101, "points": 201, "is_correct": False}
    assert score == 5025


def test_an_unknown_rules_version_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="rules version 99"):
        mark_paper([], {}, {}, 99)


def of_parts(kind: str) -> Item:
    """An item of a kind whose answer has several parts."""
    item = max((one for one in BANK if one.kind == kind), key=lambda one: len(right(one)))
    return item if len(right(item)) > 1 else replace(item, answer_key=item.answer_key * 2)


@pytest.mark.parametrize("kind", PARTED)
def test_an_answer_right_in_part_earns_a_part_only_where_the_paper_says_so(kind: str) -> None:
    """The paper's own entry decides, so that everybody who marks it ever again arrives at the same."""
    item = of_parts(kind)
    parts = right(item)
    given = [*parts[:-1], "不知道"] if kind == "blank" else parts[:-1]
    entry = {"position": 1, "item_id": item.id, "version": 1, "points": 600, "order": []}
    whole, _ = mark_paper([entry], {1: given}, {1: item})
    part, marks = mark_paper([entry | {"partial": True}], {1: given}, {1: item})
    assert whole == 0
    assert 0 < part < 10000
    assert marks[0]["is_correct"] is False
    assert mark_paper([entry | {"partial": True}], {1: parts}, {1: item})[0] == 10000
