"""Where time is not compared, equal scores share a rank, and no page or file speaks of time."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.rankings.places import own_rank
from quiz.rankings.rules import BoardLevel
from quiz.rankings.verification import contest_differences
from tests.cast import Cast
from tests.integration.rankings.arena import make_arena, sat_arena
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
SECONDS = {"zhuoma": 60, "liming": 200, "ouyang": 120}


@pytest.fixture
def board(app: Flask, cast: Cast) -> str:
    """卓玛 and 李明 have the same score in different times; 欧阳小雪 has less."""
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), compares_time=False, has_public_board=True)
        for name, score in (("zhuoma", 9000), ("liming", 9000), ("ouyang", 8000)):
            arena.result(getattr(cast, name), score, SECONDS[name])
        return arena.tally()


def test_equal_scores_share_the_rank_and_the_next_one_is_skipped(app: Flask, cast: Cast, board: str) -> None:
    with app.app_context():
        contest = db.session.query(Contest).filter_by(public_id=board).one()
        found = [own_rank(db.session, contest.id, user) for user in (cast.zhuoma, cast.liming, cast.ouyang)]
        places = [one.places[BoardLevel.PUPIL] for one in found if one]
        assert [(one.rank, one.is_tied) for one in places] == [(1, True), (1, True), (3, False)]


def test_the_tally_of_real_hand_ins_does_not_compare_time_either(app: Flask, cast: Cast) -> None:
    """李明 and 才让·多杰 have equal scores; one of them needed longer."""
    with app.app_context():
        arena = sat_arena(db.session, cast, clock.now())
        arena.sittings["junior"].compares_time = False
        slow = db.session.query(Attempt).filter_by(user_id=cast.cairang).one()
        slow.elapsed_seconds = (slow.elapsed_seconds or 0) + 100
        contest_id = arena.contest.id
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        for user in (cast.liming, cast.cairang):
            own = own_rank(db.session, contest_id, user)
            assert own is not None and (own.places[BoardLevel.PUPIL].rank, own.places[BoardLevel.PUPIL].is_tied) == (
                2,
                True,
            )
        contest = db.session.get_one(Contest, contest_id)
        assert [one for one in contest_differences(db.session, contest) if not one.startswith("attempt ")] == []


def test_no_board_speaks_of_time(cast: Cast, board: str, sign_in: SignIn) -> None:
    staff = page(sign_in(cast.province).get(f"/rankings/{board}/manage"))
    assert [text_of(cell) for cell in staff.select("thead th")] == ["姓名", "名次", "学校", "班级", "得分"]
    assert "不比用时" in text_of(staff.select_one("#method").parent)
    pupil = text_of(page(sign_in(cast.zhuoma).get(f"/rankings/{board}")).select_one("main"))
    assert "90 分" in pupil and "并列" in pupil
    public = text_of(page(sign_in(cast.zhuoma).get(f"/boards/{board}")).select_one("main"))
    for text in (pupil, public):
        assert "1 分钟" not in text and "3 分 20 秒" not in text


def test_the_file_has_no_column_of_times(cast: Cast, board: str, sign_in: SignIn) -> None:
    client, path = sign_in(cast.province), f"/rankings/{board}/manage"
    form = page(client.get(path)).select_one("form[method=post][action*='manage.xlsx']")
    reply = post(client, str(form["action"]), via=path)
    rows = CalamineWorkbook.from_filelike(BytesIO(reply.data)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["名次", "姓名", "学校", "班级", "得分"]
    assert [row[0] for row in rows[1:4]] == [1, 1, 3]
