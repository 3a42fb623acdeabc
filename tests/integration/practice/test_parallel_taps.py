"""Eight taps at once are one run, one answer, one mistake."""

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask

from quiz.db import db
from quiz.practice.models import Mistake, PracticeAnswer, PracticeRun, ReviewCard, ReviewLog
from tests.integration.practice.walker import Walker, wrong_choices
from tests.pages import csrf_of

TAPS = 8


def tap(walker: Walker, path: str, data: dict[str, object], via: str) -> list[int]:
    """Send the same form from eight threads of one browser; returns the statuses."""
    token = csrf_of(walker.client, via)
    cookie = walker.client.get_cookie("qingyuan")
    assert cookie is not None

    def send(_number: int) -> int:
        browser = walker.app.test_client()
        browser.set_cookie("qingyuan", cookie.value)
        return browser.post(path, data={**data, "csrf_token": token}).status_code

    with ThreadPoolExecutor(TAPS) as pool:
        return list(pool.map(send, range(TAPS)))


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_double_tap_on_start_begins_one_run(walker: Walker) -> None:
    assert tap(walker, "/practice/runs", {"source": "topic", "topic": "law"}, "/practice/") == [303] * TAPS
    assert count(walker.app, PracticeRun) == 1


def test_a_double_tap_on_an_answer_keeps_one(walker: Walker) -> None:
    path = walker.start("topic", "law")
    wrong = wrong_choices(walker.content(path))
    assert tap(walker, path, {"choices": wrong}, path) == [303] * TAPS
    assert [count(walker.app, model) for model in (PracticeAnswer, Mistake, ReviewCard, ReviewLog)] == [1, 1, 1, 1]
