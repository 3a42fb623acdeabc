"""One prepared statement straight to the driver: what a route that is asked thousands of times a second can afford.

SQLAlchemy writes the statement, the driver runs it, each in a transaction of its own (autocommit), on a connection that
each thread keeps. When the engine is disposed of, or a connection has failed, the next use makes a new one.
"""

import json
import sqlite3
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from quiz.db import SQLITE_PRAGMAS

#: What a failing statement raises; nothing of it may be believed to be stored.
DriverError = (sqlite3.Error, psycopg.Error)


class Direct:
    """A statement by dialect, to be executed with named parameters."""

    def __init__(self, engine: sa.Engine, statements: Mapping[str, Any]) -> None:
        self._url = engine.url
        self._is_sqlite = engine.dialect.name == "sqlite"
        dialect = sqlite.dialect(paramstyle="named") if self._is_sqlite else postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
        compiled = statements[engine.dialect.name].compile(dialect=dialect)
        self._text = str(compiled)
        self._fixed = {name: _plain(value) for name, value in compiled.params.items() if value is not None}
        self._connect_arguments = engine.dialect.create_connect_args(engine.url)
        self._local = threading.local()
        self._generation = 0
        sa.event.listen(engine, "engine_disposed", self._forget)

    def one(self, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Execute and return the first row, None without one; raises DriverError, after which nothing is certain."""
        values = self._fixed | {name: self._bound(value) for name, value in parameters.items()}
        try:
            # All rows: SQLite commits when the statement is done, not when its first row has been seen.
            rows = self._connection().execute(self._text, values).fetchall()
        except DriverError:
            self._drop()
            raise
        return tuple(rows[0]) if rows else None

    def _bound(self, value: Any) -> Any:
        """A parameter as SQLAlchemy's types would store it."""
        if isinstance(value, list):
            return json.dumps(value)
        if self._is_sqlite and isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return value

    def _connection(self) -> Any:
        found = getattr(self._local, "connection", None)
        if found is None or self._local.generation != self._generation:
            self._drop()
            found = self._local.connection = self._connect()
            self._local.generation = self._generation
        return found

    def _connect(self) -> Any:
        arguments: Any = self._connect_arguments[0]
        options: Any = self._connect_arguments[1]
        if self._is_sqlite:
            connection = sqlite3.connect(*arguments, **(options | {"isolation_level": None}))
            for pragma in SQLITE_PRAGMAS:
                connection.execute(pragma)
            return connection
        return psycopg.connect(*arguments, **options, autocommit=True, prepare_threshold=0)

    def _drop(self) -> None:
        connection, self._local.connection = getattr(self._local, "connection", None), None
        if connection is not None:
            connection.close()

    def _forget(self, _engine: sa.Engine) -> None:
        self._generation += 1


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
