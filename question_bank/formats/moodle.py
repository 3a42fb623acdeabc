"""Moodle XML in and out: multichoice, truefalse, shortanswer, matching and ordering.

Our fields that Moodle has no place for travel in its tags ("qy:band=junior"), the id in idnumber, the explanation in
generalfeedback, topic and sub-topic in the category, reasons in each answer's feedback. Structure after Moodle's own
"question/format/xml" export and the documentation page "Moodle XML format"; `ordering` after the question type of that
name, part of Moodle since 4.4. Questions that Moodle marks in a way we do not have are refused by name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from question_bank.formats import extras, words
from question_bank.formats.base import (
    FIELDS,
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
from question_bank.formats.markup import HasMedia, plain
from question_bank.formats.safety import parse_xml
from question_bank.formats.weights import (
    SHARED,
    SHARED_DOUBT,
    WeightedChoice,
    accepted_forms,
    doubts_about,
    from_weights,
    in_order,
)
from question_bank.kinds.blank import GAP
from question_bank.kinds.matching import TARGET_IDS
from question_bank.kinds.true_false import CHOICES
from question_bank.model import Choice, ChoiceGrade, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS

_TYPES = {
    ItemKind.SINGLE: "multichoice", ItemKind.MULTIPLE: "multichoice", ItemKind.SCENARIO: "multichoice",
    ItemKind.TRUE_FALSE: "truefalse", ItemKind.BLANK: "shortanswer", ItemKind.MATCHING: "matching",
    ItemKind.ORDERING: "ordering",
}  # fmt: skip
_FRACTIONS = {ChoiceGrade.BEST: "100", ChoiceGrade.ACCEPTABLE: "50", ChoiceGrade.DANGEROUS: "0"}
_NAMES = {
    "essay": "问答题", "numerical": "数值题", "calculated": "计算题", "calculatedsimple": "计算题",
    "calculatedmulti": "计算题", "cloze": "完形填空", "multianswer": "完形填空", "description": "说明文字",
    "ddwtos": "拖字入空", "ddmarker": "拖标记", "ddimageortext": "拖图", "gapselect": "选词填空",
    "randomsamatch": "随机配对", "coderunner": "编程题", "stack": "公式题", "regexp": "正则填空",
}  # fmt: skip


def write(items: Sequence[Item]) -> Written:
    """Every kind; a blank item with several gaps is refused, because Moodle's short answer has one."""
    root = Element("quiz")
    refused = []
    place = None
    for item in items:
        if reason := _why_not(item):
            refused.append(FormatProblem(item.id, reason))
            continue
        if (item.topic, item.subtopic) != place:
            place = (item.topic, item.subtopic)
            question = SubElement(root, "question", type="category")
            _texted(question, "category", f"$course$/top/{item.topic}/{item.subtopic}")
        root.append(_question(item))
    indent(root, " ")
    return Written(b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "utf-8") + b"\n", tuple(refused))


def _why_not(item: Item) -> str:
    if item.kind is ItemKind.BLANK and len(item.answer_key) != 1:
        return "Moodle 的简答题只能有一个空。"
    if (
        item.kind in (ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.TRUE_FALSE, ItemKind.ORDERING)
        and not item.answer_key
    ):
        return "没有答案，Moodle 写不下。"
    if item.kind is ItemKind.BLANK and "*" in item.answer_key[0]:
        return "答案里有星号，Moodle 会当作通配符。"
    return ""


def _question(item: Item) -> Element:
    question = Element("question", type=_TYPES[item.kind])
    _texted(question, "name", item.id or item.stem[:60])
    _texted(question, "questiontext", item.stem, "plain_text")
    _texted(question, "generalfeedback", item.explanation, "plain_text")
    SubElement(question, "defaultgrade").text = "1"
    SubElement(question, "penalty").text = "0"
    SubElement(question, "hidden").text = "0"
    if item.id:
        SubElement(question, "idnumber").text = item.id
    _WRITERS[item.kind](question, item)
    tags = SubElement(question, "tags")
    for tag in extras.to_tags(item):
        _texted(tags, "tag", tag)
    return question


def _write_choices(question: Element, item: Item) -> None:
    SubElement(question, "single").text = "false" if item.kind is ItemKind.MULTIPLE else "true"
    SubElement(question, "shuffleanswers").text = "true"
    SubElement(question, "answernumbering").text = "ABCD"
    wrong = "-100" if item.kind is ItemKind.MULTIPLE else "0"  # else ticking everything would earn full marks
    share = f"{100 / max(1, len(item.answer_key)):.5f}".rstrip("0").rstrip(".")
    for choice in item.choices:
        fraction = _FRACTIONS[choice.grade] if choice.grade else (share if choice.id in item.answer_key else wrong)
        _answer(question, choice.text, fraction, choice.reason or "")


def _write_verdict(question: Element, item: Item) -> None:
    for word, choice_id in (("true", "a"), ("false", "b")):
        _answer(question, word, "100" if choice_id in item.answer_key else "0")


