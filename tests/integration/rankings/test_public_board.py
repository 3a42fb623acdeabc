"""The public board: only after the contest, only where it was switched on, masked, the upper half, for thirty days."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Sitting
from quiz.contests.models import Contest
from quiz.db import db
from tests.cast import Cast
from tests.integration.rankings.arena import fill, make_arena
from tests.pages import page, text_of

SECRETS = ["卓玛", "李明", "甲一一", "欧阳小雪", "王芳", "乙", "才", "丙", "丁", "戊", "20240", "初二"]


@pytest.mark.parametrize("level", ["pupil", "class", "school", "county", "prefecture"])
def test_it_never_holds_a_full_name_a_number_or_the_lower_half(board: str, client: FlaskClient, level: str) -> None:
    response = client.get(f"/boards/{board}?level={level}")
    text = text_of(page(response))
    assert "数据截至" in text and "排名办法" in text
    secrets = [one for one in SECRETS if level != "class" or one != "初二"]
    assert not [one for one in secrets if one in response.text]
    assert "昆仑" not in text and ("格尔木" not in text or level == "pupil")


def test_people_are_named_by_county_not_by_school(board: str, client: FlaskClient) -> None:
    soup = page(client.get(f"/boards/{board}"))
    first = text_of(soup.select_one("ol.list > li"))
    assert "李*" in first and "城中区" in first and "清源实验" not in text_of(soup)
    assert len(soup.select("ol.list > li")) == 5


def test_search_engines_are_told_to_stay_away(board: str, client: FlaskClient) -> None:
    response = client.get(f"/boards/{board}")
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert page(response).select_one("meta[name=robots][content*=noindex]")


def test_it_does_not_exist_unless_switched_on(app: Flask, board: str, client: FlaskClient) -> None:
    with app.app_context():
        db.session.execute(sa.update(Contest).values(has_public_board=False))
        db.session.commit()
    assert client.get(f"/boards/{board}").status_code == 404


def test_a_cancelled_contest_has_none(app: Flask, board: str, client: FlaskClient) -> None:
    with app.app_context():
        db.session.execute(sa.update(Contest).values(cancelled_at=clock.now()))
        db.session.commit()
    assert client.get(f"/boards/{board}").status_code == 404


def test_it_waits_for_the_end_of_the_contest(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), is_over=False, has_public_board=True)
        fill(arena, cast)
        public_id = arena.tally()
    soup = page(client.get(f"/boards/{public_id}"))
    assert "比赛结束、成绩公布后才有公开榜" in text_of(soup)
    assert not soup.select("ol.list")


def test_it_is_taken_down_after_thirty_days(app: Flask, board: str, client: FlaskClient) -> None:
    past = clock.now() - timedelta(days=31)
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(opens_at=past - timedelta(days=1), closes_at=past))
        db.session.commit()
    text = text_of(page(client.get(f"/boards/{board}")))
    assert "公示已经结束" in text and "李*" not in text


def test_at_most_a_hundred_people_are_listed(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), has_public_board=True)
        for number in range(230):
            user = arena.pupil(f"学生{number:03d}", cast.class_a1, cast.school_a, f"2025{number:04d}")
            arena.result(user, 9000 - number, 100)
        public_id = arena.tally()
    assert len(page(client.get(f"/boards/{public_id}")).select("ol.list > li")) == 100
