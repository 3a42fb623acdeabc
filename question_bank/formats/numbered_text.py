"""The numbered layout of Chinese banks as plain text: "1. … A. … B. … 答案：C 解析：…" and its many cousins.

Lines are read one after the other: headings of sections, starts of questions, options, labelled fields, and what
belongs to the line before. Answers may stand under the question, in the brackets of its stem, or together at the end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from question_bank.formats import answer_keys, labelled, words
from question_bank.formats.assemble import Refused, assemble
from question_bank.formats.base import MAX_ITEMS, MAX_QUESTION, FormatError, FormatProblem, ReadItem, ReadResult
from question_bank.model import Item, ItemKind

_CHINESE = "一二三四五六七八九十百"
_SECTION = re.compile(
    rf"^\s*(?:第[{_CHINESE}]+(?:部分|大题)|[{_CHINESE}]{{1,4}}\s*[、.．])\s*(.{{0,60}}?)\s*[:：]?\s*$"
)
_START = re.compile(
    rf"^\s*(?:第\s*(\d{{1,4}})\s*题|[（(]\s*(\d{{1,4}})\s*[)）]|(\d{{1,4}})\s*[.．、:：](?!\d)|([{_CHINESE}]{{1,4}})、)"
    r"\s*[.．、:：]?\s*(.*)$"
)
_OPTION = re.compile(r"^\s*(?:[（(]\s*([A-Ha-hＡ-Ｈ])\s*[)）]|([A-Ha-hＡ-Ｈ])\s*[.．、:：)）])\s*(.*)$")
_INNER_OPTION = re.compile(r"(?<=\s)(?:[（(]\s*([A-H])\s*[)）]|([A-H])\s*[.．、:：)）])\s*")
_LABELS = {
    **{label: label for label in labelled.LABELS},
    "正确答案": "答案", "参考答案": "答案", "标准答案": "答案", "本题答案": "答案", "答": "答案",
    "答案解析": "解析", "试题解析": "解析", "题目解析": "解析", "解答": "解析", "分析": "解析", "说明": "解析",
    "难易度": "难度", "难度系数": "难度", "知识点": "主题", "章节": "主题", "考点": "主题", "依据": "出处",
    "来源": "出处", "法条": "出处", "学段": "年级段", "题型": "题型",
}  # fmt: skip
_NAMES = "|".join(sorted(_LABELS, key=len, reverse=True))
_LABEL = re.compile(rf"(?:【\s*({_NAMES})\s*】\s*[:：]?|(?:^|(?<=[\s。；;]))({_NAMES})\s*[:：])\s*")
_KIND_MARK = re.compile(
    r"[（(【\[]\s*([^（()）【】\[\]]{0,6}(?:单选|多选|判断|填空|情景|排序|配对|不定项)[^（()）【】\[\]]{0,3})\s*[)）】\]]"
)
_INLINE_KEY = re.compile(r"[（(]\s*([A-Ha-hＡ-Ｈａ-ｈ]{1,8}|[√×✓✗对错]|正确|错误)\s*[)）]")


@dataclass
class _Block:
    """One question while it is being read."""

    number: int
    section: str
    stem: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    last: tuple[str, str] = ("stem", "")
    size: int = 0

    @property
    def is_endless(self) -> bool:
        """Whether more was fed than a question can hold; nothing more is taken then."""
        return self.size > MAX_QUESTION

    def go_on(self, line: str) -> None:
        """A line that belongs to what was read last."""
        kind, name = self.last
        if kind == "option":
            self.options[name] += f"\n{line}" if line else ""
        elif kind == "label":
            self.labels[name] = f"{self.labels[name]}\n{line}".strip()
        elif line:
            self.stem.append(line)


def read_text(text: str) -> ReadResult:
    """The questions of a pasted or decoded text. Raises FormatError when there is none in it."""
    lines = [words.tidy(line) if line.strip() else "" for line in text.replace("\r\n", "\n").split("\n")]
    lines, keys = answer_keys.split_off(lines)
    blocks = _blocks(lines)
    if not blocks:
        raise FormatError("没有找到题目。每道题要有题号（如“1.”）、题干，以及“答案：”一行。")
    if len(blocks) > MAX_ITEMS:
        raise FormatError(f"有 {len(blocks)} 道题，一次最多 {MAX_ITEMS} 道。请拆开后再试。")
    items: list[ReadItem] = []
    problems: list[FormatProblem] = []
    for place, block in enumerate(blocks, 1):
        where = f"第 {place} 题" if block.number == place else f"第 {place} 题（题号 {block.number}）"
        if "答案" not in block.labels and (found := keys.take(block.section, block.number)):
            block.labels["答案"] = found
        try:
            items.append(_item(block, where))
        except Refused as refused:
            problems.append(FormatProblem(where, refused.message, refused.column, refused.value[:60]))
    return ReadResult(tuple(items), tuple(problems))


def _blocks(lines: Sequence[str]) -> list[_Block]:
    blocks: list[_Block] = []
    section = ""
    for line in lines:
        current = blocks[-1] if blocks else None
        if (title := _section(line)) is not None:
            section = title
        elif (start := _start(line, current)) is not None:
            blocks.append(_Block(start[0], section))
            _feed(blocks[-1], start[1])
        elif current is not None:
            _feed(current, line)
    return [block for block in blocks if block.stem or block.options or block.labels]


def _section(line: str) -> str | None:
    """The title of a section that names a kind; None for any other line."""
    found = _SECTION.match(line)
    title = found[1] if found else line
    is_bare = not found and len(line) <= 20 and not _LABEL.match(line) and not _START.match(line)
    if (
        (found or is_bare)
        and title.rstrip("：:").endswith(("题", "）", ")"))
        and (words.kind_of_words(title) or words.is_open_kind(title))
    ):
        return title
    return None


def _start(line: str, current: _Block | None) -> tuple[int, str] | None:
    """(number, rest) when a line begins a question: numbers go up by one or begin anew at one."""
    found = _START.match(line)
    if found is None:
        return None
    digits = found[1] or found[2] or found[3]
    number = int(digits) if digits else _chinese_value(found[4])
    if current is None or number in (1, current.number + 1) or current.labels or len(current.options) > 1:
        return number, found[5]
    return None


def _chinese_value(text: str) -> int:
    """一 → 1, 十二 → 12, 二十三 → 23; numbers of questions never go far beyond."""
    total, digit = 0, 0
    for char in text:
        value = _CHINESE.index(char) + 1
        if value == 10:
            total, digit = total + (digit or 1) * 10, 0
        elif value == 11:
            total, digit = total + (digit or 1) * 100, 0
        else:
            digit = value
    return total + digit


def _feed(block: _Block, line: str) -> None:
    """Give a line to a question: options and labels in it go to their places, the rest to what came last."""
    block.size += len(line)
    if block.is_endless:
        return
    found = _LABEL.search(line)
    is_label = found is not None and (found.start() == 0 or bool(block.options) or block.last[0] == "label")
    before = line[: found.start()].rstrip() if found is not None and is_label else line
    if before or not is_label:
        _feed_plain(block, before)
    if found is not None and is_label:
        _feed_labels(block, line[found.start() :])


def _feed_plain(block: _Block, line: str) -> None:
    option = _OPTION.match(line)
    expected = words.LETTERS[len(block.options)] if len(block.options) < len(words.LETTERS) else ""
    letter = words.fold(option[1] or option[2]).upper() if option else ""
    if option is None or letter != expected or block.last[0] == "label":
        stem, inner = _inner_options(line, expected) if block.last[0] == "stem" else (line, [])
        block.go_on(stem)
        _take(block, inner)
        return
    rest, inner = _inner_options(option[3], words.LETTERS[len(block.options) + 1 :][:1])
    _take(block, [(letter, rest), *inner])


def _take(block: _Block, options: Sequence[tuple[str, str]]) -> None:
    for letter, text in options:
        block.options[letter] = text
        block.last = ("option", letter)


def _inner_options(text: str, expected: str) -> tuple[str, list[tuple[str, str]]]:
    """Options further on in a line, as long as their letters go on from the expected one; (text before, options)."""
    places: list[tuple[str, int, int]] = []
    for found in _INNER_OPTION.finditer(text):
        if expected and (found[1] or found[2]) == expected:
            places.append((expected, found.start(), found.end()))
            expected = words.LETTERS[words.LETTERS.index(expected) + 1 :][:1]
    if not places:
        return text, []
    ends = [start for _, start, _ in places[1:]] + [len(text)]
    options = [(letter, text[begin:end].strip()) for (letter, _, begin), end in zip(places, ends, strict=True)]
    return text[: places[0][1]].strip(), options


def _feed_labels(block: _Block, line: str) -> None:
    """ "答案：C 解析：…" in one line or each in its own."""
    found = list(_LABEL.finditer(line))
    for number, label in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(line)
        name = _LABELS[label[1] or label[2]]
        value = line[label.end() : end].strip()
        if name in block.labels and name in {"解析", "理由", "右项"}:
            block.labels[name] = f"{block.labels[name]}\n{value}".strip()
        elif name not in block.labels:
            block.labels[name] = value
        block.last = ("label", name)


def _item(block: _Block, where: str) -> ReadItem:
    if block.is_endless:
        raise Refused(f"这道题超过 {MAX_QUESTION} 字，可能少了题号。请分开再试。")
    stem = "\n".join(block.stem)
    kind = block.labels.pop("题型", "") or block.section
    if mark := _KIND_MARK.search(stem):
        kind, stem = kind or mark[1], (stem[: mark.start()] + stem[mark.end() :]).strip()
    if "答案" not in block.labels:
        stem = _take_key(stem, block)
    options = tuple(block.options[letter] for letter in words.LETTERS if letter in block.options)
    item, doubts = assemble(labelled.parts_of(stem, options, _kind(kind), block.labels))
    item, more = labelled.with_labels(item, block.labels)
    return ReadItem(item, where, tuple(FormatProblem(where, doubt) for doubt in (*doubts, *more)))


def _kind(text: str) -> str:
    """What a heading says of the kind: the kind's own word, an open kind as it is, else nothing."""
    if words.is_open_kind(text) and words.kind_of_words(text) is None:
        return text
    found = words.kind_of_words(text)
    return text if "不定项" in text else (str(found) if found else "")


