"""Every contact of the fault tests with the product: a database with pupils and a contest, and what is stored in it.

What is done to it beside the pages stands in acts.py. A change of the product that these tests must follow is followed
in these two files and nowhere else.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quiz import clock
from quiz.accounts.models import Enrolment, LoginSession, User, UserKind
from quiz.app import create_app
from quiz.attempts import queries, services
from quiz.attempts.models import Attempt, ItemResponse, ResultChange
from quiz.db import Base, db, prepare_engine, write_intent
from quiz.items.services import sync_bank
from quiz.jobs.models import Job, JobState
from quiz.jobs.worker import run_due_jobs, run_periodic
from tests.cast import CREATED, Cast
from tests.cast import build as build_cast
from tests.factories.contests import make_contest

SECRET_KEY = "fault" * 10
ITEMS = 10
ROWS: tuple[Mapping[str, Any], ...] = ({"kinds": ["single"], "count": ITEMS, "points": 1000},)
COOKIE = "qingyuan"


_open: list[Flask] = []


def make_app(url: str, folder: str, *, has_lane: bool = True, **options: Any) -> Flask:
    """An application on a database; ``options`` are those of its engine."""
    os.environ["INSTANCE_PATH"] = folder
    engines = {"default": {"url": url, **options}}
    app = create_app({"SECRET_KEY": SECRET_KEY, "LANE": has_lane, "SQLALCHEMY_ENGINES": engines})
    _open.append(app)
    return app


@cache
def _app_of(url: str, folder: str) -> Flask:
    return make_app(url, folder, pool_size=20)


def close_connections() -> None:
    """Let go of what the applications of this process hold."""
    while _open:
        with _open.pop().app_context():
            db.engine.dispose()


def open_engine(url: str) -> sa.Engine:
    """An engine with the product's own settings."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    prepare_engine(engine)
    return engine


def build_template(url: str) -> Cast:
    """Schema, question bank and cast in an empty database."""
    signer()  # an application knows the models of all features
    engine = open_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        sync_bank(session, now=clock.now())
        cast = build_cast(session, clock.now())
        session.commit()
    engine.dispose()
    return cast


class Ticket(NamedTuple):
    """What a pupil's device holds: who it is, and the cookie of a live login."""

    user_id: int
    cookie: str


class LogRow(NamedTuple):
    """One stored answer."""

    attempt: str
    seq: int
    position: int
    choices: tuple[str, ...]


class AttemptRow(NamedTuple):
    """One attempt as it is stored; score in hundredths."""

    public_id: str
    user_id: int
    status: str
    score: int | None
    started_at: datetime
    deadline_at: datetime
    closed_at: datetime | None
    elapsed_seconds: int | None


class PaperItem(NamedTuple):
    """One position of a paper, with the key."""

    item_id: str
    kind: str
    choices: tuple[str, ...]
    key: frozenset[str]


