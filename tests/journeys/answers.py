"""What a well or badly prepared pupil knows: the question bank, found by the words on the page."""

from functools import cache

from question_bank.loader import load_bank
from question_bank.model import Item


@cache
def _by_stem() -> dict[str, Item]:
    return {item.stem: item for item in load_bank() if item.kind == "single"}


def item_of(stem: str) -> Item:
    """The single-choice item with this stem."""
    return _by_stem()[stem]


def choice_for(stem: str, *, is_right: bool) -> str:
    """The text of the right choice, or of a wrong one."""
    item = item_of(stem)
    return next(choice.text for choice in item.choices if (choice.id in item.answer_key) == is_right)
