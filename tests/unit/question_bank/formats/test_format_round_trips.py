"""bank → each format → bank: nothing is lost of what a format says it holds, and what it cannot hold is named."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from question_bank.formats.base import FIELDS, Format
from question_bank.formats.registry import FORMATS
from question_bank.kinds import kind_of
from question_bank.loader import load_bank
from question_bank.model import Choice, Item, ItemKind
from tests.unit.question_bank.examples import BLANK, DATED, EVERY_KIND, MATCHING, SCENARIO, SINGLE

ALL = pytest.mark.parametrize("one", FORMATS.values(), ids=lambda one: one.code)
ONE_BLANK = replace(BLANK, id="refusal-0003", stem="请打____。", answer_key=("110|一一〇",))
WIDE = replace(
    MATCHING, id="history-0002", targets=(*MATCHING.targets, Choice("t", "劳动节")),
)  # fmt: skip
EXAMPLES = [
    replace(one, id=f"x-{n:04d}".replace("x", one.topic))
    for n, one in enumerate((*EVERY_KIND, DATED, ONE_BLANK, WIDE), 9001)
]


def held(item: Item, one: Format) -> dict[str, Any]:
    """What a format promises to keep of an item. Ids of targets are its own affair unless it names `targets`."""
    values: dict[str, Any] = {
        "choices": [choice.text for choice in item.choices],
        "choice_ids": item.choice_ids,
        "targets": [(target.id, target.text) for target in item.targets],
        "grades": [choice.grade for choice in item.choices],
        "reasons": [choice.reason for choice in item.choices],
        "misconceptions": [choice.misconception for choice in item.choices],
        "validity": (item.valid_from, item.valid_to),
        "reviews": (item.review_due, item.checks, item.checked_on),
    }
    if item.kind is ItemKind.MATCHING and "targets" not in one.fields:
        values["answer_key"] = kind_of(item).response_text(item, item.answer_key)
    return {name: values[name] if name in values else getattr(item, name) for name in FIELDS if name in one.fields}


@ALL
def test_every_example_comes_back_or_is_refused_by_name(one: Format) -> None:
    written = one.write(EXAMPLES)
    assert one.read is not None
    result = one.read(written.data, f"x.{one.extension}")
    refused = {problem.where for problem in written.refused}
    kept = [item for item in EXAMPLES if item.id not in refused]
    assert result.problems == ()
    assert [held(read.item, one) for read in result.items] == [held(item, one) for item in _in_order(kept, one)]
    assert all(item.kind in one.kinds for item in kept)


def _in_order(items: list[Item], one: Format) -> list[Item]:
    """Our texts stand by kind."""
    return sorted(items, key=lambda item: list(ItemKind).index(item.kind)) if one.code in {"text", "docx"} else items


@ALL
def test_the_whole_bank_survives(one: Format) -> None:
    bank = [item for item in load_bank() if item.kind in one.kinds]
    written = one.write(bank)
    assert written.refused == ()
    assert one.read is not None
    result = one.read(written.data, f"x.{one.extension}")
    assert result.problems == ()
    got = {repr(held(read.item, one)) for read in result.items}
    assert len(result.items) == len(bank)
    assert [item.id for item in bank if repr(held(item, one)) not in got] == []


@ALL
def test_the_same_items_give_the_same_bytes(one: Format) -> None:
    assert one.write(EXAMPLES).data == one.write(EXAMPLES).data


@ALL
def test_no_key_changes_even_where_much_is_lost(one: Format) -> None:
    written = one.write(EXAMPLES)
    refused = {problem.where for problem in written.refused}
    assert one.read is not None
    result = one.read(written.data, f"x.{one.extension}")
    before = {item.stem: _right(item) for item in EXAMPLES if item.id not in refused}
    assert {read.item.stem: _right(read.item) for read in result.items} == before


def _right(item: Item) -> set[str]:
    """What is right, in words, whatever the ids."""
    return set(kind_of(item).response_text(item, kind_of(item).right_response(item)).split("；"))


@pytest.mark.parametrize(
    ("code", "lost"),
    [
        ("aiken", {"multiple", "scenario", "ordering", "matching", "blank"}),
        ("gift", {"ordering", "blank of two"}),
        ("moodle", {"blank of two"}),
    ],
)
def test_what_a_format_cannot_hold_is_named(code: str, lost: set[str]) -> None:
    refused = {problem.where for problem in FORMATS[code].write(EXAMPLES).refused}
    names = {
        "blank of two" if item.kind == "blank" and len(item.answer_key) > 1 and code != "aiken" else str(item.kind)
        for item in EXAMPLES
        if item.id in refused
    }
    assert names == lost


TEXT = st.text(
    alphabet=st.sampled_from("甲乙丙丁戊，。？！“”‘’（）【】、；：…—～ABCDabcd0123456789 =~#{}:\\%->*<>&'\"/|$[]一二√×"),
    min_size=1, max_size=24,
).map(lambda text: " ".join(f"字{text}字".split()))  # fmt: skip


@pytest.mark.parametrize("code", ["json", "xlsx", "csv", "moodle", "gift", "qti21", "qti30", "aiken"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT, min_size=6, max_size=6, unique=True))
def test_odd_characters_pass_through(code: str, texts: list[str]) -> None:
    stem, explanation, *rest = texts
    choices = tuple(replace(choice, text=text) for choice, text in zip(SINGLE.choices, rest, strict=True))
    reasons = tuple(
        replace(choice, text=text, reason=f"{text}的理由") for choice, text in zip(SCENARIO.choices, rest, strict=False)
    )
    items = [
        replace(SINGLE, id="law-9101", stem=stem, choices=choices, explanation=explanation),
        replace(SCENARIO, id="law-9102", stem=f"{stem}？", choices=reasons, explanation=explanation),
    ]
    one = FORMATS[code]
    written = one.write(items)
    assert one.read is not None
    kept = [item for item in items if item.id not in {problem.where for problem in written.refused}]
    result = one.read(written.data, f"x.{one.extension}") if kept else None
    if result is not None:
        assert result.problems == ()
        assert [held(read.item, one) for read in result.items] == [held(item, one) for item in kept]


@pytest.mark.parametrize("code", ["text", "docx"])
@settings(max_examples=30, deadline=None)
@given(texts=st.lists(TEXT, min_size=6, max_size=6, unique=True))
@example(texts=["字1字", "字2字", "字00字", "字000字", "字 D:字", "字0字"])  # the third choice would become two
@example(texts=["字 A.字", "字2字", "字00字", "字000字", "字4字", "字0字"])  # the stem would become a choice
def test_the_numbered_layout_keeps_odd_characters_or_says_that_it_cannot(code: str, texts: list[str]) -> None:
    stem, explanation, *rest = texts
    choices = tuple(replace(choice, text=text) for choice, text in zip(SINGLE.choices, rest, strict=True))
    item = replace(SINGLE, stem=stem, choices=choices, explanation=explanation)
    one = FORMATS[code]
    written = one.write([item])
    assert one.read is not None
    if not written.refused:
        assert [read.item for read in one.read(written.data, f"x.{one.extension}").items] == [item]
