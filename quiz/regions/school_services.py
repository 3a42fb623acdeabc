"""Writes to schools and their classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.audit.services import record
from quiz.errors import DomainError, msgid
from quiz.regions.classnames import GRADES_OF_KIND, class_name, department_name
from quiz.regions.models import Region, RegionLevel, School, SchoolClass, SchoolHeadcount, SchoolKind
from quiz.regions.queries import regions_within
from quiz.regions.rules import NO_GRADE, UNIT_KINDS, Scope, cohort_of, entry_grade_for

MAX_CLASSES = 60  # of one grade
SLIP_DAYS = range(1, 731)


@dataclass(frozen=True)
class SchoolData:
    """What is kept of a school. ``headcounts``: pupils by grade; ``slip_valid_days``: how long a login slip works."""

    code: str
    name: str
    kind: str
    county_id: str
    slip_valid_days: int
    is_active: bool
    headcounts: Mapping[int, int]


def save_school(
    session: Session, *, actor_id: int, scope: Scope, school: School | None, data: SchoolData, now: datetime
) -> School:
    """Create a school (``school`` None) or bring it to ``data``; unchanged data write nothing.

    Raises DomainError with a field when the code is taken, the county is not in the scope, a grade is not one
    of the kind, or a number is out of range.
    """
    county = _county(session, data, scope)
    check_school(data)
    _check_code(session, data.code, school)
    if school is not None and school.is_unit != (data.kind in UNIT_KINDS) and _has_classes(session, school):
        raise DomainError("学校和单位不能互换：这里已经有班级或科室。请新建一个。", field="kind")
    values = {
        "code": data.code, "name": data.name, "kind": SchoolKind(data.kind), "county_id": county.id,
        "prefecture_id": county.prefecture_id, "province_id": county.province_id,
        "slip_valid_days": data.slip_valid_days, "is_active": data.is_active,
    }  # fmt: skip
    created = school is None
    school = school or School(headcounts=[])
    changed = [name for name, value in values.items() if created or getattr(school, name) != value]
    for name in changed:
        setattr(school, name, values[name])
    session.add(school)
    if _set_headcounts(school, data.headcounts):
        changed.append("headcounts")
    if changed:
        session.flush()
        action = "school:profile:create" if created else "school:profile:change"
        record(session, action, now=now, actor_id=actor_id, object_type="school", object_id=school.id, fields=changed)
    return school


def set_slip_days(session: Session, *, actor_id: int, school: School, days: int, now: datetime) -> None:
    """How many days a login slip signs in, for slips printed from now on. Raises DomainError on ``slip_valid_days``."""
    _check_slip_days(days)
    if school.slip_valid_days == days:
        return
    school.slip_valid_days = days
    session.flush()
    record(
        session, "school:slips:term", now=now, actor_id=actor_id, object_type="school", object_id=school.id, days=days
    )  # fmt: skip


def _check_slip_days(days: int) -> None:
    if days not in SLIP_DAYS:
        raise DomainError("登录条有效天数填 1 到 730。", field="slip_valid_days")


def _county(session: Session, data: SchoolData, scope: Scope) -> Region:
    county = session.scalar(sa.select(Region).where(Region.id == data.county_id, regions_within(scope)))
    if county is None or county.level != RegionLevel.COUNTY:
        raise DomainError("请选择你管理的县（市、区）。", field="county_id")
    return county


def check_school(data: SchoolData) -> None:
    """Raise DomainError with the field that is out of range (the county's existence is not looked at)."""
    if not data.code.isascii() or not data.code.replace("-", "").isalnum() or len(data.code) > 20:
        raise DomainError("学校代码由字母和数字组成，最多 20 位。", field="code")
    if not data.name or len(data.name) > 80:
        raise DomainError("请填写学校名称，最多 80 个字。", field="name")
    if data.kind not in GRADES_OF_KIND:
        raise DomainError("请选择学校类别。", field="kind")
    _check_slip_days(data.slip_valid_days)
    for grade, pupils in data.headcounts.items():
        if pupils and grade not in GRADES_OF_KIND[data.kind]:
            raise DomainError("%(kind)s没有这个年级，人数请留空。", field=f"grade{grade}", kind=data.kind)
        if not 0 <= pupils <= 99_999:
            raise DomainError("人数填 0 到 99999。", field=f"grade{grade}")


def _has_classes(session: Session, school: School) -> bool:
    return session.scalar(sa.select(SchoolClass.id).where(SchoolClass.school_id == school.id).limit(1)) is not None


def _check_code(session: Session, code: str, school: School | None) -> None:
    taken = session.scalar(sa.select(School.id).where(School.code == code))
    if taken is not None and (school is None or taken != school.id):
        raise DomainError("学校代码 %(code)s 已经有学校使用。请核对。", field="code", code=code)


def _set_headcounts(school: School, wanted: Mapping[int, int]) -> bool:
    known = {row.grade: row for row in school.headcounts}
    before = {grade: row.pupils for grade, row in known.items()}
    after = {grade: pupils for grade, pupils in wanted.items() if pupils}
    if before == after:
        return False
    for grade, pupils in after.items():
        if grade in known:
            known[grade].pupils = pupils
        else:
            school.headcounts.append(SchoolHeadcount(grade=grade, pupils=pupils))
    for grade in before.keys() - after.keys():
        school.headcounts.remove(known[grade])
    return True


def add_classes(session: Session, *, actor_id: int, school: School, grade: int, count: int, now: datetime) -> int:
    """See that a grade has classes 1 to ``count``; returns how many were made or opened again.

    Raises DomainError on ``grade`` or ``count``.
    """
    if grade not in GRADES_OF_KIND[school.kind.value]:
        raise DomainError("请选择学校有的年级。", field="grade")
    if not 1 <= count <= MAX_CLASSES:
        raise DomainError("班级数填 1 到 %(most)s。", field="count", most=MAX_CLASSES)
    entry = entry_grade_for(school.kind.value, grade)
    cohort = cohort_of(grade, entry, now)
    query = sa.select(SchoolClass).where(
        SchoolClass.school_id == school.id, SchoolClass.cohort_year == cohort, SchoolClass.entry_grade == entry
    )
    known = {class_name(one.name): one for one in session.scalars(query)}
    made = 0
    for number in range(1, count + 1):
        one = known.get(f"{number}班")
        if one is None:
            session.add(SchoolClass(school_id=school.id, cohort_year=cohort, entry_grade=entry, name=f"{number}班"))
        elif one.is_active:
            continue
        else:
            one.is_active = True
        made += 1
    session.flush()
    if made:
        record(
            session, "school:classes:add", now=now, actor_id=actor_id, object_type="school", object_id=school.id,
            cohort_year=cohort, entry_grade=entry, made=made,
        )  # fmt: skip
    return made


def add_department(session: Session, *, actor_id: int, school: School, name: str, now: datetime) -> SchoolClass:
    """Give a unit a department or grid, or open a retired one again. Raises DomainError on ``name``."""
    name = department_name(name)
    if not school.is_unit:
        raise DomainError("学校的班级按年级建，请选年级和班级数。", field="name")
    query = sa.select(SchoolClass).where(
        SchoolClass.school_id == school.id, SchoolClass.entry_grade == NO_GRADE, SchoolClass.name == name
    )
    one = session.scalar(query)
    if one is not None and one.is_active:
        raise DomainError("已经有“%(name)s”。请换一个名称。", field="name", name=name)
    one = one or SchoolClass(school_id=school.id, cohort_year=0, entry_grade=NO_GRADE, name=name)
    one.is_active = True
    session.add(one)
    session.flush()
    _record(session, "school:department:add", actor_id, one, now)
    return one


def rename_class(session: Session, *, actor_id: int, school_class: SchoolClass, name: str, now: datetime) -> None:
    """Give a class another name, in the one spelling of numbered classes. Raises DomainError on ``name``."""
    is_department = school_class.entry_grade == NO_GRADE
    if school_class.entry_grade < NO_GRADE:
        raise DomainError("家长名单跟着班级改名，请改班级的名称。", field="name")
    read = department_name if is_department else class_name
    try:
        plain = read(name)
    except DomainError as error:
        raise DomainError(error.message, field="name", **error.params) from error
    same = sa.select(SchoolClass).where(
        SchoolClass.school_id == school_class.school_id, SchoolClass.cohort_year == school_class.cohort_year,
        SchoolClass.entry_grade == school_class.entry_grade, SchoolClass.id != school_class.id,
    )  # fmt: skip
    if any(read(one.name) == plain for one in session.scalars(same)):
        in_grade = msgid("这个年级已经有“%(name)s”。请换一个名称。")
        words = msgid("已经有“%(name)s”。请换一个名称。") if is_department else in_grade
        raise DomainError(words, field="name", name=plain)
    if school_class.name != plain:
        _rename_parents(session, school_class, plain)
        school_class.name = plain
        session.flush()
        _record(session, "school:class:rename", actor_id, school_class, now)


def _rename_parents(session: Session, school_class: SchoolClass, name: str) -> None:
    """The list of a class's parents is found by the class's name and goes with it."""
    if school_class.entry_grade > NO_GRADE:
        session.execute(
            sa.update(SchoolClass)
            .where(
                SchoolClass.school_id == school_class.school_id, SchoolClass.cohort_year == school_class.cohort_year,
                SchoolClass.entry_grade == -school_class.entry_grade, SchoolClass.name == school_class.name,
            )
            .values(name=name)
        )  # fmt: skip


def set_class_active(
    session: Session, *, actor_id: int, school_class: SchoolClass, is_active: bool, now: datetime
) -> None:
    """Retire a class (it is offered nowhere any more; its results stay) or open it again."""
    if school_class.is_active != is_active:
        school_class.is_active = is_active
        session.flush()
        _record(session, "school:class:open" if is_active else "school:class:retire", actor_id, school_class, now)


def _record(session: Session, action: str, actor_id: int, school_class: SchoolClass, now: datetime) -> None:
    record(session, action, now=now, actor_id=actor_id, object_type="class", object_id=school_class.id)
