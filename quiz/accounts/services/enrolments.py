"""One pupil at a time: add, edit, move to another class, transfer out, with what a roster import does to many.

Each act locks the pupil's school for the transaction, so that two of them, or one and an import, follow each
other. Whoever is out of the actor's scope, or has gone meanwhile, is not found.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment
from quiz.accounts.queries import get_pupil
from quiz.accounts.roster.apply import apply_plan, leave_school
from quiz.accounts.roster.columns import check_name, check_number
from quiz.accounts.roster.queries import PERMISSION, classes_of, former_pupil, get_import_school, own_classes
from quiz.accounts.roster.rules import Entry, EntryKind
from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.errors import DomainError, NotFoundError
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import get_class
from quiz.regions.rules import NO_GRADE


def open_classes(session: Session, *, actor: Actor, school_id: int) -> list[SchoolClass]:
    """The active classes of a school into which the actor may put pupils; NotFoundError for a school out of scope."""
    scope = actor.scope(PERMISSION)
    school = get_import_school(session, school_id, scope)
    return classes_of(session, school.id, own_classes(session, school.id, scope))


def add_pupil(
    session: Session, *, actor: Actor, class_id: int, name: str, number: str, gender: str, now: datetime
) -> str:
    """Enrol a pupil in a class and return the public id. ``gender`` is 男, 女 or empty.

    Somebody who has left the school comes back to the old account when number and name are the same. Raises
    DomainError on ``name`` or ``student_number``, NotFoundError for a class that is closed or out of scope.
    """
    one = _lock(session, actor, class_id)
    _destination(session, actor, one.school_id, class_id)
    name, number = check_name(name), check_number(number)
    _refuse_taken(session, actor, one, number, now)
    entry = Entry(EntryKind.ADDED, 0, number, name, gender, class_id=class_id)
    entry.user_id = former_pupil(session, one.school_id, number, name)
    apply_plan(session, school_id=one.school_id, entries=[entry], remove_missing=False, now=now)
    _audit(session, "pupil:add", actor, entry.user_id, now, class_id=class_id)
    return _current(session, entry.user_id).user.public_id


def edit_pupil(
    session: Session,
    *,
    actor: Actor,
    class_id: int,
    public_id: str,
    name: str,
    number: str,
    gender: str,
    now: datetime,
) -> None:
    """Correct a pupil's name, number and gender; nothing else changes. Raises like add_pupil."""
    one = _lock(session, actor, class_id)
    pupil = get_pupil(session, class_id, public_id)
    name, number = check_name(name), check_number(number)
    if number != pupil.student_number:
        _refuse_taken(session, actor, one, number, now)
    before = (pupil.user.name, pupil.student_number, pupil.gender or "")
    changed = [
        field
        for field, old, new in zip(("name", "number", "gender"), before, (name, number, gender), strict=True)
        if old != new
    ]
    pupil.user.name, pupil.student_number, pupil.gender = name, number, gender or None
    session.flush()
    if changed:
        _audit(session, "pupil:edit", actor, pupil.user_id, now, fields=changed)


def move_pupil(
    session: Session, *, actor: Actor, class_id: int, public_id: str, to_class_id: int, now: datetime
) -> SchoolClass:
    """Move a pupil to another class of the school and return that class; sessions, slips and attempts go on.

    Raises DomainError on ``to_class`` unless it is another of the classes that open_classes lists.
    """
    one = _lock(session, actor, class_id)
    pupil = get_pupil(session, class_id, public_id)
    if to_class_id == class_id:
        raise DomainError("请选择另一个班。", field="to_class")
    try:
        target = _destination(session, actor, one.school_id, to_class_id)
    except NotFoundError:
        raise DomainError("请从列表里选择一个班。", field="to_class") from None
    if (target.entry_grade <= NO_GRADE) != (one.entry_grade <= NO_GRADE):  # a pupil is no parent, nor the reverse
        raise DomainError("请从列表里选择一个班。", field="to_class")
    entry = Entry(
        EntryKind.MOVED, 0, pupil.student_number, pupil.user.name, pupil.gender or "", class_id=target.id,
        user_id=pupil.user_id,
    )  # fmt: skip
    apply_plan(session, school_id=one.school_id, entries=[entry], remove_missing=False, now=now)
    _audit(session, "pupil:move", actor, entry.user_id, now, class_id=class_id, to_class_id=target.id)
    return target


def transfer_out(session: Session, *, actor: Actor, class_id: int, public_id: str, now: datetime) -> str:
    """End a pupil's enrolment and every way in, and return the name. Saved answers and results stay."""
    _lock(session, actor, class_id)
    pupil = get_pupil(session, class_id, public_id)
    leave_school(session, [pupil.user_id], now=now)
    _audit(session, "pupil:transfer_out", actor, pupil.user_id, now, class_id=class_id)
    return pupil.user.name


def _lock(session: Session, actor: Actor, class_id: int) -> SchoolClass:
    """The class, if in scope, with its school locked (the weaker lock: sign-ins and answers do not wait)."""
    one = get_class(session, class_id, actor.scope(PERMISSION))
    session.execute(sa.select(School.id).where(School.id == one.school_id).with_for_update(key_share=True))
    return one


def _destination(session: Session, actor: Actor, school_id: int, class_id: int) -> SchoolClass:
    for one in open_classes(session, actor=actor, school_id=school_id):
        if one.id == class_id:
            return one
    raise NotFoundError("没有找到这个班级。")


def _refuse_taken(session: Session, actor: Actor, here: SchoolClass, number: str, now: datetime) -> None:
    """DomainError when the school has a pupil with this number: names the class only to those who may see it."""
    holder = session.scalar(
        sa.select(Enrolment).where(
            Enrolment.school_id == here.school_id, Enrolment.student_number == number, Enrolment.ended_at.is_(None)
        )
    )
    if holder is None:
        return
    try:
        one = get_class(session, holder.class_id, actor.scope(PERMISSION))
    except NotFoundError:
        raise DomainError(
            "学号 %(number)s 在学校的另一个班已经有人使用。请核对学号；要转班，请找学校管理员。",
            field="student_number", number=number,
        ) from None  # fmt: skip
    label = one.label(now)
    if one.id == here.id:
        raise DomainError(
            "学号 %(number)s 已经有人使用，就在这个班（%(label)s）。请核对学号。",
            field="student_number", number=number, label=label,
        )  # fmt: skip
    raise DomainError(
        "学号 %(number)s 已经有人使用，在%(label)s。请核对学号；如果是同一名学生，请从那个班转班。",
        field="student_number", number=number, label=label,
    )  # fmt: skip


def _current(session: Session, user_id: int | None) -> Enrolment:
    return session.scalars(sa.select(Enrolment).where(Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))).one()


def _audit(session: Session, action: str, actor: Actor, user_id: int | None, now: datetime, **details: object) -> None:
    record(session, action, now=now, actor_id=actor.user_id, object_type="user", object_id=user_id, **details)
