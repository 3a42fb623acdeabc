"""Statements straight to the driver: connections live as long as their threads, and come back after a failure."""

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.db import UtcDateTime, db
from quiz.direct import Direct, DriverError, Statement, moment

ONE = Statement(sa.select(sa.literal(1)))


@pytest.fixture
def direct(app: Flask) -> Direct:
    """The application's own."""
    found: Direct = app.extensions["direct"]
    return found


def ask_in_thread(direct: Direct) -> object:
    """The connection that a thread of its own used."""
    used: list[object] = []

    def ask() -> None:
        assert direct.rows(ONE, {}) == [(1,)]
        used.append(direct._cursor().connection)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return used[0]


def is_closed(connection: object) -> bool:
    if hasattr(connection, "closed"):
        return bool(connection.closed)
    try:
        connection.execute("SELECT 1")  # type: ignore[attr-defined]
    except DriverError:
        return True
    return False


def test_a_thread_that_ends_closes_its_connection(direct: Direct) -> None:
    assert is_closed(ask_in_thread(direct))


def test_disposing_of_the_engine_closes_them_all_and_the_next_use_connects_anew(app: Flask, direct: Direct) -> None:
    direct.rows(ONE, {})
    before = direct._cursor().connection
    with app.app_context():
        db.engine.dispose()
    assert is_closed(before)
    assert direct.rows(ONE, {}) == [(1,)]


def test_a_failed_statement_costs_its_connection_only(direct: Direct) -> None:
    direct.rows(ONE, {})
    before = direct._cursor().connection
    with pytest.raises(DriverError):
        direct.rows(Statement(sa.text("SELECT nothing_of_this_name")), {})
    assert is_closed(before)
    with pytest.raises(DriverError), direct.transaction():
        direct.rows(Statement(sa.text("SELECT nothing_of_this_name")), {})
    assert direct.rows(ONE, {}) == [(1,)]


def test_values_come_back_as_they_went(direct: Direct) -> None:
    at = datetime(2026, 6, 26, 8, 0, 0, 123456, tzinfo=UTC)
    values = {"number": -(2**40), "text": "才让·多杰 %(x)s 100% 䶮'", "is_so": True, "at": at, "nothing": None}
    types = {
        "number": sa.BigInteger(),
        "text": sa.String(),
        "is_so": sa.Boolean(),
        "at": UtcDateTime(),
        "nothing": sa.Integer(),
    }
    asked = Statement(sa.select(*(sa.bindparam(name, type_=kind) for name, kind in types.items())))
    for _ in range(2):  # prepared, and known
        row = direct.first(asked, values)
        assert row is not None
        assert (row[0], row[1], bool(row[2]), moment(row[3]), row[4]) == (
            values["number"],
            values["text"],
            True,
            at,
            None,
        )


def test_a_parameter_may_stand_in_two_places(direct: Direct) -> None:
    twice = Statement(sa.select(sa.bindparam("n", type_=sa.Integer) + sa.bindparam("n", type_=sa.Integer)))
    assert direct.first(twice, {"n": 21}) == (42,)


@pytest.mark.only_on("postgresql")
def test_a_nul_in_a_text_is_refused_and_not_cut_off(direct: Direct) -> None:
    with pytest.raises(DriverError):
        direct.first(Statement(sa.select(sa.bindparam("text", type_=sa.String))), {"text": "a\0b"})