def _write_blank(question: Element, item: Item) -> None:
    SubElement(question, "usecase").text = "0"
    for form in item.answer_key[0].split("|"):
        _answer(question, form, "100")


def _write_pairs(question: Element, item: Item) -> None:
    SubElement(question, "shuffleanswers").text = "true"
    right = dict(pair.split(":") for pair in item.answer_key)
    texts = {target.id: target.text for target in item.targets}
    for choice in item.choices:
        _subquestion(question, choice.text, texts.pop(right[choice.id]))
    for text in texts.values():
        _subquestion(question, "", text)


def _write_order(question: Element, item: Item) -> None:
    """Answers stand in their right order, as the ordering question type has them; grading all or nothing."""
    SubElement(question, "layouttype").text = "VERTICAL"
    SubElement(question, "selecttype").text = "ALL"
    SubElement(question, "gradingtype").text = "ALL_OR_NOTHING"
    for choice_id in item.answer_key:
        _answer(question, item.choice(choice_id).text, "1.0000000")


_WRITERS = {
    ItemKind.SINGLE: _write_choices,
    ItemKind.MULTIPLE: _write_choices,
    ItemKind.SCENARIO: _write_choices,
    ItemKind.TRUE_FALSE: _write_verdict,
    ItemKind.BLANK: _write_blank,
    ItemKind.MATCHING: _write_pairs,
    ItemKind.ORDERING: _write_order,
}


def _texted(parent: Element, name: str, text: str, form: str = "") -> Element:
    found = SubElement(parent, name, {"format": form} if form else {})
    SubElement(found, "text").text = text
    return found


def _answer(question: Element, text: str, fraction: str, feedback: str = "") -> None:
    answer = SubElement(question, "answer", fraction=fraction, format="plain_text")
    SubElement(answer, "text").text = text
    _texted(answer, "feedback", feedback, "plain_text")


def _subquestion(question: Element, left: str, right: str) -> None:
    found = SubElement(question, "subquestion", format="plain_text")
    SubElement(found, "text").text = left
    _texted(found, "answer", right)


def read(data: bytes, filename: str = "") -> ReadResult:
    """Questions in order; each that cannot be taken is named. Raises FormatError for a file that is no Moodle XML."""
    root = parse_xml(data)
    if root.tag != "quiz":
        raise FormatError("这不是 Moodle XML：最外层应是 <quiz>。")
    items: list[ReadItem] = []
    problems: list[FormatProblem] = []
    for number, (question, category) in enumerate(_questions(root), 1):
        where = f"第 {number} 题" + (f"（{name[:40]}）" if (name := _raw(question, "name").strip()) else "")
        try:
            item, doubts = _read_one(question, category)
            items.append(ReadItem(item, where, tuple(FormatProblem(where, doubt) for doubt in doubts)))
        except (ValueError, KeyError) as reason:
            problems.append(FormatProblem(where, f"{str(reason).strip(chr(39))}。没有导入这道题。"))
        if len(items) > MAX_ITEMS:
            raise FormatError(f"题目超过 {MAX_ITEMS} 道。请拆开后再试。")
    if not items and not problems:
        raise FormatError("文件里没有题目。")
    return ReadResult(tuple(items), tuple(problems))


def _questions(root: Element) -> Iterator[tuple[Element, str]]:
    category = ""
    for question in root.iter("question"):
        if question.get("type") == "category":
            category = _raw(question, "category").strip()
        else:
            yield question, category


def _read_one(question: Element, category: str) -> tuple[Item, list[str]]:
    kind = question.get("type", "")
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"这是{_NAMES.get(kind, f'“{kind}”类型的题')}，本系统没有这种题型")
    if question.find(".//file") is not None:
        raise ValueError("带有图片或附件，请去掉后再导入")
    tags = _tags(question)
    item, doubts = reader(question, _text(question, "questiontext"))
    if item.kind in SHARED and not any(tag.startswith(extras.PREFIX) for tag in tags):
        doubts = [*doubts, SHARED_DOUBT]
    parts = category.removeprefix("$course$/").removeprefix("top/").split("/")
    topic, subtopic = words.place_of("/".join(parts[-2:]))
    idnumber = (question.findtext("idnumber") or "").strip()
    item = replace(
        item, id=idnumber[:24], explanation=_text(question, "generalfeedback"), topic=topic, subtopic=subtopic
    )  # fmt: skip
    return extras.from_tags(item, tags), doubts


def _tags(question: Element) -> list[str]:
    return [_raw(tag) for tag in question.iterfind("tags/tag")]


def _raw(parent: Element, path: str = "") -> str:
    found = parent.findtext(f"{path}/text" if path else "text")
    return found or ""


