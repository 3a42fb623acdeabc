"""Matching: give each choice on the left its target on the right; targets may be more than choices."""

import random
from collections.abc import Sequence
from typing import Any

from question_bank.kinds.base import check_choices, check_no_grades
from question_bank.kinds.pairs import PairKind, rows, shuffled
from question_bank.model import Item, ItemKind
from question_bank.problem import Problem, about

TARGET_IDS = "pqrstuvw"


class Matching(PairKind):
    """The key holds one pair "a:q" for every choice; no target is right twice."""

    kind = ItemKind.MATCHING

    def check(self, item: Item) -> list[Problem]:
        problems = check_choices(item, fewest=3) + check_no_grades(item) + _check_targets(item)
        pairs = [part.split(":") for part in item.answer_key]
        lefts, rights = [pair[0] for pair in pairs], [pair[-1] for pair in pairs]
        if sorted(lefts) != sorted(item.choice_ids) or not set(rights) <= set(item.target_ids):
            problems.append(about(item, "key-ids", '配对题的答案要给每个左项各写一对，如 "a:q"。请改答案。'))
        elif len(set(rights)) != len(rights):
            problems.append(about(item, "key-ids", "同一个右项配了两次。请改答案。"))
        elif rights == list(item.target_ids[: len(rights)]) and lefts == list(item.choice_ids):
            problems.append(about(item, "key-order", "左右两边按次序一一对应，编号会泄露答案。请打乱右边再编号。"))
        return problems

    def values(self, item: Item) -> tuple[str, ...]:
        return item.target_ids

    def right_response(self, item: Item) -> tuple[str, ...]:
        return tuple(sorted(item.answer_key))

    def shuffle(self, item: Item, rng: random.Random) -> tuple[str, ...]:
        return shuffled(item.choice_ids, rng) + shuffled(item.target_ids, rng)

    def pupil_view(self, item: Item, order: Sequence[str]) -> dict[str, Any]:
        count = len(item.choices)
        if sorted(order[count:]) != sorted(item.target_ids):
            raise ValueError(f"order {list(order)} does not match the targets of {item.id}")
        texts = {target.id: target.text for target in item.targets}
        return {
            "kind": str(self.kind),
            "stem": item.stem,
            "choices": rows(item, tuple(order[:count])),
            "targets": [{"id": target_id, "text": texts[target_id]} for target_id in order[count:]],
        }

    def response_text(self, item: Item, response: tuple[str, ...]) -> str:
        texts = {target.id: target.text for target in item.targets}
        pairs = [part.split(":") for part in response]
        return "；".join(f"{item.choice(left).text} — {texts[right]}" for left, right in pairs)


def _check_targets(item: Item) -> list[Problem]:
    problems = []
    if item.target_ids != tuple(TARGET_IDS[: len(item.targets)]):
        problems.append(about(item, "target-ids", "右项编号须按 p、q、r … 的次序写，最多到 w。请改编号。"))
    if len({target.text.strip() for target in item.targets}) != len(item.targets):
        problems.append(about(item, "choice-texts", "有两个右项文字相同。请改成不同的说法。"))
    if len(item.targets) < len(item.choices):
        problems.append(about(item, "choice-count", "右项不能比左项少。请补右项。"))
    if any(target.grade or target.reason for target in item.targets):
        problems.append(about(item, "grades", "右项只写 id 和 text。请删去其余。"))
    return problems
