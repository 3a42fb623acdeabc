"""A QTI assessment item of any version as an item of ours. What is not understood is refused with the reason."""

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from question_bank.formats import words
from question_bank.formats.base import MAX_TEXT, draft
from question_bank.formats.qti.names import CHOSEN, children, descendants, local, value
from question_bank.formats.weights import WeightedChoice, accepted_forms, doubts_about, from_weights, in_order
from question_bank.kinds.blank import GAP, MOST_BLANKS
from question_bank.kinds.matching import TARGET_IDS
from question_bank.kinds.true_false import CHOICES
from question_bank.model import Choice, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS

_MEDIA = {
    "img",
    "object",
    "audio",
    "video",
    "math",
    "picture",
    "source",
    "portableCustomInteraction",
    "customInteraction",
}
_KNOWN_RULES = {
    "responseProcessing", "responseCondition", "responseIf", "responseElse", "match", "variable", "correct",
    "setOutcomeValue", "baseValue", "mapResponse", "isNull", "and", "equal", "not",
}  # fmt: skip
_INTERACTIONS = ("choiceInteraction", "orderInteraction", "matchInteraction", "textEntryInteraction")
_OTHER_NAMES = {
    "extendedTextInteraction": "问答题", "inlineChoiceInteraction": "选词填空", "gapMatchInteraction": "拖词填空",
    "associateInteraction": "两两配对", "hotspotInteraction": "热区题", "hottextInteraction": "点词题",
    "sliderInteraction": "滑块题", "uploadInteraction": "上传题", "drawingInteraction": "画图题",
    "graphicOrderInteraction": "图片排序", "graphicGapMatchInteraction": "图片配对", "mediaInteraction": "音视频题",
    "selectPointInteraction": "点选题", "positionObjectInteraction": "摆放题",
}  # fmt: skip


def read_item(root: Element) -> tuple[Item, list[str]]:
    """The item and doubts about it. Raises ValueError (in Chinese, without a full stop)."""
    if local(root) != "assessmentItem":
        raise ValueError("这不是一道 QTI 题目（assessmentItem）")
    body = next(iter(children(root, "itemBody")), None)
    if body is None:
        raise ValueError("题目没有正文")
    _refuse_strange(root, body)
    scoring = _scoring(root)
    found = [one for name in _INTERACTIONS for one in descendants(body, name)]
    names = {local(one) for one in found}
    if len(names) != 1 or (len(found) > 1 and names != {"textEntryInteraction"}):
        raise ValueError("一道题里有几个作答部分，本系统一题一问")
    item, doubts = _READERS[names.pop()](root, body, found, scoring)
    if scoring == "none":
        doubts.append("文件没有写怎样计分，按它的标准答案读入。请核对答案。")
    explanation = "\n".join(_lines(one) for one in children(root, "modalFeedback") if _is_explanation(root, one))
    return replace(item, id=_item_id(root), explanation=_limited(explanation)), doubts


def _refuse_strange(root: Element, body: Element) -> None:
    for element in body.iter():
        name = local(element)
        if name in _MEDIA:
            raise ValueError("题目带有图片、音视频或公式，请去掉后再导入")
        if name in _OTHER_NAMES or (name.endswith("Interaction") and name not in _INTERACTIONS):
            raise ValueError(f"这是{_OTHER_NAMES.get(name, f'“{name}”')}，本系统没有这种题型")
    if children(root, "templateDeclaration") or value(root, "adaptive") == "true":
        raise ValueError("题目带变量模板或分步作答，本系统没有这种题型")


def _scoring(root: Element) -> str:
    """correct, map or none: how the item says that it is marked. Raises ValueError for rules of its own."""
    processing = next(iter(children(root, "responseProcessing")), None)
    if processing is None:
        return "none"
    template = value(processing, "template")
    if template:
        name = template.rpartition("/")[2].removesuffix(".xml")
        if name not in {"match_correct", "map_response"}:
            raise ValueError(f"计分模板 {name[:40]} 不认识")
        return "correct" if name == "match_correct" else "map"
    used = {local(element) for element in processing.iter()}
    if strange := used - _KNOWN_RULES:
        raise ValueError(f"计分规则不认识（{'、'.join(sorted(strange))[:60]}）")
    _refuse_other_marking(processing)
    if "mapResponse" in used:
        return "map"
    return "correct" if {"match", "correct"} <= used else "none"


