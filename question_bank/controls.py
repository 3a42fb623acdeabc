"""Control characters in texts: no page shows them, and a Word document or workbook that holds one cannot be opened.

What else XML cannot hold (lone halves of pairs, U+FFFE and U+FFFF) goes the same way.
"""

import re
from dataclasses import replace

from question_bank.model import Choice, Item, ItemKind

_NEVER = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_BREAK = re.compile("\r\n?|[\x85\u2028\u2029]")
_UNSEEN = re.compile(f"[{_NEVER}]")
_NOT_IN_LINE = re.compile(f"[\t\n\u2028\u2029{_NEVER}]+")


def one_line(text: str) -> str:
    """A name or title: what stands between its words is a space."""
    return _NOT_IN_LINE.sub(" ", text).strip()


def with_breaks(text: str) -> str:
    """A longer text: of control characters only line breaks (as U+000A, however they were written) and tabs are left."""
    return _UNSEEN.sub("", _BREAK.sub("\n", text))


def cleaned(item: Item) -> Item:
    """An item without control characters, but for the line breaks of its texts."""
    choices, targets = (tuple(map(_cleaned, found)) for found in (item.choices, item.targets))
    key = tuple(map(one_line, item.answer_key)) if item.kind is ItemKind.BLANK else item.answer_key
    return replace(
        item, topic=one_line(item.topic), subtopic=one_line(item.subtopic), stem=with_breaks(item.stem), choices=choices,
        targets=targets, answer_key=key, explanation=with_breaks(item.explanation),
        sources=tuple(map(one_line, item.sources)), tags=tuple(map(one_line, item.tags)),
    )  # fmt: skip


def _cleaned(choice: Choice) -> Choice:
    reason = choice.reason and with_breaks(choice.reason)
    return replace(choice, text=with_breaks(choice.text), reason=reason)
