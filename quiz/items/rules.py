"""What papers and practice draw from, and how an answered item is shown, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass

from question_bank.kinds import kind_of
from question_bank.kinds.blank import is_right
from question_bank.model import Item, ItemKind
from question_bank.stats import cites_regulation

QINGHAI_TAG = "青海"


@dataclass(frozen=True)
class PoolItem:
    """A published item at its current version, with what it may be drawn by."""

    item_id: str
    version: int
    kind: str
    topic: str
    subtopic: str
    difficulty: int


@dataclass(frozen=True)
class ReviewedChoice:
    """A choice with everything revealed. ``state``: right, fair (acceptable), wrong, or empty for what is neither.

    ``instead`` is what a row or blank was given in place of the right value.
    """

    id: str
    letter: str
    text: str
    is_picked: bool
    state: str
    grade: str | None
    reason: str | None
    instead: str = ""


def reviewed_choices(item: Item, order: Sequence[str], picked: Sequence[str]) -> list[ReviewedChoice]:
    """The choices in the order shown, with key and grades; only for those who may see the key.

    Rows of an ordering or matching item and blanks come as choices too: each with its right value, ``reason`` left to
    what was given instead.
    """
    if item.kind in (ItemKind.ORDERING, ItemKind.MATCHING):
        return _reviewed_rows(item, order, picked)
    if item.kind is ItemKind.BLANK:
        return _reviewed_blanks(item, picked)
    found = []
    for letter, choice_id in zip("ABCDEFGH", order, strict=False):
        choice = item.choice(choice_id)
        grade = str(choice.grade) if choice.grade else None
        is_key = choice_id in item.answer_key or grade == "best"
        is_bad = grade == "dangerous" or (grade is None and choice_id in picked)
        state = "right" if is_key else "fair" if grade == "acceptable" else "wrong" if is_bad else ""
        found.append(ReviewedChoice(choice_id, letter, choice.text, choice_id in picked, state, grade, choice.reason))
    return found


def _reviewed_rows(item: Item, order: Sequence[str], picked: Sequence[str]) -> list[ReviewedChoice]:
    """Rows with their right places or targets, an ordering in its right order."""
    right = dict(pair.split(":") for pair in kind_of(item).right_response(item))
    given = dict(pair.split(":") for pair in picked)
    texts = {target.id: target.text for target in item.targets}
    is_ordering = item.kind is ItemKind.ORDERING
    shown = item.answer_key if is_ordering else order[: len(item.choices)]
    found = []
    for number, choice_id in enumerate(shown, 1):
        value = given.get(choice_id, "")
        label = item.choice(choice_id).text + ("" if is_ordering else f" — {texts[right[choice_id]]}")
        state = "right" if value == right[choice_id] else ("wrong" if value else "")
        instead = "" if state == "right" else texts.get(value, value)
        letter = str(number) if is_ordering else "ABCDEFGH"[number - 1]
        found.append(ReviewedChoice(choice_id, letter, label, state == "right", state, None, None, instead))
    return found


def _reviewed_blanks(item: Item, picked: Sequence[str]) -> list[ReviewedChoice]:
    """Blanks with the accepted texts, and what was written where that is none of them."""
    found = []
    for number, accepted in enumerate(item.answer_key, 1):
        text = picked[number - 1] if number <= len(picked) else ""
        hit = is_right(text, accepted)
        state = "right" if hit else ("wrong" if text else "")
        label = " / ".join(form.strip() for form in accepted.split("|"))
        found.append(ReviewedChoice(f"n{number}", str(number), label, hit, state, None, None, "" if hit else text))
    return found


def is_about_qinghai(item: Item) -> bool:
    """Whether an item carries the Qinghai tag or rests on the province's regulation."""
    return QINGHAI_TAG in item.tags or cites_regulation(item)
