"""Engine, session and declarative base, with what SQLite needs to be a durable contest database.

SQLite runs WAL with ``synchronous=FULL``: an acknowledged answer survives a power cut. Transactions that
may write begin with ``BEGIN IMMEDIATE``; a deferred transaction that turns into a writer would fail at
once with "database is locked" instead of waiting its turn.
"""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA cache_size=-32000",
)

Item = TypeVar("Item")

#: Whether the transaction that begins next may write. GET requests set it to False.
write_intent: ContextVar[bool] = ContextVar("write_intent", default=True)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC datetimes out; SQLite alone would hand back naive ones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all models. Constraint names follow NAMING so that errors and migrations can name them."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
        list[str]: sa.JSON,
        list[dict[str, Any]]: sa.JSON,
    }


db = SQLAlchemy(session_options={"expire_on_commit": False})


def prepare_engine(engine: sa.Engine) -> None:
    """Install the SQLite settings on an engine; other databases are left as they are configured."""
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy, not the driver, says BEGIN
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write_intent.get() else "BEGIN")


def insert_for(dialect: str, target: Any) -> sqlite.Insert:
    """INSERT into a model or table as the dialect spells it, so that it may say what happens ``on_conflict``.

    Both databases take the same clauses; the type named is that of one of them.
    """
    return postgresql.insert(target) if dialect == "postgresql" else sqlite.insert(target)  # type: ignore[return-value]


def insert_into(session: Session, target: Any) -> sqlite.Insert:
    """:func:`insert_for` the session's database."""
    return insert_for(session.get_bind().dialect.name, target)


def enum_column(enum: type, name: str) -> sa.Enum:
    """A string column with a CHECK on an enum's values (not the database's own enum type: easier to migrate)."""
    return sa.Enum(
        enum,
        name=name,
        native_enum=False,
        length=32,
        create_constraint=True,
        values_callable=lambda e: [m.value for m in e],
    )


def render_migration_type(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own types into migrations as plain SQLAlchemy ones: a migration must not follow later code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def durability_problems(engine: sa.Engine) -> list[str]:
    """What in the database's settings would lose acknowledged commits at a crash; empty when nothing would."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
            return [
                text
                for ok, text in (
                    (journal == "wal", f"SQLite journal_mode is {journal}, must be wal"),
                    (synchronous in (2, 3), f"SQLite synchronous is {synchronous}, must be FULL (2)"),
                )
                if not ok
            ]
        wanted = {"fsync": {"on"}, "synchronous_commit": {"on", "remote_apply", "remote_write", "local"}}
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in wanted}
        return [f"PostgreSQL {name} is {found[name]}, must be on" for name in wanted if found[name] not in wanted[name]]


def move(session: Session, row: Any, old: Any, new: Any, **values: Any) -> bool:
    """Take a row with ``id`` and ``state`` from one state to another in one guarded statement, and read it anew.

    Whether it was this call that did it: of many at once exactly one is told so.
    """
    table = type(row)
    moved = session.scalar(
        sa.update(table)
        .where(table.id == row.id, table.state == old)
        .values(state=new, **values)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    return moved is not None


def in_batches(items: Iterable[Item], size: int = 500) -> Iterator[list[Item]]:
    """The items in lists of at most ``size``: what one IN list, or one transaction, takes well."""
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some
