"""Look at the site without waiting for it: what does not answer in time is away.

One look at a time and process, in a thread of its own; while one hangs, nobody else begins another. A look is kept for
two seconds, so that a stranger who asks a thousand times costs no more than one who asks once.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from threading import Lock
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from quiz import clock
from quiz.db import db, write_intent
from quiz.operations import queries
from quiz.operations.queries import Surroundings
from quiz.operations.rules import Check, Level

PATIENCE_SECONDS = 3.0
KEEP_SECONDS = 2.0
Found = TypeVar("Found")


class Probe:
    """Asks the database in a thread of its own, for at most PATIENCE_SECONDS."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="probe")
        self._lock = Lock()
        self._running: Future[Any] | None = None
        self._kept: tuple[float, list[Check]] | None = None

    def clear(self) -> None:
        """Look again at the next question (tests)."""
        self._kept = None

    def checks(self, app: Flask) -> list[Check]:
        """Every check of this process; the database's failure alone when it cannot be asked."""
        kept = self._kept
        if kept is not None and time.monotonic() < kept[0] + KEEP_SECONDS:
            return kept[1]
        around = surroundings(app)
        found = self.ask(app, lambda session: queries.look(session, around, clock.now()))
        if found is None:
            found = [Check("database", Level.FAIL, "away")]
        self._kept = (time.monotonic(), found)
        return found

    def ask(self, app: Flask, question: Callable[[Session], Found]) -> Found | None:
        """The answer to a question that only reads; None when the database is away or too slow."""
        with self._lock:
            if self._running is not None and not self._running.done():
                return None
            future: Future[Found] = self._executor.submit(_answer, app, question)
            self._running = future
        try:
            return future.result(PATIENCE_SECONDS)
        except (TooLongError, sa.exc.SQLAlchemyError, OSError):
            return None


def _answer(app: Flask, question: Callable[[Session], Found]) -> Found:
    write_intent.set(False)  # a look must never wait for, nor hold, SQLite's only writer
    with app.app_context(), db.sessionmaker() as session:
        return question(session)


def surroundings(app: Flask) -> Surroundings:
    """The schema's newest migration, read once per process, and the shared cache's state."""
    head = app.extensions.get("migration_head")
    if head is None:
        with app.app_context():
            head = app.extensions["alembic"].script_directory.get_current_head()
        app.extensions["migration_head"] = head
    shared = app.extensions.get("shared_cache")
    return Surroundings(head, shared.health if shared is not None else lambda: "off")


def probe() -> Probe:
    """The process's probe."""
    found: Probe = current_app.extensions["probe"]
    return found
