"""The hourly duty: items whose review date has passed stand in the queue once; looked at, they rest for a year."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from quiz.db import db
from quiz.items.concerns import services
from quiz.items.concerns.models import ItemConcern
from quiz.items.concerns.rules import ConcernKind
from quiz.items.queries import due_items
from tests.cast import Cast
from tests.factories.items import actor

LATER = datetime(2030, 1, 1, 8, tzinfo=UTC)


def _open(kind: ConcernKind) -> list[ItemConcern]:
    wanted = sa.select(ItemConcern).where(ItemConcern.kind == kind, ItemConcern.settled_at.is_(None))
    return list(db.session.scalars(wanted))


def test_what_is_due_is_queued_once_and_rests_when_looked_at(app: Flask, cast: Cast) -> None:
    with app.app_context():
        due = due_items(db.session, date(2030, 1, 1))
        assert due
        assert services.raise_due(db.session, now=LATER) == len(due)
        assert services.raise_due(db.session, now=LATER + timedelta(hours=1)) == 0
        first, *others = _open(ConcernKind.REVIEW_DUE)
        services.settle(
            db.session, actor=actor(cast.editor), public_id=first.public_id, outcome="unfounded", answer="对过原文，仍然正确。",
            now=LATER + timedelta(hours=2),
        )  # fmt: skip
        assert services.raise_due(db.session, now=LATER + timedelta(days=30)) == 0
        assert len(_open(ConcernKind.REVIEW_DUE)) == len(others)
        assert services.raise_due(db.session, now=LATER + timedelta(days=400)) == 1
