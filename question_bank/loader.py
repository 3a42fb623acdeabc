"""Content files -> items. Every error names file and line; all of them are reported at once."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from question_bank.kinds.true_false import CHOICES as TRUE_FALSE_CHOICES
from question_bank.model import Choice, ChoiceGrade, GradeBand, Item, ItemKind
from question_bank.problem import Problem
from question_bank.taxonomy import TOPICS

CONTENT = Path(__file__).parent / "content"

_ITEM_LINE = re.compile(r"^\s*\[\[\s*item\s*\]\]")
_ITEM_ID = re.compile(r"([a-z]+)-\d{4}")
_REQUIRED = {"id": str, "kind": str, "stem": str, "explanation": str, "bands": list, "difficulty": int, "sources": list}
_OPTIONAL = {
    "choices": list,
    "targets": list,
    "key": list,
    "tags": list,
    "valid_from": date,
    "valid_to": date,
    "review_due": date,
    "checks": list,
    "checked_on": date,
}
_CHOICE_FIELDS = {"id", "text", "misconception", "grade", "reason"}

_E = TypeVar("_E", bound=StrEnum)


class BankError(Exception):
    """The bank cannot be read; `problems` lists every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class _Refused(Exception):
    """One reason why one item cannot be built."""


def load_bank(path: Path | None = None) -> list[Item]:
    """All items under a content folder, ordered by file and place in it.

    Raises BankError with every unreadable file, malformed item and repeated id.
    """
    items, problems = read_bank(path)
    if problems:
        raise BankError(problems)
    return items


def read_bank(path: Path | None = None) -> tuple[list[Item], list[Problem]]:
    """The items that can be read, and what is wrong with the others."""
    root = path or CONTENT
    items: list[Item] = []
    problems: list[Problem] = []
    for file in sorted(root.rglob("*.toml")):
        _read_file(file, file.relative_to(root).as_posix(), items, problems)
    return items, problems + _repeated(items)


def _read_file(file: Path, name: str, items: list[Item], problems: list[Problem]) -> None:
    text = file.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problems.append(Problem("toml", f"文件不是合格的 TOML：{error}", origin=f"{name}:{line[1] if line else 1}"))
        return
    try:
        topic, subtopic, tables = _file_head(data, name)
    except _Refused as reason:
        problems.append(Problem("file", str(reason), origin=f"{name}:1"))
        return
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _ITEM_LINE.match(line)]
    for place, table in enumerate(tables):
        origin = f"{name}:{lines[place] if place < len(lines) else 1}"
        try:
            items.append(_build(table, topic, subtopic, origin))
        except _Refused as reason:
            item_id = table.get("id") if isinstance(table, dict) else ""
            problems.append(Problem("item", str(reason), item_id if isinstance(item_id, str) else "", origin))


def _file_head(data: Mapping[str, Any], name: str) -> tuple[str, str, list[Any]]:
    """Topic, sub-topic and item tables; raises _Refused when they disagree with the place of the file."""
    topic, subtopic, tables = data.get("topic"), data.get("subtopic"), data.get("item", [])
    if not isinstance(topic, str) or topic not in TOPICS:
        raise _Refused(f"没有这个主题：{topic!r}。请从 taxonomy.py 里选。")
    if not isinstance(subtopic, str) or subtopic not in TOPICS[topic].subtopics:
        raise _Refused(f"主题 {topic} 下没有子主题 {subtopic!r}。请从 taxonomy.py 里选。")
    if name != f"{topic}/{subtopic}.toml":
        raise _Refused(f"文件应放在 {topic}/{subtopic}.toml。请改文件名或文件头。")
    if extra := set(data) - {"topic", "subtopic", "item"}:
        raise _Refused(f"文件头有不认识的字段：{'、'.join(sorted(extra))}。请删去。")
    if not isinstance(tables, list):
        raise _Refused("题目要写成 [[item]]。请改写法。")
    return topic, subtopic, tables


def _build(table: Any, topic: str, subtopic: str, origin: str) -> Item:
    if not isinstance(table, dict):
        raise _Refused("题目要写成 [[item]]。请改写法。")
    _check_fields(table)
    found = _ITEM_ID.fullmatch(table["id"])
    if found is None or found[1] != topic:
        raise _Refused(f"题号应写成 {topic}-0001 的样子。请改题号。")
    kind = _enum(ItemKind, table["kind"], "题型")
    return Item(
        id=table["id"],
        kind=kind,
        topic=topic,
        subtopic=subtopic,
        stem=table["stem"],
        choices=_choices(table, kind),
        answer_key=_texts(table, "key"),
        explanation=table["explanation"],
        bands=tuple(_enum(GradeBand, band, "年级段") for band in _texts(table, "bands")),
        difficulty=table["difficulty"],
        sources=_texts(table, "sources"),
        tags=_texts(table, "tags"),
        targets=tuple(_choice(target) for target in table.get("targets", [])),
        valid_from=table.get("valid_from"),
        valid_to=table.get("valid_to"),
        review_due=table.get("review_due"),
        checks=_texts(table, "checks"),
        checked_on=table.get("checked_on"),
        origin=origin,
    )


def _check_fields(table: Mapping[str, Any]) -> None:
    """Raises _Refused for a missing, unknown or wrongly typed field."""
    if missing := [name for name in _REQUIRED if name not in table]:
        raise _Refused(f"缺少字段：{'、'.join(missing)}。请补上。")
    types = {**_REQUIRED, **_OPTIONAL}
    if extra := set(table) - set(types):
        raise _Refused(f"有不认识的字段：{'、'.join(sorted(extra))}。请删去或改名。")
    for name, value in table.items():
        # bool is an int and datetime a date for Python; neither is meant here.
        if not isinstance(value, types[name]) or isinstance(value, bool | datetime):
            raise _Refused(f"字段 {name} 的类型不对。请对照说明改写。")


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = table.get(name, [])
    if not all(isinstance(value, str) for value in values):
        raise _Refused(f"字段 {name} 里只能写文字。请加引号。")
    return tuple(values)


def _choices(table: Mapping[str, Any], kind: ItemKind) -> tuple[Choice, ...]:
    if kind is ItemKind.TRUE_FALSE:
        if "choices" in table:
            raise _Refused("判断题不写 choices，系统会补“正确”“错误”。请删去。")
        return TRUE_FALSE_CHOICES
    return tuple(_choice(choice) for choice in table.get("choices", []))


def _choice(data: Any) -> Choice:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise _Refused("选项要写成 { id = …, text = … }，值都是文字。请改写法。")
    if extra := set(data) - _CHOICE_FIELDS:
        raise _Refused(f"选项有不认识的字段：{'、'.join(sorted(extra))}。请删去。")
    if "id" not in data or not data.get("text", "").strip():
        raise _Refused("选项要有 id 和 text。请补上。")
    grade = _enum(ChoiceGrade, data["grade"], "选项等级") if "grade" in data else None
    return Choice(data["id"], data["text"], data.get("misconception"), grade, data.get("reason"))


def _enum(enum: type[_E], value: str, name: str) -> _E:
    try:
        return enum(value)
    except ValueError:
        raise _Refused(f"{name}不能写 {value!r}。可用：{'、'.join(enum)}。") from None


def _repeated(items: list[Item]) -> list[Problem]:
    """Ids used more than once: the first keeps it, the others are problems."""
    first: dict[str, str] = {}
    problems = []
    for item in items:
        if item.id in first:
            message = f"题号已用在 {first[item.id]}。请换一个没用过的题号。"
            problems.append(Problem("item-id", message, item.id, item.origin))
        first.setdefault(item.id, item.origin)
    return problems
