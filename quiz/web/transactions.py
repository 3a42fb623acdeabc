"""One transaction per request, committed once at its end.

GET and HEAD never write: their transaction is rolled back. A request that answers with an error is rolled
back too, unless the view says ``keep_changes()`` (a failed sign-in must be counted).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, g, request

from quiz.db import db, write_intent

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def keep_changes() -> None:
    """Commit this request's changes even though it answers with an error."""
    g.keep_changes = True


@contextmanager
def only_reading() -> Iterator[None]:
    """Read at length in a POST, before it writes: on SQLite others would wait for the write lock.

    Ends the transaction before and after, so nothing may have been written yet.
    """
    db.session.rollback()
    intent = write_intent.set(False)
    try:
        yield
    finally:
        write_intent.reset(intent)
        db.session.rollback()


def init_app(app: Flask) -> None:
    """Set the write intent before, commit or roll back after each request."""

    @app.before_request
    def _begin() -> None:
        write_intent.set(request.method not in SAFE_METHODS)

    @app.after_request
    def _end(response: Response) -> Response:
        session = db.session
        if request.method not in SAFE_METHODS and (response.status_code < 400 or g.get("keep_changes")):
            session.commit()
        else:
            session.rollback()
        return response

    @app.teardown_request
    def _reset(_error: BaseException | None) -> None:
        write_intent.set(True)
