"""A pupil's result leads to the board, and names a place only where it encourages."""

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.attempts.models import Attempt, Sitting
from quiz.contests.models import Contest, ContestGroup
from quiz.db import db
from quiz.rankings.models import PupilStanding
from quiz.seed import demo
from tests.pages import page, text_of
from tests.signin import sign_in_as


def finished(order: sa.ColumnElement[int]) -> tuple[int, str, str]:
    """User, attempt and contest of the finished demonstration contest's best or last."""
    row = db.session.execute(
        sa.select(PupilStanding.user_id, Attempt.public_id, Contest.public_id)
        .join(Contest, Contest.id == PupilStanding.contest_id)
        .join(ContestGroup, ContestGroup.contest_id == Contest.id)
        .join(Sitting, Sitting.id == ContestGroup.sitting_id)
        .join(Attempt, sa.and_(Attempt.sitting_id == Sitting.id, Attempt.user_id == PupilStanding.user_id))
        .where(Contest.title == demo.FINISHED, PupilStanding.group_kind == "junior")
        .order_by(order)
        .limit(1)
    ).one()
    return row[0], row[1], row[2]


def test_the_best_read_their_place_and_the_others_just_find_the_board(demo_app: Flask) -> None:
    with demo_app.app_context():
        best = finished(PupilStanding.rank)
        last = finished(PupilStanding.rank.desc())
    for (user_id, attempt, contest), is_best in ((best, True), (last, False)):
        found = page(sign_in_as(demo_app, user_id, clock.now()).get(f"/attempts/{attempt}/result"))
        link = found.select_one(f"a[href='/rankings/{contest}']")
        assert ("你在前" in text_of(link)) is is_best
