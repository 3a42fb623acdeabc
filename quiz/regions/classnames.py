"""Read class names as schools write them: “八年级1班”, “初二(1)班”, “八(1)班”, “801”, “2024级1班”, or grade and class apart."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from quiz.errors import DomainError
from quiz.regions.rules import COMMUNITY, NO_GRADE, OFFICE, UNIT_KINDS, cohort_of, entry_grade_for, school_year

GRADES_OF_KIND = {
    "小学": range(1, 7), "初中": range(7, 10), "九年一贯": range(1, 10), "高中": range(10, 13),
    "完全中学": range(7, 13), "中职": range(10, 13), "高校": range(13, 17),
    OFFICE: range(0), COMMUNITY: range(0),
}  # fmt: skip
_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_COUNT = r"[〇零一二两三四五六七八九十0-9]{1,3}"
_YEAR = re.compile(r"^(初中?|高中?|小学?|大学?)?(20\d\d)[级級](.*)$")
_STAGE = re.compile(r"^(小学|初中|高中|中职|大学|初|高|大|职)(?:部)?([一二三四五六123456])(?:年[级級])?(.*)$")
_GRADE = re.compile(r"^(小学|初中|高中|中职|大学)?([一二三四五六七八九]|十[一二]?|1[0-2]|[1-9])年[级級]?(.*)$")
_SHORT = re.compile(rf"^([一二三四五六七八九1-9])\(({_COUNT})\)班?$")
_MIXED = re.compile(r"^([一二三四五六七八九])(\d{1,2})班?$")
_HUNDREDS = re.compile(r"^([1-9])(\d\d)班?$")
_DASHED = re.compile(r"^([1-9])[-.](\d{1,2})班?$")
_CLASS_NUMBER = re.compile(rf"^\(?({_COUNT})\)?(?:班|班级)?$")
_FIRST_GRADE = {
    "小学": 1,
    "小": 1,
    "初中": 7,
    "初": 7,
    "高中": 10,
    "高": 10,
    "中职": 10,
    "职": 10,
    "大学": 13,
    "大": 13,
}
_YEARS = {1: 6, 7: 3, 10: 3, 13: 4}
_ENTRY = {"小学": 1, "初中": 7, "高中": 10, "中职": 10, "高校": 13}


@dataclass(frozen=True, order=True)
class ClassKey:
    """What identifies a class within its school."""

    cohort_year: int
    entry_grade: int
    name: str


def read_class(text: str, grade_text: str, *, kind: str, at: datetime) -> ClassKey:
    """The class that a cell (and, where there is one, a grade cell) names in a school of this kind, at this moment.

    Raises DomainError saying how to write it when it cannot be read, is ambiguous, or is no grade of the school; the
    message does not repeat the cell, which stands beside it.
    """
    cell, grade_cell = _plain(text), _plain(grade_text)
    if kind in UNIT_KINDS:
        return ClassKey(0, NO_GRADE, department_name(text))
    if not cell:
        raise DomainError("没有写班级。请填成“八年级1班”这样。")
    cohort, grade, rest = _leading_grade(cell, kind)
    if cohort is None and grade is None and grade_cell:
        cohort, grade, _ = _leading_grade(grade_cell, kind)
        if cohort is None and grade is None:
            grade = _bare_grade(grade_cell, kind)
        rest = cell
    elif grade_cell and grade is None:  # “2024级1班” beside “八年级”: the grade decides which section it is in
        grade = _leading_grade(grade_cell, kind)[1] or _bare_grade(grade_cell, kind)
    return _key(cohort, grade, class_name(rest), kind=kind, at=at)


def class_name(text: str) -> str:
    """A class's own name in one spelling: “（一）班”, “01班” and “1” are “1班”; named classes keep their name."""
    plain = _plain(text)
    if plain in {"", "班", "级", "班级"}:
        raise DomainError("没有写是几班。请填成“八年级1班”这样。")
    numbered = _CLASS_NUMBER.match(plain)
    if numbered and (number := chinese_number(numbered[1])):
        return f"{number}班"
    if len(plain) > 30:
        raise DomainError("班级名称太长，最多 30 个字。")
    return plain


def department_name(text: str) -> str:
    """The name of a department or grid, spaces within kept single; DomainError on ``name`` when it is none."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        raise DomainError("没有写科室或网格。请填名称，例如“办公室”“第一网格”。", field="name")
    if len(plain) > 30:
        raise DomainError("名称太长，最多 30 个字。", field="name")
    return plain


def chinese_number(text: str) -> int:
    """“12”, “十二”, “二十” as a number; 0 when it is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS.get(text, 0)
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("〔", "(").replace("〕", ")")


def _leading_grade(cell: str, kind: str) -> tuple[int | None, int | None, str]:
    """Split off what says the year or the grade: (cohort year, grade, rest)."""
    if found := _YEAR.match(cell):
        first = _FIRST_GRADE.get(found[1] or "")
        return int(found[2]), -first if first else None, found[3]
    if found := _STAGE.match(cell):
        return None, _grade(_FIRST_GRADE[found[1]], chinese_number(found[2])), found[3]
    if found := _GRADE.match(cell):
        number = chinese_number(found[2])
        return None, _grade(_FIRST_GRADE[found[1]], number) if found[1] else _by_kind(number, kind), found[3]
    for pattern in (_SHORT, _MIXED, _HUNDREDS, _DASHED):
        if found := pattern.match(cell):
            return None, _by_kind(chinese_number(found[1]), kind), found[2]
    return None, None, cell


def _grade(first: int, number: int) -> int | None:
    return first + number - 1 if 1 <= number <= _YEARS[first] else None


def _bare_grade(cell: str, kind: str) -> int | None:
    """A grade cell that holds nothing but a number: “8”, “八”."""
    number = chinese_number(cell)
    return _by_kind(number, kind) if 1 <= number <= 12 else None


def _by_kind(number: int, kind: str) -> int | None:
    """“一年级” is grade 10 in a senior school and 7 in a junior one; in a school of both it says too little."""
    grades = GRADES_OF_KIND[kind]
    if number in grades:
        return number
    if kind == "完全中学":
        return None
    first = grades.start
    return first + number - 1 if first > 1 and first + number - 1 in grades else number


def _key(cohort: int | None, grade: int | None, name: str, *, kind: str, at: datetime) -> ClassKey:
    if cohort is not None and (grade is None or grade < 0):
        grade = _first_grade(grade, kind) + school_year(at) - cohort
    if grade is None:
        raise DomainError("看不出是哪个年级。请填成“八年级1班”这样。")
    if grade not in GRADES_OF_KIND[kind]:
        raise DomainError("学校（%(kind)s）现在没有这个年级。请核对学校、年级和入学年份。", kind=kind)
    entry = entry_grade_for(kind, grade)
    return ClassKey(cohort_of(grade, entry, at), entry, name)


def _first_grade(section: int | None, kind: str) -> int:
    """In which grade the pupils of “2024级” entered; ``section`` is the negative first grade of “高2024级”, if said."""
    if section is not None:
        return -section
    if kind in _ENTRY:
        return _ENTRY[kind]
    raise DomainError("可能是小学、初中或高中的年级，分不清。请写成“八年级1班”或“高一1班”。")
