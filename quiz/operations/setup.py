"""What operations installs: the probe, what is sampled in every process, and what answers mean for the counters."""

from collections.abc import Callable

from flask import Flask

from quiz.accounts.secrets import gate
from quiz.db import db
from quiz.operations.probe import Probe
from quiz.web import metrics

SAVED, FAILED = "saved", "failed"
SAVE_STATUS = {200: SAVED, 303: SAVED, 409: "stale", 410: "closed"}


def _saved(status: int) -> None:
    metrics.count_save(SAVE_STATUS.get(status, FAILED))


def _counts(event: str) -> Callable[[int], None]:
    def count(status: int) -> None:
        metrics.count_event(event if status < 400 else f"{event}_refused")

    return count


def init_app(app: Flask) -> None:
    """Install everything; nothing here touches the database."""
    app.extensions["probe"] = Probe()
    metrics.means("POST", "/attempts/<public_id>/answers", _saved)
    metrics.means("POST", "/contests/<public_id>/start", _counts("start"))
    metrics.means("POST", "/attempts/<public_id>/submit", _counts("submit"))
    metrics.means("POST", "/sign-in", _counts("sign_in"))
    metrics.means("POST", "/s/<token>", _counts("slip"))
    with app.app_context():
        pool = db.engine.pool
    if hasattr(pool, "checkedout"):
        metrics.sample("database_connections", pool.checkedout)
    metrics.sample("secrets_being_hashed", gate.running)
