"""Between the editor's rows and an item's content. Pure: plain lists of texts in, choices and keys out.

Authors write the steps of an ordering and the pairs of a matching in their right order; the ids are dealt out so that
they tell nothing. Where the number of rows is the same as before, rows keep their ids, because stored answers and
re-marking refer to them.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from question_bank.kinds.matching import TARGET_IDS
from question_bank.kinds.true_false import CHOICES
from question_bank.model import Choice, ChoiceGrade, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS


def blank_item(kind: ItemKind) -> Item:
    """A new item of which only the kind is known."""
    choices = CHOICES if kind is ItemKind.TRUE_FALSE else ()
    return Item(
        id="", kind=kind, topic="", subtopic="", stem="", choices=choices, answer_key=(), explanation="", bands=(),
        difficulty=2, sources=(),
    )  # fmt: skip


def with_choices(item: Item, rows: Sequence[Mapping[str, Any]]) -> Item:
    """Single, multiple and scenario: rows of text, is_key, misconception, grade, reason; empty rows are left out."""
    kept = [row for row in rows if row["text"].strip()][: len(CHOICE_IDS)]
    is_scenario = item.kind is ItemKind.SCENARIO
    choices = tuple(
        Choice(
            choice_id,
            row["text"].strip(),
            row["misconception"] or None,
            ChoiceGrade(row["grade"]) if is_scenario and row["grade"] else None,
            (row["reason"].strip() or None) if is_scenario else None,
        )
        for choice_id, row in zip(CHOICE_IDS, kept, strict=False)
    )
    key = () if is_scenario else tuple(choice.id for choice, row in zip(choices, kept, strict=True) if row["is_key"])
    return replace(item, choices=choices, answer_key=key)


def with_steps(item: Item, texts: Sequence[str]) -> Item:
    """Ordering: texts in their right order."""
    steps = [text.strip() for text in texts if text.strip()][: len(CHOICE_IDS)]
    known = item.answer_key if len(item.answer_key) == len(steps) else ()
    ids = known or _dealt(CHOICE_IDS[: len(steps)], "".join(steps))
    choices = sorted((Choice(i, text) for i, text in zip(ids, steps, strict=True)), key=lambda choice: choice.id)
    return replace(item, choices=tuple(choices), answer_key=tuple(ids))


def with_pairs(item: Item, pairs: Sequence[tuple[str, str]], extra: Sequence[str]) -> Item:
    """Matching: left and right texts that belong together, and right texts that belong to none."""
    kept = [(left.strip(), right.strip()) for left, right in pairs if left.strip() or right.strip()]
    kept = kept[: len(CHOICE_IDS)]
    others = [text.strip() for text in extra if text.strip()][: len(TARGET_IDS) - len(kept)]
    lefts = CHOICE_IDS[: len(kept)]
    rights = [right for _, right in kept] + others
    known = [pair.split(":")[1] for pair in sorted(item.answer_key)]
    unused = [target for target in item.target_ids if target not in known]
    is_same = len(known) == len(kept) and len(unused) == len(others)
    ids = [*known, *unused] if is_same else _dealt(TARGET_IDS[: len(rights)], "".join(rights))
    targets = sorted((Choice(i, text) for i, text in zip(ids, rights, strict=True)), key=lambda target: target.id)
    return replace(
        item,
        choices=tuple(Choice(i, left) for i, (left, _) in zip(lefts, kept, strict=True)),
        targets=tuple(targets),
        answer_key=tuple(f"{left}:{right}" for left, right in zip(lefts, ids, strict=False)),
    )


def with_blanks(item: Item, accepted: Sequence[str]) -> Item:
    """Blank: one text per gap, accepted forms separated by "|"."""
    texts = [text.strip() for text in accepted]
    while texts and not texts[-1]:
        texts.pop()
    return replace(item, choices=(), answer_key=tuple(texts))


def steps_of(item: Item) -> list[str]:
    """The texts of an ordering in their right order."""
    return [item.choice(choice_id).text for choice_id in item.answer_key if choice_id in item.choice_ids]


def pairs_of(item: Item) -> tuple[list[tuple[str, str]], list[str]]:
    """The pairs of a matching, and its targets that belong to none."""
    texts = {target.id: target.text for target in item.targets}
    right = dict(pair.split(":") for pair in item.answer_key)
    pairs = [(choice.text, texts.pop(right.get(choice.id, ""), "")) for choice in item.choices]
    return pairs, list(texts.values())


def _dealt(ids: str, seed: str) -> list[str]:
    """Ids in an order that looks like chance and is never the alphabet's; the same rows get the same order."""
    rng = random.Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - nothing to guess, only not the key
    order = list(ids)
    while len(order) > 1 and order == sorted(order):
        rng.shuffle(order)
    return order
