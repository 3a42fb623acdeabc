"""What all kinds share: the registry, what pupils see, and hostile responses."""

import json
import random

import pytest

from question_bank.kinds import KINDS, BadResponse, MarkingPolicy, UnknownKind, kind_of, pupil_view, registry
from question_bank.kinds.single import Single
from question_bank.model import ItemKind
from tests.unit.question_bank.examples import CHOICE_KINDS, EVERY_KIND, SINGLE, TRUE_FALSE, vary

ITEMS = pytest.mark.parametrize("item", EVERY_KIND, ids=lambda item: item.kind)
PICKED = pytest.mark.parametrize("item", CHOICE_KINDS, ids=lambda item: item.kind)
CANARY = "CANARY"


@ITEMS
def test_a_sound_item_has_no_problems(item):
    assert kind_of(item).check(item) == []


def test_two_modules_cannot_claim_one_kind():
    with pytest.raises(ValueError):
        registry((Single(), Single()))


def test_an_unknown_kind_cannot_be_marked_and_shows_nothing():
    unknown = vary(SINGLE, kind="essay")
    with pytest.raises(UnknownKind):
        kind_of(unknown)
    assert pupil_view(unknown, unknown.choice_ids) == {}


@PICKED
def test_the_pupil_view_holds_no_key_grade_reason_or_explanation(item):
    marked = vary(
        item,
        explanation=CANARY,
        sources=(CANARY,),
        choices=tuple(vary(c, reason=CANARY, misconception=CANARY) for c in item.choices),
    )
    view = pupil_view(marked, marked.choice_ids)
    assert CANARY not in json.dumps(view, ensure_ascii=False)
    assert set(view) == {"kind", "stem", "choices"}
    assert all(set(choice) == {"id", "text"} for choice in view["choices"])


@PICKED
def test_the_pupil_view_keeps_the_order_it_is_given(item):
    order = tuple(reversed(item.choice_ids))
    assert tuple(choice["id"] for choice in pupil_view(item, order)["choices"]) == order


@PICKED
@pytest.mark.parametrize("order", [(), ("a",), ("a", "a", "b", "c"), ("a", "b", "c", "z")])
def test_an_order_that_loses_or_repeats_choices_is_refused(item, order):
    with pytest.raises(ValueError):
        pupil_view(item, order)


@PICKED
def test_shuffling_keeps_every_choice_and_follows_the_seed(item):
    order = kind_of(item).shuffle(item, random.Random(7))
    assert sorted(order) == sorted(item.choice_ids)
    assert order == kind_of(item).shuffle(item, random.Random(7))


def test_true_false_is_never_shuffled():
    orders = {kind_of(TRUE_FALSE).shuffle(TRUE_FALSE, random.Random(seed)) for seed in range(20)}
    assert orders == {("a", "b")}


def test_single_choice_is_really_shuffled():
    assert len({kind_of(SINGLE).shuffle(SINGLE, random.Random(seed)) for seed in range(20)}) > 5


@PICKED
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "not_a_list"),
        ("a", "not_a_list"),
        ({"a": 1}, "not_a_list"),
        (["z"], "unknown_choice"),
        (["A"], "unknown_choice"),
        ([""], "unknown_choice"),
        ([1], "not_text"),
        ([["a"]], "not_text"),
        ([None], "not_text"),
    ],
)
def test_a_hostile_response_is_refused(item, raw, code):
    with pytest.raises(BadResponse) as refused:
        kind_of(item).parse_response(raw, item)
    assert refused.value.code == code


@PICKED
def test_a_repeated_choice_is_refused(item):
    with pytest.raises(BadResponse):
        kind_of(item).parse_response(["a", "a"], item)


@ITEMS
def test_no_answer_is_a_response_that_earns_nothing(item):
    kind = kind_of(item)
    assert kind.parse_response([], item) == ()
    mark = kind.mark(item, (), 500, MarkingPolicy(partial_credit=True))
    assert (mark.awarded, mark.is_correct, mark.grade) == (0, False, None)


@PICKED
def test_response_text_speaks_in_words(item):
    assert kind_of(item).response_text(item, ("a",)) == item.choice("a").text
    assert kind_of(item).response_text(item, ()) == ""


def test_every_registered_kind_is_exercised_here():
    assert {item.kind for item in EVERY_KIND} <= set(KINDS) <= set(ItemKind)
