"""The labelled fields of our own tables and texts: every field of an item as one short text, and back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from question_bank.formats import words
from question_bank.formats.assemble import Parts
from question_bank.model import Choice, Item, ItemKind
from question_bank.taxonomy import MISCONCEPTIONS, REVIEW_CHECKS, TAGS

_GRADE_NAMES = {"best": "最好", "acceptable": "可以", "dangerous": "有危险"}

#: Label → what it is for, in the order of our own layouts.
LABELS = (
    "答案", "右项", "等级", "理由", "误区", "解析", "难度", "主题", "年级段", "出处", "标签", "题号", "生效", "失效",
    "复核", "核对", "核对日期",
)  # fmt: skip


def to_labels(item: Item) -> dict[str, str]:
    """The fields beside stem and choices; empty ones are left out."""
    found = {
        "答案": answer_text(item),
        "右项": "\n".join(f"{target.id.upper()}={target.text}" for target in item.targets),
        "等级": "；".join(f"{c.id.upper()}={_GRADE_NAMES[c.grade]}" for c in item.choices if c.grade),
        "理由": "\n".join(f"{c.id.upper()}={c.reason}" for c in item.choices if c.reason),
        "误区": "；".join(f"{c.id.upper()}={c.misconception}" for c in item.choices if c.misconception),
        "解析": item.explanation,
        "难度": str(item.difficulty or ""),
        "主题": "/".join(part for part in (item.topic, item.subtopic) if part),
        "年级段": "、".join(str(band) for band in item.bands),
        "出处": "；".join(item.sources),
        "标签": "、".join(item.tags),
        "题号": item.id,
        "生效": _day(item.valid_from),
        "失效": _day(item.valid_to),
        "复核": _day(item.review_due),
        "核对": "、".join(item.checks),
        "核对日期": _day(item.checked_on),
    }
    return {label: text for label, text in found.items() if text}


def answer_text(item: Item) -> str:
    """The key as a person writes it."""
    if item.kind is ItemKind.TRUE_FALSE:
        return "正确" if item.answer_key == ("a",) else "错误"
    if item.kind is ItemKind.MATCHING:
        return "；".join(pair.upper() for pair in item.answer_key)
    if item.kind is ItemKind.BLANK:
        return "；".join(item.answer_key)
    return "".join(item.answer_key).upper()


def unwritable(item: Item) -> str:
    """Why an item cannot be written with labels, empty when it can: some marks would be read as something else."""
    lined = [choice.text for choice in (*item.choices, *item.targets)] + [c.reason or "" for c in item.choices]
    if any("\n" in text for text in (*lined, *item.sources)):
        return "选项或理由里有换行，这种格式写不下。"
    if item.kind is ItemKind.BLANK and any(set(text) & set("；;\\（）()\n") for text in item.answer_key):
        return "填空的答案里有分号或括号，这种格式写不下。"
    return ""


def with_labels(item: Item, labels: Mapping[str, str]) -> tuple[Item, list[str]]:
    """The item with what labels say beside its parts, and doubts about what they say."""
    topic, subtopic = words.place_of(labels.get("主题", ""))
    doubts = []
    if labels.get("主题") and not topic:
        doubts.append(f"“{labels['主题'][:40]}”不在主题表里，请选一个主题。")
    tags = words.split_list(labels.get("标签", ""))
    strange = [tag for tag in tags if tag not in TAGS]
    if strange:
        doubts.append(f"没有读取这些标签：{'、'.join(strange)[:60]}。")
    found = replace(
        item,
        id=words.fold(labels.get("题号", ""))[:24],
        topic=topic,
        subtopic=subtopic,
        bands=words.bands_of(labels.get("年级段", "")),
        difficulty=words.difficulty_of(labels.get("难度", "")),
        sources=words.split_list(labels.get("出处", "")),
        tags=tuple(tag for tag in tags if tag in TAGS),
        valid_from=_date(labels.get("生效", ""), "生效", doubts),
        valid_to=_date(labels.get("失效", ""), "失效", doubts),
        review_due=_date(labels.get("复核", ""), "复核", doubts),
        checks=tuple(one for one in words.split_list(labels.get("核对", "")) if one in REVIEW_CHECKS),
        checked_on=_date(labels.get("核对日期", ""), "核对日期", doubts),
    )
    return found, doubts


def parts_of(stem: str, options: tuple[str, ...], kind: str, labels: Mapping[str, str]) -> Parts:
    """The parts that make up the question itself."""
    held = tuple(pair for pair in _pairs(labels.get("误区", "")) if pair[1] in MISCONCEPTIONS)
    return Parts(
        stem=stem, options=options, kind=kind, answer=labels.get("答案", ""), explanation=labels.get("解析", ""),
        grades=_pairs(labels.get("等级", "")), reasons=_pairs(labels.get("理由", ""), "\n"), misconceptions=held,
        targets=_pairs(labels.get("右项", ""), "\n"),
    )  # fmt: skip


def _pairs(text: str, separators: str = ";；\n") -> tuple[tuple[str, str], ...]:
    """ "A=…；B=…" as (a, …), (b, …); what has no letter is left out."""
    for mark in separators[1:]:
        text = text.replace(mark, separators[0])
    found = []
    for part in text.split(separators[0]):
        letter, mark, rest = part.partition("=")
        name = words.fold(letter).casefold()
        if mark and len(name) == 1 and name.isalpha() and rest.strip():
            found.append((name, rest.strip()))
    return tuple(found)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _date(text: str, label: str, doubts: list[str]) -> date | None:
    plain = words.fold(text)[:10].replace("/", "-")
    if not plain:
        return None
    try:
        return date.fromisoformat(plain)
    except ValueError:
        doubts.append(f"{label}的日期“{text[:20]}”没有读懂，请写成 2027-06-30 的样子。")
        return None


def stored_choices(item: Item) -> tuple[Choice, ...]:
    """The choices that are written out; true-false has its own two everywhere."""
    return () if item.kind is ItemKind.TRUE_FALSE else item.choices
