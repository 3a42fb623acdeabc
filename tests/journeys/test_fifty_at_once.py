"""Fifty requests of one pupil at the same moment, over HTTP: one attempt, one score, no error of the server's."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Attempt, AttemptStatus, ResultChange
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.models import Job
from tests.cast import Cast
from tests.factories import contests, sittings
from tests.journeys.browser import server
from tests.pages import csrf_of, post

__all__ = ["server"]  # fixture

FIFTY = 50
SignIn = Callable[[int], FlaskClient]


@pytest.fixture
def contest(app: Flask, cast: Cast) -> Contest:
    """A running contest of four items; three attempts would be allowed."""
    with app.app_context():
        found = contests.make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now(), attempts_allowed=3
        )
        db.session.commit()
        return found


def send_at_once(server: str, client: FlaskClient, app: Flask, path: str, token: str) -> list[tuple[int, str | None]]:
    """The same form fifty times, each on a connection of its own; status and address of every answer."""
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    headers = {"Cookie": f"{cookie.key}={cookie.value}", "Content-Type": "application/x-www-form-urlencoded"}
    together = threading.Barrier(FIFTY)

    def send(_: int) -> tuple[int, str | None]:
        connection = HTTPConnection(server.removeprefix("http://"), timeout=60)
        connection.connect()
        together.wait()
        connection.request("POST", path, urlencode({"csrf_token": token}), headers)
        reply = connection.getresponse()
        reply.read()
        connection.close()
        return reply.status, reply.getheader("Location")

    with ThreadPoolExecutor(FIFTY) as pool:
        return list(pool.map(send, range(FIFTY)))


def test_fifty_starts_give_one_attempt(app: Flask, cast: Cast, sign_in: SignIn, server: str, contest: Contest) -> None:
    client = sign_in(cast.zhuoma)
    page = f"/contests/{contest.public_id}"
    replies = send_at_once(server, client, app, f"{page}/start", csrf_of(client, page))
    with app.app_context():
        attempt = db.session.scalars(sa.select(Attempt)).one()
    assert Counter(replies) == {(303, f"/attempts/{attempt.public_id}"): FIFTY}


def test_fifty_starts_of_a_second_attempt_give_one(
    app: Flask, cast: Cast, sign_in: SignIn, server: str, contest: Contest
) -> None:
    """The pupil has entered before, so nothing but the attempt itself makes the starts take turns."""
    with app.app_context():
        contests.take(db.session, contest, cast.zhuoma, right=2, now=clock.now())
        db.session.commit()
    client = sign_in(cast.zhuoma)
    page = f"/contests/{contest.public_id}"
    replies = send_at_once(server, client, app, f"{page}/start", csrf_of(client, page))
    with app.app_context():
        second = db.session.scalars(sa.select(Attempt).where(Attempt.number > 1)).one()
    assert Counter(replies) == {(303, f"/attempts/{second.public_id}"): FIFTY}


def test_fifty_submits_give_one_score(app: Flask, cast: Cast, sign_in: SignIn, server: str, contest: Contest) -> None:
    client = sign_in(cast.zhuoma)
    page = f"/contests/{contest.public_id}"
    address = post(client, f"{page}/start", via=page).location
    with app.app_context():
        attempt = db.session.scalars(sa.select(Attempt)).one()
        sittings.answer(db.session, attempt, right=3, now=clock.now())
        db.session.commit()
    replies = send_at_once(server, client, app, f"{address}/submit", csrf_of(client, f"{address}/confirm"))
    assert Counter(replies) == {(303, f"{address}/result"): FIFTY}
    with app.app_context():
        attempt = db.session.scalars(sa.select(Attempt)).one()
        assert (attempt.status, attempt.score, attempt.number) == (AttemptStatus.SUBMITTED, 7500, 1)
        names = list(db.session.scalars(sa.select(Job.name)))
        assert [name for name in names if "mistakes" in name] == ["practice.collect_mistakes"]
        changes = db.session.execute(sa.select(ResultChange.sitting_id, ResultChange.user_id)).all()
        assert changes == [(attempt.sitting_id, attempt.user_id)], "one note for the tally"
