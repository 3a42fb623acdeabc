"""Two confirmations at once write once, and both are answered well."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.roster import services
from quiz.accounts.roster.models import ImportStatus, RosterImport
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from tests.cast import Cast
from tests.integration.accounts.roster.upload import HEADINGS, ROSTER, preview, roster, send, upload
from tests.pages import csrf_of, page, post, text_of
from tests.sheets import xlsx_file


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


@pytest.mark.parametrize("headings", [HEADINGS, ["甲", "乙", "丙"]])
def test_an_import_discarded_while_it_is_read_stays_discarded(
    app: Flask,
    cast: Cast,
    sign_in: Callable[[int], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    headings: list[str],
) -> None:
    client = sign_in(cast.school_admin)
    address = send(client, cast.school_a, xlsx_file([headings, *ROSTER])).location
    read = services.read_roster

    def slowly(*args: object) -> object:
        assert post(client, f"{address}/discard", {}, via=f"/roster/schools/{cast.school_a}").status_code == 303
        return read(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "read_roster", slowly)
    run_due_jobs(app)
    with app.app_context():
        row = db.session.scalar(sa.select(RosterImport))
        assert row is not None
        assert (row.status, row.rows, row.plan, row.file_data) == (ImportStatus.DISCARDED, None, None, None)
