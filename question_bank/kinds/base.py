"""What every kind of item can do, and the parts that kinds built on choices share."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from question_bank.model import ChoiceGrade, Item, ItemKind
from question_bank.problem import Problem, about
from question_bank.taxonomy import CHOICE_IDS


class BadResponse(ValueError):
    """What was sent cannot be an answer to this item; the code says why (for logs, never shown to pupils)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownKind(LookupError):
    """No module marks this kind of item."""


@dataclass(frozen=True)
class MarkingPolicy:
    """How strictly a sitting marks: `partial_credit` gives part of the points for part of a multiple-choice key."""

    partial_credit: bool = False


@dataclass(frozen=True)
class Mark:
    """The result of one item: `awarded` in integer hundredths of a point; `grade` only for scenarios."""

    awarded: int
    is_correct: bool
    grade: ChoiceGrade | None = None


class Kind(Protocol):
    """The contract of one kind. `response` is always the canonical tuple that `parse_response` returned."""

    kind: ItemKind

    def check(self, item: Item) -> list[Problem]:
        """What is wrong with the item's choices and key; an empty list means it can be asked."""

    def mark(self, item: Item, response: tuple[str, ...], points_hundredths: int, policy: MarkingPolicy) -> Mark:
        """Points for a response; an empty response earns nothing."""

    def shuffle(self, item: Item, rng: random.Random) -> tuple[str, ...]:
        """Choice ids in the order in which this pupil sees them."""

    def parse_response(self, raw: object, item: Item) -> tuple[str, ...]:
        """Canonical response, empty when nothing was picked; raises BadResponse for anything else."""

    def pupil_view(self, item: Item, order: Sequence[str]) -> dict[str, Any]:
        """All that a pupil may see before the key is released."""

    def is_complete(self, item: Item, response: tuple[str, ...]) -> bool:
        """Whether nothing is left open: every row, place or blank filled. An incomplete response is kept all the same."""

    def right_response(self, item: Item) -> tuple[str, ...]:
        """A response that earns all the points."""

    def response_text(self, item: Item, response: tuple[str, ...]) -> str:
        """The response in words, for result pages and exports."""


def round_half_up(numerator: int, denominator: int) -> int:
    """Quotient of two non-negative integers, a half rounded up, without floats."""
    return (2 * numerator + denominator) // (2 * denominator)


class ChoiceKind:
    """Shared behaviour of kinds whose response is a set of choice ids."""

    kind: ItemKind
    most_picks: int | None = 1

    def shuffle(self, item: Item, rng: random.Random) -> tuple[str, ...]:
        order = list(item.choice_ids)
        rng.shuffle(order)
        return tuple(order)

    def parse_response(self, raw: object, item: Item) -> tuple[str, ...]:
        if not isinstance(raw, list | tuple):
            raise BadResponse("not_a_list")
        if not all(isinstance(part, str) for part in raw):
            raise BadResponse("not_text")
        if self.most_picks is not None and len(raw) > self.most_picks:
            raise BadResponse("too_many")
        if len(set(raw)) != len(raw):
            raise BadResponse("repeated")
        if not set(raw) <= set(item.choice_ids):
            raise BadResponse("unknown_choice")
        return tuple(choice_id for choice_id in item.choice_ids if choice_id in raw)

    def pupil_view(self, item: Item, order: Sequence[str]) -> dict[str, Any]:
        if sorted(order) != sorted(item.choice_ids):
            raise ValueError(f"order {list(order)} does not match the choices of {item.id}")
        return {
            "kind": str(item.kind),
            "stem": item.stem,
            "choices": [{"id": choice_id, "text": item.choice(choice_id).text} for choice_id in order],
        }

    def is_complete(self, item: Item, response: tuple[str, ...]) -> bool:
        return bool(response)

    def right_response(self, item: Item) -> tuple[str, ...]:
        best = tuple(choice.id for choice in item.choices if choice.grade is ChoiceGrade.BEST)
        return item.answer_key or best

    def response_text(self, item: Item, response: tuple[str, ...]) -> str:
        return "；".join(choice.text for choice in item.choices if choice.id in response)


def check_choices(item: Item, fewest: int = 2) -> list[Problem]:
    """Ids run a, b, c … in file order, texts differ, and there are enough of them."""
    problems = []
    if item.choice_ids != tuple(CHOICE_IDS[: len(item.choices)]):
        problems.append(about(item, "choice-ids", "选项编号须按 a、b、c 的次序写，最多到 h。请改编号。"))
    if len({choice.text.strip() for choice in item.choices}) != len(item.choices):
        problems.append(about(item, "choice-texts", "有两个选项文字相同。请改成不同的说法。"))
    if len(item.choices) < fewest:
        problems.append(about(item, "choice-count", f"选项至少要 {fewest} 个。请补选项。"))
    return problems


def check_key(item: Item, fewest: int, most: int) -> list[Problem]:
    """The key names existing choices, none twice, and between `fewest` and `most` of them."""
    problems = []
    if not set(item.answer_key) <= set(item.choice_ids) or len(set(item.answer_key)) != len(item.answer_key):
        problems.append(about(item, "key-ids", "答案里有不存在或重复的选项编号。请对照选项改答案。"))
    if not fewest <= len(item.answer_key) <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} 到 {most}"
        problems.append(about(item, "key-count", f"这道题的答案应有 {wanted} 个。请改答案或题型。"))
    return problems


def check_no_grades(item: Item) -> list[Problem]:
    """Grades and reasons belong to scenarios only."""
    if any(choice.grade or choice.reason for choice in item.choices):
        return [about(item, "grades", "只有情景题的选项写 grade 和 reason。请删去或改题型。")]
    return []
