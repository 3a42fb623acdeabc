"""Copies of a PostgreSQL database by its own tools: pg_dump from one snapshot, back in one transaction."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from quiz.operations.backup.container import CHUNK, BackupError, HashingWriter

LOCK_WAIT = "15s"  # for others' transactions when a schema is replaced: the site should be stopped


def tool(name: str) -> str:
    """Where a client tool lies; BackupError with what to install when it does not."""
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"{name} was not found. Install PostgreSQL's client tools in the server's version "
            "(Debian: apt install postgresql-client) and try again."
        )
    return found


def _target(url: sa.URL) -> tuple[str, dict[str, str]]:
    """The connection as the tools take it: everything in a string but the password, which goes by environment."""
    values = {**url.translate_connect_args(username="user", database="dbname"), **dict(url.query)}
    password = str(values.pop("password", ""))
    quoted = (
        f"{name}='{str(value).replace(chr(92), chr(92) * 2).replace(chr(39), chr(92) + chr(39))}'"
        for name, value in values.items()
    )
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    return " ".join(quoted), environment


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[tuple[str, str, dict[str, int]]]:
    """A moment that dump and counts share: (name of the snapshot, migration, row counts)."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        name: str = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        tables = sorted(sa.inspect(connection).get_table_names(schema="public"))
        if "alembic_version" not in tables:
            raise BackupError("The database has no migration number; run flask db upgrade first.")
        migration: str = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        counted = {
            table: connection.exec_driver_sql(f'SELECT count(*) FROM public."{table}"').scalar_one()  # noqa: S608 - names of tables
            for table in tables
            if table != "alembic_version"
        }
        yield name, migration, counted


def send(url: sa.URL, snapshot_name: str, target: HashingWriter) -> None:
    """Dump the schema as of the snapshot."""
    where, environment = _target(url)
    command = [
        tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--schema=public",
        f"--snapshot={snapshot_name}", f"--dbname={where}",
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 - a fixed command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None and process.stderr is not None
    with process:
        shutil.copyfileobj(process.stdout, target, CHUNK)
        complaint = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise BackupError(f"pg_dump did not succeed: {_last_line(complaint)}")


def load(payload: Path, url: sa.URL) -> None:
    """Replace the schema by the payload's, in one transaction that is committed only once all of it has arrived."""
    where, environment = _target(url)
    reading = [tool("pg_restore"), "--file=-", "--no-owner", "--no-privileges", str(payload)]
    writing = [
        tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--dbname={where}",
    ]  # fmt: skip
    options: dict[str, Any] = {"stderr": subprocess.PIPE, "env": environment}
    with (
        subprocess.Popen(writing, stdin=subprocess.PIPE, **options) as writer,  # noqa: S603 - fixed commands
        subprocess.Popen(reading, stdout=subprocess.PIPE, **options) as reader,  # noqa: S603
    ):
        assert writer.stdin is not None and reader.stdout is not None
        try:
            writer.stdin.write(f"BEGIN; SET LOCAL lock_timeout = '{LOCK_WAIT}'; DROP SCHEMA public CASCADE;\n".encode())
            shutil.copyfileobj(reader.stdout, writer.stdin, CHUNK)
            if reader.wait() == 0:
                writer.stdin.write(b"\nCOMMIT;\n")
            writer.stdin.close()
        except BrokenPipeError:  # psql gave up: what it says is below
            reader.kill()
        complaints = _complaint(writer.stderr), _complaint(reader.stderr)
        writer.wait()
    if writer.returncode or reader.returncode:
        raise BackupError(f"The database could not be written: {complaints[0] or complaints[1]} Nothing was changed.")


def _complaint(stream: IO[bytes] | None) -> str:
    return "" if stream is None else _last_line(stream.read().decode(errors="replace").strip())


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if "error" in line.lower()] or text.splitlines()
    return lines[0] if lines else ""
