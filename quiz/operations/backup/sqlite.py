"""Copies of an SQLite database by its own online backup: consistent while others write, and back in one transaction."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from quiz.operations.backup.container import CHUNK, BackupError, HashingWriter


@contextmanager
def snapshot(database: Path, folder: Path) -> Iterator[Path]:
    """A copy of the database as it is now, as a file in ``folder``; removed afterwards.

    One step: the copy holds a reader's place, so writers go on meanwhile and do not make it begin again.
    """
    target = folder / f".snapshot.{os.getpid()}.sqlite3"
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        _check(target)
        yield target
    except sqlite3.Error as error:
        raise BackupError(f"The database could not be copied: {error}.") from error
    finally:
        target.unlink(missing_ok=True)


def facts(copy: Path) -> tuple[str, dict[str, int]]:
    """Migration and row counts of a copy."""
    with closing(sqlite3.connect(copy)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith("sqlite_")
        ]
        if "alembic_version" not in names:
            raise BackupError("The database has no migration number; run flask db upgrade first.")
        (migration,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        counted = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - names of tables
            for name in names
            if name != "alembic_version"
        }
    return migration, counted


def send(copy: Path, target: HashingWriter) -> None:
    """Write a copy's bytes."""
    with copy.open("rb") as file:
        shutil.copyfileobj(file, target, CHUNK)


def load(payload: Path, database: Path) -> None:
    """Put the payload in the database's place, in one transaction: afterwards it is all there, or nothing changed."""
    _check(payload)
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(payload)) as source, closing(sqlite3.connect(database, timeout=15)) as target:
            source.backup(target, pages=-1)
    except sqlite3.Error as error:
        raise BackupError(f"The database could not be written: {error}. Nothing was changed.") from error


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        try:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            raise BackupError(f"The copy is no sound database: {error}.") from error
    if answer != "ok":
        raise BackupError(f"The copy is no sound database: {answer}.")
