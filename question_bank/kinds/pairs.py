"""What ordering and matching share: each choice is a row, and a response gives each row one place or target.

A response is a tuple of pairs such as ("a:2", "b:1"), sorted by row; rows without a value are left out, and two rows
may hold the same value while a pupil is still at work. Such a response is stored, and earns what it deserves.
"""

import random
from abc import ABC, abstractmethod
from typing import Any

from question_bank.kinds.base import BadResponse, Mark, MarkingPolicy, round_half_up
from question_bank.model import Item


class PairKind(ABC):
    """All or nothing, unless the policy gives each right row its share."""

    @abstractmethod
    def values(self, item: Item) -> tuple[str, ...]:
        """What a row can be given: places "1", "2" … or ids of targets."""

    @abstractmethod
    def right_response(self, item: Item) -> tuple[str, ...]:
        """Every row with its right value."""

    def parse_response(self, raw: object, item: Item) -> tuple[str, ...]:
        if not isinstance(raw, list | tuple):
            raise BadResponse("not_a_list")
        if not all(isinstance(part, str) for part in raw):
            raise BadResponse("not_text")
        found: dict[str, str] = {}
        values = set(self.values(item))
        for part in filter(None, raw):
            row, _, value = part.partition(":")
            if row not in item.choice_ids or value not in values:
                raise BadResponse("unknown_choice")
            if row in found:
                raise BadResponse("repeated")
            found[row] = value
        return tuple(f"{row}:{found[row]}" for row in item.choice_ids if row in found)

    def mark(self, item: Item, response: tuple[str, ...], points_hundredths: int, policy: MarkingPolicy) -> Mark:
        right = self.right_response(item)
        hits = len(set(response) & set(right))
        if hits == len(right):
            return Mark(points_hundredths, True)
        earned = round_half_up(points_hundredths * hits, len(right)) if policy.partial_credit and right else 0
        return Mark(earned, False)

    def is_complete(self, item: Item, response: tuple[str, ...]) -> bool:
        values = [part.partition(":")[2] for part in response]
        return len(values) == len(item.choices) and len(set(values)) == len(values)


def shuffled(ids: tuple[str, ...], rng: random.Random) -> tuple[str, ...]:
    """The same ids in a random order."""
    order = list(ids)
    rng.shuffle(order)
    return tuple(order)


def rows(item: Item, order: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of an item in the order shown, as a pupil may see them; raises ValueError when ids do not match."""
    if sorted(order) != sorted(item.choice_ids):
        raise ValueError(f"order {list(order)} does not match the choices of {item.id}")
    return [{"id": choice_id, "text": item.choice(choice_id).text} for choice_id in order]
