"""Aiken: single-choice questions as plain text, a stem in one line, "A. …" or "A) …", then "ANSWER: B"."""

import re
from collections.abc import Sequence

from question_bank.formats import words
from question_bank.formats.base import (
    MAX_ITEMS,
    MAX_TEXT,
    Format,
    FormatError,
    FormatProblem,
    ReadItem,
    ReadResult,
    Written,
    draft,
)
from question_bank.formats.safety import decode
from question_bank.kinds.true_false import CHOICES
from question_bank.model import Choice, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS

_OPTION = re.compile(r"^([A-Za-z])[.)]\s+(.*)$")
_ANSWER = re.compile(r"^ANSWER:\s*(.*)$")


def write(items: Sequence[Item]) -> Written:
    """Single choice and true-false; other kinds, and texts that Aiken would read as something else, are refused."""
    lines: list[str] = []
    refused = []
    for item in items:
        if reason := _why_not(item):
            refused.append(FormatProblem(item.id, reason))
            continue
        lines.append(item.stem)
        lines += [f"{choice.id.upper()}. {choice.text}" for choice in item.choices]
        lines += [f"ANSWER: {item.answer_key[0].upper()}", ""]
    return Written("\n".join(lines).encode(), tuple(refused))


def _why_not(item: Item) -> str:
    if item.kind not in FORMAT.kinds or len(item.answer_key) != 1:
        return "Aiken 只能写单选题和判断题。"
    if any("\n" in text for text in (item.stem, *(choice.text for choice in item.choices))):
        return "题干或选项里有换行，Aiken 写不下。"
    if _OPTION.match(item.stem) or _ANSWER.match(item.stem):
        return "题干的开头会被 Aiken 读成选项或答案。"
    return ""


def read(data: bytes, filename: str = "") -> ReadResult:
    """Questions in order; each that is not whole is named. Raises FormatError when there is none."""
    items: list[ReadItem] = []
    problems: list[FormatProblem] = []
    stem: list[str] = []
    options: list[str] = []
    number = 0
    for line in [line.strip() for line in decode(data).splitlines()] + [""]:
        if answer := _ANSWER.match(line):
            number += 1
            _close(f"第 {number} 题", "\n".join(stem), options, answer[1].strip(), items, problems)
            stem, options = [], []
        elif option := _OPTION.match(line):
            options.append(option[2].strip())
        elif line:
            if options:  # a stem after options without an answer: the question before has none
                number += 1
                problems.append(
                    FormatProblem(f"第 {number} 题", "没有 ANSWER 一行。请补上。", value=stem[0][:40] if stem else "")
                )
                stem, options = [], []
            stem.append(line)
    if stem or options:
        problems.append(FormatProblem(f"第 {number + 1} 题", "没有 ANSWER 一行。请补上。", value="".join(stem)[:40]))
    if not items and not problems:
        raise FormatError("没有找到题目。Aiken 每道题以 ANSWER: 一行结束。")
    if len(items) > MAX_ITEMS:
        raise FormatError(f"有 {len(items)} 道题，一次最多 {MAX_ITEMS} 道。请拆开后再试。")
    return ReadResult(tuple(items), tuple(problems))


def _close(
    where: str, stem: str, options: Sequence[str], answer: str, items: list[ReadItem], problems: list[FormatProblem]
) -> None:
    place = words.LETTERS.find(answer.upper()) if len(answer) == 1 else -1
    if not stem or len(options) < 2:
        problems.append(FormatProblem(where, "没有题干或选项不到两个。请补上。", value=stem[:40]))
    elif len(options) > len(CHOICE_IDS):
        problems.append(FormatProblem(where, f"选项有 {len(options)} 个，最多 {len(CHOICE_IDS)} 个。", value=stem[:40]))
    elif not 0 <= place < len(options):
        problems.append(FormatProblem(where, "ANSWER 要写一个选项的字母。", "答案", answer[:20]))
    elif max(len(text) for text in (stem, *options)) > MAX_TEXT:
        problems.append(FormatProblem(where, f"有一处文字超过 {MAX_TEXT} 字。请删短。"))
    else:
        choices = tuple(Choice(i, text) for i, text in zip(CHOICE_IDS, options, strict=False))
        is_verdict = tuple(options) == tuple(choice.text for choice in CHOICES)
        kind = ItemKind.TRUE_FALSE if is_verdict else ItemKind.SINGLE
        items.append(ReadItem(draft(kind, stem, choices, (CHOICE_IDS[place],)), where))


FORMAT = Format(
    code="aiken",
    name="Aiken",
    extension="txt",
    media_type="text/plain",
    kinds=frozenset({ItemKind.SINGLE, ItemKind.TRUE_FALSE}),
    fields=frozenset({"kind", "stem", "choices", "choice_ids", "answer_key"}),
    write=write,
    read=read,
)
