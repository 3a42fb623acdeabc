"""Single choice: exactly one choice is right."""

from question_bank.kinds.base import ChoiceKind, Mark, MarkingPolicy, check_choices, check_key, check_no_grades
from question_bank.model import Item, ItemKind
from question_bank.problem import Problem


class Single(ChoiceKind):
    """All the points for the one right choice."""

    kind = ItemKind.SINGLE

    def check(self, item: Item) -> list[Problem]:
        return check_choices(item) + check_key(item, 1, 1) + check_no_grades(item)

    def mark(self, item: Item, response: tuple[str, ...], points_hundredths: int, policy: MarkingPolicy) -> Mark:
        is_correct = response == item.answer_key
        return Mark(points_hundredths if is_correct else 0, is_correct)