def _take_key(stem: str, block: _Block) -> str:
    """A key written into the stem's brackets: taken out of it, the brackets stay empty."""
    found = list(_INLINE_KEY.finditer(stem))
    if not found:
        return stem
    last = found[-1]
    block.labels["答案"] = last[1]
    return f"{stem[: last.start()]}（　）{stem[last.end() :]}"


def write_text(items: Sequence[Item]) -> tuple[str, list[FormatProblem]]:
    """Items in our own variant of the layout: sections by kind, every field labelled; and those that do not fit."""
    refused: list[FormatProblem] = []
    lines: list[str] = []
    number = 0
    for kind in ItemKind:
        section = [item for item in items if item.kind is kind]
        kept = [item for item in section if not _refuse(item, refused)]
        if kept:
            lines += [f"{_CHINESE[number]}、{words.kind_name(kind)}", ""]
            number += 1
        for place, item in enumerate(kept, 1):
            lines += [*_lines(item, place), ""]
    return "\n".join(lines), refused


def _refuse(item: Item, refused: list[FormatProblem]) -> bool:
    reason = labelled.unwritable(item)
    texts = (item.stem, item.explanation, *(choice.text for choice in item.choices))
    if not reason and any(_LABEL.search(text) or "\n" in text for text in texts):
        reason = "文字里有换行或“答案：”一类的标签，这种格式写不下。"
    if not reason and any(_INLINE_KEY.search(text) or _KIND_MARK.search(text) for text in texts[:1]):
        reason = "题干的括号里有字母或题型，会被读成答案，这种格式写不下。"
    inside = [(item.stem, words.LETTERS[:1]), *((choice.text, _following(choice.id)) for choice in item.choices)]
    if not reason and any(_inner_options(text, expected)[1] for text, expected in inside):
        reason = "文字里有像下一个选项那样的字母，会被读成另一个选项，这种格式写不下。"
    if reason:
        refused.append(FormatProblem(item.id, reason))
    return bool(reason)


def _following(choice_id: str) -> str:
    """The letter that the reader expects after a choice."""
    return words.LETTERS[words.LETTERS.index(choice_id.upper()) + 1 :][:1]


def _lines(item: Item, number: int) -> list[str]:
    lines = [f"{number}. {item.stem}"]
    lines += [f"{choice.id.upper()}. {choice.text}" for choice in labelled.stored_choices(item)]
    for label, text in labelled.to_labels(item).items():
        first, *more = text.split("\n")
        lines += [f"{label}：{first}", *more]
    return lines
