"""A result leads back to its contest, and says when another try is left."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import make_contest, take
from tests.pages import page, text_of


def sat_once(app: Flask, cast: Cast, allowed: int) -> tuple[str, str]:
    """One of ``allowed`` tries is handed in; the public ids of the contest and of the attempt."""
    with app.app_context():
        now = clock.now() - timedelta(minutes=5)
        contest = make_contest(
            db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now, attempts_allowed=allowed
        )
        attempt = take(db.session, contest, cast.zhuoma, right=2, now=now)
        db.session.commit()
        return contest.public_id, attempt.public_id


@pytest.mark.parametrize(("allowed", "words"), [(3, "还可以再答 2 次"), (1, "看比赛说明")])
def test_what_the_link_says(
    app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient], allowed: int, words: str
) -> None:
    contest, attempt = sat_once(app, cast, allowed)
    found = page(sign_in(cast.zhuoma).get(f"/attempts/{attempt}/result"))
    assert text_of(found.select_one(f"main a[href='/contests/{contest}']")) == words


@pytest.mark.parametrize(("allowed", "words"), [(3, "还可以再答 2 次"), (1, "已交卷")])
def test_what_the_list_of_contests_says(
    app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient], allowed: int, words: str
) -> None:
    sat_once(app, cast, allowed)
    assert words in text_of(page(sign_in(cast.zhuoma).get("/contests/")).select_one("main .list"))
