"""Write a confirmed plan: classes, new pupils, changes, moves, departures, in the caller's one transaction."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, LoginSession, LoginSlip, User, UserKind
from quiz.accounts.roster.rules import Entry, EntryKind
from quiz.db import in_batches
from quiz.regions.classnames import ClassKey
from quiz.regions.models import SchoolClass


def apply_plan(
    session: Session, *, school_id: int, entries: list[Entry], remove_missing: bool, now: datetime
) -> dict[str, Any]:
    """Write all entries; returns counts by kind and the ids of classes that got new pupils.

    New pupils have no PIN until their login slips are printed. A pupil who had left and comes back with the
    same number and name gets the old account again.
    """
    of_kind = {kind: [entry for entry in entries if entry.kind == kind] for kind in EntryKind}
    made = _open_classes(session, school_id, entries)
    _change(session, of_kind[EntryKind.CHANGED] + of_kind[EntryKind.MOVED])
    _end(session, [entry.user_id or 0 for entry in of_kind[EntryKind.MOVED]], now)
    _add(session, of_kind[EntryKind.ADDED], now)
    _enrol(session, school_id, of_kind[EntryKind.ADDED] + of_kind[EntryKind.MOVED], now)
    removed = of_kind[EntryKind.MISSING] if remove_missing else []
    leave_school(session, [entry.user_id or 0 for entry in removed], now=now)
    session.flush()
    return {
        "added": len(of_kind[EntryKind.ADDED]), "moved": len(of_kind[EntryKind.MOVED]),
        "changed": len(of_kind[EntryKind.CHANGED]), "same": len(of_kind[EntryKind.SAME]), "removed": len(removed),
        "new_classes": made, "class_ids": sorted({entry.class_id or 0 for entry in of_kind[EntryKind.ADDED]}),
    }  # fmt: skip


def leave_school(session: Session, user_ids: list[int], *, now: datetime) -> None:
    """End enrolments, and every way in that the pupils still hold."""
    _end(session, user_ids, now)
    for batch in in_batches(user_ids):
        for statement in (
            sa.update(User).where(User.id.in_(batch)).values(session_version=User.session_version + 1),
            sa.update(LoginSlip)
            .where(LoginSlip.user_id.in_(batch), LoginSlip.revoked_at.is_(None))
            .values(revoked_at=now),
            sa.update(LoginSession)
            .where(LoginSession.user_id.in_(batch), LoginSession.revoked_at.is_(None))
            .values(revoked_at=now),
        ):
            session.execute(statement.execution_options(synchronize_session=False))


def _open_classes(session: Session, school_id: int, entries: list[Entry]) -> int:
    """Make the classes that are not there, open retired ones again, and give every entry its class id."""
    made: dict[ClassKey, SchoolClass] = {}
    for entry in entries:
        key = entry.class_key
        if entry.class_id is None and key is not None and key not in made:
            made[key] = SchoolClass(
                school_id=school_id, cohort_year=key.cohort_year, entry_grade=key.entry_grade, name=key.name
            )
    session.add_all(made.values())
    session.flush()
    for entry in entries:
        if entry.class_id is None and entry.class_key is not None:
            entry.class_id = made[entry.class_key].id
    used = {entry.class_id for entry in entries if entry.kind in {EntryKind.ADDED, EntryKind.MOVED}}
    retired = sa.update(SchoolClass).where(SchoolClass.school_id == school_id, SchoolClass.is_active.is_(False))
    for batch in in_batches([class_id for class_id in used if class_id]):
        reopened = retired.where(SchoolClass.id.in_(batch)).values(is_active=True)
        session.execute(reopened.execution_options(synchronize_session=False))
    return len(made)


def _change(session: Session, entries: list[Entry]) -> None:
    """New names and genders."""
    names = [{"id": entry.user_id, "name": entry.name} for entry in entries if "name" in entry.before]
    if names:
        session.execute(sa.update(User), names)
    genders = {entry.user_id: entry.gender for entry in entries if "gender" in entry.before}
    for batch in in_batches([user_id for user_id in genders if user_id]):
        query = sa.select(Enrolment).where(Enrolment.user_id.in_(batch), Enrolment.ended_at.is_(None))
        for enrolment in session.scalars(query):
            enrolment.gender = genders[enrolment.user_id]
    session.flush()


def _add(session: Session, entries: list[Entry], now: datetime) -> None:
    """Accounts for pupils who never had one."""
    fresh = [entry for entry in entries if entry.user_id is None]
    users = [User(kind=UserKind.PUPIL, name=entry.name, created_at=now) for entry in fresh]
    session.add_all(users)
    session.flush()
    for entry, user in zip(fresh, users, strict=True):
        entry.user_id = user.id


def _enrol(session: Session, school_id: int, entries: list[Entry], now: datetime) -> None:
    session.add_all(
        Enrolment(
            user_id=entry.user_id, school_id=school_id, class_id=entry.class_id, student_number=entry.number,
            gender=entry.gender or None, started_at=now,
        )
        for entry in entries
    )  # fmt: skip
    session.flush()


def _end(session: Session, user_ids: list[int], now: datetime) -> None:
    for batch in in_batches(user_ids):
        ended = sa.update(Enrolment).where(Enrolment.user_id.in_(batch), Enrolment.ended_at.is_(None))
        session.execute(ended.values(ended_at=now).execution_options(synchronize_session=False))
