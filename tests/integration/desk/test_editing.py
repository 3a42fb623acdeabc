"""Changing a published contest through its pages."""

from datetime import timedelta

import pytest

from quiz import clock
from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest
from quiz.db import db
from tests.factories.contests import make_contest
from tests.pages import page, post, text_of


@pytest.fixture
def make(app, cast):
    """Make a contest of class A1 and return its address."""

    def make(**policy):
        with app.app_context():
            contest = make_contest(
                db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=clock.now(), **policy
            )
            db.session.commit()
            return f"/desk/contests/{contest.public_id}"

    return make


def test_title_and_notice_may_change(app, cast, sign_in, make):
    client, path = sign_in(cast.teacher), make()
    soup = page(post(client, f"{path}/text", {"title": " ", "notice": "说明"}), 422)
    assert "请填写比赛名称" in text_of(soup.select_one(".error-summary"))
    assert post(client, f"{path}/text", {"title": "新名称", "notice": "说明"}).status_code == 303
    assert "新名称" in text_of(page(client.get(path)).select_one("h1"))


def test_the_window_is_extended_in_school_time(app, cast, sign_in, make):
    client, path = sign_in(cast.teacher), make()
    early = clock.now().astimezone(LOCAL_ZONE)
    soup = page(post(client, f"{path}/window", {"closes_at": early.strftime("%Y-%m-%dT%H:%M")}), 422)
    assert "新的结束时间要晚于现在的结束时间" in text_of(soup.select_one(".error-summary"))
    later = (early + timedelta(hours=5)).replace(second=0, microsecond=0)
    assert post(client, f"{path}/window", {"closes_at": later.strftime("%Y-%m-%dT%H:%M")}).status_code == 303
    with app.app_context():
        assert db.session.query(Contest).one().groups[0].sitting.closes_at == later


def test_an_announced_contest_goes_back_to_draft(cast, sign_in, make):
    client, path = sign_in(cast.teacher), make(opens_at=clock.now() + timedelta(hours=2))
    response = post(client, f"{path}/unpublish", via=path)
    assert response.location.endswith("/paper")
    page(client.get(response.location))
    assert "草稿" in text_of(page(client.get("/desk/contests/")))


def test_cancelling_asks_first_and_says_so_afterwards(cast, sign_in, make):
    client, path = sign_in(cast.teacher), make()
    form = page(client.get(path)).select_one("form[action$='/cancel']")
    assert "不能恢复" in form["data-confirm"]
    assert post(client, f"{path}/cancel", via=path).status_code == 303
    soup = page(client.get(path))
    assert "这场比赛已经取消" in text_of(soup) and not soup.select("form[action$='/cancel']")


def test_results_are_released_by_hand(app, cast, sign_in, make):
    client, path = sign_in(cast.teacher), make(release_results="manual", release_keys="manual")
    soup = page(client.get(path))
    assert soup.select("form[action$='/release/results']") and not soup.select("form[action$='/release/keys']")
    assert post(client, f"{path}/release/results", via=path).status_code == 303
    assert not page(client.get(path)).select("form[action$='/release/results']")
    assert post(client, f"{path}/release/keys", via=path).status_code == 409
    assert post(client, f"{path}/release/everything", via=path).status_code == 404


def test_the_wizard_of_a_published_contest_refuses_kindly(cast, sign_in, make):
    client, path = sign_in(cast.teacher), make()
    for step in ("scope", "time", "paper"):
        assert "比赛已经发布" in text_of(page(client.get(f"{path}/{step}")))
