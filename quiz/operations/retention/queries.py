"""Which rows are too old, by kind: one SELECT of (id, moment, group) each, for the dry run and for erasing alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, LoginSession, LoginThrottle, PublicationConsent, User, UserKind
from quiz.accounts.roster.models import ImportStatus, RosterImport
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.awards.models import CertificateBatch
from quiz.contests.models import Contest
from quiz.items.importing.models import ItemImport, ItemImportStatus
from quiz.jobs.models import Job, JobState
from quiz.operations.retention.models import RetentionRun, RetentionSetting, RunState
from quiz.operations.retention.rules import TERMS, Kind, before
from quiz.regions.models import School
from quiz.reports.signals.models import IntegritySignal

MOST_GROUPS = 5
Rows = Callable[[datetime], Any]  # a SELECT of id, at and group


def _simple(key: Any, moment: Any, *where: Any) -> Rows:
    return lambda until: sa.select(key.label("id"), moment.label("at"), sa.null().label("group")).where(
        moment < until, *where
    )


def _attempts(*where: Any) -> Rows:
    """Attempts of sittings whose window closed before; grouped by the sitting's title."""
    return lambda until: (
        sa.select(Attempt.id.label("id"), Sitting.closes_at.label("at"), Sitting.title.label("group"))
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(Sitting.closes_at < until, Attempt.status != AttemptStatus.IN_PROGRESS, *where)
    )


