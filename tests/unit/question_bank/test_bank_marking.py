"""Points and soundness, kind by kind."""

import pytest

from question_bank.kinds import BadResponse, MarkingPolicy, kind_of
from question_bank.kinds.base import round_half_up
from question_bank.model import Choice, ChoiceGrade
from tests.unit.question_bank.examples import MULTIPLE, SCENARIO, SINGLE, TRUE_FALSE, vary

STRICT = MarkingPolicy()
PARTIAL = MarkingPolicy(partial_credit=True)


def awarded(item, response, points=500, policy=STRICT):
    return kind_of(item).mark(item, response, points, policy).awarded


def rules(item):
    return {problem.rule for problem in kind_of(item).check(item)}


@pytest.mark.parametrize(
    ("numerator", "denominator", "result"), [(1, 2, 1), (5, 2, 3), (1, 3, 0), (2, 3, 1), (0, 7, 0)]
)
def test_halves_round_up(numerator, denominator, result):
    assert round_half_up(numerator, denominator) == result


@pytest.mark.parametrize("item", [SINGLE, TRUE_FALSE], ids=["single", "true_false"])
def test_the_right_choice_earns_everything_and_another_nothing(item):
    assert awarded(item, ("b",)) == 500
    assert awarded(item, ("a",)) == 0


@pytest.mark.parametrize("item", [SINGLE, TRUE_FALSE, SCENARIO], ids=["single", "true_false", "scenario"])
def test_only_one_choice_may_be_picked(item):
    with pytest.raises(BadResponse) as refused:
        kind_of(item).parse_response(["a", "b"], item)
    assert refused.value.code == "too_many"


def test_multiple_is_all_or_nothing():
    assert awarded(MULTIPLE, ("a", "b", "c")) == 500
    assert awarded(MULTIPLE, ("a", "b")) == 0
    assert awarded(MULTIPLE, ("a", "b", "c", "d")) == 0


def test_partial_credit_gives_a_share_but_a_wrong_pick_loses_it():
    assert awarded(MULTIPLE, ("a",), policy=PARTIAL) == 167
    assert awarded(MULTIPLE, ("a", "b"), policy=PARTIAL) == 333
    assert awarded(MULTIPLE, ("a", "b", "c"), policy=PARTIAL) == 500
    assert awarded(MULTIPLE, ("a", "d"), policy=PARTIAL) == 0
    assert not kind_of(MULTIPLE).mark(MULTIPLE, ("a", "b"), 500, PARTIAL).is_correct


def test_the_order_of_picks_does_not_matter():
    assert kind_of(MULTIPLE).parse_response(["c", "a", "b"], MULTIPLE) == ("a", "b", "c")


def test_scenario_pays_best_half_and_nothing():
    marks = {pick: kind_of(SCENARIO).mark(SCENARIO, (pick,), 505, STRICT) for pick in "abc"}
    assert {pick: mark.awarded for pick, mark in marks.items()} == {"a": 0, "b": 505, "c": 253}
    assert [mark.is_correct for mark in marks.values()] == [False, True, False]
    assert marks["c"].grade is ChoiceGrade.ACCEPTABLE


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        (vary(SINGLE, answer_key=()), "key-count"),
        (vary(SINGLE, answer_key=("a", "b")), "key-count"),
        (vary(SINGLE, answer_key=("z",)), "key-ids"),
        (vary(SINGLE, choices=SINGLE.choices[:1], answer_key=("a",)), "choice-count"),
        (vary(SINGLE, choices=SINGLE.choices[1:]), "choice-ids"),
        (vary(SINGLE, choices=(Choice("a", "同样"), Choice("b", "同样"))), "choice-texts"),
        (vary(SINGLE, choices=SCENARIO.choices), "grades"),
        (vary(MULTIPLE, answer_key=("a",)), "key-count"),
        (vary(MULTIPLE, answer_key=("a", "b", "c", "d")), "key-count"),
        (vary(TRUE_FALSE, choices=SINGLE.choices), "choice-texts"),
        (vary(TRUE_FALSE, answer_key=("a", "b")), "key-count"),
        (vary(SCENARIO, answer_key=("b",)), "key-count"),
        (vary(SCENARIO, choices=SINGLE.choices), "grades"),
        (vary(SCENARIO, choices=SCENARIO.choices[1:]), "choice-ids"),
    ],
)
def test_an_unsound_item_is_reported(item, rule):
    assert rule in rules(item)


def regraded(*grades):
    choices = zip(SCENARIO.choices, grades, strict=True)
    return vary(SCENARIO, choices=tuple(vary(choice, grade=grade) for choice, grade in choices))


@pytest.mark.parametrize(
    "grades",
    [
        (ChoiceGrade.BEST, ChoiceGrade.BEST, ChoiceGrade.DANGEROUS),
        (ChoiceGrade.ACCEPTABLE, ChoiceGrade.ACCEPTABLE, ChoiceGrade.DANGEROUS),
        (ChoiceGrade.BEST, ChoiceGrade.ACCEPTABLE, ChoiceGrade.ACCEPTABLE),
        (ChoiceGrade.BEST, None, ChoiceGrade.DANGEROUS),
    ],
)
def test_a_scenario_needs_one_best_and_a_dangerous_choice(grades):
    assert "grades" in rules(regraded(*grades))


def test_every_choice_of_a_scenario_has_its_reason():
    silent = tuple(vary(choice, reason=" ") for choice in SCENARIO.choices)
    assert "grades" in rules(vary(SCENARIO, choices=silent))
