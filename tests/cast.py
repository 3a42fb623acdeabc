"""The cast of all tests: two schools in two prefectures, staff at every level, a few pupils.

School A (nine-year school, 西宁市城中区): class A1 (初二 1班) with 卓玛, 李明 and 欧阳小雪, class A2 (初二 2班) with
王芳, class A5 (五年级 1班) with 马小虎. School B (junior school, 格尔木市): class B1 (初二 1班) with the outsider 才让.
Every pupil's PIN is PIN, every member of staff's password is PASSWORD.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, Role, RoleGrant, User, UserKind
from quiz.regions.models import Region, RegionLevel, School, SchoolClass, SchoolHeadcount, SchoolKind
from quiz.regions.rules import cohort_of

PIN = "246810"
PASSWORD = "correct-horse-battery"
CREATED = datetime(2026, 3, 1, tzinfo=UTC)
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # tests hash often and protect nothing


@dataclass
class Cast:
    """Ids of everybody and everything (ids survive the copying of the database, objects would not)."""

    school_a: int
    school_b: int
    class_a1: int
    class_a2: int
    class_a5: int
    class_b1: int
    admin: int
    editor: int
    province: int
    prefecture: int
    county: int
    school_admin: int
    teacher: int
    colleague: int
    outsider_teacher: int
    zhuoma: int
    liming: int
    ouyang: int
    wangfang: int
    xiaohu: int
    cairang: int


def regions(session: Session) -> None:
    """Qinghai with two prefectures and two counties: enough for every scope."""
    rows = [
        ("630000", "青海省", RegionLevel.PROVINCE, None, None),
        ("630100", "西宁市", RegionLevel.PREFECTURE, "630000", "630100"),
        ("630103", "城中区", RegionLevel.COUNTY, "630100", "630100"),
        ("630104", "城西区", RegionLevel.COUNTY, "630100", "630100"),
        ("632800", "海西蒙古族藏族自治州", RegionLevel.PREFECTURE, "630000", "632800"),
        ("632801", "格尔木市", RegionLevel.COUNTY, "632800", "632800"),
    ]
    for rank, (code, name, level, parent, prefecture) in enumerate(rows):
        session.add(
            Region(
                id=code,
                name=name,
                level=level,
                parent_id=parent,
                prefecture_id=prefecture,
                province_id="630000",
                rank=rank,
            )
        )
        session.flush()


def build(session: Session, now: datetime) -> Cast:
    """Write the cast; the caller commits."""
    regions(session)
    password, pin = _CHEAP.hash(PASSWORD), _CHEAP.hash(PIN)
    school_a = _school(
        session, "6301030001", "城中区清源实验学校", SchoolKind.NINE_YEAR, "630103", "630100", {5: 40, 8: 90}
    )
    school_b = _school(session, "6328010001", "格尔木市昆仑初级中学", SchoolKind.JUNIOR, "632801", "632800", {8: 60})
    class_a1 = _class(session, school_a, 8, 1, "1班", now)
    class_a2 = _class(session, school_a, 8, 1, "2班", now)
    class_a5 = _class(session, school_a, 5, 1, "1班", now)
    class_b1 = _class(session, school_b, 8, 7, "1班", now)

    def staff(username: str, name: str, role: Role, **place: object) -> int:
        user = User(
            kind=UserKind.STAFF,
            name=name,
            username=username,
            username_key=username,
            secret_hash=password,
            created_at=CREATED,
        )
        session.add(user)
        session.flush()
        session.add(RoleGrant(user_id=user.id, role=role, created_at=CREATED, **place))
        return user.id

    def pupil(name: str, number: str, school: int, class_id: int) -> int:
        user = User(kind=UserKind.PUPIL, name=name, secret_hash=pin, created_at=CREATED)
        session.add(user)
        session.flush()
        session.add(
            Enrolment(user_id=user.id, school_id=school, class_id=class_id, student_number=number, started_at=CREATED)
        )
        return user.id

    cast = Cast(
        school_a=school_a,
        school_b=school_b,
        class_a1=class_a1,
        class_a2=class_a2,
        class_a5=class_a5,
        class_b1=class_b1,
        admin=staff("admin", "系统管理员", Role.ADMIN),
        editor=staff("editor", "题库编辑", Role.EDITOR),
        province=staff("province", "省级组织者", Role.PROVINCE_ORGANISER, region_id="630000"),
        prefecture=staff("prefecture", "西宁组织者", Role.PREFECTURE_ORGANISER, region_id="630100"),
        county=staff("county", "城中区组织者", Role.COUNTY_ORGANISER, region_id="630103"),
        school_admin=staff("school", "学校管理员", Role.SCHOOL_ADMIN, school_id=school_a),
        teacher=staff("teacher", "周老师", Role.TEACHER, class_id=class_a1),
        colleague=staff("colleague", "何老师", Role.TEACHER, class_id=class_a2),
        outsider_teacher=staff("outsider", "外校老师", Role.TEACHER, class_id=class_b1),
        zhuoma=pupil("卓玛", "20240101", school_a, class_a1),
        liming=pupil("李明", "20240102", school_a, class_a1),
        ouyang=pupil("欧阳小雪", "20240103", school_a, class_a1),
        wangfang=pupil("王芳", "20240201", school_a, class_a2),
        xiaohu=pupil("马小虎", "20220101", school_a, class_a5),
        cairang=pupil("才让·多杰", "20240101", school_b, class_b1),
    )
    session.flush()
    return cast


def _school(
    session: Session, code: str, name: str, kind: SchoolKind, county: str, prefecture: str, headcounts: dict[int, int]
) -> int:
    school = School(
        code=code, name=name, kind=kind, county_id=county, prefecture_id=prefecture, province_id="630000",
        headcounts=[SchoolHeadcount(grade=grade, pupils=pupils) for grade, pupils in headcounts.items()],
    )  # fmt: skip
    session.add(school)
    session.flush()
    return school.id


def _class(session: Session, school: int, grade: int, entry_grade: int, name: str, now: datetime) -> int:
    row = SchoolClass(
        school_id=school, cohort_year=cohort_of(grade, entry_grade, now), entry_grade=entry_grade, name=name
    )
    session.add(row)
    session.flush()
    return row.id
