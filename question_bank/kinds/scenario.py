"""Scenario: every choice is something a pupil might do, graded best, acceptable or dangerous."""

from question_bank.kinds.base import ChoiceKind, Mark, MarkingPolicy, check_choices, round_half_up
from question_bank.model import ChoiceGrade, Item, ItemKind
from question_bank.problem import Problem, about


class Scenario(ChoiceKind):
    """Best earns all the points, acceptable half (a half hundredth rounds up), dangerous nothing."""

    kind = ItemKind.SCENARIO

    def check(self, item: Item) -> list[Problem]:
        problems = check_choices(item, fewest=3)
        if item.answer_key:
            problems.append(about(item, "key-count", "情景题不写 key，用每个选项的 grade 表示。请删去 key。"))
        grades = [choice.grade for choice in item.choices]
        if None in grades or not all((choice.reason or "").strip() for choice in item.choices):
            problems.append(about(item, "grades", "情景题的每个选项都要写 grade 和 reason。请补上。"))
        if grades.count(ChoiceGrade.BEST) != 1:
            problems.append(about(item, "grades", "情景题要有且只有一个 best。请调整选项的 grade。"))
        if ChoiceGrade.DANGEROUS not in grades:
            problems.append(about(item, "grades", "情景题至少要有一个 dangerous。请补一个应当避免的做法。"))
        return problems

    def mark(self, item: Item, response: tuple[str, ...], points_hundredths: int, policy: MarkingPolicy) -> Mark:
        grade = item.choice(response[0]).grade if response else None
        if grade is ChoiceGrade.BEST:
            return Mark(points_hundredths, True, grade)
        if grade is ChoiceGrade.ACCEPTABLE:
            return Mark(round_half_up(points_hundredths, 2), False, grade)
        return Mark(0, False, grade)
