"""“Why is our number so”: every term with numerator, denominator, cap and weight, for those who may know."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import Enrolment
from quiz.db import db
from tests.cast import Cast
from tests.integration.rankings.arena import fill, make_arena
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]


def rows(client: FlaskClient, path: str) -> list[str]:
    return [text_of(row) for row in page(client.get(path)).select("tbody tr")]


def test_every_term_of_a_school_is_shown_with_its_numbers(board: str, cast: Cast, sign_in: SignIn) -> None:
    found = rows(sign_in(cast.liming), f"/rankings/{board}/explain/school/{cast.school_a}")
    assert found == [
        "班级参与率 参赛班级 2 全部班级 2 100% 35% 35",
        "学生参与率 参赛学生 8 应参赛学生 90 9% 35% 3.15",  # 8.89 %
        "及格率 及格学生 6 参赛学生 8 75% 10% 7.5",
        "满分率 满分学生 1 参赛学生 8 13% 10% 1.3",  # 12.5 %, a half rounded up
        "平均分 成绩总和 610 参赛学生 8 76.25 10% 7.625",
        "指数 54.58",  # 54.575
    ]


def test_the_source_of_the_expected_pupils_is_named(board: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.province)
    school = text_of(page(client.get(f"/rankings/{board}/explain/school/{cast.school_a}")))
    assert "学校填报的相应年级在校人数" in school
    of_class = text_of(page(client.get(f"/rankings/{board}/explain/class/{cast.class_a2}")))
    assert "系统里在册的学生人数" in of_class


def test_a_cap_is_shown_with_the_rate_before_it(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        users = fill(arena, cast)
        for name in ("乙二二", "丙三三"):  # took part, and have left the school since
            db.session.query(Enrolment).filter_by(user_id=users[name]).one().ended_at = arena.now.replace(year=2020)
        public_id = arena.tally()
    found = rows(sign_in(cast.province), f"/rankings/{public_id}/explain/class/{cast.class_a2}")
    assert found[1] == "学生参与率 参赛学生 5 应参赛学生 3 100% 167% 封顶 35% 35"


def test_a_pupil_learns_about_the_board_and_the_own_units_only(board: str, cast: Cast, sign_in: SignIn) -> None:
    outsider = sign_in(cast.cairang)
    assert outsider.get(f"/rankings/{board}/explain/school/{cast.school_a}").status_code == 200
    assert outsider.get(f"/rankings/{board}/explain/class/{cast.class_a1}").status_code == 404  # three participants
    insider = sign_in(cast.liming)
    assert insider.get(f"/rankings/{board}/explain/school/{cast.school_b}").status_code == 404  # lower half
    assert insider.get(f"/rankings/{board}/explain/nothing/1").status_code == 404
    assert insider.get(f"/rankings/{board}/explain/school/x").status_code == 404


def test_staff_learn_about_their_places_and_the_board(board: str, cast: Cast, sign_in: SignIn) -> None:
    teacher = sign_in(cast.teacher)
    assert teacher.get(f"/rankings/{board}/explain/class/{cast.class_a1}").status_code == 200
    assert teacher.get(f"/rankings/{board}/explain/school/{cast.school_b}").status_code == 404
    soup = page(sign_in(cast.province).get(f"/rankings/{board}/explain/school/{cast.school_b}"))
    assert "第 2 名" in text_of(soup)
    assert sign_in(cast.editor).get(f"/rankings/{board}/explain/school/{cast.school_a}").status_code == 404


def test_a_unit_that_has_not_started_says_so(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        public_id = make_arena(db.session, cast, clock.now(), profile="average").tally()
    soup = page(sign_in(cast.province).get(f"/rankings/{public_id}/explain/prefecture/632800"))
    assert "还没有人参赛" in text_of(soup)
