"""Ordering, matching and blank items: what pupils see, send and earn."""

import json
import random

import pytest

from question_bank.kinds import BadResponse, MarkingPolicy, kind_of, pupil_view
from tests.unit.question_bank.examples import BLANK, EVERY_KIND, MATCHING, ORDERING, vary

STRICT, PARTIAL = MarkingPolicy(), MarkingPolicy(partial_credit=True)
CANARY = "CANARY"


def awarded(item, raw, policy=STRICT):
    kind = kind_of(item)
    return kind.mark(item, kind.parse_response(raw, item), 300, policy).awarded


def rules(item):
    return {problem.rule for problem in kind_of(item).check(item)}


@pytest.mark.parametrize("item", EVERY_KIND, ids=lambda item: item.kind)
def test_the_right_response_of_every_kind_earns_everything_and_is_complete(item):
    kind = kind_of(item)
    right = kind.right_response(item)
    assert kind.mark(item, right, 300, STRICT).awarded == 300
    assert kind.parse_response(list(right), item) == right
    assert kind.is_complete(item, right)
    assert kind.response_text(item, right)


@pytest.mark.parametrize("item", [ORDERING, MATCHING, BLANK], ids=lambda item: item.kind)
def test_what_a_pupil_sees_holds_no_key_and_no_explanation(item):
    hidden = vary(item, explanation=CANARY, sources=(CANARY,), tags=(CANARY,))
    if item is BLANK:
        hidden = vary(hidden, answer_key=(CANARY, f"{CANARY}|{CANARY}"))
    order = kind_of(hidden).shuffle(hidden, random.Random(3))
    seen = json.dumps(pupil_view(hidden, order), ensure_ascii=False)
    assert CANARY not in seen
    assert ":" not in "".join(part["id"] for part in pupil_view(hidden, order)["choices"])


def test_both_sides_of_a_matching_item_are_shuffled_apart():
    orders = {kind_of(MATCHING).shuffle(MATCHING, random.Random(seed)) for seed in range(30)}
    assert len({order[:3] for order in orders}) > 3
    assert len({order[3:] for order in orders}) > 3
    assert all(sorted(order) == ["a", "b", "c", "p", "q", "r", "s"] for order in orders)


def test_a_row_left_open_is_kept_but_earns_nothing_unless_the_policy_shares():
    assert awarded(ORDERING, ["c:1", "", "a:2"]) == 0
    assert awarded(ORDERING, ["c:1", "", "a:2"], PARTIAL) == 200
    assert not kind_of(ORDERING).is_complete(ORDERING, ("a:2", "c:1"))


def test_two_rows_with_the_same_place_are_an_unfinished_answer():
    kind = kind_of(ORDERING)
    response = kind.parse_response(["a:1", "b:1", "c:1"], ORDERING)
    assert response == ("a:1", "b:1", "c:1")
    assert not kind.is_complete(ORDERING, response)
    assert awarded(ORDERING, list(response)) == 0


def test_responses_have_one_form_whatever_the_order_they_are_sent_in():
    parse = kind_of(MATCHING).parse_response
    assert parse(["c:p", "a:q", "b:r"], MATCHING) == parse(["b:r", "c:p", "a:q"], MATCHING) == ("a:q", "b:r", "c:p")
    assert parse(["", "", ""], MATCHING) == ()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a:1", "not_a_list"), ([1], "not_text"), (["a:9"], "unknown_choice"), (["z:1"], "unknown_choice"),
        (["a"], "unknown_choice"), (["a:1", "a:2"], "repeated"), (["a:1:2"], "unknown_choice"),
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused(raw, code):
    with pytest.raises(BadResponse) as refused:
        kind_of(ORDERING).parse_response(raw, ORDERING)
    assert refused.value.code == code


@pytest.mark.parametrize("texts", [["离开", "110"], ["走开", "１１０"], [" 离开。", "一一〇"], ["離開", ""]])
def test_blanks_are_compared_without_width_spaces_and_punctuation(texts):
    expected = 300 if texts[0] != "離開" else 0
    assert awarded(BLANK, texts) == expected


def test_one_right_blank_earns_its_share_only_where_the_policy_says_so():
    assert awarded(BLANK, ["离开", "119"]) == 0
    assert awarded(BLANK, ["离开", "119"], PARTIAL) == 150
    assert awarded(BLANK, ["", "110"], PARTIAL) == 150


def test_blanks_keep_their_places_and_empty_ones_clear_the_answer():
    parse = kind_of(BLANK).parse_response
    assert parse(["", "110"], BLANK) == ("", "110")
    assert parse(["离开"], BLANK) == ("离开", "")
    assert parse([" ", ""], BLANK) == ()


@pytest.mark.parametrize(
    ("raw", "code"),
    [("110", "not_a_list"), ([110], "not_text"), (["a", "b", "c"], "too_many"), (["长" * 41], "too_long")],
)
def test_texts_that_cannot_be_an_answer_are_refused(raw, code):
    with pytest.raises(BadResponse) as refused:
        kind_of(BLANK).parse_response(raw, BLANK)
    assert refused.value.code == code


def test_a_text_of_punctuation_alone_is_never_right():
    assert awarded(vary(BLANK, answer_key=("离开", "110")), ["……", "110"]) == 0


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        (vary(ORDERING, answer_key=("c", "a")), "key-ids"),
        (vary(ORDERING, answer_key=("a", "b", "c")), "key-order"),
        (vary(MATCHING, answer_key=("a:q", "b:q", "c:p")), "key-ids"),
        (vary(MATCHING, answer_key=("a:q", "b:r")), "key-ids"),
        (vary(MATCHING, answer_key=("a:p", "b:q", "c:r")), "key-order"),
        (vary(MATCHING, targets=MATCHING.targets[:2]), "choice-count"),
        (vary(BLANK, stem="没有空。"), "key-count"),
        (vary(BLANK, answer_key=("离开",)), "key-count"),
        (vary(BLANK, answer_key=("离开", "||")), "key-text"),
        (vary(BLANK, stem="离开以后先____，再打____。"), "key-text"),
    ],
)
def test_the_lint_names_what_is_wrong(item, rule):
    assert rule in rules(item)
