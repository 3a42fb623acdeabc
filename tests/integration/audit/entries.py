"""Entries of the log for tests."""

from datetime import datetime, timedelta

from flask import Flask

from quiz import clock
from quiz.audit.services import record
from quiz.db import db


def log(app: Flask, *acts: tuple[str, int | None, str, object], at: datetime | None = None, **details: object) -> None:
    """Record acts (action, actor, object type, object id), a minute apart, the last one at ``at``."""
    end = at or clock.now()
    with app.app_context():
        for number, (action, actor, kind, one) in enumerate(acts):
            moment = end - timedelta(minutes=len(acts) - 1 - number)
            record(db.session, action, now=moment, actor_id=actor, object_type=kind, object_id=one, **details)
        db.session.commit()
