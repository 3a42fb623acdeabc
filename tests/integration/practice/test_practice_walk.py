"""A whole practice by plain HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.db import db
from quiz.practice.models import Mistake, PracticeAnswer, PracticeRun
from tests.cast import Cast
from tests.integration.practice.walker import Walker, right_choices, wrong_choices
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def test_the_start_page_guides_a_pupil_who_has_done_nothing(walker: Walker) -> None:
    start = walker.get("/practice/")
    shown = text_of(start)
    assert "错题本 0 题" in shown
    assert "今日复习 0 题" in shown
    assert "还没练过" in shown
    assert len(start.select(".practice__topics > li")) == 8
    assert len(start.select(".button--primary")) == 1


def test_ten_right_answers_end_in_a_summary(walker: Walker) -> None:
    summary = walker.walk(walker.start("topic", "refusal"), is_right=True)
    shown = text_of(walker.get(summary))
    assert "10 题答对 10 题" in shown
    assert "接下来多练" not in shown
    assert "练过 10 /" in text_of(walker.get("/practice/"))


def test_the_summary_names_weak_topics_and_leads_back_to_each_item(walker: Walker) -> None:
    summary = walker.get(walker.walk(walker.start("topic", "law"), is_right=False))
    assert "10 题答对 0 题" in text_of(summary)
    assert "接下来多练：法律法规" in text_of(summary)
    first = summary.select_one(".list a.list__title")
    assert first is not None
    assert "解析" in text_of(walker.get(str(first["href"])))
    assert "错题本 10 题" in text_of(walker.get("/practice/"))


def test_feedback_shows_key_explanation_and_where_to_find_help(walker: Walker) -> None:
    path = walker.start("topic", "law")
    while (item := walker.content(path)).kind not in {"single", "multiple", "true_false"}:
        walker.answer(path, wrong_choices(item))
        path = walker.next(path)
    feedback = walker.answer(path, wrong_choices(item))
    shown = text_of(feedback)
    assert item.explanation in shown
    assert "你选了这项" in shown
    assert "已收进错题本" in shown
    assert "110" in shown
    assert feedback.select(".choice--right")
    assert feedback.select(".choice--wrong")


def test_a_scenario_explains_every_option(walker: Walker) -> None:
    path = walker.start("topic", "refusal")
    while (item := walker.content(path)).kind != "scenario":
        walker.answer(path, right_choices(item))
        path = walker.next(path)
    acceptable = [choice.id for choice in item.choices if choice.grade == "acceptable"]
    shown = text_of(walker.answer(path, acceptable[:1] or wrong_choices(item)))
    assert all(choice.reason in shown for choice in item.choices if choice.reason)
    assert ("还有更好的做法" in shown) == bool(acceptable)


def test_the_first_answer_counts_and_a_repeat_shows_the_same_feedback(walker: Walker) -> None:
    path = walker.start("topic", "law")
    item = walker.content(path)
    token = walker.get(path).select_one("input[name=csrf_token]")
    assert token is not None
    answers = [wrong_choices(item), right_choices(item)]
    for choices in answers:
        sent = walker.client.post(path, data={"choices": choices, "csrf_token": token["value"]})
        assert sent.status_code == 303
    assert "没答对" in text_of(walker.get(path))
    with walker.app.app_context():
        assert [row.choices for row in db.session.scalars(sa.select(PracticeAnswer))] == [wrong_choices(item)]
        assert db.session.scalars(sa.select(Mistake.wrong_count)).all() == [1]


def test_an_empty_or_foreign_answer_is_refused_and_nothing_is_kept(walker: Walker) -> None:
    path = walker.start("topic", "law")
    for choices, said in (([], "先选一个答案"), (["z"], "请从这道题的选项里选")):
        refused = page(post(walker.client, path, {"choices": choices}), 422)
        assert said in text_of(refused)
    with walker.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(PracticeAnswer.id))) == 0


def test_the_same_practice_is_continued_not_begun_twice(walker: Walker) -> None:
    first = walker.start("topic", "harm")
    assert walker.start("topic", "harm") == first
    assert walker.start("topic", "law") != first
    assert "继续上次" in text_of(walker.get("/practice/"))
    with walker.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(PracticeRun.id))) == 2


def test_a_second_run_of_a_topic_brings_other_items(walker: Walker) -> None:
    walker.walk(walker.start("topic", "law"), is_right=True)
    walker.walk(walker.start("topic", "law"), is_right=True)
    with walker.app.app_context():
        ids = db.session.scalars(sa.select(PracticeAnswer.item_id)).all()
    assert len(ids) == len(set(ids)) == 20


def test_a_run_belongs_to_one_pupil(walker: Walker, cast: Cast, sign_in: SignIn) -> None:
    path = walker.start("topic", "law")
    other: FlaskClient = sign_in(cast.liming)
    run = path.rsplit("/", 1)[0]
    for foreign in (path, run, f"{run}/summary"):
        page(other.get(foreign), 404)
    sent = post(other, path, {"choices": ["a"]}, via="/practice/")
    assert sent.status_code == 404


def test_unknown_positions_topics_and_sources_are_not_found(walker: Walker) -> None:
    run = walker.start("topic", "law").rsplit("/", 1)[0]
    for position in (0, 11):
        page(walker.client.get(f"{run}/{position}"), 404)
    for data in ({"source": "everything"}, {"source": "topic", "topic": "nonsense"}, {}):
        assert post(walker.client, "/practice/runs", data, via="/practice/").status_code == 404


def test_an_unfinished_run_has_no_summary(walker: Walker) -> None:
    path = walker.start("topic", "law")
    response = walker.client.get(path.rsplit("/", 1)[0] + "/summary")
    assert response.status_code == 302
    assert response.location == path


def test_a_primary_pupil_gets_items_of_the_primary_band_only(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    small = Walker(app, sign_in(cast.xiaohu))
    path = small.start()
    while not path.endswith("/summary"):
        item = small.content(path)
        assert "primary" in item.bands
        small.answer(path, right_choices(item))
        path = small.next(path)


def test_staff_and_visitors_do_not_practise(cast: Cast, client: FlaskClient, sign_in: SignIn) -> None:
    for path in ("/practice/", "/practice/mistakes", "/practice/review"):
        page(sign_in(cast.teacher).get(path), 403)
        assert client.get(path).status_code == 302


def test_what_was_begun_long_ago_is_not_pressed_on_the_pupil(walker: Walker) -> None:
    walker.start("topic", "law")
    with walker.app.app_context():
        db.session.execute(sa.update(PracticeRun).values(started_at=datetime.now(UTC) - timedelta(days=2)))
        db.session.commit()
    assert "继续上次" not in text_of(walker.get("/practice/"))
