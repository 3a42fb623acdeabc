"""Reads for the pages of regions and schools: the tree with numbers, the filtered list, a school's classes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quiz.errors import NotFoundError
from quiz.regions.classnames import GRADES_OF_KIND
from quiz.regions.models import Region, RegionLevel, School, SchoolClass
from quiz.regions.queries import IS_UNIT, named_like, regions_within, schools_within
from quiz.regions.rules import DEPARTMENTS, NO_GRADE, PARENTS, Scope, grade_name, grade_of

LEFT = 99  # sorts classes that have left the school behind the others
COLUMN_OF_LEVEL = {
    RegionLevel.PROVINCE: School.province_id,
    RegionLevel.PREFECTURE: School.prefecture_id,
    RegionLevel.COUNTY: School.county_id,
}


@dataclass(frozen=True)
class Filters:
    """What the list of schools is narrowed by; empty strings narrow nothing."""

    text: str = ""
    kind: str = ""
    region_id: str = ""
    state: str = ""
    units: bool | None = False  # schools; True: units of adults; None: both


def get_region_within(session: Session, region_id: str, scope: Scope) -> Region:
    """The region, if the scope holds all of it; else NotFoundError."""
    region = session.scalar(sa.select(Region).where(Region.id == region_id, regions_within(scope)))
    if region is None:
        raise NotFoundError("没有找到这个地区。")
    return region


def top_regions(session: Session, scope: Scope) -> list[Region]:
    """Where browsing begins: the provinces for those who see everything, else the regions of the scope."""
    where = Region.parent_id.is_(None) if scope.everywhere else Region.id.in_(scope.regions)
    return list(session.scalars(sa.select(Region).where(where).order_by(Region.rank)))


def ancestors(session: Session, region: Region) -> list[Region]:
    """The regions above a region, the province first."""
    ids = {region.province_id, region.prefecture_id, region.parent_id} - {None, region.id}
    return list(session.scalars(sa.select(Region).where(Region.id.in_(ids)).order_by(Region.rank)))


def school_counts(session: Session, regions: Sequence[Region], scope: Scope) -> dict[str, int]:
    """How many active schools (not units of adults) of the scope each region holds."""
    found: dict[str, int] = {}
    by_level: dict[RegionLevel, list[str]] = defaultdict(list)
    for region in regions:
        by_level[region.level].append(region.id)
    for level, ids in by_level.items():
        column = COLUMN_OF_LEVEL[level]
        query = sa.select(column, sa.func.count()).where(
            column.in_(ids), School.is_active, ~IS_UNIT, schools_within(scope)
        )
        found.update({str(code): int(count) for code, count in session.execute(query.group_by(column))})
    return found


def list_schools(scope: Scope, filters: Filters) -> sa.Select[School]:
    """Schools of the scope, by county and code, with county and headcounts loaded."""
    query = sa.select(School).where(schools_within(scope))
    if filters.text:
        query = query.where(named_like(filters.text))
    if filters.units is not None:
        query = query.where(IS_UNIT if filters.units else ~IS_UNIT)
    if filters.kind:
        query = query.where(sa.cast(School.kind, sa.String) == filters.kind)
    if filters.region_id:
        query = query.where(sa.or_(*(column == filters.region_id for column in COLUMN_OF_LEVEL.values())))
    if filters.state:
        query = query.where(School.is_active.is_(filters.state == "active"))
    query = query.options(joinedload(School.county), selectinload(School.headcounts))
    return query.order_by(School.county_id, School.code)


def busiest_province(session: Session) -> str | None:
    """The province with most schools; None while there are no schools."""
    query = sa.select(School.province_id).group_by(School.province_id).order_by(sa.func.count().desc()).limit(1)
    return session.scalar(query)


def counties_within(session: Session, scope: Scope) -> list[Region]:
    """The counties of the scope in the tree's order."""
    query = sa.select(Region).where(Region.level == RegionLevel.COUNTY, regions_within(scope))
    return list(session.scalars(query.order_by(Region.rank)))


def region_names(session: Session) -> dict[str, str]:
    """Names of provinces and prefectures by code."""
    query = sa.select(Region.id, Region.name).where(Region.level != RegionLevel.COUNTY)
    return {code: name for code, name in session.execute(query)}


def classes_by_grade(session: Session, school: School, at: datetime) -> list[tuple[str, list[SchoolClass]]]:
    """A school's classes under the names of their grades, the lowest first; those who have left come last.

    A unit's departments, and the parents' lists of a school, stand under a name of their own.
    """
    groups: dict[int, list[SchoolClass]] = defaultdict(list)
    query = sa.select(SchoolClass).where(SchoolClass.school_id == school.id)
    for one in session.scalars(query.order_by(sa.func.length(SchoolClass.name), SchoolClass.name)):
        grade = grade_of(one.cohort_year, one.entry_grade, at)
        is_known = grade in GRADES_OF_KIND[school.kind.value] or grade == NO_GRADE
        groups[grade if is_known else LEFT].append(one)
    adults = (DEPARTMENTS if school.is_unit else PARENTS, groups.pop(NO_GRADE, []))
    named = [(grade_name(grade), groups[grade]) for grade in sorted(groups)]
    return [*named, adults] if adults[1] else named
