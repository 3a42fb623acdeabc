"""Integers in and out of the database by the million: the driver's own ways, arrays on this side.

PostgreSQL copies in its binary format, whose records of integers have a fixed length; SQLite reads and writes tuples.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.rankings.counting import Integers

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"
READ_ROWS = 100_000


def read_integers(session: Session, query: sa.Select[Any]) -> Integers:
    """All rows of a query of integers (none of them NULL) as an array, in the session's transaction."""
    connection = session.connection()
    width = len(query.selected_columns)
    if connection.dialect.name == "postgresql":
        return _copy_out(connection, query, width)
    cursor: Any = connection.execute(query).cursor
    blocks = [np.empty((0, width), np.int64)]
    while rows := cursor.fetchmany(READ_ROWS):
        blocks.append(np.array(rows, np.int64))
    return np.concatenate(blocks)


def _copy_out(connection: sa.Connection, query: sa.Select[Any], width: int) -> Integers:
    columns = [sa.cast(column, sa.BigInteger) for column in query.selected_columns]
    text = query.with_only_columns(*columns).compile(connection, compile_kwargs={"literal_binds": True})
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT BINARY)") as copy:
        data = b"".join(bytes(block) for block in copy)
    record = np.dtype([("fields", ">i2")] + [(f"{at}{part}", kind) for at in range(width) for part, kind in
                                            (("length", ">i4"), ("value", ">i8"))])  # fmt: skip
    body = memoryview(data)[len(COPY_HEADER) : -len(COPY_END)]
    rows = np.frombuffer(body, dtype=record)
    found = np.empty((len(rows), width), np.int64)
    for at in range(width):
        found[:, at] = rows[f"{at}value"]
    return found


def write_integers(session: Session, table: sa.Table, columns: Sequence[str], rows: Integers) -> None:
    """Insert rows of integers, in the session's transaction."""
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(_copy_in(table, columns)) as copy:
            copy.write(COPY_HEADER + _records(table, columns, rows).tobytes() + COPY_END)
        return
    driver.executemany(_insert(table, columns), zip(*(rows[:, at].tolist() for at in range(len(columns))), strict=True))


def _records(table: sa.Table, columns: Sequence[str], rows: Integers) -> Any:
    sizes = [8 if isinstance(table.c[name].type, sa.BigInteger) else 4 for name in columns]
    record = np.dtype([("fields", ">i2")] + [(f"{at}{part}", kind) for at, size in enumerate(sizes) for part, kind in
                                            (("length", ">i4"), ("value", f">i{size}"))])  # fmt: skip
    found = np.empty(len(rows), dtype=record)
    found["fields"] = len(columns)
    for at, size in enumerate(sizes):
        found[f"{at}length"], found[f"{at}value"] = size, rows[:, at]
    return found


def write_rows(session: Session, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of anything that both drivers take as it is (None, numbers, texts, bytes)."""
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(_copy_in(table, columns, binary=False)) as copy:
            for row in rows:
                copy.write_row(row)
        return
    driver.executemany(_insert(table, columns), rows)


def _copy_in(table: sa.Table, columns: Sequence[str], *, binary: bool = True) -> str:
    return f"COPY {table.name} ({', '.join(columns)}) FROM STDIN" + (" (FORMAT BINARY)" if binary else "")


def _insert(table: sa.Table, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
