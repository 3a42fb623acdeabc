"""The mistake notebook and the reviews, day by day."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from quiz.db import db
from quiz.items.services import sync_bank
from quiz.practice import queries
from quiz.practice.models import Mistake, PracticeSource, ReviewCard, ReviewLog
from quiz.practice.rules import REVIEWS_PER_DAY
from tests.cast import Cast
from tests.integration.practice.walker import Walker, right_choices, wrong_choices
from tests.pages import page, post, text_of
from tests.signin import sign_in_as

MORNING = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)  # 9:00 in China
DAY = timedelta(days=1)


def on(app: Flask, cast: Cast, days: int) -> Walker:
    """卓玛 signed in afresh on this day (a session does not last overnight)."""
    return Walker(app, sign_in_as(app, cast.zhuoma, MORNING + days * DAY))


def miss_one(walker: Walker) -> str:
    """Answer the first item of a law run wrong and the others right; returns the item's id."""
    path = walker.start("topic", "law")
    item = walker.content(path)
    walker.answer(path, wrong_choices(item))
    walker.walk(walker.next(path), is_right=True)
    return item.id


def due_on(app: Flask, cast: Cast, days: int) -> list[str]:
    with app.app_context():
        due = queries.due_items(db.session, user_id=cast.zhuoma, now=MORNING + days * DAY)
        return [item.item_id for item in due]


def test_an_empty_notebook_and_no_reviews_say_what_to_do(walker: Walker) -> None:
    for path, said in (("/practice/mistakes", "错题本是空的"), ("/practice/review", "还没有要复习的题")):
        found = walker.get(path)
        assert said in text_of(found)
        assert found.select("main a.button--primary[href='/practice/']")


def test_right_answers_on_two_days_clear_the_notebook(app: Flask, cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        today = on(app, cast, 0)
        miss_one(today)
        assert "再答对 2 天就移出" in text_of(today.get("/practice/mistakes"))
        clock.shift(timedelta(minutes=10))
        today.walk(today.start("mistakes"), is_right=True)
        assert "再答对 1 天就移出" in text_of(today.get("/practice/mistakes"))
        clock.shift(timedelta(minutes=10))
        today.walk(today.start("mistakes"), is_right=True)
        assert "再答对 1 天就移出" in text_of(today.get("/practice/mistakes"))
        clock.move_to(MORNING + DAY)
        tomorrow = on(app, cast, 1)
        tomorrow.walk(tomorrow.start("mistakes", "law"), is_right=True)
        assert "错题本是空的" in text_of(tomorrow.get("/practice/mistakes"))
        assert post(tomorrow.client, "/practice/runs", {"source": "mistakes"}, via="/practice/").status_code == 409


def test_a_missed_item_is_due_the_next_day_and_then_ever_later(app: Flask, cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        walker = on(app, cast, 0)
        item_id = miss_one(walker)
        assert due_on(app, cast, 0) == []
        gaps, day = [], 0
        for _ in range(3):
            waited = next(days for days in range(1, 60) if due_on(app, cast, day + days) == [item_id])
            day += waited
            gaps.append(waited)
            clock.move_to(MORNING + day * DAY)
            walker = on(app, cast, day)
            assert "今日复习 1 题" in text_of(walker.get("/practice/"))
            walker.walk(walker.start("review"), is_right=True)
            assert "今天的复习做完了" in text_of(walker.get("/practice/review"))
        assert gaps[0] == 1
        assert gaps == sorted(gaps)
        assert gaps[-1] > 2


def test_only_the_first_answer_of_a_day_is_a_review(app: Flask, cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        walker = on(app, cast, 0)
        miss_one(walker)
        clock.shift(timedelta(minutes=5))
        walker.walk(walker.start("mistakes"), is_right=True)
        with app.app_context():
            card = db.session.scalars(sa.select(ReviewCard)).one()
            assert db.session.scalar(sa.select(sa.func.count(ReviewLog.id))) == 1
            assert card.due_at == MORNING + DAY


def test_right_answers_alone_open_no_mistake_and_no_card(walker: Walker) -> None:
    walker.walk(walker.start("topic", "law"), is_right=True)
    with walker.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Mistake.id))) == 0
        assert db.session.scalar(sa.select(sa.func.count(ReviewCard.id))) == 0


def test_reviews_stop_at_the_daily_cap(app: Flask, cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        walker = on(app, cast, 0)
        for topic in ("law", "refusal", "harm"):
            walker.walk(walker.start("topic", topic), is_right=False)
        clock.move_to(MORNING + DAY)
        walker = on(app, cast, 1)
        assert f"今日复习 {REVIEWS_PER_DAY} 题" in text_of(walker.get("/practice/"))
        walker.walk(walker.start("review"), is_right=True)
        assert f"今日复习 {REVIEWS_PER_DAY - 10} 题" in text_of(walker.get("/practice/"))
        walker.walk(walker.start("review"), is_right=True)
        assert "今日复习 0 题" in text_of(walker.get("/practice/"))
        refused = post(walker.client, "/practice/runs", {"source": "review"}, via="/practice/")
        assert "暂时没有可以练的题目" in text_of(page(refused, 409))


def test_a_retired_item_leaves_notebook_and_reviews(app: Flask, cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False):
        miss_one(on(app, cast, 0))
    with app.app_context():
        sync_bank(db.session, now=MORNING, items=[])
        db.session.commit()
        waiting = queries.today(db.session, user_id=cast.zhuoma, now=MORNING + DAY)
        assert (waiting.mistakes, waiting.reviews) == (0, 0)


def test_a_notebook_shows_one_pupils_mistakes_only(app: Flask, cast: Cast, walker: Walker) -> None:
    miss_one(walker)
    other = Walker(app, sign_in_as(app, cast.liming, datetime.now(UTC)))
    assert "错题本是空的" in text_of(other.get("/practice/mistakes"))
    assert "错题本 0 题" in text_of(other.get("/practice/"))


@pytest.mark.parametrize("source", [PracticeSource.MISTAKES, PracticeSource.REVIEW])
def test_a_run_from_the_notebook_asks_what_was_missed(app: Flask, cast: Cast, source: PracticeSource) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        item_id = miss_one(on(app, cast, 0))
        clock.move_to(MORNING + DAY)
        walker = on(app, cast, 1)
        path = walker.start(source)
        item = walker.content(path)
        assert item.id == item_id
        walker.answer(path, right_choices(item))
        assert "1 题答对 1 题" in text_of(walker.get(walker.next(path)))
