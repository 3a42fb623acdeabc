"""Ordering: put all choices into the right order; each row is given its place, counted from 1."""

import random
from collections.abc import Sequence
from typing import Any

from question_bank.kinds.base import check_choices, check_no_grades
from question_bank.kinds.pairs import PairKind, rows, shuffled
from question_bank.model import Item, ItemKind
from question_bank.problem import Problem, about


class Ordering(PairKind):
    """The key lists every choice id in the right order."""

    kind = ItemKind.ORDERING

    def check(self, item: Item) -> list[Problem]:
        problems = check_choices(item, fewest=3) + check_no_grades(item)
        if sorted(item.answer_key) != sorted(item.choice_ids):
            problems.append(about(item, "key-ids", "排序题的答案要把每个选项编号按正确次序各写一次。请改答案。"))
        elif item.answer_key == item.choice_ids:
            problems.append(about(item, "key-order", "选项在文件里的次序就是答案，编号会泄露次序。请打乱选项再编号。"))
        return problems

    def values(self, item: Item) -> tuple[str, ...]:
        return tuple(str(place) for place in range(1, len(item.choices) + 1))

    def right_response(self, item: Item) -> tuple[str, ...]:
        places = {choice_id: place for place, choice_id in enumerate(item.answer_key, 1)}
        return tuple(f"{choice_id}:{places[choice_id]}" for choice_id in item.choice_ids if choice_id in places)

    def shuffle(self, item: Item, rng: random.Random) -> tuple[str, ...]:
        return shuffled(item.choice_ids, rng)

    def pupil_view(self, item: Item, order: Sequence[str]) -> dict[str, Any]:
        return {"kind": str(self.kind), "stem": item.stem, "choices": rows(item, tuple(order))}

    def response_text(self, item: Item, response: tuple[str, ...]) -> str:
        places = sorted((part.partition(":")[2], part.partition(":")[0]) for part in response)
        return "；".join(f"{place}. {item.choice(choice_id).text}" for place, choice_id in places)
