"""Statements straight to the driver: what a route that is asked thousands of times a second can afford.

SQLAlchemy writes a statement once, the driver runs it, on a connection that each thread keeps as long as it lives. Rows are
the driver's own: :func:`moment` and :func:`plain` read what SQLite gives as text. Disposing of the engine closes these
connections too; after that, or after a failure, the next use makes a new one.
"""

import json
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format
from sqlalchemy.dialects import postgresql, sqlite

from quiz.db import SQLITE_PRAGMAS

#: What a failing statement raises; nothing of it may be believed to be stored.
DriverError = (sqlite3.Error, psycopg.Error)
Rows = list[tuple[Any, ...]]
PARAMETER = re.compile(r"%\((\w+)\)s")


class Statement:
    """A statement for both databases; ``by_dialect`` where the two must be written differently."""

    def __init__(self, statement: Any = None, *, by_dialect: Mapping[str, Any] | None = None) -> None:
        self._by_dialect = by_dialect or {"sqlite": statement, "postgresql": statement}
        self._texts: dict[str, str] = {}

    def text(self, dialect: sa.Dialect) -> str:
        """The statement's text, with its constants written out: they are ours, and each bound value costs time."""
        found = self._texts.get(dialect.name)
        if found is None:
            compiled = self._by_dialect[dialect.name].compile(dialect=dialect)
            if "__[POSTCOMPILE" in str(compiled):  # lists of constants; parameters beside them need a default of None
                options = {"render_postcompile": True}
                compiled = self._by_dialect[dialect.name].compile(dialect=dialect, compile_kwargs=options)
            found = str(compiled)
            for name, value in compiled.params.items():
                if value is not None:
                    mark = rf":{name}\b" if dialect.paramstyle == "named" else rf"%\({name}\)s"
                    found = re.sub(mark, _literal(value), found)
            self._texts[dialect.name] = found
        return found


class _Prepared:
    """A PostgreSQL connection by libpq's own prepared statements, in the shape of a cursor.

    psycopg's cursors adapt each value by its type, look the statement up and wait in Python; here all values go as text (the
    statements say their types) and the call blocks in libpq: half the processor time of a statement, measured.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._server = connection.pgconn
        self._loading = Transformer.from_context(connection)
        self._known: dict[str, tuple[bytes, list[str]]] = {}
        self._result: Any = None

    def execute(self, text: str, values: Mapping[str, Any] | None = None) -> "_Prepared":
        """Run a statement; without ``values`` as it is."""
        if values is None:
            self._result = self._checked(self._server.exec_(text.encode()))
            return self
        name, order = self._known.get(text) or self._prepare(text)
        parameters: Any = [_as_text(values[key]) for key in order]
        self._result = self._checked(self._server.exec_prepared(name, parameters, result_format=Format.BINARY))
        return self

    def fetchall(self) -> Rows:
        """All rows of the last statement."""
        if not self._result.nfields:
            return []
        self._loading.set_pgresult(self._result)
        return self._loading.load_rows(0, self._result.ntuples, tuple)

    def _prepare(self, text: str) -> tuple[bytes, list[str]]:
        order: list[str] = []

        def number(match: re.Match[str]) -> str:
            if match[1] not in order:
                order.append(match[1])
            return f"${order.index(match[1]) + 1}"

        name = f"direct{len(self._known)}".encode()
        self._checked(self._server.prepare(name, PARAMETER.sub(number, text).replace("%%", "%").encode()))
        self._known[text] = found = (name, order)
        return found

    def _checked(self, result: Any) -> Any:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise psycopg.errors.error_from_result(result)
        return result


def _as_text(value: Any) -> bytes | None:
    """A parameter as PostgreSQL reads it. A NUL would end the text unseen, so it is refused."""
    if value is None:
        return None
    if isinstance(value, bytes | float):
        raise TypeError(f"no parameter for the driver: {value!r}")  # str() would not say what is meant
    text = str(value).encode()
    if b"\0" in text:
        raise psycopg.DataError("PostgreSQL text cannot hold a NUL")
    return text


class _Kept:
    """A thread's cursor; its connection is closed when the thread ends, for the server would hold it open for ever."""

    __slots__ = ("__weakref__", "cursor")

    def __init__(self, cursor: Any) -> None:
        self.cursor: Any = cursor

    def close(self) -> None:
        cursor, self.cursor = self.cursor, None
        if cursor is not None:
            cursor.connection.close()

    __del__ = close


