"""True or false: the two choices are always 正确 and 错误, in this order."""

import random

from question_bank.kinds.base import ChoiceKind, Mark, MarkingPolicy, check_key, check_no_grades
from question_bank.model import Choice, Item, ItemKind
from question_bank.problem import Problem, about

CHOICES = (Choice("a", "正确"), Choice("b", "错误"))


class TrueFalse(ChoiceKind):
    """All the points for the right verdict; never shuffled, so that 正确 stays in its place."""

    kind = ItemKind.TRUE_FALSE

    def check(self, item: Item) -> list[Problem]:
        problems = check_key(item, 1, 1) + check_no_grades(item)
        if tuple((choice.id, choice.text) for choice in item.choices) != tuple((c.id, c.text) for c in CHOICES):
            problems.append(about(item, "choice-texts", "判断题的选项固定为“正确”“错误”。请不要另写选项。"))
        return problems

    def shuffle(self, item: Item, rng: random.Random) -> tuple[str, ...]:
        return item.choice_ids

    def mark(self, item: Item, response: tuple[str, ...], points_hundredths: int, policy: MarkingPolicy) -> Mark:
        is_correct = response == item.answer_key
        return Mark(points_hundredths if is_correct else 0, is_correct)
