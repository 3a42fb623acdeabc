"""A cancellation and a start at the same instant: nobody is left with an open attempt in a cancelled contest."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quiz import clock
from quiz.attempts.models import Attempt, ItemResponse
from quiz.attempts.services import save_answer, submit_attempt
from quiz.contests import services
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import ConflictError
from tests.cast import Cast
from tests.factories import sittings
from tests.factories.contests import actor_of, enter, make_contest, take

A_MOMENT = 0.5  # seconds in which the second of two would have finished, did it not wait for the first


@pytest.fixture
def contest_id(app: Flask, cast: Cast) -> int:
    """Two attempts, of which 卓玛 has handed in one: a second start writes no entry, so nothing else makes it wait."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, attempts_allowed=2
        )
        take(db.session, contest, cast.zhuoma, right=1, now=now, seconds=0)
        db.session.commit()
        return contest.id


def start(session: Session, cast: Cast, contest_id: int, now: datetime) -> str:
    try:
        enter(session, session.get_one(Contest, contest_id), cast.zhuoma, now)
    except ConflictError:
        return "refused"
    return "started"


def cancel(session: Session, cast: Cast, contest_id: int, now: datetime) -> str:
    contest = session.get_one(Contest, contest_id)
    services.cancel(session, actor=actor_of(session, cast.school_admin), contest=contest, now=now)
    return "cancelled"


@pytest.mark.parametrize("who_is_first", ["start", "cancel"])
def test_nobody_goes_on_in_a_cancelled_contest(app: Flask, cast: Cast, contest_id: int, who_is_first: str) -> None:
    acts = [start, cancel] if who_is_first == "start" else [cancel, start]
    first_has_written = threading.Event()

    def act(turn: int) -> str:
        with app.app_context(), db.sessionmaker() as session:
            if turn == 1:
                assert first_has_written.wait(10)
            done = acts[turn](session, cast, contest_id, clock.now())
            if turn == 0:
                first_has_written.set()
                threading.Event().wait(A_MOMENT)
            session.commit()
            return done

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(act, range(2)))
    assert found == (["started", "cancelled"] if who_is_first == "start" else ["cancelled", "refused"])
    with app.app_context():
        statuses = db.session.scalars(sa.select(Attempt.status).order_by(Attempt.id)).all()
        assert list(statuses) == (["submitted", "voided"] if who_is_first == "start" else ["submitted"])
        if who_is_first == "start":
            takes_no_answers(cast)


def takes_no_answers(cast: Cast) -> None:
    attempt = db.session.scalars(sa.select(Attempt).where(Attempt.status == "voided")).one()
    before, now = db.session.query(ItemResponse).count(), clock.now()
    reply = save_answer(
        db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, seq=1, position=1, choices=["a"],
        login_session_id=sittings.login(db.session, cast.zhuoma, now), now=now,
    )  # fmt: skip
    assert (reply.status, db.session.query(ItemResponse).count()) == ("closed", before)
    left = submit_attempt(db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, now=now)
    assert (left.status, left.score) == ("voided", None)
