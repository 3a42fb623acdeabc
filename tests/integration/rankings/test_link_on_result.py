"""A pupil's result leads to the board, and names a place only where it encourages."""

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.contests.models import Contest, ContestGroup
from quiz.db import db
from quiz.rankings.models import PupilStanding, StandingBoard
from quiz.rankings.queries import own_rank
from quiz.seed import demo
from tests.pages import page, text_of
from tests.signin import sign_in_as


def results_of_the_finished_contest() -> list[tuple[int, str, str, bool]]:
    """User, attempt, contest, and whether the pupil stands in the upper half anywhere."""
    rows = db.session.execute(
        sa.select(PupilStanding.user_id, Attempt.public_id, Contest.public_id, Contest.id)
        .distinct()
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(Contest, Contest.id == StandingBoard.contest_id)
        .join(ContestGroup, ContestGroup.contest_id == Contest.id)
        .join(
            Attempt,
            sa.and_(Attempt.sitting_id == ContestGroup.sitting_id, Attempt.user_id == PupilStanding.user_id),
        )
        .where(Contest.title == demo.FINISHED)
    ).all()
    own = {user_id: own_rank(db.session, contest_id, user_id) for user_id, _, _, contest_id in rows}
    return [(user_id, attempt, contest, bool(own[user_id].upper_places())) for user_id, attempt, contest, _ in rows]


def test_a_result_names_a_place_of_the_upper_half_and_otherwise_just_leads_to_the_board(demo_app: Flask) -> None:
    with demo_app.app_context():
        results = results_of_the_finished_contest()
    upper = next(result for result in results if result[3])
    lower = next(result for result in results if not result[3])
    for user_id, attempt, contest, is_upper in (upper, lower):
        found = page(sign_in_as(demo_app, user_id, clock.now()).get(f"/attempts/{attempt}/result"))
        link = found.select_one(f"a[href='/rankings/{contest}']")
        assert ("你在前" in text_of(link)) is is_upper
