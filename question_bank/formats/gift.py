"""GIFT, Moodle's text format: "::title:: stem { =right#why ~wrong }", in and out.

What is written: the id as title, topic and sub-topic as category, the explanation as general feedback (####), reasons as
feedback of each choice. A question whose every choice has feedback, with exactly one full, at least one worth half and
otherwise nothing, is a scenario; anything else with odd weights is refused, never guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from question_bank.formats import words
from question_bank.formats.base import (
    MAX_ITEMS,
    MAX_QUESTION,
    MAX_TEXT,
    Format,
    FormatError,
    FormatProblem,
    ReadItem,
    ReadResult,
    Written,
    draft,
)
from question_bank.formats.markup import HasMedia, plain
from question_bank.formats.safety import decode
from question_bank.formats.weights import (
    SHARED,
    SHARED_DOUBT,
    WeightedChoice,
    accepted_forms,
    doubts_about,
    from_weights,
)
from question_bank.kinds.blank import GAP
from question_bank.kinds.matching import TARGET_IDS
from question_bank.kinds.true_false import CHOICES
from question_bank.model import Choice, ChoiceGrade, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS

_SPECIAL = re.compile(r"([~=#{}:\\])")
_CATEGORY = re.compile(r"^\$CATEGORY:\s*(.*)$")
_TITLE = re.compile(r"^::((?:\\.|[^\\])*?)::")
_MARK = re.compile(r"^\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"^%(-?\d{1,3}(?:\.\d{1,6})?)%")
MAX_ANSWERS = 100
_TRUE, _FALSE = {"T", "TRUE"}, {"F", "FALSE"}


class _Refused(Exception):
    """Why one question is not taken."""


def escape(text: str) -> str:
    """A text with what GIFT would read as something else behind backslashes, line breaks as \\n."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")


