"""The hourly duty: items whose review date has passed stand in the queue once; looked at, they rest for a year."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from quiz.db import db
from quiz.items.concerns import services
from quiz.items.concerns.models import ItemConcern
from quiz.items.concerns.rules import ConcernKind
from quiz.items.models import Item, ItemStatus
from quiz.items.queries import due_items
from tests.cast import Cast
from tests.factories.items import actor, published

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


def test_an_item_past_its_last_day_is_retired_and_not_before(app: Flask, cast: Cast) -> None:
    item_id = published(app, cast.editor, cast.admin, cast.province, valid_to=date(2026, 12, 31))
    with app.app_context():
        last_evening = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)  # 23:59 in China
        assert services.retire_expired(db.session, now=last_evening) == 0
        assert services.retire_expired(db.session, now=last_evening + timedelta(minutes=2)) == 1
        assert db.session.get_one(Item, item_id).status is ItemStatus.RETIRED
        assert services.retire_expired(db.session, now=LATER) == 0
