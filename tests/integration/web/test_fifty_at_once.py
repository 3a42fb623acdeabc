"""Fifty taps at once by one pupil, through the whole application: one attempt, one score, fifty good answers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Attempt, ItemResponse
from quiz.contests.models import Entry
from quiz.db import db
from quiz.jobs.models import Job
from tests.cast import Cast
from tests.factories.contests import make_contest
from tests.pages import csrf_of

FIFTY = 50


@pytest.fixture
def contest(app: Flask, cast: Cast) -> str:
    """The public id of a running contest."""
    now = clock.now()
    with app.app_context():
        found = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, opens_at=now - timedelta(hours=1)
        )
        db.session.commit()
        return found.public_id


def at_once(app: Flask, owner: FlaskClient, send: Callable[[FlaskClient], tuple[int, str]]) -> list[tuple[int, str]]:
    """Fifty devices with the owner's cookie press at the same moment; what each was answered."""
    cookie = owner.get_cookie("qingyuan")
    assert cookie is not None
    ready = Barrier(FIFTY)

    def press(_number: int) -> tuple[int, str]:
        device = app.test_client()
        device.set_cookie("qingyuan", cookie.value)
        ready.wait()
        return send(device)

    with ThreadPoolExecutor(FIFTY) as pool:
        return list(pool.map(press, range(FIFTY)))


def test_fifty_starts_and_fifty_submits(
    app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient], contest: str
) -> None:
    owner = sign_in(cast.zhuoma)
    token = csrf_of(owner, f"/contests/{contest}")

    def start(device: FlaskClient) -> tuple[int, str]:
        reply = device.post(f"/contests/{contest}/start", data={"csrf_token": token})
        return reply.status_code, reply.location or reply.text[:200]

    starts = at_once(app, owner, start)
    assert {status for status, _ in starts} == {303} and len(set(starts)) == 1, set(starts)
    address = starts[0][1]
    assert (
        owner.post(
            f"{address}/answers", json={"seq": 1, "position": 1, "choices": ["a"]}, headers={"X-CSRFToken": token}
        ).status_code
        == 200
    )

    def submit(device: FlaskClient) -> tuple[int, str]:
        reply = device.post(f"{address}/submit", data={"csrf_token": token})
        return reply.status_code, reply.location or reply.text[:200]

    submits = at_once(app, owner, submit)
    assert {status for status, _ in submits} == {303} and len(set(submits)) == 1, set(submits)
    with app.app_context():
        for model in (Attempt, Entry, ItemResponse):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 1, model
        attempt = db.session.scalars(sa.select(Attempt)).one()
        assert attempt.status == "submitted" and attempt.score is not None
        mistakes = sa.select(sa.func.count()).where(Job.name == "practice.collect_mistakes")
        assert db.session.scalar(mistakes) == 1, "announced once"