@dataclass(frozen=True)
class Arena:
    """A database of its own with a contest that is open, for one proof."""

    url: str
    folder: Path
    cast: Cast

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def environment(self) -> dict[str, str]:
        """What the product's processes need to know."""
        return {
            **os.environ, "INSTANCE_PATH": str(self.folder), "DATABASE_URL": self.url, "SECRET_KEY": SECRET_KEY,
            "FLASK_APP": "wsgi", "DEMO": "0",
        }  # fmt: skip

    @property
    def app(self) -> Flask:
        """The application on this database, in the test's own process."""
        return _app_of(self.url, str(self.folder))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Look from outside, or change what time would change; commits at the end."""
        engine = open_engine(self.url)
        with Session(engine, expire_on_commit=False) as session:
            yield session
            session.commit()
        engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Look from outside while others write."""
        intent = write_intent.set(False)
        try:
            with self.session() as session:
                yield session
        finally:
            write_intent.reset(intent)

    def open_contest(
        self, *, duration_seconds: int = 7200, grace_seconds: int = 5, hours: float = 4,
        rows: Sequence[Mapping[str, Any]] = ROWS, **policy: Any,
    ) -> str:  # fmt: skip
        """The public id of a contest of one school that began an hour ago and has so many hours."""
        now = clock.now()
        with self.session() as session:
            contest = make_contest(
                session, host=f"school:{self.cast.school_a}", by=self.cast.school_admin, now=now,
                opens_at=now - timedelta(hours=1), hours=hours + 1, rows=rows, **policy,
            )  # fmt: skip
            for group in contest.groups:
                group.sitting.duration_seconds, group.sitting.grace_seconds = duration_seconds, grace_seconds
            return contest.public_id

    def tickets(self, count: int) -> list[Ticket]:
        """So many new pupils of one class, each signed in on a device."""
        now = clock.now()
        with self.session() as session:
            users = [
                User(kind=UserKind.PUPIL, name=f"学生{n}", secret_hash=None, created_at=CREATED) for n in range(count)
            ]
            session.add_all(users)
            session.flush()
            session.add_all(
                Enrolment(
                    user_id=user.id, school_id=self.cast.school_a, class_id=self.cast.class_a1,
                    student_number=secrets.token_hex(8), started_at=CREATED,
                )
                for user in users
            )  # fmt: skip
            return [Ticket(user.id, self._login(session, user, now)) for user in users]

    def login(self, user_id: int) -> str:
        """The cookie of another login of a user (another device)."""
        with self.session() as session:
            return self._login(session, session.get_one(User, user_id), clock.now())

    def _login(self, session: Session, user: User, now: datetime) -> str:
        session_id = secrets.token_urlsafe(32)
        session.add(
            LoginSession(
                id=session_id, user_id=user.id, user_version=user.session_version or 1, method="pin", created_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )  # fmt: skip
        content = {"_user_id": f"{session_id}.{user.id}.{user.session_version or 1}", "_fresh": True}
        serializer = signer().session_interface.get_signing_serializer(signer())
        assert serializer is not None
        return f"{COOKIE}={serializer.dumps(content)}"

    def log(self, user_id: int | None = None) -> list[LogRow]:
        """The whole answer log (of one pupil) in the order of arrival, as the database holds it."""
        query = sa.select(Attempt.public_id, ItemResponse.seq, ItemResponse.position, ItemResponse.choices)
        query = query.join(Attempt, Attempt.id == ItemResponse.attempt_id).order_by(ItemResponse.id)
        if user_id is not None:
            query = query.where(Attempt.user_id == user_id)
        with self.reading() as session:
            rows = session.execute(query).all()
        return [LogRow(row[0], row[1], row[2], tuple(row[3])) for row in rows]

    def attempts(self, user_id: int | None = None) -> list[AttemptRow]:
        """All attempts (of one pupil) by public id."""
        query = sa.select(
            Attempt.public_id, Attempt.user_id, Attempt.status, Attempt.score, Attempt.started_at, Attempt.deadline_at,
            Attempt.closed_at, Attempt.elapsed_seconds,
        ).order_by(Attempt.public_id)  # fmt: skip
        if user_id is not None:
            query = query.where(Attempt.user_id == user_id)
        with self.reading() as session:
            return [AttemptRow(*row) for row in session.execute(query)]

    def move_deadlines(self, seconds: float) -> datetime:
        """Let every open attempt end so many seconds from now; returns when."""
        at = clock.now() + timedelta(seconds=seconds)
        with self.session() as session:
            session.execute(sa.update(Attempt).where(Attempt.status == "in_progress").values(deadline_at=at))
        return at

    def paper(self, attempt: str) -> dict[int, PaperItem]:
        """The items of an attempt by position, with the keys that hold now."""
        with self.reading() as session:
            entries = session.scalars(sa.select(Attempt.paper).where(Attempt.public_id == attempt)).one()
            found = {entry["position"]: queries.item_at(session, entry) for entry in entries}
        return {
            at: PaperItem(item.id, item.kind.value, tuple(item.choice_ids), frozenset(item.answer_key))
            for at, item in found.items()
        }

    def session_id(self, cookie: str) -> str:
        """The id of the login that a cookie belongs to."""
        serializer = signer().session_interface.get_signing_serializer(signer())
        assert serializer is not None
        return str(serializer.loads(cookie.removeprefix(f"{COOKIE}="))["_user_id"].partition(".")[0])

    def revoke(self, cookie: str) -> None:
        """End a login, as signing out elsewhere does."""
        ended = sa.update(LoginSession).where(LoginSession.id == self.session_id(cookie))
        with self.session() as session:
            session.execute(ended.values(revoked_at=clock.now()))

    def run_jobs(self) -> None:
        """Do here what the worker process would do."""
        run_periodic(self.app, {}, time.monotonic())
        run_due_jobs(self.app)

    def unfinished_jobs(self) -> int:
        """How many jobs that are due have not come to an end, and results that no standing has seen."""
        due = (Job.state.in_((JobState.QUEUED, JobState.RUNNING)), Job.run_at <= clock.now())
        with self.reading() as session:
            jobs = session.scalar(sa.select(sa.func.count()).select_from(Job).where(*due)) or 0
            waiting = sa.select(sa.func.count()).select_from(ResultChange).where(~ResultChange.is_folded)
            return jobs + (session.scalar(waiting) or 0)

    def queued(self, name: str) -> int:
        """How many jobs of a name wait."""
        waiting = (Job.state == JobState.QUEUED, Job.name == name)
        with self.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Job).where(*waiting)) or 0

    def jobs_made(self, name: str) -> int:
        """How many jobs of a name there have ever been."""
        with self.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Job).where(Job.name == name)) or 0

    def sweep(self) -> int:
        """Close what is due by the clock; returns how many."""
        with self.session() as session:
            return services.close_due(session, now=clock.now())

    def failed_jobs(self) -> list[str | None]:
        """What was given up."""
        with self.reading() as session:
            return list(session.scalars(sa.select(Job.error).where(Job.state == JobState.FAILED)))

    def let_heartbeats_run_out(self) -> None:
        """As if a job's silence had lasted long enough to be taken for the death of its worker."""
        with self.session() as session:
            silent = sa.update(Job).where(Job.state == JobState.RUNNING)
            session.execute(silent.values(heartbeat_at=clock.now() - timedelta(minutes=10)))

    def right_score(self, attempt: str, answers: Mapping[int, Sequence[str]]) -> int:
        """The score that these answers must have, reckoned here: single-choice items of equal points, in hundredths."""
        with self.reading() as session:
            paper = session.scalars(sa.select(Attempt.paper).where(Attempt.public_id == attempt)).one()
            keys = {entry["position"]: queries.item_at(session, entry).answer_key for entry in paper}
        right = sum(sorted(answers.get(position, ())) == sorted(key) for position, key in keys.items())
        return (right * 20000 + len(keys)) // (2 * len(keys))  # a half rounded up

    def prove(self) -> None:
        """The product's own proofs: every score, every rank and the audit chain follow from what is stored."""
        runner = self.app.test_cli_runner()
        for command in (["attempts", "verify"], ["rankings", "rebuild", "--verify"], ["audit", "verify"]):
            result = runner.invoke(args=command)
            assert result.exit_code == 0, f"flask {' '.join(command)}: {result.output} {result.exception!r}"

    def integrity(self) -> str:
        """What the database itself says of its file; ``ok`` when it is sound (PostgreSQL: always, it would not start)."""
        if not self.is_sqlite:
            return "ok"
        with self.reading() as session:
            return str(session.connection().exec_driver_sql("PRAGMA integrity_check").scalar())


@cache
def signer() -> Flask:
    """An application that signs cookies as every server of the tests reads them."""
    return create_app({"SECRET_KEY": SECRET_KEY, "SQLALCHEMY_ENGINES": {"default": {"url": "sqlite://"}}})


@contextmanager
def clock_at(read: Callable[[], datetime]) -> Iterator[None]:
    """Let the product's clock show what ``read`` gives, in this process."""
    kept, clock.now = clock.now, read
    try:
        yield
    finally:
        clock.now = kept
