"""Small text measures that several checks share."""

import re

from question_bank.model import Item, ItemKind

_SENTENCE_END = re.compile(r"[。！？!?；;]")
_NOT_TEXT = re.compile(r"[^\w]|_")


def sentences(text: str) -> list[str]:
    """The sentences of a text without their closing marks, empty ones left out."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def length(text: str) -> int:
    """Characters that a reader sees as text: letters, digits and Chinese characters, without punctuation."""
    return len(_NOT_TEXT.sub("", text))


def trigrams(text: str) -> frozenset[str]:
    """Three-character pieces of a text, punctuation and spaces left out; a shorter text is one piece."""
    plain = _NOT_TEXT.sub("", text)
    return frozenset(plain[i : i + 3] for i in range(max(1, len(plain) - 2))) if plain else frozenset()


def dice(left: frozenset[str], right: frozenset[str]) -> float:
    """Likeness of two sets, from 0 (nothing shared) to 1 (equal)."""
    total = len(left) + len(right)
    return 2 * len(left & right) / total if total else 0.0


def question_text(item: Item) -> str:
    """What is asked: the stem, and the choices where an author wrote them."""
    choices = "" if item.kind is ItemKind.TRUE_FALSE else "".join(c.text for c in (*item.choices, *item.targets))
    return item.stem + choices


def all_texts(item: Item) -> list[str]:
    """Every text of the item that somebody reads."""
    shown = [choice.text for choice in (*item.choices, *item.targets)]
    reasons = [choice.reason for choice in item.choices if choice.reason]
    forms = item.answer_key if item.kind is ItemKind.BLANK else ()
    return [item.stem, *shown, *reasons, *forms, item.explanation]
