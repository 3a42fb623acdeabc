"""The demonstration's schools: about sixty over all eight prefectures, with classes and pupils."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.services import create_pupil
from quiz.regions.models import Region, School, SchoolClass, SchoolKind
from quiz.regions.rules import EVERYWHERE
from quiz.regions.school_services import SchoolData, add_classes, save_school
from quiz.seed.names import name

Report = Callable[[str, int, int], None]
LONG_NAME = "海西蒙古族藏族自治州大柴旦行政委员会第一中学"
GRADES = {
    SchoolKind.PRIMARY: (5, 6),
    SchoolKind.JUNIOR: (7, 8, 9),
    SchoolKind.NINE_YEAR: (5, 6, 7, 8, 9),
    SchoolKind.SENIOR: (10, 11),
    SchoolKind.COMPLETE: (7, 8, 10, 11),
    SchoolKind.VOCATIONAL: (10, 11),
}
KINDS = [
    SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.PRIMARY, SchoolKind.SENIOR, SchoolKind.NINE_YEAR,
    SchoolKind.JUNIOR, SchoolKind.COMPLETE, SchoolKind.VOCATIONAL,
]  # fmt: skip
SUFFIX = {
    SchoolKind.PRIMARY: "第{n}小学",
    SchoolKind.JUNIOR: "第{n}初级中学",
    SchoolKind.NINE_YEAR: "第{n}九年制学校",
    SchoolKind.SENIOR: "第{n}高级中学",
    SchoolKind.COMPLETE: "民族中学",
    SchoolKind.VOCATIONAL: "职业技术学校",
}
NUMBERS = "一二三四五六七八九"


@dataclass(frozen=True)
class PlannedSchool:
    """A school before it is written."""

    code: str
    name: str
    kind: SchoolKind
    county: Region


def plan(session: Session, count: int) -> list[PlannedSchool]:
    """``count`` schools, dealt to all counties of Qinghai in turn, so that every prefecture has some."""
    counties = list(
        session.scalars(
            sa.select(Region).where(Region.province_id == "630000", Region.level == "county").order_by(Region.rank)
        )
    )
    prefectures = sorted({county.prefecture_id or "" for county in counties})
    queues = {code: [county for county in counties if county.prefecture_id == code] for code in prefectures}
    planned: list[PlannedSchool] = []
    seen: dict[tuple[str, SchoolKind], int] = {}
    for index in range(count):
        queue = queues[prefectures[index % len(prefectures)]]
        county = queue[(index // len(prefectures)) % len(queue)]
        kind = KINDS[(index // len(prefectures) + index) % len(KINDS)]
        number = seen[county.id, kind] = seen.get((county.id, kind), 0) + 1
        title = county.name + SUFFIX[kind].format(n=NUMBERS[number - 1])
        if kind in {SchoolKind.COMPLETE, SchoolKind.VOCATIONAL} and number > 1:
            title = f"{county.name}第{NUMBERS[number - 1]}{SUFFIX[kind]}"
        planned.append(PlannedSchool(f"{county.id}{9000 + index}", title, kind, county))
    return _with_long_name(planned, counties)


def _with_long_name(planned: list[PlannedSchool], counties: list[Region]) -> list[PlannedSchool]:
    """The last school is the one with the longest name, to see what it does to the pages."""
    dachaidan = next(county for county in counties if county.id == "632857")
    return [*planned[:-1], PlannedSchool("6328579999", LONG_NAME, SchoolKind.COMPLETE, dachaidan)]


def build(
    session: Session, *, schools: int, class_size: int, actor_id: int, pin_hash: str, now: datetime, report: Report
) -> None:
    """Write schools, classes and pupils (one transaction of the caller's); grades are those of ``now``."""
    rng = random.Random(626)  # noqa: S311 - the same demonstration every time
    planned = plan(session, schools)
    for done, item in enumerate(planned, start=1):
        _build_school(session, item, rng=rng, class_size=class_size, actor_id=actor_id, pin_hash=pin_hash, now=now)
        report("schools and pupils", done, len(planned))


def _build_school(
    session: Session, planned: PlannedSchool, *, rng: random.Random, class_size: int, actor_id: int, pin_hash: str,
    now: datetime,
) -> None:  # fmt: skip
    sizes = {
        grade: [max(3, round(class_size * rng.uniform(0.75, 1.25))) for _ in range(_classes(planned, grade))]
        for grade in GRADES[planned.kind]
    }
    data = SchoolData(
        code=planned.code, name=planned.name, kind=planned.kind.value, county_id=planned.county.id,
        slip_valid_days=180, is_active=True, headcounts={grade: sum(each) for grade, each in sizes.items()},
    )  # fmt: skip
    school = save_school(session, actor_id=actor_id, scope=EVERYWHERE, school=None, data=data, now=now)
    school.is_demo = True
    for grade, each in sizes.items():
        add_classes(session, actor_id=actor_id, school=school, grade=grade, count=len(each), now=now)
    prefecture = planned.county.prefecture_id or ""
    for found, size in zip(_classes_of(session, school), [n for each in sizes.values() for n in each], strict=True):
        _fill(session, school, found, size, rng=rng, prefecture=prefecture, pin_hash=pin_hash, now=now)


def _classes(planned: PlannedSchool, grade: int) -> int:
    return 2 if grade in {7, 8} and planned.kind is SchoolKind.JUNIOR else 1


def _classes_of(session: Session, school: School) -> list[SchoolClass]:
    query = sa.select(SchoolClass).where(SchoolClass.school_id == school.id).order_by(SchoolClass.id)
    return list(session.scalars(query))


def _fill(
    session: Session, school: School, found: SchoolClass, size: int, *, rng: random.Random, prefecture: str,
    pin_hash: str, now: datetime,
) -> None:  # fmt: skip
    for number in range(1, size + 1):
        create_pupil(
            session, name=name(rng, prefecture), student_number=f"{found.cohort_year}{found.id % 1000:03d}{number:02d}",
            school_id=school.id, class_id=found.id, gender=rng.choice("男女"), now=now, secret_hash=pin_hash,
            is_demo=True,
        )  # fmt: skip
