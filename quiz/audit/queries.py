"""Reads of the log: a page of entries by keyset, all entries of a file, the kinds of acts that there are, the last proof."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from quiz.audit.models import AuditCheck, AuditEntry
from quiz.audit.rules import PER_PAGE, Cursor, Wanted, begins, ends
from quiz.jobs.models import Job, JobState

JOB = "audit.verify"


@dataclass(frozen=True)
class EntryPage:
    """One page, newest first, and whether there are newer and older entries."""

    rows: list[AuditEntry]
    has_newer: bool
    has_older: bool


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(AuditEntry.at >= begins(wanted.since))
    if wanted.until is not None:
        found.append(AuditEntry.at < ends(wanted.until))
    if wanted.actors is not None:
        found.append(AuditEntry.actor_id.in_(wanted.actors))
    if wanted.prefix:
        found.append(AuditEntry.action.startswith(wanted.prefix, autoescape=True))
    if wanted.object_type:
        found.append(AuditEntry.object_type == wanted.object_type)
    if wanted.object_id:
        found.append(AuditEntry.object_id == wanted.object_id)
    return found


def page(session: Session, wanted: Wanted, cursor: Cursor | None, most: int = PER_PAGE) -> EntryPage:
    """The next ``most`` entries below (or above) the cursor."""
    query = sa.select(AuditEntry).where(*_conditions(wanted)).limit(most + 1)
    if cursor is not None and cursor.is_up:
        up = query.where(AuditEntry.id > cursor.entry_id).order_by(AuditEntry.id)
        rows = list(session.scalars(up))
        return EntryPage(rows[:most][::-1], has_newer=len(rows) > most, has_older=True)
    if cursor is not None:
        query = query.where(AuditEntry.id < cursor.entry_id)
    rows = list(session.scalars(query.order_by(AuditEntry.id.desc())))
    return EntryPage(rows[:most], has_newer=cursor is not None, has_older=len(rows) > most)


def newest(session: Session, wanted: Wanted, most: int) -> Iterator[AuditEntry]:
    """The newest ``most`` entries, for a file; read as they are asked for."""
    query = sa.select(AuditEntry).where(*_conditions(wanted)).order_by(AuditEntry.id.desc()).limit(most)
    yield from session.scalars(query.execution_options(yield_per=500))


def count(session: Session, wanted: Wanted) -> int:
    """How many entries fit a filter."""
    return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(*_conditions(wanted))) or 0


def distinct_values(session: Session, column: InstrumentedAttribute[str]) -> list[str]:
    """The values of an indexed column, in order, one look each: there are few of them and many entries."""
    found: list[str] = []
    while True:
        query = sa.select(sa.func.min(column))
        value = session.scalar(query.where(column > found[-1]) if found else query)
        if value is None:
            return found
        found.append(value)


def last_check(session: Session) -> AuditCheck | None:
    """The latest proof of the chain."""
    return session.scalar(sa.select(AuditCheck).order_by(AuditCheck.id.desc()).limit(1))


def is_being_checked(session: Session) -> bool:
    """Whether somebody has asked for a proof that is not finished."""
    query = sa.select(Job.id).where(Job.name == JOB, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    return session.scalar(query.limit(1)) is not None
