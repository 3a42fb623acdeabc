"""Our own JSON: every field of every item, byte for byte the same whenever the items are."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

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
)
from question_bank.formats.safety import check_size
from question_bank.model import Item, ItemKind

MARK, VERSION = "qingyuan_items", 1
_TEXTS = ("id", "topic", "subtopic", "stem", "explanation")
_LISTS = ("answer_key", "bands", "sources", "tags", "checks")


def write(items: Sequence[Item]) -> Written:
    """All items; nothing is refused."""
    body = {MARK: VERSION, "items": [item.to_dict() for item in items]}
    return Written(json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")


def read(data: bytes, filename: str = "") -> ReadResult:
    """Items as they were written; each that is not whole is named with the reason. Raises FormatError."""
    check_size(data)
    try:
        body = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise FormatError("不是合格的 JSON。请用本系统导出的文件。") from None
    if not isinstance(body, dict) or MARK not in body or not isinstance(body.get("items"), list):
        raise FormatError("不是本系统导出的 JSON。请换一个文件，或选别的格式。")
    if body[MARK] != VERSION:
        raise FormatError(f"这个文件的版本是 {body[MARK]!r}，只能读版本 {VERSION}。请先升级本系统。")
    if len(body["items"]) > MAX_ITEMS:
        raise FormatError(f"文件里有 {len(body['items'])} 道题，一次最多 {MAX_ITEMS} 道。请拆开后再试。")
    items, problems = [], []
    for number, value in enumerate(body["items"], 1):
        where = _where(number, value)
        try:
            _check(value)
            items.append(ReadItem(Item.from_dict(value), where))
        except ValueError as error:
            problems.append(FormatProblem(where, f"内容不完整或写错了：{str(error)[:200]}。请用本系统重新导出。"))
    return ReadResult(tuple(items), tuple(problems))


def _where(number: int, value: Any) -> str:
    item_id = value.get("id") if isinstance(value, dict) else None
    return f"第 {number} 题" + (f"（{item_id[:24]}）" if isinstance(item_id, str) and item_id else "")


def _check(value: Any) -> None:
    """Raises ValueError where a field has a type that an item cannot hold."""
    if not isinstance(value, Mapping):
        raise ValueError("不是一道题")
    for name in _TEXTS:
        if not isinstance(value.get(name), str) or len(value[name]) > MAX_TEXT:
            raise ValueError(f"字段 {name} 要写文字，最多 {MAX_TEXT} 字")
    for name in _LISTS:
        if not isinstance(value.get(name), list) or not all(isinstance(one, str) for one in value[name]):
            raise ValueError(f"字段 {name} 要写一列文字")
    if type(value.get("difficulty")) is not int:
        raise ValueError("字段 difficulty 要写整数")
    for name in ("choices", "targets"):
        if not isinstance(value.get(name, []), list) or not all(_is_choice(one) for one in value.get(name, [])):
            raise ValueError(f"字段 {name} 写错了")


def _is_choice(value: Any) -> bool:
    texts = ("id", "text", "misconception", "grade", "reason")
    return (
        isinstance(value, Mapping)
        and set(value) == set(texts)
        and all(isinstance(value[name], str) and len(value[name]) <= MAX_TEXT for name in ("id", "text"))
        and all(value[name] is None or isinstance(value[name], str) for name in texts[2:])
    )


FORMAT = Format(
    code="json",
    name="清源 JSON（不丢任何内容）",
    extension="json",
    media_type="application/json",
    kinds=frozenset(ItemKind),
    fields=frozenset(FIELDS),
    write=write,
    read=read,
)
