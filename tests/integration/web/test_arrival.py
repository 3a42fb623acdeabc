"""A request is read and stamped before it waits for anything: only then may it hold up others, or be late."""

import io
import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Attempt, ItemResponse
from quiz.db import db
from tests.cast import Cast
from tests.factories import sittings
from tests.lanes import without_lane
from tests.pages import csrf_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture
def attempt(app: Flask, cast: Cast) -> Attempt:
    """卓玛's open attempt; ten minutes from now."""
    now = clock.now()
    with app.app_context():
        window = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=1)}
        found = sittings.start(db.session, sittings.make_sitting(db.session, **window), cast.zhuoma, now)
        db.session.commit()
        return found


class Slow(io.BytesIO):
    """A body during whose sending others write to the same database."""

    def __init__(self, data: bytes, others: Callable[[], None]) -> None:
        super().__init__(data)
        self.others, self.was_read = others, False

    def _others_go_on(self) -> None:
        if not self.was_read:
            self.was_read = True
            self.others()

    def read(self, size: int | None = -1) -> bytes:
        self._others_go_on()
        return super().read(size)

    def readinto(self, buffer: Any) -> int:
        self._others_go_on()
        return super().readinto(buffer)


@pytest.mark.parametrize("kind", ["json", "form"])
def test_a_body_that_trickles_in_holds_up_nobody(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt, kind: str
) -> None:
    with app.app_context():
        url = db.engine.url
    client, address = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    token = csrf_of(client, address)

    def write_elsewhere() -> None:
        if not url.drivername.startswith("sqlite"):
            return  # has more than one writer
        other = sqlite3.connect(str(url.database), timeout=0.1, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.rollback()
        other.close()

    if kind == "json":
        data, content_type = b'{"seq": 1, "position": 2, "choices": ["a"]}', "application/json"
    else:
        data = f"seq=1&position=2&choices=a&csrf_token={token}".encode()
        content_type = "application/x-www-form-urlencoded"
    body = Slow(data, write_elsewhere)
    reply = client.post(
        f"{address}/answers", input_stream=body, content_type=content_type, content_length=len(data),
        headers={"X-CSRFToken": token},
    )  # fmt: skip
    assert body.was_read and reply.status_code in {200, 303}, reply.text[:300]


@pytest.mark.parametrize("has_lane", [True, False])
def test_what_waited_for_the_writer_counts_from_its_arrival(
    has_lane: bool, app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, address = sign_in(cast.zhuoma), f"/attempts/{attempt.public_id}"
    token = csrf_of(client, address)
    arrival = attempt.deadline_at + timedelta(seconds=4)
    with time_machine.travel(arrival, tick=False) as traveller, nullcontext() if has_lane else without_lane(app):
        real, rows = app.extensions["access_policy"], app.extensions["direct"].rows

        def waits(rule: str) -> object:
            traveller.shift(timedelta(seconds=10))  # loading the user had to wait its turn
            return real(rule)

        def writes_late(*arguments: object) -> object:
            traveller.shift(timedelta(seconds=10))  # in the lane it is the statement that waits
            return rows(*arguments)

        monkeypatch.setitem(app.extensions, "access_policy", waits)
        if has_lane:
            monkeypatch.setattr(app.extensions["direct"], "rows", writes_late)
        reply = client.post(
            f"{address}/answers", json={"seq": 1, "position": 2, "choices": ["a"]}, headers={"X-CSRFToken": token}
        )
        assert reply.status_code == 200 and reply.get_json()["remaining_seconds"] == 0
        assert client.post(f"{address}/submit", json={}, headers={"X-CSRFToken": token}).status_code == 200
    with app.app_context():
        found = db.session.get_one(Attempt, attempt.id)
        assert db.session.scalars(sa.select(ItemResponse.arrived_at)).all() == [arrival]
        assert found.status == "expired" and found.marks and len(found.marks) == 5
