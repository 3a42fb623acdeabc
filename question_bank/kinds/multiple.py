"""Multiple choice: two or more choices are right, never all of them."""

from question_bank.kinds.base import (
    ChoiceKind,
    Mark,
    MarkingPolicy,
    check_choices,
    check_key,
    check_no_grades,
    round_half_up,
)
from question_bank.model import Item, ItemKind
from question_bank.problem import Problem


class Multiple(ChoiceKind):
    """All or nothing, unless the policy gives partial credit."""

    kind = ItemKind.MULTIPLE
    most_picks = None

    def check(self, item: Item) -> list[Problem]:
        most = len(item.choices) - 1
        return check_choices(item, fewest=3) + check_key(item, 2, most) + check_no_grades(item)

    def mark(self, item: Item, response: tuple[str, ...], points_hundredths: int, policy: MarkingPolicy) -> Mark:
        """With partial credit, an incomplete pick earns its share of the key; one wrong pick loses everything."""
        key, picked = set(item.answer_key), set(response)
        if picked == key:
            return Mark(points_hundredths, True)
        if policy.partial_credit and picked < key:
            return Mark(round_half_up(points_hundredths * len(picked), len(key)), False)
        return Mark(0, False)