def _left(until: datetime) -> Any:
    """Pupils without a place in any school since before, with when and where they had the last one."""
    current = sa.select(Enrolment.id).where(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)).exists()
    last = sa.select(Enrolment.user_id, sa.func.max(Enrolment.ended_at).label("at")).group_by(Enrolment.user_id)
    ended = last.having(sa.func.max(Enrolment.ended_at) < until).subquery()
    place = (
        sa.select(School.name)
        .join(Enrolment, Enrolment.school_id == School.id)
        .where(Enrolment.user_id == User.id)
        .order_by(Enrolment.ended_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(User.id.label("user_id"), ended.c.at.label("at"), place.label("group"), User.erased_at)
        .join(ended, ended.c.user_id == User.id)
        .where(User.kind == UserKind.PUPIL, ~current)
        .subquery()
    )


def _accounts(until: datetime) -> Any:
    left = _left(until)
    return sa.select(left.c.user_id.label("id"), left.c.at, left.c.group).where(left.c.erased_at.is_(None))


def _consents(until: datetime) -> Any:
    left = _left(until)
    query = sa.select(PublicationConsent.id.label("id"), left.c.at, left.c.group)
    return query.join(left, left.c.user_id == PublicationConsent.user_id)


def _rosters(until: datetime) -> Any:
    """Unfinished imports; and at once the file of one whose preview was given up: nobody will read it any more."""
    given_up = sa.and_(
        RosterImport.status == ImportStatus.QUEUED, RosterImport.is_job_failed, RosterImport.file_data.is_not(None)
    )
    old = sa.and_(
        RosterImport.created_at < until, RosterImport.status.in_([ImportStatus.QUEUED, ImportStatus.READY])
    )  # fmt: skip
    moment = RosterImport.created_at.label("at")
    return sa.select(RosterImport.id.label("id"), moment, sa.null().label("group")).where(sa.or_(given_up, old))


def _signals(until: datetime) -> Any:
    query = sa.select(
        IntegritySignal.id.label("id"), IntegritySignal.found_at.label("at"), Contest.title.label("group")
    )
    return query.join(Contest, Contest.id == IntegritySignal.contest_id).where(IntegritySignal.found_at < until)


ROWS: dict[Kind, Rows] = {
    Kind.SESSIONS: _simple(LoginSession.id, LoginSession.expires_at),
    Kind.THROTTLES: _simple(LoginThrottle.key, LoginThrottle.window_started_at),
    Kind.DEVICE_MARKS: _attempts(Attempt.device_mark.is_not(None)),
    Kind.SIGNALS: _signals,
    Kind.ANSWERS: _attempts(Attempt.reduced_at.is_(None)),
    Kind.ACCOUNTS: _accounts,
    Kind.CONSENTS: _consents,
    Kind.ROSTER_IMPORTS: _rosters,
    Kind.ITEM_IMPORTS: _simple(
        ItemImport.id, ItemImport.created_at,
        ItemImport.status.in_((ItemImportStatus.QUEUED, ItemImportStatus.READY)),
    ),
    Kind.EXPORTS: _simple(CertificateBatch.id, CertificateBatch.requested_at),
    Kind.JOBS: _simple(Job.id, Job.finished_at, Job.state == JobState.DONE),  # failed ones stay to be looked at
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """How long a kind is kept, in its unit, and whether that is applied daily."""

    kind: Kind
    amount: int
    is_automatic: bool
    changed_at: datetime | None = None

    def before(self, now: datetime) -> datetime:
        """The moment before which rows go."""
        return before(self.kind, self.amount, now)


def setting_of(session: Session, kind: Kind) -> Setting:
    """What is set for a kind, or usual."""
    row = session.get(RetentionSetting, kind.value)
    if row is None:
        return Setting(kind, TERMS[kind].usual, TERMS[kind].is_automatic)
    return Setting(kind, row.amount, row.is_automatic, row.changed_at)


@dataclass(frozen=True)
class DryRun:
    """What would go: how many rows, the oldest and newest of them, and the largest groups by count."""

    setting: Setting
    before: datetime
    count: int
    oldest: datetime | None
    newest: datetime | None
    groups: tuple[tuple[str, int], ...] = ()


def dry_run(session: Session, kind: Kind, now: datetime, until: datetime | None = None) -> DryRun:
    """Count what is too old and change nothing. ``until``: instead of the moment that follows from the setting."""
    setting = setting_of(session, kind)
    until = until or setting.before(now)
    rows = ROWS[kind](until).subquery()
    count, oldest, newest = session.execute(
        sa.select(sa.func.count(), sa.func.min(rows.c.at), sa.func.max(rows.c.at)).select_from(rows)
    ).one()
    number = sa.func.count().label("number")
    largest = sa.select(rows.c.group, number).where(rows.c.group.is_not(None)).group_by(rows.c.group)
    groups = session.execute(largest.order_by(number.desc(), rows.c.group).limit(MOST_GROUPS))
    return DryRun(setting, until, count, oldest, newest, tuple((str(name), many) for name, many in groups))


def batch_of(session: Session, kind: Kind, until: datetime, limit: int) -> list[Any]:
    """The ids of the next rows that are too old."""
    rows = ROWS[kind](until).subquery()
    return list(session.scalars(sa.select(rows.c.id).order_by(rows.c.id).limit(limit)))


def running(session: Session, kind: Kind) -> RetentionRun | None:
    """The erasing of a kind that is under way."""
    query = sa.select(RetentionRun).where(RetentionRun.kind == kind.value, RetentionRun.state == RunState.RUNNING)
    return session.scalar(query)


def job_of(session: Session, run: RetentionRun) -> Job | None:
    """The job of an erasing, the latest."""
    query = sa.select(Job).where(Job.key == f"retention:{run.id}").order_by(Job.id.desc())
    return session.scalar(query.limit(1))


def runs_of(session: Session, kind: Kind, limit: int = 20) -> list[tuple[RetentionRun, str | None]]:
    """The latest erasings of a kind, each with who asked for it."""
    query = (
        sa.select(RetentionRun, User.name)
        .outerjoin(User, User.id == RetentionRun.asked_by)
        .where(RetentionRun.kind == kind.value)
        .order_by(RetentionRun.id.desc())
        .limit(limit)
    )
    found: Any = session.execute(query)
    return list(found)


def last_automatic(session: Session, kind: Kind) -> datetime | None:
    """When the daily duty last saw to a kind."""
    query = sa.select(sa.func.max(RetentionRun.asked_at)).where(
        RetentionRun.kind == kind.value, RetentionRun.is_automatic
    )
    return session.scalar(query)
