"""Counting the statements that a page sends, and the rows that it gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
import sqlalchemy.engine.cursor as cursors
from flask import Flask

from quiz.db import db


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@contextmanager
def fetched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows each fetch from the database gave meanwhile."""
    sizes: list[int] = []
    strategy = cursors.CursorFetchStrategy
    with monkeypatch.context() as patch:
        for name in ("fetchall", "fetchmany", "fetchone"):
            patch.setattr(strategy, name, _counting(getattr(strategy, name), sizes))
        yield sizes


def _counting(original: Any, sizes: list[int]) -> Any:
    def fetch(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        sizes.append(len(found) if isinstance(found, list) else found is not None)
        return found

    return fetch
