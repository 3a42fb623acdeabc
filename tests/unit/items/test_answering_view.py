"""What stands on a page to answer an item, and what a revealed one shows, for rows and blanks."""

from quiz.items.answering import answer_view, shown_stem
from quiz.items.rules import reviewed_choices
from tests.unit.question_bank.examples import BLANK, MATCHING, ORDERING, SINGLE, vary

MATCHING_ORDER = ("b", "a", "c", "s", "q", "p", "r")


def test_rows_keep_what_was_given_and_offer_every_place():
    view = answer_view(ORDERING, ("b", "a", "c"), ("a:2",))
    assert [(row.letter, row.id, row.value) for row in view.rows] == [("A", "b", ""), ("B", "a", "2"), ("C", "c", "")]
    assert [value.id for value in view.values] == ["1", "2", "3"]
    assert view.is_answered


def test_a_matching_item_offers_its_targets_in_the_order_of_the_paper():
    view = answer_view(MATCHING, MATCHING_ORDER, ())
    assert [value.id for value in view.values] == ["s", "q", "p", "r"]
    assert not view.is_answered


def test_blanks_show_what_was_written():
    view = answer_view(BLANK, (), ("离开", ""))
    assert view.blanks == ("离开", "")
    assert view.stem == "遇到紧急情况，先＿＿＿＿(1)，再打电话＿＿＿＿(2)报警。"


def test_one_blank_needs_no_number():
    assert shown_stem("请打____。") == "请打＿＿＿＿。"


def test_nothing_of_an_unknown_kind_is_shown():
    view = answer_view(vary(SINGLE, kind="essay"), SINGLE.choice_ids, ())
    assert not view.is_known
    assert view.stem == ""


def test_a_revealed_ordering_stands_in_its_right_order():
    shown = reviewed_choices(ORDERING, ("b", "a", "c"), ("a:1", "b:3", "c:2"))
    assert [(one.letter, one.id, one.state, one.instead) for one in shown] == [
        ("1", "c", "wrong", "2"), ("2", "a", "wrong", "1"), ("3", "b", "right", ""),
    ]  # fmt: skip


def test_a_revealed_matching_names_the_right_target_and_the_one_given():
    shown = reviewed_choices(MATCHING, MATCHING_ORDER, ("a:s", "b:r"))
    assert [(one.id, one.text, one.state, one.instead) for one in shown] == [
        ("b", "6月3日 — 虎门销烟", "right", ""),
        ("a", "6月1日 — 禁毒法开始施行", "wrong", "儿童节之后一天"),
        ("c", "6月26日 — 国际禁毒日", "", ""),
    ]


def test_a_revealed_blank_names_every_accepted_text():
    shown = reviewed_choices(BLANK, (), ("离开", "119"))
    assert [(one.text, one.state, one.instead) for one in shown] == [
        ("离开 / 走开", "right", ""), ("110 / 一一〇", "wrong", "119"),
    ]  # fmt: skip
