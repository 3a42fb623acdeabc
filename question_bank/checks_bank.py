"""Checks that need all items at once: look-alikes, and habits that would let a pupil guess."""

from collections import Counter
from collections.abc import Iterator, Sequence

from question_bank.likeness import LikenessIndex
from question_bank.model import Item, ItemKind
from question_bank.problem import Problem, about
from question_bank.text import length

LIKENESS = 0.8

# Shares are only judged where chance alone would not break them.
ENOUGH_ITEMS = 40
POSITION_SHARE = (0.15, 0.35)
TRUE_SHARE = (0.30, 0.70)
LONGEST_KEY_SHARE = 0.40


def check_likeness(items: Sequence[Item]) -> Iterator[Problem]:
    """No two items ask nearly the same: stem and choices share fewer than 80 % of their three-character pieces."""
    index = LikenessIndex()
    for item in items:
        for twin in index.look_alikes(item, LIKENESS):
            yield about(item, "likeness", f"和 {twin.item.id} 几乎一样。请删去一题或换个角度问。")
        index.add(item)


def check_key_positions(items: Sequence[Item]) -> Iterator[Problem]:
    """Among single-choice items with four choices, each place holds the key about as often."""
    four = [item for item in items if item.kind is ItemKind.SINGLE and len(item.choices) == 4]
    if len(four) < ENOUGH_ITEMS:
        return
    counts = Counter(choice_id for item in four for choice_id in item.answer_key)
    for choice_id in "abcd":
        share = counts[choice_id] / len(four)
        if not POSITION_SHARE[0] <= share <= POSITION_SHARE[1]:
            yield Problem("key-position", f"单选题答案在 {choice_id} 的占 {share:.0%}，应在 15%～35%。请调换选项次序。")


def check_verdicts(items: Sequence[Item]) -> Iterator[Problem]:
    """True-false items are not nearly all true, nor nearly all false."""
    verdicts = [item.answer_key == ("a",) for item in items if item.kind is ItemKind.TRUE_FALSE]
    if len(verdicts) < ENOUGH_ITEMS // 2:
        return
    share = sum(verdicts) / len(verdicts)
    if not TRUE_SHARE[0] <= share <= TRUE_SHARE[1]:
        yield Problem("verdict-share", f"判断题里“正确”占 {share:.0%}，应在 30%～70%。请改写几题。")


def check_key_length(items: Sequence[Item]) -> Iterator[Problem]:
    """The longest choice is not a hint: the key is longer than every other choice in at most 40 % of single items."""
    single = [item for item in items if item.kind is ItemKind.SINGLE and item.answer_key]
    if len(single) < ENOUGH_ITEMS:
        return
    telling = [item for item in single if _key_is_longest(item)]
    share = len(telling) / len(single)
    if share > LONGEST_KEY_SHARE:
        ids = "、".join(item.id for item in telling)
        yield Problem("key-length", f"单选题里答案最长的占 {share:.0%}，最多 40%。请把这些题的干扰项写长些：{ids}。")


def _key_is_longest(item: Item) -> bool:
    others = [length(choice.text) for choice in item.choices if choice.id not in item.answer_key]
    keys = [length(choice.text) for choice in item.choices if choice.id in item.answer_key]
    return bool(keys and others) and keys[0] > max(others)


CHECKS = (check_likeness, check_key_positions, check_verdicts, check_key_length)