def _refuse_other_marking(processing: Element) -> None:
    """Known words can still say the opposite: `not` around a match, or points for failing it. Raises ValueError."""
    for negation in descendants(processing, "not"):
        if [local(one) for one in negation] != ["isNull"]:
            raise ValueError("计分规则用“不等于”来判对，本系统不能照样计分")
    for match in descendants(processing, "match"):
        if sorted(local(one) for one in match) != ["correct", "variable"]:
            raise ValueError("计分规则不是和标准答案比较，本系统不能照样计分")
    for condition in descendants(processing, "responseCondition"):
        passed = [branch for branch in children(condition, "responseIf") if descendants(branch, "match")]
        otherwise = [points for branch in children(condition, "responseElse") for points in _points(branch)]
        for branch in passed:
            if not (points := _points(branch)) or max(points) <= max(otherwise, default=0.0):
                raise ValueError("计分规则给答错的人分数，本系统不能照样计分")


def _points(branch: Element) -> list[float]:
    found = [base for rule in descendants(branch, "setOutcomeValue") for base in descendants(rule, "baseValue")]
    try:
        return [float((one.text or "").strip()) for one in found if value(one, "baseType") in {"float", "integer"}]
    except ValueError as error:
        raise ValueError("计分规则里的分数读不懂") from error


def _declarations(root: Element) -> dict[str, Element]:
    return {value(one, "identifier"): one for one in children(root, "responseDeclaration")}


def _correct(declaration: Element) -> list[str]:
    return [
        (one.text or "").strip()
        for group in children(declaration, "correctResponse")
        for one in children(group, "value")
    ]


def _mapping(declaration: Element) -> dict[str, float]:
    entries = [entry for table in children(declaration, "mapping") for entry in children(table, "mapEntry")]
    return {value(entry, "mapKey"): float(value(entry, "mappedValue", "0")) for entry in entries}


def _declaration(root: Element, interaction: Element) -> Element:
    found = _declarations(root).get(value(interaction, "responseIdentifier"))
    if found is None:
        raise ValueError("找不到这道题的答案声明")
    return found


def _stem(body: Element, interaction: Element) -> str:
    """The text before the interaction and its prompt."""
    prompt = "\n".join(_lines(one) for one in children(interaction, "prompt"))
    before = list(_beside(body, interaction))
    return _limited("\n".join(part for part in [*before, prompt] if part))


def _beside(element: Element, interaction: Element) -> Iterator[str]:
    """The texts around the interaction, however deep the page's own layout has put it."""
    for child in element:
        if child is interaction:
            continue
        if _holds(child, interaction):
            yield from _beside(child, interaction)
        else:
            yield _lines(child)


def _holds(element: Element, wanted: Element) -> bool:
    return any(one is wanted for one in element.iter())


def _read_choice(root: Element, body: Element, found: list[Element], scoring: str) -> tuple[Item, list[str]]:
    interaction, declaration = found[0], _declaration(root, found[0])
    options = children(interaction, "simpleChoice")
    ids = [value(one, "identifier") for one in options]
    texts = [_own_text(one) for one in options]
    feedback = ["\n".join(_lines(part) for part in children(one, "feedbackInline")) for one in options]
    is_single = value(declaration, "cardinality", "single") == "single"
    correct, doubts = _correct(declaration), []
    stem = _stem(body, interaction)
    if scoring == "map" and _mapping(declaration):
        weights = _weights(ids, _mapping(declaration), correct, is_single)
        if not is_single:
            doubts.append("原来选对一部分也得分，本系统全对才得分。请核对。")
    else:
        weights = [100.0 if one in correct else 0.0 for one in ids]
    if not any(weights):
        raise ValueError("没有标出正确答案")
    verdicts = [words.verdict(text) for text in texts]
    if is_single and len(options) == 2 and set(verdicts) == {True, False}:
        is_true = verdicts[weights.index(max(weights))]
        return draft(ItemKind.TRUE_FALSE, stem, CHOICES, ("a" if is_true else "b",)), doubts
    choices = [WeightedChoice(*parts) for parts in zip(texts, weights, feedback, strict=True)]
    item = from_weights(stem, choices, is_single, _tells_what_was_chosen(root))
    return item, [*doubts, *doubts_about(item, choices)]