def _text(parent: Element, path: str = "") -> str:
    """A text as plain words, whatever its format; raises ValueError for pictures and endless texts."""
    raw = _raw(parent, path)
    if len(raw) > 4 * MAX_TEXT:
        raise ValueError(f"有一处文字超过 {MAX_TEXT} 字")
    holder = parent.find(path) if path else parent
    form = "html" if holder is None else holder.get("format", "html")
    try:
        text = raw.strip() if form == "plain_text" else plain(raw)
    except HasMedia as error:
        raise ValueError(str(error)) from None
    if len(text) > MAX_TEXT:
        raise ValueError(f"有一处文字超过 {MAX_TEXT} 字")
    return text


def _fraction(answer: Element) -> float:
    return float(answer.get("fraction", "0") or 0)


def _read_choices(question: Element, stem: str) -> tuple[Item, list[str]]:
    answers = question.findall("answer")
    choices = [WeightedChoice(_text(answer), _fraction(answer), _text(answer, "feedback")) for answer in answers]
    single = (question.findtext("single") or "true").strip() in {"true", "1"}
    item = from_weights(stem, choices, single, extras.SCENARIO_TAG in _tags(question))
    return item, doubts_about(item, choices)


def _read_verdict(question: Element, stem: str) -> tuple[Item, list[str]]:
    right = next((_text(answer).casefold() for answer in question.iterfind("answer") if _fraction(answer) >= 100), "")
    verdict = words.verdict(right)
    if verdict is None:
        raise ValueError("判断题没有标出哪个是对的")
    return draft(ItemKind.TRUE_FALSE, stem, CHOICES, ("a" if verdict else "b",)), []


def _read_blank(question: Element, stem: str) -> tuple[Item, list[str]]:
    answers = [(_text(answer), _fraction(answer)) for answer in question.iterfind("answer")]
    if any(0 < fraction < 100 for _, fraction in answers):
        raise ValueError("填空题的答案带部分分，本系统不支持")
    texts = [text for text, fraction in answers if fraction >= 100]
    if not texts or any("*" in text for text in texts):
        raise ValueError("填空题没有答案，或答案带通配符 *")
    found, gaps = words.with_gaps(stem)
    doubts = [] if gaps else ["题干里没有空，已在末尾补了一个。请核对位置。"]
    if gaps > 1:
        raise ValueError("题干有几个空，答案只有一组")
    if (question.findtext("usecase") or "0").strip() in {"1", "true"} and any(
        text != text.swapcase() for text in texts
    ):
        doubts.append("原来区分大小写，本系统不区分。")
    return draft(ItemKind.BLANK, found if gaps else f"{stem}{GAP}", (), (accepted_forms(texts),)), doubts


def _read_pairs(question: Element, stem: str) -> tuple[Item, list[str]]:
    pairs = [(_text(one), _raw(one, "answer").strip()) for one in question.iterfind("subquestion")]
    lefts = [pair for pair in pairs if pair[0]]
    texts = sorted({right for _, right in pairs if right})
    if len({right for _, right in lefts}) != len(lefts):
        raise ValueError("几个左项对应同一个右项，本系统要一一对应")
    if not lefts or len(lefts) > len(CHOICE_IDS) or len(texts) > len(TARGET_IDS):
        raise ValueError("配对题的项太多或没有")
    choices = tuple(Choice(i, left) for i, (left, _) in zip(CHOICE_IDS, lefts, strict=False))
    targets = tuple(Choice(i, text) for i, text in zip(TARGET_IDS, texts, strict=False))
    by_text = {target.text: target.id for target in targets}
    key = tuple(f"{choice.id}:{by_text[right]}" for choice, (_, right) in zip(choices, lefts, strict=True))
    return replace(draft(ItemKind.MATCHING, stem, choices, key), targets=targets), []


def _read_order(question: Element, stem: str) -> tuple[Item, list[str]]:
    """Answers come in their right order; newer exports number them in `fraction` as well."""
    answers = question.findall("answer")
    item = in_order(stem, [_text(answer) for answer in answers])
    places = [_fraction(answer) for answer in answers]
    doubts = []
    if len(set(places)) > 1 and places != sorted(places):
        doubts.append("各项的序号和排列的先后不一致，按排列的先后读入。请核对次序。")
    if (question.findtext("selecttype") or "ALL").strip() not in {"ALL", "0"}:
        doubts.append("原来每次只抽其中几项来排，本系统排全部。")
    if (question.findtext("gradingtype") or "ALL_OR_NOTHING").strip() not in {"ALL_OR_NOTHING", "-1"}:
        doubts.append("原来排对一部分也得分，本系统全对才得分。请核对。")
    return item, doubts


_READERS = {
    "multichoice": _read_choices,
    "truefalse": _read_verdict,
    "shortanswer": _read_blank,
    "matching": _read_pairs,
    "match": _read_pairs,
    "ordering": _read_order,
}

FORMAT = Format(
    code="moodle",
    name="Moodle XML",
    extension="xml",
    media_type="application/xml",
    kinds=frozenset(ItemKind),
    fields=frozenset(FIELDS),
    write=write,
    read=read,
)
