"""How many items the bank holds, for whom and about what."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from question_bank.model import GradeBand, Item

_QUESTION = re.compile(r"doc:000:q(\d+)")


@dataclass(frozen=True)
class BankStats:
    """Counts of items. An item counts once in `kinds` and `topics`, and in every band it may serve.

    `cells` is (topic, band, kind) -> items; `questions` is question number -> items, for the ten questions of the
    《青海省禁毒条例》 reading; `qinghai` counts items that cite the regulation or one of these questions,
    `tagged_qinghai` those with the tag 青海, `ageing` those with a review date, `misconceptions` distractors by kind.
    """

    total: int
    topics: dict[str, int]
    bands: dict[str, int]
    kinds: dict[str, int]
    cells: dict[tuple[str, str, str], int]
    questions: dict[int, int]
    qinghai: int
    reviewed: int
    tagged_qinghai: int = 0
    ageing: int = 0
    misconceptions: dict[str, int] = field(default_factory=dict)

    @property
    def topic_kinds(self) -> dict[tuple[str, str], int]:
        """(topic, kind) → items; every item serves adults, so their cells hold each once."""
        return {(topic, kind): n for (topic, band, kind), n in self.cells.items() if band == GradeBand.ADULT}

    def to_dict(self) -> dict[str, object]:
        """Plain values for a JSON report; cells become rows."""
        cells = [
            {"topic": topic, "band": band, "kind": kind, "items": count}
            for (topic, band, kind), count in self.cells.items()
        ]
        questions = {str(number): count for number, count in self.questions.items()}
        return {**self.__dict__, "cells": cells, "questions": questions}


def count(items: Iterable[Item]) -> BankStats:
    """Count a bank."""
    listed = list(items)
    cells = Counter((item.topic, str(band), str(item.kind)) for item in listed for band in item.bands)
    return BankStats(
        total=len(listed),
        topics=dict(Counter(item.topic for item in listed)),
        bands=dict(Counter(str(band) for item in listed for band in item.bands)),
        kinds=dict(Counter(str(item.kind) for item in listed)),
        cells=dict(cells),
        questions=dict(sorted(Counter(number for item in listed for number in regulation_questions(item)).items())),
        qinghai=sum(cites_regulation(item) for item in listed),
        reviewed=sum({"source", "safety"} <= set(item.checks) for item in listed),
        tagged_qinghai=sum("青海" in item.tags for item in listed),
        ageing=sum(item.review_due is not None for item in listed),
        misconceptions=dict(
            Counter(choice.misconception for item in listed for choice in item.choices if choice.misconception)
        ),
    )


def regulation_questions(item: Item) -> set[int]:
    """Which of the ten questions an item cites."""
    return {int(found[1]) for source in item.sources if (found := _QUESTION.fullmatch(source))}


def cites_regulation(item: Item) -> bool:
    """Whether an item rests on 《青海省禁毒条例》, by article or by one of the ten questions."""
    return bool(regulation_questions(item)) or any(source.startswith("law:qinghai:") for source in item.sources)
