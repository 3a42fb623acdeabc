"""Fifty at once: one attempt, one score, one closing, and everybody gets the same answer."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quiz.attempts import queries, services
from quiz.attempts.models import Attempt, AttemptStatus, ItemResponse, Sitting
from quiz.db import db
from quiz.jobs.models import Job
from quiz.jobs.services import enqueue, take
from tests.cast import Cast
from tests.factories import sittings

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
NOW = OPENS + timedelta(minutes=10)
T = TypeVar("T")


def at_once(app: Flask, count: int, work: Callable[[Session, int], T]) -> list[T]:
    """Run ``work(session, n)`` in threads that start together, each in a committed transaction of its own."""
    together = threading.Barrier(count)

    def run(n: int) -> T:
        with app.app_context(), db.sessionmaker() as session:
            together.wait()
            result = work(session, n)
            session.commit()
            return result

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def prepare(app: Flask, **policy: object) -> int:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, **policy)
        db.session.commit()
        return sitting.id


def test_fifty_starts_give_one_attempt(app: Flask, cast: Cast) -> None:
    sitting_id = prepare(app, attempts_allowed=3)

    def start(session: Session, _n: int) -> tuple[str, datetime, str]:
        attempt = sittings.start(session, session.get_one(Sitting, sitting_id), cast.zhuoma, NOW)
        return attempt.public_id, attempt.deadline_at, str(attempt.paper)

    assert len(set(at_once(app, 50, start))) == 1
    with app.app_context():
        assert db.session.query(Attempt).count() == 1


def test_fifty_submits_give_one_score(app: Flask, cast: Cast) -> None:
    sitting_id = prepare(app)
    with app.app_context():
        attempt = sittings.start(db.session, db.session.get_one(Sitting, sitting_id), cast.zhuoma, NOW)
        sittings.answer(db.session, attempt, right=4, now=NOW)
        db.session.commit()
        public_id = attempt.public_id

    def submit(session: Session, n: int) -> tuple[int | None, int | None, datetime | None]:
        now = NOW + timedelta(seconds=60 + n)
        found = services.submit_attempt(session, attempt_public_id=public_id, user_id=cast.zhuoma, now=now)
        return found.score, found.elapsed_seconds, found.closed_at

    results = at_once(app, 50, submit)
    assert len(set(results)) == 1
    assert results[0][0] == 8000
    with app.app_context():
        assert sorted(db.session.scalars(sa.select(Job.name))) == ["practice.collect_mistakes", "rankings.tally"]


def test_the_same_save_sent_by_many_is_stored_once(app: Flask, cast: Cast) -> None:
    sitting_id = prepare(app)
    with app.app_context():
        attempt = sittings.start(db.session, db.session.get_one(Sitting, sitting_id), cast.zhuoma, NOW)
        login = sittings.login(db.session, cast.zhuoma, NOW)
        db.session.commit()
        public_id = attempt.public_id

    def save(session: Session, n: int) -> services.SaveReply:
        return services.save_answer(
            session, attempt_public_id=public_id, user_id=cast.zhuoma, login_session_id=login, seq=1, position=1,
            choices=["a"], now=NOW + timedelta(seconds=n),
        )  # fmt: skip

    replies = at_once(app, 30, save)
    assert {reply.status for reply in replies} == {"saved"}
    assert len({str(reply) for reply in replies}) == 1
    with app.app_context():
        assert db.session.query(ItemResponse).count() == 1


def test_an_acknowledged_answer_is_in_the_score_when_saves_and_submits_meet(app: Flask, cast: Cast) -> None:
    sitting_id = prepare(app)
    users = [cast.zhuoma, cast.liming, cast.ouyang, cast.wangfang, cast.cairang]
    with app.app_context():
        sitting = db.session.get_one(Sitting, sitting_id)
        started = [
            (sittings.start(db.session, sitting, user, NOW), sittings.login(db.session, user, NOW)) for user in users
        ]
        right = {a.id: sittings.right_choices(queries.item_at(db.session, a.paper[0])) for a, _ in started}
        db.session.commit()
        known = [(a.id, a.public_id, a.user_id, login) for a, login in started]

    def save_or_submit(session: Session, n: int) -> tuple[int, str]:
        attempt_id, public_id, user_id, login = known[n % len(known)]
        if n >= 5:
            services.submit_attempt(session, attempt_public_id=public_id, user_id=user_id, now=NOW)
            return attempt_id, "submitted"
        reply = services.save_answer(
            session, attempt_public_id=public_id, user_id=user_id, login_session_id=login, seq=1, position=1,
            choices=right[attempt_id], now=NOW,
        )  # fmt: skip
        return attempt_id, reply.status

    outcome = dict(at_once(app, 10, save_or_submit)[:5])
    with app.app_context():
        scores = {attempt.id: attempt.score for attempt in db.session.scalars(sa.select(Attempt))}
        assert scores == {number: 2000 if status == "saved" else 0 for number, status in outcome.items()}
        assert list(queries.differences(db.session)) == []


def test_two_sweepers_close_each_attempt_once(app: Flask, cast: Cast) -> None:
    sitting_id = prepare(app)
    users = [cast.zhuoma, cast.liming, cast.ouyang, cast.wangfang, cast.cairang]
    with app.app_context():
        for user in users:
            sittings.start(db.session, db.session.get_one(Sitting, sitting_id), user, NOW)
        db.session.commit()
    late = NOW + timedelta(minutes=11)
    assert sum(at_once(app, 4, lambda session, _n: services.close_due(session, now=late))) == len(users)
    with app.app_context():
        assert {a.status for a in db.session.scalars(sa.select(Attempt))} == {AttemptStatus.EXPIRED}
        names = list(db.session.scalars(sa.select(Job.name)))
        assert names.count("practice.collect_mistakes") == len(users)
        assert names.count("rankings.tally") == 1


def test_a_tally_does_not_start_while_a_submit_that_relies_on_it_is_uncommitted(app: Flask, cast: Cast) -> None:
    """The tally is queued already, so the submit adds none; taken now, it would miss the submit for good."""
    sitting_id = prepare(app)
    with app.app_context():
        attempt = sittings.start(db.session, db.session.get_one(Sitting, sitting_id), cast.zhuoma, NOW)
        public_id = attempt.public_id
        enqueue(db.session, "rankings.tally", now=NOW, payload={}, key=f"tally:{sitting_id}")
        db.session.commit()
    submitted, done = threading.Event(), threading.Event()

    def work(session: Session, n: int) -> bool:
        if n == 0:
            services.submit_attempt(session, attempt_public_id=public_id, user_id=cast.zhuoma, now=NOW)
            submitted.set()
            done.wait(0.5)  # PostgreSQL answers the worker meanwhile, SQLite lets it wait
            return True
        submitted.wait()
        is_taken = take(session, now=NOW) is not None
        is_scored = session.scalar(sa.select(Attempt.score)) is not None
        done.set()
        return is_scored or not is_taken

    assert at_once(app, 2, work) == [True, True]
