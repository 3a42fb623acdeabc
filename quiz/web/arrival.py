"""When a request arrived: stamped once it is here as a whole, before anything waits for the database.

Only this time counts for answers. Reading the body first also keeps slow senders out of transactions: on SQLite
a request that may write holds the only writer, and a body that trickles in must not hold up everybody else.
"""

from datetime import datetime

from flask import Flask, g, request

from quiz import clock
from quiz.web.transactions import SAFE_METHODS


def arrived_at() -> datetime:
    """The moment at which this request had arrived."""
    found: datetime = g.arrived_at
    return found


def init_app(app: Flask) -> None:
    """Register before everything that touches the database."""

    @app.before_request
    def _arrive() -> None:
        if request.method not in SAFE_METHODS:
            _read_body()
        g.arrived_at = clock.now()


def _read_body() -> None:
    """Take the whole body in; forms are parsed (files go to temporary storage), anything else is kept as it is."""
    if request.mimetype in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        request.form  # noqa: B018 - reading it parses it
    else:
        request.get_data()
