"""The floor F: the least that a durable save over HTTP can be, on the same server, database and cores.

A bare WSGI callable that does one guarded, durably committed append to the product's answer log (owner, open state and
deadline inside the statement) and nothing else: no session, no signature, no token, no check of the choices. Its request
names attempt and user in plain headers. ``/hello`` and ``/page`` are what Flask alone needs for a constant.
"""

import json
import os
import sqlite3
import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask

from quiz.db import SQLITE_PRAGMAS

URL = sa.engine.make_url(os.environ["DATABASE_URL"])
IS_SQLITE = URL.get_backend_name() == "sqlite"
STATEMENT = """
INSERT INTO item_response (attempt_id, number, seq, position, choices, arrived_at, change, answered, next_seq)
SELECT id, :seq, :seq, :position, :choices, :now, 0, 0, 0 FROM attempt
WHERE id = :attempt AND user_id = :user AND status = 'in_progress' AND deadline_at >= :now
ON CONFLICT DO NOTHING RETURNING id
"""
if not IS_SQLITE:
    for name, kind in (
        ("seq", "int"),
        ("position", "int"),
        ("choices", "json"),
        ("attempt", "bigint"),
        ("user", "int"),
    ):
        STATEMENT = STATEMENT.replace(f":{name}", f"%({name})s::{kind}")
    STATEMENT = STATEMENT.replace(":now", "%(now)s::timestamptz")
_local = threading.local()


def _connection() -> Any:
    found = getattr(_local, "connection", None)
    if found is None:
        if IS_SQLITE:
            found = sqlite3.connect(str(URL.database), isolation_level=None)
            for pragma in SQLITE_PRAGMAS:
                found.execute(pragma)
        else:
            found = psycopg.connect(
                host=URL.host, port=URL.port, user=URL.username, password=URL.password, dbname=URL.database,
                autocommit=True, prepare_threshold=0,
            )  # fmt: skip
        _local.connection = found
    return found


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """One save."""
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    now = datetime.now(UTC)
    values = {
        "attempt": int(environ["HTTP_X_ATTEMPT"]), "user": int(environ["HTTP_X_USER"]), "seq": body["seq"],
        "position": body["position"], "choices": json.dumps(body["choices"]),
        "now": now.strftime("%Y-%m-%d %H:%M:%S.%f") if IS_SQLITE else now,
    }  # fmt: skip
    rows = _connection().execute(STATEMENT, values).fetchall()
    start_response(
        "200 OK" if rows else "409 Conflict", [("Content-Type", "application/json"), ("Content-Length", "2")]
    )
    return [b"{}"]


flask = Flask("floor")
PAGE = "x" * int(os.environ.get("PAGE_BYTES", "60000"))


@flask.get("/hello")
def hello() -> str:
    """Flask's hello."""
    return "hello world"


@flask.get("/page")
def page() -> str:
    """A constant as large as the page that it is compared with."""
    return PAGE


hello_app = flask.wsgi_app
