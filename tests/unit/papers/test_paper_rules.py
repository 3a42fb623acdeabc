"""Specification rows are checked, and papers are drawn evenly, without repetition, whenever they can be."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.model import ItemKind
from question_bank.taxonomy import TOPICS
from quiz.errors import ConflictError, DomainError
from quiz.items.rules import PoolItem
from quiz.papers.rules import TEMPLATES, SpecRow, draw, parse_rows, shortages, total_items, total_points

TOPIC_CODES = sorted(TOPICS)[:3]
KIND_CODES = ["single", "multiple", "true_false"]


def an_item(number: int, kind: str = "single", topic: str = "law", difficulty: int = 1) -> PoolItem:
    return PoolItem(f"{topic}-{number:04}", 1, kind, topic, "any", difficulty)


pools = st.lists(
    st.builds(
        PoolItem,
        item_id=st.integers(1, 400).map(lambda n: f"law-{n:04}"),
        version=st.integers(1, 3),
        kind=st.sampled_from(KIND_CODES),
        topic=st.sampled_from(TOPIC_CODES),
        subtopic=st.just("any"),
        difficulty=st.integers(1, 5),
    ),
    max_size=30,
    unique_by=lambda item: item.item_id,
)
spec_rows = st.lists(
    st.builds(
        lambda topics, kinds, bounds, count, points: SpecRow(
            tuple(topics), tuple(kinds), min(bounds), max(bounds), count, points
        ),
        topics=st.lists(st.sampled_from(TOPIC_CODES), max_size=2, unique=True),
        kinds=st.lists(st.sampled_from(KIND_CODES), max_size=2, unique=True),
        bounds=st.tuples(st.integers(1, 5), st.integers(1, 5)),
        count=st.integers(1, 6),
        points=st.integers(1, 1000),
    ),
    min_size=1,
    max_size=5,
)


@given(rows=spec_rows, pool=pools, seed=st.integers())
def test_a_paper_meets_its_specification_or_the_shortage_is_named(
    rows: list[SpecRow], pool: list[PoolItem], seed: int
) -> None:
    missing = shortages(rows, pool)
    if missing:
        with pytest.raises(ConflictError):
            draw(rows, pool, random.Random(seed))
        return
    paper = draw(rows, pool, random.Random(seed))
    by_id = {item.item_id: item for item in pool}
    assert [drawn.position for drawn in paper] == list(range(1, total_items(rows) + 1))
    assert len({drawn.item_id for drawn in paper}) == len(paper)
    wanted = [row for row in rows for _ in range(row.count)]
    for row, drawn in zip(wanted, paper, strict=True):
        assert row.admits(by_id[drawn.item_id])
        assert (drawn.points, drawn.version) == (row.points, by_id[drawn.item_id].version)
    assert draw(rows, pool, random.Random(seed)) == paper


@given(rows=spec_rows, pool=pools)
def test_a_shortage_is_real(rows: list[SpecRow], pool: list[PoolItem]) -> None:
    """Hall's condition: papers can be drawn exactly if every set of rows finds enough items together."""

    def reach(chosen: list[SpecRow]) -> int:
        return sum(any(row.admits(item) for row in chosen) for item in pool)

    subsets = [[row for n, row in enumerate(rows) if mask >> n & 1] for mask in range(1, 2 ** len(rows))]
    assert (shortages(rows, pool) == []) == all(reach(chosen) >= total_items(chosen) for chosen in subsets)


def test_overlapping_rows_leave_each_other_what_they_need() -> None:
    pool = [an_item(n) for n in range(5)] + [an_item(n, topic="harm") for n in range(5)]
    rows = [SpecRow(count=5), SpecRow(topics=("law",), count=5)]
    for seed in range(20):
        paper = draw(rows, pool, random.Random(seed))
        assert {drawn.item_id for drawn in paper[5:]} == {f"law-{n:04}" for n in range(5)}


def test_every_item_of_a_row_is_equally_likely() -> None:
    pool = [an_item(n) for n in range(20)]
    rng = random.Random(7)
    seen = Counter(drawn.item_id for _ in range(2000) for drawn in draw([SpecRow(count=5)], pool, rng))
    assert len(seen) == 20
    assert all(400 < count < 600 for count in seen.values()), seen


def test_shortages_say_which_row_and_why() -> None:
    pool = [an_item(1), an_item(2), an_item(3, kind="multiple")]
    [few] = shortages([SpecRow(kinds=("multiple",), count=2)], pool)
    assert str(few.error()) == "第 1 行要 2 道题，题库里只有 1 道。减少题数，或放宽题型、主题、难度。"
    [shared] = shortages([SpecRow(kinds=("single",), count=2), SpecRow(count=2)], pool)
    assert (shared.row, shared.is_shared, shared.available) == (2, True, 1)
    assert "其他行用去后只剩 1 道" in str(shared.error())


def test_rows_survive_storage() -> None:
    rows = (SpecRow(("law", "harm"), ("single",), 2, 4, 7, 250), SpecRow())
    assert parse_rows([row.to_dict() for row in rows]) == (
        SpecRow(("law", "harm"), ("single",), 2, 4, 7, 250),
        SpecRow(),
    )


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"topics": ["astrology"]}, "主题"), ({"topics": "law"}, "主题"), ({"kinds": ["essay"]}, "题型"),
        ({"kinds": [["single"]]}, "题型"), ({"count": 0}, "题数"), ({"count": 101}, "题数"), ({"count": "5"}, "整数"),
        ({"count": True}, "整数"), ({"count": None}, "整数"), ({"points": 0}, "分值"), ({"points": 10001}, "分值"),
        ({"points": 1.5}, "整数"), ({"difficulty_min": 0}, "难度"), ({"difficulty_max": 6}, "难度"),
        ({"difficulty_min": 4, "difficulty_max": 2}, "难度"), ({"weight": 3}, "不认识"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(change: dict[str, Any], part: str) -> None:
    good = {"topics": ["law"], "kinds": ["single"], "count": 5, "points": 100}
    with pytest.raises(DomainError) as raised:
        parse_rows([good, {**good, **change}])
    assert str(raised.value).startswith("第 2 行")
    assert part in str(raised.value)


def test_a_specification_has_rows_and_an_upper_limit() -> None:
    with pytest.raises(DomainError, match="至少写一行"):
        parse_rows([])
    with pytest.raises(DomainError, match="最多 100 道题"):
        parse_rows([{"count": 60, "points": 1}, {"count": 60, "points": 1}])


@pytest.mark.parametrize(("key", "items", "minutes"), [
    ("class_quiz", 10, 10), ("school_contest", 50, 60), ("national_pattern", 20, 30),
])  # fmt: skip
def test_the_templates_are_whole_papers_of_a_hundred_points(key: str, items: int, minutes: int) -> None:
    template = TEMPLATES[key]
    assert total_items(template.rows) == items
    assert total_points(template.rows) == 10000
    assert template.duration_seconds == minutes * 60
    assert parse_rows([row.to_dict() for row in template.rows]) == template.rows
    assert all(kind in list(ItemKind) for row in template.rows for kind in row.kinds)
