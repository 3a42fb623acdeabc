"""Reads of the tree. What lies outside a scope is never returned."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.errors import NotFoundError
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.rules import NO_GRADE, UNIT_KINDS, Scope

#: SQL: the row is a unit of adults, no school.
IS_UNIT: sa.ColumnElement[bool] = sa.cast(School.kind, sa.String).in_(sorted(UNIT_KINDS))


def schools_within(scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: the school lies in the scope (a class-level grant does not reach its school's other classes)."""
    if scope.everywhere:
        return sa.true()
    return sa.or_(
        School.county_id.in_(scope.regions),
        School.prefecture_id.in_(scope.regions),
        School.province_id.in_(scope.regions),
        School.id.in_(scope.schools),
    )


def classes_within(scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: the class lies in the scope (join School in the query that uses this)."""
    return sa.or_(schools_within(scope), SchoolClass.id.in_(scope.classes))


def class_order() -> tuple[sa.ColumnElement[Any], ...]:
    """SQL: the classes of a school by grade and then by number, adults last (SchoolClass.order)."""
    grade = sa.func.abs(SchoolClass.entry_grade) - SchoolClass.cohort_year
    return SchoolClass.entry_grade <= NO_GRADE, grade, sa.func.length(SchoolClass.name), SchoolClass.name.expression


def regions_within(scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: the region lies wholly in the scope."""
    if scope.everywhere:
        return sa.true()
    return sa.or_(
        Region.id.in_(scope.regions), Region.prefecture_id.in_(scope.regions), Region.province_id.in_(scope.regions)
    )


def get_school(session: Session, school_id: int, scope: Scope) -> School:
    """The school, if in scope; else NotFoundError."""
    school = session.scalar(sa.select(School).where(School.id == school_id, schools_within(scope)))
    if school is None:
        raise NotFoundError("没有找到这所学校。")
    return school


def get_class(session: Session, class_id: int, scope: Scope) -> SchoolClass:
    """The class, if in scope; else NotFoundError."""
    found = session.scalar(
        sa.select(SchoolClass).join(SchoolClass.school).where(SchoolClass.id == class_id, classes_within(scope))
    )
    if found is None:
        raise NotFoundError("没有找到这个班级。")
    return found


def get_region(session: Session, region_id: str) -> Region:
    """The region by its code; else NotFoundError."""
    region = session.get(Region, region_id)
    if region is None:
        raise NotFoundError("没有找到这个地区。")
    return region


def children(session: Session, region_id: str | None) -> list[Region]:
    """A region's direct children in the tree's order; the provinces for None."""
    where = Region.parent_id.is_(None) if region_id is None else Region.parent_id == region_id
    return list(session.scalars(sa.select(Region).where(where).order_by(Region.rank)))


def named_like(text: str) -> sa.ColumnElement[bool]:
    """SQL: the school's name contains the text, or its code begins with it."""
    return sa.or_(School.name.contains(text, autoescape=True), School.code.startswith(text, autoescape=True))


def find_schools(session: Session, text: str, limit: int = 20) -> list[School]:
    """Active schools whose name contains the text or whose code begins with it (for sign-in)."""
    query = sa.select(School).where(School.is_active, named_like(text))
    query = query.order_by(sa.func.length(School.name), School.name)
    return list(session.scalars(query.limit(limit)))
