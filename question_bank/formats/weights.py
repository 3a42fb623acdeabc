"""Choices with weights, as Moodle and QTI write them, as an item of ours; weights that we do not have are refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from question_bank.formats.base import draft
from question_bank.model import Choice, ChoiceGrade, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS

SHARED = frozenset({ItemKind.MULTIPLE, ItemKind.MATCHING})
SHARED_DOUBT = "原来答对一部分也得分，本系统全对才得分。请核对。"  # Moodle knows nothing else for these kinds
NEAR = 0.7  # per cent: Moodle rounds thirds to 33.33333 and older exports to 33.33
_GRADES = {100: ChoiceGrade.BEST, 50: ChoiceGrade.ACCEPTABLE, 0: ChoiceGrade.DANGEROUS}


@dataclass(frozen=True)
class WeightedChoice:
    """One choice: `weight` in per cent of the points, `feedback` shown to who picked it."""

    text: str
    weight: float
    feedback: str = ""


def from_weights(
    stem: str, choices: Sequence[WeightedChoice], is_single: bool | None = None, is_scenario: bool = False
) -> Item:
    """Single, multiple or scenario, by what the weights say; `is_single` is what the other system says, if it does.

    Feedback on every choice makes a scenario only where one of them is worth half, or where the file says so
    (`is_scenario`): otherwise the other choices of a plain question would be called dangerous.
    Raises ValueError (in Chinese, without a full stop) for weights that no kind of ours has.
    """
    if not 2 <= len(choices) <= len(CHOICE_IDS):
        raise ValueError(f"选项有 {len(choices)} 个，要 2 到 {len(CHOICE_IDS)} 个")
    full = [choice for choice in choices if _is(choice.weight, 100)]
    partial = [choice for choice in choices if choice.weight > 0 and not _is(choice.weight, 100)]
    is_graded = is_scenario or any(_is(choice.weight, 50) for choice in choices)
    if is_graded and len(full) == 1 and is_single is not False and all(choice.feedback for choice in choices):
        return _scenario(stem, choices)
    if len(full) == 1 and not partial:
        key = tuple(i for i, choice in zip(CHOICE_IDS, choices, strict=False) if choice in full)
        kind = ItemKind.MULTIPLE if is_single is False else ItemKind.SINGLE
        return draft(kind, stem, _plain(choices), key)
    if is_single is not True and not full and len(partial) > 1 and _are_equal_shares(partial):
        key = tuple(i for i, choice in zip(CHOICE_IDS, choices, strict=False) if choice.weight > 0)
        return draft(ItemKind.MULTIPLE, stem, _plain(choices), key)
    if is_single is not True and len(full) == len([c for c in choices if c.weight > 0]) and len(full) > 1:
        key = tuple(i for i, choice in zip(CHOICE_IDS, choices, strict=False) if choice in full)
        return draft(ItemKind.MULTIPLE, stem, _plain(choices), key)
    raise ValueError("各选项的权重本系统没有（只有全对、半对、不得分，或几项平分）")


def doubts_about(item: Item, choices: Sequence[WeightedChoice]) -> list[str]:
    """What an editor should know of a question read by its weights: what was left out and what is marked otherwise."""
    doubts = []
    if any(choice.weight < 0 and not _is(choice.weight, -100) for choice in choices):
        doubts.append("原来选错会倒扣分，本系统选错只是不得分。")
    if item.kind is not ItemKind.SCENARIO and any(choice.feedback for choice in choices):
        doubts.append("选项带的反馈没有读取。需要的话写进解析。")
    return doubts


def accepted_forms(texts: Sequence[str]) -> str:
    """The accepted forms of one blank as our key has them. Raises ValueError where one holds our separator."""
    if any("|" in text for text in texts):
        raise ValueError("填空题的答案里有竖线“|”，本系统用它隔开几种写法")
    return "|".join(dict.fromkeys(texts))


def in_order(stem: str, texts: Sequence[str]) -> Item:
    """An ordering item from its choices in their right order; ids are dealt by text, so that they tell nothing.

    Raises ValueError for too many, too few or repeated ones.
    """
    if not 2 <= len(texts) <= len(CHOICE_IDS) or len(set(texts)) != len(texts):
        raise ValueError("排序题的项太多、太少或重复")
    shown = sorted(texts)
    if shown == list(texts):
        shown = [*texts[1:], texts[0]]
    ids = dict(zip(shown, CHOICE_IDS, strict=False))
    choices = tuple(Choice(ids[text], text) for text in shown)
    return draft(ItemKind.ORDERING, stem, choices, tuple(ids[text] for text in texts))


def _scenario(stem: str, choices: Sequence[WeightedChoice]) -> Item:
    found = []
    for choice_id, choice in zip(CHOICE_IDS, choices, strict=False):
        grade = next((grade for weight, grade in _GRADES.items() if _is(max(choice.weight, 0), weight)), None)
        if grade is None:
            raise ValueError("情景题的权重只能是 100、50、0")
        found.append(Choice(choice_id, choice.text, None, grade, choice.feedback))
    return draft(ItemKind.SCENARIO, stem, tuple(found), ())


def _plain(choices: Sequence[WeightedChoice]) -> tuple[Choice, ...]:
    return tuple(Choice(i, choice.text) for i, choice in zip(CHOICE_IDS, choices, strict=False))


def _is(weight: float, wanted: float) -> bool:
    return abs(weight - wanted) <= NEAR


def _are_equal_shares(partial: Sequence[WeightedChoice]) -> bool:
    return all(_is(choice.weight, 100 / len(partial)) for choice in partial)
