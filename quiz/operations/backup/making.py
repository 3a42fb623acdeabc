"""Make a backup of the database that the application uses, and put one back."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from quiz.operations.backup import postgres, sqlite
from quiz.operations.backup.container import BackupError, Manifest, create, extracted, read_manifest


def make(engine: sa.Engine, path: Path, now: datetime) -> Manifest:
    """Write the whole database to a new file while the site goes on."""
    made_at = now.isoformat(timespec="seconds")
    if engine.dialect.name == "postgresql":
        with postgres.snapshot(engine) as (name, migration, rows):
            return create(
                path, engine="postgresql", made_at=made_at, facts=lambda: (migration, rows),
                write=lambda target: postgres.send(engine.url, name, target),
            )  # fmt: skip
    with sqlite.snapshot(database_file(engine), path.parent) as copy:
        return create(
            path, engine="sqlite", made_at=made_at, facts=lambda: sqlite.facts(copy),
            write=lambda target: sqlite.send(copy, target),
        )  # fmt: skip


def database_file(engine: sa.Engine) -> Path:
    """The SQLite file of an engine."""
    if not engine.url.database or engine.url.database == ":memory:":
        raise BackupError("A database in memory has no backup.")
    return Path(engine.url.database)


def restorable(engine: sa.Engine, path: Path, known: Sequence[str]) -> Manifest:
    """The manifest of a backup that this program and this database can take; BackupError says what does not fit."""
    manifest = read_manifest(path)
    if manifest.engine != engine.dialect.name:
        raise BackupError(
            f"{path} is a backup of a {manifest.engine} database, this is {engine.dialect.name}. "
            "Point DATABASE_URL at a database of the same kind."
        )
    if manifest.migration not in known:
        raise BackupError(
            f"{path} has migration {manifest.migration}, which this version of the program does not know. Update it first."
        )
    return manifest


def filled_tables(engine: sa.Engine) -> list[str]:
    """The tables of the target that hold rows; none means that nothing can be lost."""
    if engine.dialect.name == "sqlite" and not database_file(engine).exists():
        return []
    with engine.connect() as connection:
        names = sorted(set(sa.inspect(connection).get_table_names()) - {"alembic_version"})
        first = "SELECT 1 FROM {} LIMIT 1"
        return [name for name in names if connection.exec_driver_sql(first.format(f'"{name}"')).first() is not None]


def put_back(engine: sa.Engine, path: Path, manifest: Manifest) -> None:
    """Prove the checksum, then replace the database by the backup's, whole or not at all."""
    engine.dispose()
    folder = database_file(engine).parent if manifest.engine == "sqlite" else path.parent
    folder.mkdir(parents=True, exist_ok=True)
    with extracted(path, manifest, folder) as payload:
        if manifest.engine == "sqlite":
            sqlite.load(payload, database_file(engine))
        else:
            postgres.load(payload, engine.url)
    engine.dispose()


def missing_rows(engine: sa.Engine, manifest: Manifest) -> dict[str, tuple[int, int]]:
    """Tables whose number of rows is not the manifest's: name → (expected, found)."""
    wrong = {}
    with engine.connect() as connection:
        for name, expected in manifest.rows.items():
            found = connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()  # noqa: S608
            if found != expected:
                wrong[name] = (expected, found)
    return wrong
