"""Our own fields in the tags or keywords of other systems ("qy:band=junior"), where they do no harm and come back.

Ids of choices and targets travel as well, because other systems deal ids anew: with them an ordering or matching item
comes back as it went.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from question_bank.formats import words
from question_bank.model import GradeBand, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS, MISCONCEPTIONS, REVIEW_CHECKS, TAGS

PREFIX = "qy:"
SCENARIO_TAG = f"{PREFIX}kind=scenario"


def to_tags(item: Item) -> list[str]:
    """Tags as they are, every other field with its name."""
    found = [("band", str(band)) for band in item.bands]
    found += [("difficulty", str(item.difficulty))] if item.difficulty else []
    found += [("source", source) for source in item.sources]
    found += [("misconception", f"{c.id}={c.misconception}") for c in item.choices if c.misconception]
    dates = {"from": item.valid_from, "to": item.valid_to, "review": item.review_due, "checked": item.checked_on}
    found += [(name, value.isoformat()) for name, value in dates.items() if value]
    found += [("check", check) for check in item.checks]
    if item.kind is ItemKind.SCENARIO:
        found.append(("kind", "scenario"))
    if item.kind is ItemKind.ORDERING:
        found.append(("order", "".join(item.answer_key)))
    if item.kind is ItemKind.MATCHING:
        found.append(("pairs", ",".join(item.answer_key)))
        right = {pair.split(":")[1] for pair in item.answer_key}
        found += [("extra", f"{target.id}={target.text}") for target in item.targets if target.id not in right]
    return [*item.tags, *(f"{PREFIX}{name}={value}" for name, value in found)]


def from_tags(item: Item, tags: Iterable[str]) -> Item:
    """The item with what its tags say; what they say wrongly is left out."""
    own: dict[str, list[str]] = {}
    plain = []
    for tag in tags:
        if tag.startswith(PREFIX) and "=" in tag:
            name, _, value = tag.removeprefix(PREFIX).partition("=")
            own.setdefault(name, []).append(value)
        elif tag in TAGS:
            plain.append(tag)
    held = dict(one.split("=", 1) for one in own.get("misconception", ()) if "=" in one)
    choices = tuple(
        replace(c, misconception=held.get(c.id) if held.get(c.id) in MISCONCEPTIONS else None) for c in item.choices
    )
    found = replace(
        item,
        choices=choices,
        tags=tuple(plain),
        bands=tuple(band for band in GradeBand if str(band) in own.get("band", ())),
        difficulty=words.difficulty_of(_first(own, "difficulty")),
        sources=tuple(own.get("source", ())),
        valid_from=_date(_first(own, "from")),
        valid_to=_date(_first(own, "to")),
        review_due=_date(_first(own, "review")),
        checks=tuple(one for one in own.get("check", ()) if one in REVIEW_CHECKS),
        checked_on=_date(_first(own, "checked")),
    )
    return _with_ids(found, own)


def _with_ids(item: Item, own: dict[str, list[str]]) -> Item:
    """An ordering or matching item with the ids that it had, where they fit."""
    order = _first(own, "order")
    if item.kind is ItemKind.ORDERING and sorted(order) == list(CHOICE_IDS[: len(item.choices)]):
        texts = [item.choice(one).text for one in item.answer_key]
        renamed = sorted(zip(order, texts, strict=True))
        choices = tuple(replace(item.choices[0], id=i, text=text) for i, text in renamed)
        return replace(item, choices=choices, answer_key=tuple(order))
    pairs = dict(pair.split(":") for pair in _first(own, "pairs").split(",") if pair.count(":") == 1)
    if item.kind is ItemKind.MATCHING and set(pairs) == set(item.choice_ids):
        return _with_targets(item, pairs, dict(one.split("=", 1) for one in own.get("extra", ()) if "=" in one))
    return item


def _with_targets(item: Item, pairs: dict[str, str], extra: dict[str, str]) -> Item:
    """The targets under the ids that they had, unless texts were changed elsewhere meanwhile."""
    texts = {target.id: target.text for target in item.targets}
    now = dict(pair.split(":") for pair in item.answer_key)
    named = {pairs[left]: texts.pop(now[left]) for left in item.choice_ids} | extra
    if sorted(texts.values()) != sorted(extra.values()) or len(named) != len(item.targets):
        return item
    targets = tuple(replace(item.targets[0], id=one, text=named[one]) for one in sorted(named))
    return replace(item, targets=targets, answer_key=tuple(f"{left}:{pairs[left]}" for left in item.choice_ids))


def _first(own: dict[str, list[str]], name: str) -> str:
    return own.get(name, [""])[0]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
