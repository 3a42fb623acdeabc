"""A confirmed re-mark of a contest that is half done, as between two of its batches."""

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.contests.remarks.models import Remark, RemarkState
from quiz.db import db
from quiz.items.models import Item


def begin_remark(app: Flask, contest_id: int, by: int) -> None:
    """From now on scores are changing."""
    with app.app_context():
        now, item = clock.now(), db.session.scalars(sa.select(Item.id).order_by(Item.id)).first()
        remark = Remark(
            contest_id=contest_id, item_id=item, version=1, reason="答案错了", state=RemarkState.APPLYING, requested_by=by,
            requested_at=now, confirmed_by=by, confirmed_at=now,
        )  # fmt: skip
        db.session.add(remark)
        db.session.commit()


def end_remark(app: Flask) -> None:
    """All are marked again."""
    with app.app_context():
        db.session.execute(sa.update(Remark).values(state=RemarkState.APPLIED, applied_at=clock.now()))
        db.session.commit()
