"""Statements straight to the driver: connections live as long as their threads, and come back after a failure."""

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.db import db
from quiz.direct import Direct, DriverError, Statement

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
