"""A process held in the middle of its transaction, from outside: a trigger in the database makes one row take very long.

The product knows nothing of it. On PostgreSQL the row sleeps, on SQLite it counts to a large number.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tests.faults.product import Arena
from tests.processes import wait_until

SLEEP_SECONDS = 4  # PostgreSQL notices the death of a client when it has something to say: then the row is forgotten
COUNTED = 400_000_000  # a minute and more
FREE_AGAIN = 60


@contextmanager
def held(arena: Arena, event: str, table: str, condition: str) -> Iterator["Hold"]:
    """While inside, a row of ``table`` for which ``condition`` holds (with NEW) is not done with; ``event`` is INSERT or UPDATE."""
    hold = Hold(arena)
    _run(arena, *_statements(arena, event, table, condition))
    try:
        yield hold
    finally:
        wait_until(lambda: not hold.is_reached(), "the killed process has let the database go", FREE_AGAIN)
        _run(arena, f"DROP TRIGGER hold_of_tests{'' if arena.is_sqlite else f' ON {table}'}")


class Hold:
    """Tells whether somebody is held."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena

    def wait(self) -> None:
        """Until a process stands in the middle."""
        wait_until(self.is_reached, "a process is held in the middle", FREE_AGAIN)

    def is_reached(self) -> bool:
        """PostgreSQL says who sleeps; on SQLite nobody else can write for a while."""
        if self.arena.is_sqlite:
            return self._is_locked_throughout()
        with self.arena.reading() as session:
            asleep = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            )
            return bool(session.scalar(sa.text(asleep)))

    def _is_locked_throughout(self) -> bool:
        engine = sa.create_engine(self.arena.url, poolclass=sa.NullPool, connect_args={"timeout": 0})
        for _ in range(30):
            with engine.connect() as connection:
                connection.connection.isolation_level = None  # type: ignore[attr-defined]
                try:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    connection.exec_driver_sql("ROLLBACK")
                    return False
                except sa.exc.OperationalError:
                    time.sleep(0.02)
        return True


def _statements(arena: Arena, event: str, table: str, condition: str) -> list[str]:
    if arena.is_sqlite:
        counting = f"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {COUNTED}) SELECT count(*) AS n FROM c"
        return [
            f"CREATE VIEW IF NOT EXISTS long_of_tests AS {counting}",
            f"CREATE TRIGGER hold_of_tests BEFORE {event} ON {table} WHEN {condition} "
            "BEGIN SELECT n FROM long_of_tests; END",
        ]
    return [
        f"CREATE OR REPLACE FUNCTION hold_of_tests() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN PERFORM pg_sleep({SLEEP_SECONDS}); RETURN NEW; END $$",
        f"CREATE TRIGGER hold_of_tests BEFORE {event} ON {table} FOR EACH ROW WHEN ({condition}) "
        "EXECUTE FUNCTION hold_of_tests()",
    ]


def _run(arena: Arena, *statements: str) -> None:
    with arena.session() as session:
        for one in statements:
            session.connection().exec_driver_sql(one)
