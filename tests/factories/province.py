"""A province of eight prefectures with pupils of three groups, in two counties of each prefecture."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, User, UserKind
from quiz.regions.models import Region, School, SchoolClass, SchoolKind
from quiz.regions.rules import cohort_of
from quiz.regions.services import sync_regions

#: Kind of school, the grade of its class, the grade in which pupils enter, the group in which they compete.
KINDS = (
    (SchoolKind.PRIMARY, 5, 1, "primary"),
    (SchoolKind.JUNIOR, 8, 7, "junior"),
    (SchoolKind.SENIOR, 11, 10, "senior"),
)
COUNTIES = 2  # of each prefecture


@dataclass(frozen=True)
class Pupil:
    """Where a pupil stands."""

    user_id: int
    group: str
    school_id: int
    class_id: int
    county: str
    prefecture: str


def build_province(session: Session, now: datetime, *, pupils: int) -> list[Pupil]:
    """About ``pupils`` pupils, the same number in each of 48 classes, in counties that have no school yet."""
    sync_regions(session, now=now)
    counties: dict[str, list[str]] = {}
    rows = sa.select(Region.id, Region.prefecture_id).where(
        Region.level == "county", Region.province_id == "630000", Region.id.not_in(sa.select(School.county_id))
    )
    for county, prefecture in session.execute(rows.order_by(Region.id)):
        if len(counties.setdefault(prefecture, [])) < COUNTIES:
            counties[prefecture].append(county)
    places = [(prefecture, county, *kind) for prefecture, some in counties.items() for county in some for kind in KINDS]
    size = max(1, pupils // len(places))
    return [one for place in places for one in _class_of(session, *place, size=size, now=now)]


def _class_of(
    session: Session, prefecture: str, county: str, kind: SchoolKind, grade: int, entry_grade: int, group: str, *,
    size: int, now: datetime,
) -> list[Pupil]:  # fmt: skip
    school = School(
        code=f"{county}{kind.name[:3]}", name=f"{county}{kind.value}", kind=kind, county_id=county,
        prefecture_id=prefecture, province_id="630000",
    )  # fmt: skip
    session.add(school)
    session.flush()
    cohort = cohort_of(grade, entry_grade, now)
    found = SchoolClass(school_id=school.id, name="1班", cohort_year=cohort, entry_grade=entry_grade)
    session.add(found)
    session.flush()
    users = [User(kind=UserKind.PUPIL, name=f"学生{number}", created_at=now) for number in range(size)]
    session.add_all(users)
    session.flush()
    session.add_all(
        Enrolment(
            user_id=user.id, school_id=school.id, class_id=found.id, student_number=f"{number:06d}", started_at=now
        )
        for number, user in enumerate(users)
    )
    session.flush()
    return [Pupil(user.id, group, school.id, found.id, county, prefecture) for user in users]
