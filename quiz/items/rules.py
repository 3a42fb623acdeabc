"""What papers and practice draw from, and how an answered item is shown, as plain values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from question_bank.model import Item
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
    """A choice with everything revealed. ``state``: right, wrong, or empty for what is neither."""

    id: str
    letter: str
    text: str
    is_picked: bool
    state: str
    grade: str | None
    reason: str | None


def reviewed_choices(item: Item, order: Sequence[str], picked: Collection[str]) -> list[ReviewedChoice]:
    """The choices in the order shown, with key and grades; only for those who may see the key."""
    found = []
    for letter, choice_id in zip("ABCDEFGH", order, strict=False):
        choice = item.choice(choice_id)
        grade = str(choice.grade) if choice.grade else None
        is_key = choice_id in item.answer_key or grade == "best"
        is_bad = grade == "dangerous" or (grade is None and choice_id in picked)
        state = "right" if is_key else ("wrong" if is_bad else "")
        found.append(ReviewedChoice(choice_id, letter, choice.text, choice_id in picked, state, grade, choice.reason))
    return found


def is_about_qinghai(item: Item) -> bool:
    """Whether an item carries the Qinghai tag or rests on the province's regulation."""
    return QINGHAI_TAG in item.tags or cites_regulation(item)
