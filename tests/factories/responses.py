"""Responses to any kind of item: one that earns all points, one that earns none."""

from question_bank.kinds import kind_of
from question_bank.model import ChoiceGrade, Item, ItemKind


def right_choices(item: Item) -> list[str]:
    """The answer that earns all points."""
    return list(kind_of(item).right_response(item))


def wrong_choices(item: Item) -> list[str]:
    """An answer that earns nothing: every row one further, every blank something else."""
    if item.kind is ItemKind.BLANK:
        return ["完全不对"] * len(item.answer_key)
    if item.kind in {ItemKind.ORDERING, ItemKind.MATCHING}:
        rows, values = zip(*(part.split(":", 1) for part in right_choices(item)), strict=True)
        return [f"{row}:{value}" for row, value in zip(rows, [*values[1:], values[0]], strict=True)]
    if item.kind is ItemKind.SCENARIO:
        return [next(choice.id for choice in item.choices if choice.grade is ChoiceGrade.DANGEROUS)]
    return [next(choice_id for choice_id in item.choice_ids if choice_id not in item.answer_key)]
