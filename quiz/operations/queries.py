"""Look at the site: a handful of short reads, each of one fact."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import LoginSlip
from quiz.attempts.models import Attempt, AttemptStatus, ResultChange
from quiz.contests import queries as contests
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest, ContestGroup
from quiz.contests.rules import ContestState
from quiz.contests.windows import Window
from quiz.db import durability_problems
from quiz.jobs.models import Job, JobState
from quiz.operations import rules
from quiz.operations.models import ServiceMark
from quiz.operations.rules import Check, Level
from quiz.rankings.models import ContestTally

MOST_CONTESTS = 30


@dataclass(frozen=True)
class Surroundings:
    """What is not in the database: the schema's newest migration, and how the shared cache is (off, ok, unreachable)."""

    head: str
    cache_health: Callable[[], str]


def look(session: Session, around: Surroundings, now: datetime) -> list[Check]:
    """Every check that a web process can make; raises what the database raises when it cannot be asked."""
    engine: Any = session.get_bind()
    found = [
        Check("database", Level.OK),
        rules.migrations(migration_of(session), around.head),
        rules.durability(durability_problems(engine)),
    ]
    if found[1].level is Level.OK:  # else the tables may not be there
        found += [
            rules.worker(worker_sign(session), now),
            queue(session, now),
            rules.overdue(overdue(session, now)),
        ]
    found.append(rules.cache(around.cache_health()))
    if (free := free_bytes(engine)) is not None:
        found.append(rules.disk(free))
    return found


def migration_of(session: Session) -> str | None:
    """The migration that the schema is at; None for a database without any."""
    if not sa.inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def mark(session: Session, name: str) -> ServiceMark | None:
    """The last sign of life of ``worker`` or ``backup``."""
    return session.get(ServiceMark, name)


def worker_sign(session: Session) -> datetime | None:
    """When the worker last showed itself: its own mark, or the heartbeat of a job that takes long."""
    last = mark(session, "worker")
    busy = session.scalar(sa.select(sa.func.max(Job.heartbeat_at)).where(Job.state == JobState.RUNNING))
    signs: list[datetime] = [sign for sign in (last.at if last else None, busy) if sign is not None]
    return max(signs, default=None)


def queue_state(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """How many jobs are due, and since when the oldest of them waits."""
    due = Job.state == JobState.QUEUED, Job.run_at <= now
    count, oldest = session.execute(sa.select(sa.func.count(), sa.func.min(Job.run_at)).where(*due)).one()
    return count, oldest


def failed_jobs(session: Session, now: datetime) -> int:
    """Jobs given up within the last day."""
    lately = Job.state == JobState.FAILED, Job.finished_at > now - timedelta(days=1)
    return session.scalar(sa.select(sa.func.count()).select_from(Job).where(*lately)) or 0


def queue(session: Session, now: datetime) -> Check:
    """The job table in one check."""
    waiting, oldest = queue_state(session, now)
    return rules.queue(waiting, oldest, failed_jobs(session, now), now)


def open_attempts(session: Session) -> int:
    """Attempts in progress."""
    query = sa.select(sa.func.count()).select_from(Attempt).where(Attempt.status == AttemptStatus.IN_PROGRESS)
    return session.scalar(query) or 0


def overdue(session: Session, now: datetime, after: timedelta = rules.OVERDUE) -> int:
    """Attempts still open so long after their deadline."""
    late = Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at < now - after
    return session.scalar(sa.select(sa.func.count()).select_from(Attempt).where(*late)) or 0


def free_bytes(engine: sa.Engine) -> int | None:
    """Bytes free in the folder of the SQLite file; None for a database that keeps its files elsewhere."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return shutil.disk_usage(Path(engine.url.database).parent).free


@dataclass(frozen=True)
class ContestHealth:
    """One published contest that is to come or running."""

    contest: Contest
    state: ContestState
    checks: list[Check]
    is_ready: bool

    @property
    def window(self) -> Window:
        """From the first opening to the last closing."""
        return contests.window_of(self.contest)


def contest_health(session: Session, site: list[Check], now: datetime) -> list[ContestHealth]:
    """Every published contest that is not over, the next one first."""
    published = sa.select(Contest).where(Contest.published_at.is_not(None), Contest.cancelled_at.is_(None))
    found = session.scalars(published.order_by(Contest.id.desc()).options(*contests.WITH_GROUPS)).all()
    live = {ContestState.ANNOUNCED, ContestState.RUNNING}
    coming = [(contest, state) for contest in found if (state := contests.state_of(contest, now)) in live]
    coming.sort(key=lambda pair: contests.window_of(pair[0]).opens_at)
    rows = []
    for contest, state in coming[:MOST_CONTESTS]:
        own = rules.contest_checks(contest_facts(session, contest))
        rows.append(ContestHealth(contest, state, own, rules.is_ready(site, own)))
    return rows


def contest_facts(session: Session, contest: Contest) -> rules.ContestFacts:
    """What readiness needs to know of a contest."""
    sittings = [group.sitting for group in contest.groups]
    ends = max(sitting.closes_at for sitting in sittings)
    pupils = eligible_enrolments(contest).subquery()
    lasting = sa.exists().where(
        LoginSlip.user_id == pupils.c.user_id, LoginSlip.revoked_at.is_(None), LoginSlip.expires_at >= ends
    )
    total, with_slip = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((lasting, 1), else_=0)), 0)).select_from(pupils)
    ).one()
    lacking = [error for errors in contests.shortages_by_group(session, contest).values() for error in errors]
    return rules.ContestFacts(
        lacking=lacking,
        pupils=total,
        without_slip=total - with_slip,
        window_seconds=min(int((one.closes_at - one.opens_at).total_seconds()) for one in sittings),
        duration_seconds=max(one.duration_seconds for one in sittings),
    )


def contests_being_tallied(session: Session) -> list[str]:
    """Public ids of contests with results that wait to be folded into the standings."""
    sittings = set(session.scalars(sa.select(ResultChange.sitting_id).where(~ResultChange.is_folded).distinct()))
    query = sa.select(Contest.public_id).join(ContestGroup).where(ContestGroup.sitting_id.in_(sittings)).distinct()
    return list(session.scalars(query))


def oldest_tally(session: Session, now: datetime) -> float | None:
    """Seconds since the standings of a running contest were last counted; the largest of all running ones."""
    ages = []
    rows = session.scalars(
        sa.select(Contest)
        .where(Contest.published_at.is_not(None), Contest.cancelled_at.is_(None))
        .options(*contests.WITH_GROUPS)
    )
    for contest in rows:
        if contests.state_of(contest, now) is ContestState.RUNNING:
            tally = session.get(ContestTally, contest.id)
            if tally is not None:
                ages.append((now - tally.tallied_at).total_seconds())
    return max(ages, default=None)