def _tells_what_was_chosen(root: Element) -> bool:
    """Our own scenarios show the reason of the choice that was made; their outcome has this name."""
    return any(value(one, "identifier") == CHOSEN for one in children(root, "outcomeDeclaration"))


def _weights(ids: list[str], mapping: dict[str, float], correct: list[str], is_single: bool) -> list[float]:
    """Weights in per cent of what a fully right answer earns."""
    if is_single:
        most = max(mapping.values(), default=0)
        if correct and most > 0 and {one for one in ids if mapping.get(one, 0) == most} != set(correct):
            raise ValueError("标准答案和分值最高的选项不是同一个")
        return [100 * mapping.get(one, 0) / most if most > 0 else 0.0 for one in ids]
    positive = {one for one in ids if mapping.get(one, 0) > 0}
    if positive != set(correct) or len({mapping[one] for one in positive}) != 1:
        raise ValueError("各选项的分值不一样，本系统没有这种计分")
    return [100.0 / len(positive) if one in positive else 0.0 for one in ids]


def _read_order(root: Element, body: Element, found: list[Element], scoring: str) -> tuple[Item, list[str]]:
    interaction, declaration = found[0], _declaration(root, found[0])
    options = children(interaction, "simpleChoice")
    ids = _renamed([value(one, "identifier") for one in options], CHOICE_IDS)
    order = [ids.get(one, "") for one in _correct(declaration)]
    if sorted(order) != sorted(ids.values()):
        raise ValueError("正确次序没有包括每一项")
    stem = _stem(body, interaction)
    choices = tuple(Choice(ids[value(one, "identifier")], _own_text(one)) for one in options)
    doubts = ["原来排对一部分也得分，本系统全对才得分。请核对。"] if scoring == "map" else []
    if order == sorted(order):  # the file lists them in their right order, which would show in print
        return in_order(stem, [choice.text for choice in choices]), doubts
    return draft(ItemKind.ORDERING, stem, choices, tuple(order)), doubts


def _read_match(root: Element, body: Element, found: list[Element], scoring: str) -> tuple[Item, list[str]]:
    interaction, declaration = found[0], _declaration(root, found[0])
    sets = children(interaction, "simpleMatchSet")
    if len(sets) != 2:
        raise ValueError("配对题要有左右两组")
    lefts, rights = (
        [(value(o, "identifier"), _own_text(o)) for o in children(one, "simpleAssociableChoice")] for one in sets
    )
    left_ids = _renamed([one for one, _ in lefts], CHOICE_IDS)
    right_ids = _renamed([one for one, _ in rights], TARGET_IDS)
    pairs = [pair.split() for pair in _correct(declaration)]
    if not all(len(pair) == 2 and pair[0] in left_ids and pair[1] in right_ids for pair in pairs):
        raise ValueError("答案里的配对和左右两组对不上")
    used = [right for _, right in pairs]
    if len(set(used)) != len(used) or sorted(left for left, _ in pairs) != sorted(left_ids):
        raise ValueError("左右不是一一对应，本系统要一一对应")
    key = tuple(sorted(f"{left_ids[left]}:{right_ids[right]}" for left, right in pairs))
    choices = tuple(Choice(left_ids[one], text) for one, text in lefts)
    targets = tuple(Choice(right_ids[one], text) for one, text in rights)
    doubts = ["原来配对一部分也得分，本系统全对才得分。请核对。"] if scoring == "map" else []
    return replace(draft(ItemKind.MATCHING, _stem(body, interaction), choices, key), targets=targets), doubts