def unescape(text: str) -> str:
    """The inverse of escape."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def write(items: Sequence[Item]) -> Written:
    """Every kind but ordering and blanks beyond the first; those are refused by id."""
    lines: list[str] = []
    refused = []
    place = None
    for item in items:
        body = _body(item)
        if body is None:
            refused.append(FormatProblem(item.id, _why_not(item)))
            continue
        if (item.topic, item.subtopic) != place:
            place = (item.topic, item.subtopic)
            lines += [f"$CATEGORY: {item.topic}/{item.subtopic}", ""]
        title = f"::{escape(item.id)}::" if item.id else ""
        note = f"####{escape(item.explanation)}" if item.explanation else ""
        lines += [f"{title}{_stem(item)}{{{body}{note}}}", ""]
    return Written("\n".join(lines).encode() + b"\n", tuple(refused))


def _stem(item: Item) -> str:
    """The stem, with "[plain]" before a question that would be read as HTML, a comment, a category or a mark of format."""
    stem = escape(item.stem)
    texts = [item.stem, item.explanation, *(c.text + (c.reason or "") for c in (*item.choices, *item.targets))]
    is_odd = stem.startswith(("//", "$", "[")) or any("<" in text for text in texts)
    return f"[plain]{stem}" if is_odd else stem


def _why_not(item: Item) -> str:
    if item.kind is ItemKind.ORDERING:
        return "GIFT 没有排序题。"
    if item.kind is ItemKind.BLANK:
        return "GIFT 的填空题只能有一个空。"
    return "答案不完整，GIFT 写不下。"


def _body(item: Item) -> str | None:
    """What stands between the braces, without the general feedback; None where GIFT cannot hold it."""
    match item.kind:
        case ItemKind.TRUE_FALSE:
            return "TRUE" if item.answer_key == ("a",) else "FALSE"
        case ItemKind.SINGLE:
            return "".join(f" {'=' if c.id in item.answer_key else '~'}{escape(c.text)}" for c in item.choices)
        case ItemKind.MULTIPLE if 0 < len(item.answer_key) < len(item.choices):
            share = f"{100 / len(item.answer_key):.5f}".rstrip("0").rstrip(".")
            return "".join(f" ~%{share if c.id in item.answer_key else '-100'}%{escape(c.text)}" for c in item.choices)
        case ItemKind.SCENARIO:
            marks = {ChoiceGrade.BEST: "=", ChoiceGrade.ACCEPTABLE: "~%50%", ChoiceGrade.DANGEROUS: "~"}
            if not all(c.grade and c.reason for c in item.choices) or not _has_half(item):
                return None
            return "".join(
                f" {marks[c.grade]}{escape(c.text)}#{escape(c.reason or '')}" for c in item.choices if c.grade
            )
        case ItemKind.MATCHING:
            return _matching_body(item)
        case ItemKind.BLANK if len(item.answer_key) == 1:
            return "".join(f" ={escape(form)}" for form in item.answer_key[0].split("|"))
    return None


def _has_half(item: Item) -> bool:
    """Whether a choice is worth half: without one, a scenario would come back as a single choice."""
    return any(choice.grade is ChoiceGrade.ACCEPTABLE for choice in item.choices)


def _matching_body(item: Item) -> str | None:
    """Pairs in the order of the left side; targets that belong to none have an empty left side."""
    texts = {target.id: target.text for target in item.targets}
    right = dict(pair.split(":") for pair in item.answer_key)
    pairs = [(choice.text, texts.pop(right.get(choice.id, ""), "")) for choice in item.choices]
    return "".join(f" ={escape(left)} -> {escape(text)}" for left, text in [*pairs, *(("", t) for t in texts.values())])


@dataclass(frozen=True)
class _Question:
    """One question as text, with the category that stands above it."""

    text: str
    category: str


def read(data: bytes, filename: str = "") -> ReadResult:
    """Questions in order; each that cannot be taken is named by title or place. Raises FormatError when there is none."""
    items: list[ReadItem] = []
    problems: list[FormatProblem] = []
    for number, question in enumerate(_questions(decode(data)), 1):
        title = _TITLE.match(question.text[:200])
        where = f"第 {number} 题" + (f"（{unescape(title[1])[:40]}）" if title else "")
        try:
            item, doubts = _read_one(question)
            items.append(ReadItem(item, where, tuple(FormatProblem(where, doubt) for doubt in doubts)))
        except (_Refused, HasMedia, ValueError) as reason:
            problems.append(FormatProblem(where, f"{reason}。没有导入这道题。"))
        if len(items) > MAX_ITEMS:
            raise FormatError(f"题目超过 {MAX_ITEMS} 道。请拆开后再试。")
    if not items and not problems:
        raise FormatError("没有找到题目。GIFT 的每道题有一对花括号 { }。")
    return ReadResult(tuple(items), tuple(problems))


def _questions(text: str) -> Iterator[_Question]:
    """Blocks between empty lines; an empty line inside braces does not end one."""
    category, depth = "", 0
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        plain_line = line.strip()
        if not block and plain_line.startswith("//"):
            continue
        if not block and (found := _CATEGORY.match(plain_line)):
            category = found[1].strip()
            continue
        if plain_line:
            block.append(line.strip())
            bare = re.sub(r"\\.", "", line)
            depth += bare.count("{") - bare.count("}")
        elif block and depth <= 0:
            yield _Question("\n".join(block), category)
            block, depth = [], 0
    if block:
        yield _Question("\n".join(block), category)


def _read_one(question: _Question) -> tuple[Item, list[str]]:
    text = question.text
    if len(text) > MAX_QUESTION:
        raise _Refused(f"这道题超过 {MAX_QUESTION} 字，可能少了空行或花括号")
    title = _TITLE.match(text)
    text = text[title.end() :].lstrip() if title else text
    mark = _MARK.match(text)
    text = text[mark.end() :] if mark else text
    before, body, after = _braces(text)
    if body is None:
        raise _Refused("没有花括号，只是一段说明")
    answers, note = _general_feedback(body)
    is_html = mark[1] == "html" if mark else "<" in text
    stem = _text(before, is_html)
    item, doubts = _by_answers(stem, answers, _text(after, is_html), is_html)
    topic, subtopic = words.place_of(question.category)
    item_id = _item_id(title)
    if item.kind in SHARED and not item_id:
        doubts.append(SHARED_DOUBT)
    found = replace(item, id=item_id, explanation=_text(note, is_html), topic=topic, subtopic=subtopic)
    return found, doubts


def _item_id(title: re.Match[str] | None) -> str:
    """A title that looks like an id of ours; titles of others are no ids."""
    text = unescape(title[1]).strip() if title else ""
    return text if re.fullmatch(r"[a-z]{2,12}-\d{4}", text) else ""


def _text(raw: str, is_html: bool = False) -> str:
    text = unescape(raw.strip())
    if len(text) > MAX_TEXT:
        raise _Refused(f"有一处文字超过 {MAX_TEXT} 字")
    return plain(text) if is_html else text


def _braces(text: str) -> tuple[str, str | None, str]:
    """(before, inside, after) of the first pair of braces that are not escaped."""
    opened = None
    for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if found[0] == "{" and opened is None:
            opened = found.start()
        elif found[0] == "}" and opened is not None:
            return text[:opened], text[opened + 1 : found.start()], text[found.end() :]
    return text, None, ""


def _general_feedback(body: str) -> tuple[str, str]:
    found = re.search(r"(?<!\\)####", body)
    return (body[: found.start()], body[found.end() :]) if found else (body, "")


@dataclass(frozen=True)
class _Answer:
    """One answer: its mark (= or ~), weight where it says one, text and feedback."""

    mark: str
    weight: float | None
    text: str
    feedback: str


def _answers(body: str, is_html: bool) -> list[_Answer]:
    pieces = re.split(r"(?<!\\)((?:\\\\)*)([=~])", body)
    if pieces[0].strip():
        raise _Refused("花括号里的写法不认识")
    if len(pieces) > 3 * MAX_ANSWERS:
        raise _Refused(f"答案超过 {MAX_ANSWERS} 个，可能少了反斜杠")
    found = []
    for place in range(2, len(pieces), 3):
        raw = (pieces[place + 1] + (pieces[place + 2] if place + 2 < len(pieces) else "")).strip()
        weight = _WEIGHT.match(raw)
        raw = raw[weight.end() :] if weight else raw
        text, _, feedback = _split_feedback(raw)
        found.append(
            _Answer(pieces[place], float(weight[1]) if weight else None, _text(text, is_html), _text(feedback, is_html))
        )
    return found


def _split_feedback(raw: str) -> tuple[str, str, str]:
    found = re.search(r"(?<!\\)#", raw)
    return (raw[: found.start()], "#", raw[found.end() :]) if found else (raw, "", "")


def _by_answers(stem: str, body: str, after: str, is_html: bool) -> tuple[Item, list[str]]:
    verdict, _, _ = _split_feedback(body.strip())
    if verdict.strip().upper() in _TRUE | _FALSE:
        key = "a" if verdict.strip().upper() in _TRUE else "b"
        return draft(ItemKind.TRUE_FALSE, stem, CHOICES, (key,)), []
    if not body.strip():
        raise _Refused("这是问答题，不能自动判分")
    if body.strip().startswith("#"):
        raise _Refused("这是数值题，本系统没有这种题型")
    answers = _answers(body, is_html)
    if all(answer.mark == "=" for answer in answers):
        if all("->" in answer.text for answer in answers):
            return _matching(stem, answers), []
        return _blank(stem, answers, after), []
    whole = f"{stem}{GAP}{after}" if after else stem
    choices = [
        WeightedChoice(a.text, 100.0 if a.weight is None and a.mark == "=" else a.weight or 0.0, a.feedback)
        for a in answers
    ]
    item = from_weights(whole, choices)
    return item, doubts_about(item, choices)


def _matching(stem: str, answers: Sequence[_Answer]) -> Item:
    pairs = [tuple(part.strip() for part in answer.text.split("->", 1)) for answer in answers]
    lefts = [pair for pair in pairs if pair[0]]
    texts = list(dict.fromkeys(pair[1] for pair in pairs))
    if len(texts) != len(pairs):
        raise _Refused("配对题有几个左项对应同一个右项，本系统要一一对应")
    if len(lefts) > len(CHOICE_IDS) or len(texts) > len(TARGET_IDS):
        raise _Refused("配对题的项太多")
    choices = tuple(Choice(i, left) for i, (left, _) in zip(CHOICE_IDS, lefts, strict=False))
    targets = tuple(Choice(i, text) for i, text in zip(TARGET_IDS, sorted(texts), strict=False))
    by_text = {target.text: target.id for target in targets}
    key = tuple(f"{choice.id}:{by_text[right]}" for choice, (_, right) in zip(choices, lefts, strict=True))
    return replace(draft(ItemKind.MATCHING, stem, choices, key), targets=targets)


def _blank(stem: str, answers: Sequence[_Answer], after: str) -> Item:
    if any(answer.weight not in (None, 100.0) for answer in answers):
        raise _Refused("填空题的答案带部分分，本系统不支持")
    texts = [answer.text for answer in answers]
    if any("*" in text for text in texts):
        raise _Refused("填空题的答案带通配符 *，本系统不支持")
    whole = f"{stem}{GAP}{after}" if after else (stem if GAP in stem else f"{stem}{GAP}")
    return draft(ItemKind.BLANK, whole, (), (accepted_forms(texts),))


FORMAT = Format(
    code="gift",
    name="GIFT（Moodle 文本）",
    extension="gift.txt",
    media_type="text/plain",
    kinds=frozenset(ItemKind) - {ItemKind.ORDERING},
    fields=frozenset(
        {
            "id",
            "kind",
            "stem",
            "choices",
            "choice_ids",
            "answer_key",
            "grades",
            "reasons",
            "explanation",
            "topic",
            "subtopic",
        }
    ),
    write=write,
    read=read,
)
