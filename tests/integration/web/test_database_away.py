"""The database is away: an honest 503 that says when to come back, for people and for the answering page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.db import db
from tests.cast import Cast
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]
FAULTS = [
    sa.exc.OperationalError("SELECT 1", None, Exception("the server closed the connection unexpectedly")),
    sa.exc.TimeoutError("QueuePool limit of size 8 overflow 8 reached"),
]


@pytest.fixture(params=FAULTS, ids=["connection", "pool"])
def away(app: Flask, request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Call it, and no connection is had any more."""
    with app.app_context():
        engine = db.engine

    def fail(*_arguments: Any) -> None:
        raise request.param

    def begin() -> None:
        engine.dispose()
        sa.event.listen(engine, "do_connect", fail)

    yield begin
    if sa.event.contains(engine, "do_connect", fail):
        sa.event.remove(engine, "do_connect", fail)


def test_people_get_a_page_that_needs_no_database(
    app: Flask, cast: Cast, sign_in: SignIn, away: Callable[[], None]
) -> None:
    client = sign_in(cast.teacher)
    app.extensions["demo_flag"].clear()
    away()
    reply = client.get("/desk/contests/")
    assert "保持页面打开" in text_of(page(reply, 503).main)
    assert reply.headers["Retry-After"] == "3"


def test_the_answering_page_is_told_to_try_again(cast: Cast, sign_in: SignIn, away: Callable[[], None]) -> None:
    client = sign_in(cast.zhuoma)
    away()
    reply = client.post("/attempts/none/answers", json={"seq": 1, "position": 1, "choices": []})
    assert reply.status_code in {400, 503}  # without a token it goes no further than that
    reply = client.get("/attempts/none/state", headers={"Accept": "application/json"})
    assert reply.status_code == 503 and reply.json is not None and reply.headers["Retry-After"] == "3"


def test_a_commit_that_fails_is_no_success(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when the transaction ends: after the view, so that its answer looked like a success."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    client = sign_in(cast.teacher)

    def full(_session: Any) -> None:
        raise sa.exc.OperationalError("COMMIT", None, Exception("database or disk is full"))

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "commit", full)
    try:
        reply = client.post("/sign-out")
    finally:
        sa.event.remove(engine, "commit", full)
    assert reply.status_code == 503 and reply.headers["Retry-After"] == "3"
