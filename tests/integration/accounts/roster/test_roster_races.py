"""Two confirmations at once write once, and both are answered well."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.roster.models import RosterImport
from quiz.db import db
from tests.cast import Cast
from tests.integration.accounts.roster.upload import ROSTER, preview, roster, upload
from tests.pages import csrf_of, page, text_of


def test_confirming_twice_at_once_writes_once(app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient]) -> None:
    address = upload(app, sign_in(cast.school_admin), cast.school_a, [*ROSTER, ["20240301", "赵云", "初二3班"]])
    clients = [sign_in(cast.school_admin) for _ in range(4)]
    field = preview(clients[0], address).select_one("input[name=digest]")
    assert field is not None
    bodies = [{"digest": str(field["value"]), "csrf_token": csrf_of(client, address)} for client in clients]
    start = Barrier(len(clients))

    def press(number: int) -> int:
        start.wait()
        return clients[number].post(f"{address}/confirm", data=bodies[number]).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = list(pool.map(press, range(len(clients))))
    assert statuses == [303] * 4
    assert len(roster(app, cast.school_a)) == 6
    for client in clients:
        assert "全部写入" in text_of(page(client.get(address)))
    with app.app_context():
        row = db.session.scalar(sa.select(RosterImport))
        assert row is not None
        assert row.summary["written"]["added"] == 1
