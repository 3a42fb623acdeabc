"""What a question is: immutable values that the whole house shares.

Nothing here reads a file, a clock or a database. `Item.to_dict()` and `Item.from_dict()` are exact inverses, so a
version stored as JSON can be marked years later.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any


class ItemKind(StrEnum):
    """How an item is answered; a kind can be marked once a module in `kinds/` knows it."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    SCENARIO = "scenario"
    ORDERING = "ordering"
    MATCHING = "matching"
    BLANK = "blank"


class GradeBand(StrEnum):
    """School stage, youngest first; an item for a lower band may serve higher ones, never the reverse."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"
    ADULT = "adult"


class ChoiceGrade(StrEnum):
    """What a scenario's choice is worth: everything, half, nothing."""

    BEST = "best"
    ACCEPTABLE = "acceptable"
    DANGEROUS = "dangerous"


@dataclass(frozen=True)
class Choice:
    """One thing a pupil may pick; `id` stays the same however the choices are shuffled."""

    id: str
    text: str
    misconception: str | None = None
    grade: ChoiceGrade | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Item:
    """One question with its key, explanation and evidence.

    `answer_key` holds choice ids: the right ones, or all of them in the right order (ordering), or pairs "a:q" of
    choice and target (matching), or per blank the accepted texts joined by "|"; it is empty for a scenario, whose
    choices carry grades instead. `targets` is the right side of a matching item. `sources` are citations such as
    `law:drug-control:art-62:para-2`. The item may be asked from `valid_from` to `valid_to`, both included. `origin`
    ("law/definition.toml:12") says where the item was read; it takes no part in equality, JSON or the hash.
    """

    id: str
    kind: ItemKind
    topic: str
    subtopic: str
    stem: str
    choices: tuple[Choice, ...]
    answer_key: tuple[str, ...]
    explanation: str
    bands: tuple[GradeBand, ...]
    difficulty: int
    sources: tuple[str, ...]
    tags: tuple[str, ...] = ()
    targets: tuple[Choice, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    review_due: date | None = None
    checks: tuple[str, ...] = ()
    checked_on: date | None = None
    origin: str = field(default="", compare=False)

    @cached_property
    def choice_ids(self) -> tuple[str, ...]:
        """Ids in the order of the file."""
        return tuple(choice.id for choice in self.choices)

    @property
    def target_ids(self) -> tuple[str, ...]:
        """Ids of the right side of a matching item, in the order of the file."""
        return tuple(target.id for target in self.targets)

    def choice(self, choice_id: str) -> Choice:
        """The choice with this id; raises KeyError when the item has none."""
        for choice in self.choices:
            if choice.id == choice_id:
                return choice
        raise KeyError(choice_id)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` gives back an equal item."""
        plain = {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name != "origin"}
        for name in ("choices", "targets"):
            plain[name] = [{f.name: _plain(getattr(c, f.name)) for f in fields(c)} for c in getattr(self, name)]
        # Fields that came later are left out where they are empty, so that older versions keep their hash.
        return {name: value for name, value in plain.items() if value or name not in _LATER_FIELDS}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], origin: str = "") -> "Item":
        """Rebuild an item from `to_dict()`; raises ValueError when a field is missing, unknown or of a wrong type."""
        try:
            return _item(cls, data, origin)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a stored item: {error}") from error

    @property
    def content_hash(self) -> str:
        """SHA-256 of what is asked, marked and explained.

        The record of reviews (checks, checked_on, review_due) is left out: re-reading an item does not make it
        another item.
        """
        content = {k: v for k, v in self.to_dict().items() if k not in {"checks", "checked_on", "review_due"}}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


_LATER_FIELDS = frozenset({"targets", "valid_to"})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, StrEnum) else value


def _item(cls: type[Item], data: Mapping[str, Any], origin: str) -> Item:
    values = dict(data)
    values["kind"] = ItemKind(values["kind"])
    values["choices"] = tuple(_choice(choice) for choice in values["choices"])
    values["targets"] = tuple(_choice(choice) for choice in values.get("targets", ()))
    values["bands"] = tuple(GradeBand(band) for band in values["bands"])
    for name in ("answer_key", "sources", "tags", "checks"):
        values[name] = tuple(values[name])
    values.setdefault("valid_to", None)
    for name in ("valid_from", "valid_to", "review_due", "checked_on"):
        values[name] = None if values[name] is None else date.fromisoformat(values[name])
    return cls(**values, origin=origin)


def _choice(data: Mapping[str, Any]) -> Choice:
    grade = data["grade"]
    return Choice(**{**data, "grade": None if grade is None else ChoiceGrade(grade)})
