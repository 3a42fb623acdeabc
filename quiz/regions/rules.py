"""Rules of the tree, pure: grades, groups, scopes."""

from dataclasses import dataclass, field
from datetime import datetime

from quiz.clock import LOCAL_ZONE

SCHOOL_YEAR_STARTS = (8, 15)  # classes are entered in the system before the first day of September
GRADE_NAMES = {
    1: "一年级", 2: "二年级", 3: "三年级", 4: "四年级", 5: "五年级", 6: "六年级",
    7: "初一", 8: "初二", 9: "初三", 10: "高一", 11: "高二", 12: "高三",
    13: "大一", 14: "大二", 15: "大三", 16: "大四",
}  # fmt: skip
LEFT_NAME = "已毕业"
PARENTS = "家长"
DEPARTMENTS = "科室与网格"
WHOLE_UNIT = "本单位"  # the department of a unit that names none

#: Kinds of school rows that are units of adults. Their classes (departments, grids) have no grade.
OFFICE, COMMUNITY = "机关单位", "社区"
UNIT_KINDS = frozenset({OFFICE, COMMUNITY})
NO_GRADE = 0  # of adults: the grade of a class whose entry grade is not above 0
NOT_YET = -1  # of a class whose school year has not begun: no grade in which anybody competes, least of all adults


@dataclass(frozen=True)
class Scope:
    """Places (and everything below them) within which something is allowed."""

    everywhere: bool = False
    regions: frozenset[str] = field(default_factory=frozenset)
    schools: frozenset[int] = field(default_factory=frozenset)
    classes: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all lies within."""
        return not (self.everywhere or self.regions or self.schools or self.classes)


NOWHERE = Scope()
EVERYWHERE = Scope(everywhere=True)


def school_year(at: datetime) -> int:
    """The year in which the school year of this moment began (2026-06-26 → 2025)."""
    local = at.astimezone(LOCAL_ZONE)
    return local.year if (local.month, local.day) >= SCHOOL_YEAR_STARTS else local.year - 1


def grade_of(cohort_year: int, entry_grade: int, at: datetime) -> int:
    """The grade of a class at a moment; larger than its last grade means it has left. Adults have none (0).

    An entry grade of 0 is a department, a grid, or all parents of a school; a negative one means the parents of the class
    that entered in that grade, and the list goes up the school with the class. A class of a later year is NOT_YET in any.
    """
    if entry_grade <= NO_GRADE:
        return NO_GRADE
    grade = entry_grade + school_year(at) - cohort_year
    return grade if grade > NO_GRADE else NOT_YET


def cohort_of(grade: int, entry_grade: int, at: datetime) -> int:
    """The entry year of a class that is in ``grade`` now (the inverse of :func:`grade_of`)."""
    return school_year(at) - (grade - entry_grade)


def entry_grade_for(kind: str, grade: int) -> int:
    """In which grade a class of this kind of school entered: a nine-year school's junior classes entered in grade 1."""
    if kind == "九年一贯" or grade <= 6:
        return 1
    if grade <= 9:
        return 7
    return 10 if grade <= 12 else 13


def grade_name(grade: int) -> str:
    """“六年级”, “初二”; “已毕业” beyond the last grade."""
    return GRADE_NAMES.get(grade, LEFT_NAME)


def class_label(cohort_year: int, entry_grade: int, name: str, at: datetime) -> str:
    """How people call a class: “六年级 3班”, of its parents “六年级 3班 家长”, of adults without grade “办公室”."""
    if entry_grade == NO_GRADE:
        return name
    if entry_grade < NO_GRADE:
        return f"{class_label(cohort_year, -entry_grade, name, at)} {PARENTS}"
    return f"{grade_name(grade_of(cohort_year, entry_grade, at))} {name}"
