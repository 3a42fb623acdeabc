"""Regions, schools, enrolment figures and classes."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.db import Base, enum_column
from quiz.regions.rules import NO_GRADE, UNIT_KINDS, class_label


class RegionLevel(StrEnum):
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"


class SchoolKind(StrEnum):
    """Kinds of school, and of units of adults; the values are the words the spreadsheets use."""

    PRIMARY = "小学"
    JUNIOR = "初中"
    NINE_YEAR = "九年一贯"
    SENIOR = "高中"
    COMPLETE = "完全中学"
    VOCATIONAL = "中职"
    COLLEGE = "高校"
    OFFICE = "机关单位"
    COMMUNITY = "社区"


class Region(Base):
    """A province, prefecture or county. ``id`` is the six-digit code; the ancestors are stored with it."""

    __tablename__ = "region"

    id: Mapped[str] = mapped_column(sa.String(6), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    level: Mapped[RegionLevel] = mapped_column(enum_column(RegionLevel, "level"))
    parent_id: Mapped[str | None] = mapped_column(sa.ForeignKey("region.id"), index=True)
    prefecture_id: Mapped[str | None] = mapped_column(
        sa.String(6), index=True
    )  # of a county; None directly under a province
    province_id: Mapped[str] = mapped_column(sa.String(6), index=True)
    rank: Mapped[int] = mapped_column(default=0)  # the tree's own order


class School(Base):
    """A school in a county, or a unit of adults (an office, a community), which counts among no schools.

    The county's ancestors are repeated here, so that scopes are one indexed comparison.
    """

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80), index=True)
    kind: Mapped[SchoolKind] = mapped_column(enum_column(SchoolKind, "kind"))
    county_id: Mapped[str] = mapped_column(sa.ForeignKey("region.id"), index=True)
    prefecture_id: Mapped[str | None] = mapped_column(sa.String(6), index=True)
    province_id: Mapped[str] = mapped_column(sa.String(6), index=True)
    slip_valid_days: Mapped[int] = mapped_column(default=180)  # how long a printed login slip signs in
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)

    county: Mapped[Region] = relationship()

    @property
    def is_unit(self) -> bool:
        """Whether this is a unit of adults."""
        return self.kind.value in UNIT_KINDS

    headcounts: Mapped[list["SchoolHeadcount"]] = relationship(
        cascade="all, delete-orphan", order_by="SchoolHeadcount.grade"
    )


class SchoolHeadcount(Base):
    """Enrolment of one grade (1–6 primary, 7–9 junior, 10–12 senior and vocational, 13–16 college)."""

    __tablename__ = "school_headcount"
    __table_args__ = (
        sa.CheckConstraint("grade BETWEEN 1 AND 16", name="grade"),
        sa.CheckConstraint("pupils >= 0", name="pupils"),
    )

    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id", ondelete="CASCADE"), primary_key=True)
    grade: Mapped[int] = mapped_column(primary_key=True)
    pupils: Mapped[int]


class SchoolClass(Base):
    """A class by entry year. ``entry_grade`` is the grade in which it entered (1, 7, 10 or 13); grade follows from both.

    Of adults it is 0 (a department, a grid, all parents of a school; no entry year) or negative (the parents of the
    class that entered in that grade): see ``regions.rules.grade_of``.
    """

    __tablename__ = "school_class"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "cohort_year", "entry_grade", "name"),
        sa.CheckConstraint("entry_grade IN (-13, -10, -7, -1, 0, 1, 7, 10, 13)", name="entry_grade"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    cohort_year: Mapped[int]
    entry_grade: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(30))  # “3班”; the grade is never part of it
    is_active: Mapped[bool] = mapped_column(default=True)

    school: Mapped[School] = relationship()

    @property
    def order(self) -> tuple[bool, int, int, str]:
        """Sorts the classes of a school by grade and then by number, adults last; in SQL: regions.queries.class_order()."""
        is_of_adults = self.entry_grade <= NO_GRADE
        return is_of_adults, abs(self.entry_grade) - self.cohort_year, len(self.name), self.name

    def label(self, at: datetime) -> str:
        """What people call the class at a moment: “六年级 3班”."""
        return class_label(self.cohort_year, self.entry_grade, self.name, at)