def _read_entry(root: Element, body: Element, found: list[Element], scoring: str) -> tuple[Item, list[str]]:
    if len(found) > MOST_BLANKS:
        raise ValueError(f"有 {len(found)} 个空，最多 {MOST_BLANKS} 个")
    key: list[str] = []
    doubts: list[str] = []
    for entry in found:
        declaration = _declaration(root, entry)
        if value(declaration, "baseType", "string") not in {"string", "integer"}:
            raise ValueError("这是数值题，本系统没有这种题型")
        mapping = _mapping(declaration)
        full = max(mapping.values(), default=0)
        if any(0 < points < full for points in mapping.values()):
            raise ValueError("填空题的答案带部分分，本系统不支持")
        forms = [*_correct(declaration), *(form for form, points in mapping.items() if points == full)]
        if not forms:
            raise ValueError("填空题没有答案")
        if _heeds_case(declaration, forms):
            doubts.append("原来区分大小写，本系统不区分。")
        key.append(accepted_forms(forms))
    return draft(ItemKind.BLANK, _limited(_lines(body)), (), tuple(key)), list(dict.fromkeys(doubts))


def _heeds_case(declaration: Element, forms: list[str]) -> bool:
    """Whether a capital letter would make an answer wrong there: compared as a whole, or by entries that say so."""
    entries = [entry for table in children(declaration, "mapping") for entry in children(table, "mapEntry")]
    is_lenient = bool(entries) and all(value(entry, "caseSensitive") == "false" for entry in entries)
    return not is_lenient and any(form != form.swapcase() for form in forms)


_READERS = {
    "choiceInteraction": _read_choice,
    "orderInteraction": _read_order,
    "matchInteraction": _read_match,
    "textEntryInteraction": _read_entry,
}


def _renamed(ids: list[str], names: str) -> dict[str, str]:
    """Ids of the file → ours, in the order of the file. Raises ValueError for too many or repeated ones."""
    if len(ids) > len(names) or len(set(ids)) != len(ids) or not ids:
        raise ValueError(f"选项有 {len(ids)} 个，最多 {len(names)} 个，编号不能重复")
    return dict(zip(ids, names, strict=False))


def _own_text(element: Element) -> str:
    """A choice's text without the feedback inside it."""
    parts = [element.text or ""]
    for child in element:
        if local(child) != "feedbackInline":
            parts.append(_lines(child))
        parts.append(child.tail or "")
    return _limited(words.tidy("".join(parts)))


def _lines(element: Element) -> str:
    """All text below an element: paragraphs on lines of their own, a gap where something is to be written."""
    parts: list[str] = []
    _collect(element, parts)
    return re.sub(r"\n{2,}", "\n", words.tidy("".join(parts))).strip("\n")


def _collect(element: Element, parts: list[str]) -> None:
    name = local(element)
    if name == "textEntryInteraction":
        parts.append(GAP)
        return
    is_block = name in {"p", "div", "li", "br", "prompt", "contentBody", "blockquote"}
    if is_block:
        parts.append("\n")
    parts.append(_folded(element.text))
    for child in element:
        _collect(child, parts)
        parts.append(_folded(child.tail))
    if is_block:
        parts.append("\n")


def _folded(text: str | None) -> str:
    """Text with the line breaks of the file's own layout as spaces, and none between Chinese characters."""
    plain = re.sub(r"\s*\n\s*", "\n", text or "")
    return "" if plain == "\n" else plain.replace("\n", " ")


def _is_explanation(root: Element, feedback: Element) -> bool:
    """Feedback that everybody gets; feedback for right or wrong answers alone is none."""
    return value(feedback, "identifier") not in {"correct", "incorrect", "CORRECT", "INCORRECT"}


def _item_id(root: Element) -> str:
    """The title or identifier that looks like an id of ours; those of others are none."""
    names = (value(root, "title"), value(root, "identifier"))
    return next((name for name in names if re.fullmatch(r"[a-z]{2,12}-\d{4}", name)), "")


def _limited(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"有一处文字超过 {MAX_TEXT} 字")
    return text