class Direct:
    """The driver of one engine. ``rows`` commits by itself; several statements go into a ``transaction``.

    ``is_sqlite`` is for those who can say on PostgreSQL in one statement what SQLite needs several for.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._dialect: sa.Dialect = (
            sqlite.dialect(paramstyle="named") if self.is_sqlite else postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
        )
        self._connect_arguments = engine.dialect.create_connect_args(engine.url)
        self._local = threading.local()
        self._open: weakref.WeakSet[_Kept] = weakref.WeakSet()
        sa.event.listen(engine, "engine_disposed", self._close_all)

    def rows(self, statement: Statement, parameters: Mapping[str, Any]) -> Rows:
        """Execute and return all rows; outside a transaction it is committed by then.

        Raises DriverError, after which nothing is certain.
        """
        text = statement.text(self._dialect)
        values = {name: self._bound(value) for name, value in parameters.items()}
        try:
            # All rows: SQLite commits when the statement is done, not when its first row has been seen.
            return self._cursor().execute(text, values).fetchall()  # type: ignore[no-any-return]
        except DriverError:
            self._drop()
            raise

    def first(self, statement: Statement, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first of the rows, None without one."""
        rows = self.rows(statement, parameters)
        return rows[0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block has executed, or nothing of it when it raises; a writer from its first statement on."""
        self._run("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        try:
            yield
        except BaseException:
            if getattr(self._local, "kept", None) is not None:
                self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def _run(self, text: str) -> None:
        try:
            self._cursor().execute(text)
        except DriverError:
            self._drop()
            raise

    def _bound(self, value: Any) -> Any:
        """A parameter as SQLAlchemy's types would store it."""
        if isinstance(value, list | dict):
            return json.dumps(value)
        if isinstance(value, Enum):
            return value.value
        if self.is_sqlite and isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return value

    def _cursor(self) -> Any:
        kept: _Kept | None = getattr(self._local, "kept", None)
        if kept is None or kept.cursor is None:
            connection = self._connect()
            kept = self._local.kept = _Kept(connection.cursor() if self.is_sqlite else _Prepared(connection))
            self._open.add(kept)
        return kept.cursor

    def _connect(self) -> Any:
        arguments: Any = self._connect_arguments[0]
        options: Any = self._connect_arguments[1]
        if self.is_sqlite:
            connection = sqlite3.connect(*arguments, **(options | {"isolation_level": None}))
            for pragma in SQLITE_PRAGMAS:
                connection.execute(pragma)
            return connection
        connection = psycopg.connect(*arguments, **options, autocommit=True, client_encoding="UTF8")
        # Everything here looks rows up by their keys: one plan is right for all, and planning costs more than running. A
        # plan made while a table was still empty would read the whole table, and be kept: at the bell tables fill fast.
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET jit = off")  # compiling would take a thousand times as long as running
        return connection

    def _drop(self) -> None:
        kept, self._local.kept = getattr(self._local, "kept", None), None
        if kept is not None:
            kept.close()

    def _close_all(self, _engine: sa.Engine) -> None:
        for kept in list(self._open):
            kept.close()


def _literal(value: Any) -> str:
    """A constant of our own as SQL."""
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"no constant for the driver: {value!r}")
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def moment(value: Any) -> datetime:
    """A time as a driver gives it: aware from PostgreSQL, text in UTC from SQLite."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value + "+00:00")


def plain(value: Any) -> Any:
    """A JSON value as a driver gives it: read already by PostgreSQL's, text from SQLite's."""
    return json.loads(value) if isinstance(value, str) else value
