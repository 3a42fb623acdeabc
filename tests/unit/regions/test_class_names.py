"""Class names are read in every spelling schools use, and refused with a remedy when they say too little."""

from datetime import UTC, datetime

import pytest

from quiz.errors import DomainError
from quiz.regions.classnames import ClassKey, chinese_number, class_name, read_class

AUTUMN = datetime(2026, 11, 21, tzinfo=UTC)  # school year 2026
SPRING = datetime(2027, 3, 1, tzinfo=UTC)
SUMMER = datetime(2027, 8, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("八年级1班", ""), ("八年级（1）班", ""), ("初二(1)班", ""), ("初二1班", ""), ("初二年级1班", ""), ("八(1)班", ""),
        ("八（一）班", ""), ("八年级一班", ""), ("八年1班", ""), ("801", ""), ("801班", ""), ("8.1", ""), ("8-1班", ""),
        ("八1班", ""), ("八年级 01 班", ""), ("1班", "八年级"), ("1", "八年级"), ("(1)班", "初二"), ("一班", "8"),
        ("1班", "八"), ("八年级1班", "八年级"), ("2025级1班", ""), ("1班", "2025级"), ("初2025级1班", ""), ("８年级１班", ""),
    ],
)  # fmt: skip
def test_all_spellings_of_one_class(text: str, grade: str) -> None:
    assert read_class(text, grade, kind="初中", at=AUTUMN) == ClassKey(2025, 7, "1班")


def test_the_school_year_turns_in_august_not_in_january() -> None:
    assert read_class("八年级1班", "", kind="初中", at=SPRING).cohort_year == 2025
    assert read_class("八年级1班", "", kind="初中", at=SUMMER).cohort_year == 2026


def test_a_nine_year_schools_classes_count_from_grade_one() -> None:
    assert read_class("初二(1)班", "", kind="九年一贯", at=AUTUMN) == ClassKey(2019, 1, "1班")
    assert read_class("2025级1班", "八年级", kind="九年一贯", at=AUTUMN) == ClassKey(2019, 1, "1班")
    assert read_class("初2025级1班", "", kind="九年一贯", at=AUTUMN) == ClassKey(2019, 1, "1班")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("一年级3班", "小学", ClassKey(2026, 1, "3班")), ("一年级3班", "中职", ClassKey(2026, 10, "3班")),
        ("高一3班", "完全中学", ClassKey(2026, 10, "3班")), ("初一3班", "完全中学", ClassKey(2026, 7, "3班")),
        ("高2025级3班", "完全中学", ClassKey(2025, 10, "3班")), ("高二十班", "高中", ClassKey(2025, 10, "10班")),
        ("2026级护理1班", "中职", ClassKey(2026, 10, "护理1班")), ("七年级火箭班", "初中", ClassKey(2026, 7, "火箭班")),
        ("大一1班", "高校", ClassKey(2026, 13, "1班")),
    ],
)  # fmt: skip
def test_the_kind_of_school_decides(text: str, kind: str, expected: ClassKey) -> None:
    assert read_class(text, "", kind=kind, at=AUTUMN) == expected


@pytest.mark.parametrize(
    ("text", "grade", "kind", "part"),
    [
        ("", "", "初中", "没有写班级"), ("1班", "", "初中", "看不出是哪个年级"), ("八年级", "", "初中", "没有写是几班"),
        ("初一班", "", "初中", "没有写是几班"), ("高一1班", "", "初中", "学校（初中）现在没有这个年级"),
        ("2010级1班", "", "初中", "学校（初中）现在没有这个年级"), ("2030级1班", "", "初中", "学校（初中）现在没有这个年级"),
        ("2025级1班", "", "九年一贯", "可能是小学、初中或高中"), ("一年级1班", "", "完全中学", "看不出是哪个年级"),
        ("优秀班", "", "初中", "看不出是哪个年级"),
    ],
)  # fmt: skip
def test_what_says_too_little_is_refused_with_a_remedy(text: str, grade: str, kind: str, part: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_class(text, grade, kind=kind, at=AUTUMN)
    assert part in str(caught.value)
    assert f"“{text}”" not in str(caught.value), "the page names the cell already"


def test_names_and_numbers() -> None:
    assert [class_name(text) for text in ("1", "１班", "（十二）班", "01班", "藏语班")] == [
        "1班",
        "1班",
        "12班",
        "1班",
        "藏语班",
    ]
    assert [chinese_number(text) for text in ("十", "十一", "二十", "二十三", "7", "x")] == [10, 11, 20, 23, 7, 0]
