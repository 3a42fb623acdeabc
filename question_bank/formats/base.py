"""What every interchange format shares: what reading and writing give back, and how one format describes itself.

Reading never loses an item in silence: each question of a file becomes a `ReadItem` or a `FormatProblem` that names it.
Writing likewise refuses items one by one and keeps the rest. A file that must not be read at all raises `FormatError`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from question_bank.model import Choice, Item, ItemKind

MAX_BYTES = 10 * 1024 * 1024
MAX_ITEMS = 5000
MAX_TEXT = 5000  # characters of one stem, choice or explanation
MAX_QUESTION = 30_000  # characters of one whole question as a text format writes it

#: Fields of an item that a format may hold; `choices` means their texts, in order.
FIELDS = (
    "id", "kind", "stem", "choices", "choice_ids", "answer_key", "targets", "grades", "reasons", "misconceptions",
    "explanation", "topic", "subtopic", "bands", "difficulty", "sources", "tags", "validity", "reviews",
)  # fmt: skip


class FormatError(Exception):
    """The file as a whole is refused; the message is Chinese and says why and what to do."""


@dataclass(frozen=True)
class FormatProblem:
    """One question that was not taken, or one doubt about one that was.

    `where` names it as the file does ("第 12 行", "第 3 题", "law-0001"), `column` and `value` the cell where there is one.
    """

    where: str
    message: str
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = "，".join(part for part in (self.where, self.column) if part)
        return f"{place}：{self.message}" + (f"（写的是“{self.value}”）" if self.value else "")


@dataclass(frozen=True)
class ReadItem:
    """A question as a draft: what the file does not say is empty ("" or 0 or ()). `doubts` are to be looked at."""

    item: Item
    where: str
    doubts: tuple[FormatProblem, ...] = ()


@dataclass(frozen=True)
class ReadResult:
    """All that a file held: questions taken, questions not taken, and what was left aside (columns, notes)."""

    items: tuple[ReadItem, ...]
    problems: tuple[FormatProblem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """A file, and the items that it cannot hold."""

    data: bytes
    refused: tuple[FormatProblem, ...] = ()


@dataclass(frozen=True)
class Format:
    """One format in the registry. `fields` are the FIELDS that survive a round trip for items of `kinds`."""

    code: str
    name: str
    extension: str
    media_type: str
    kinds: frozenset[ItemKind]
    fields: frozenset[str]
    write: Callable[[Sequence[Item]], Written]
    read: Callable[[bytes, str], ReadResult] | None = None  # (data, file name)


def draft(kind: ItemKind, stem: str, choices: tuple[Choice, ...], answer_key: tuple[str, ...], **rest: object) -> Item:
    """An item of which only this much is known; other fields may be given by name."""
    item = Item(
        id="", kind=kind, topic="", subtopic="", stem=stem, choices=choices, answer_key=answer_key, explanation="",
        bands=(), difficulty=0, sources=(),
    )  # fmt: skip
    return replace(item, **rest)  # type: ignore[arg-type]
