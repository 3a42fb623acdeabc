"""Near-duplicates: which items ask almost the same, by the three-character pieces of stem and choices."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from question_bank.model import Item
from question_bank.text import dice, question_text, trigrams

COMMON = 0.05  # a piece found in more than this share of a large bank tells nothing and is not looked up
LARGE = 400


@dataclass(frozen=True)
class LookAlike:
    """An item that resembles another; `likeness` from 0 to 1 (equal)."""

    item: Item
    likeness: float


class LikenessIndex:
    """Items by their pieces, so that thousands can be compared with thousands in seconds."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items: list[Item] = []
        self._pieces: list[frozenset[str]] = []
        self._holders: dict[str, list[int]] = defaultdict(list)
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        """Know one more item."""
        pieces = trigrams(question_text(item))
        for piece in pieces:
            self._holders[piece].append(len(self._items))
        self._items.append(item)
        self._pieces.append(pieces)

    def look_alikes(self, item: Item, at_least: float) -> list[LookAlike]:
        """The known items that are at least so like this one, the likest first, those with its id left out."""
        pieces = trigrams(question_text(item))
        most = max(LARGE, len(self._items)) * COMMON
        shared = Counter(
            number for piece in pieces if len(holders := self._holders.get(piece, ())) <= most for number in holders
        )
        found = [
            LookAlike(self._items[number], likeness)
            for number in shared
            if (likeness := dice(pieces, self._pieces[number])) >= at_least
            and not (item.id and self._items[number].id == item.id)
        ]
        return sorted(found, key=lambda one: (-one.likeness, one.item.id))
