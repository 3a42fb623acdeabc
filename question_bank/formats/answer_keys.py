"""Answers that stand together at the end of a text: "参考答案 1-5 ABCDA", "1.A 2.BC 3.√", by section or through all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from question_bank.formats import words
from question_bank.model import ItemKind

_HEADING = re.compile(r"^\s*[【\[]?(?:参考|标准|正确)?答案(?:汇总|部分|及解析)?[】\]]?\s*[:：]?\s*$")
_RANGE = re.compile(r"(\d{1,4})\s*[-—–~～至]\s*(\d{1,4})\s*[.．、:：]?\s*([A-H√×✓✗对错TF][A-H√×✓✗对错TF\s,，、]*)")
_ONE = re.compile(r"(?<!\d)(\d{1,4})\s*[.．、:：]?\s*([A-H]{1,8}(?![A-Za-z])|正确|错误|[√×✓✗对错]|[TF](?![A-Za-z]))")


@dataclass
class AnswerKeys:
    """Answers by section kind and number; the section None holds those that stand under no heading."""

    found: dict[tuple[ItemKind | None, int], str] = field(default_factory=dict)

    def take(self, section: str, number: int) -> str:
        """The answer of a question, first in the section of its kind."""
        kind = words.kind_of_words(section) if section else None
        return self.found.get((kind, number)) or self.found.get((None, number), "")


def split_off(lines: Sequence[str]) -> tuple[list[str], AnswerKeys]:
    """The lines before the last heading of answers, and the answers after it; all lines where there is none."""
    keys = AnswerKeys()
    place = next((n for n in range(len(lines) - 1, -1, -1) if _HEADING.match(lines[n])), None)
    if place is None:
        return list(lines), keys
    section: ItemKind | None = None
    for line in lines[place + 1 :]:
        kind = words.kind_of_words(line) if "题" in line else None
        section = kind or section
        for number, answer in _answers(line):
            keys.found.setdefault((section, number), answer)
    return (list(lines[:place]), keys) if keys.found else (list(lines), keys)


def _answers(line: str) -> list[tuple[int, str]]:
    plain = words.fold(line)
    found: list[tuple[int, str]] = []
    for one in _RANGE.finditer(plain):
        first, last = int(one[1]), int(one[2])
        groups = re.split(r"[\s,，、]+", one[3].strip())
        marks = groups if len(groups) == last - first + 1 else list(re.sub(r"[\s,，、]", "", one[3]))
        if len(marks) == last - first + 1:
            found += list(zip(range(first, last + 1), marks, strict=True))
    rest = _RANGE.sub(" ", plain)
    return found + [(int(one[1]), one[2]) for one in _ONE.finditer(rest)]
