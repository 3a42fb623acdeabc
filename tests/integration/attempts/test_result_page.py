"""The result and the review: what they say, and that they say nothing before the policy allows."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from question_bank.model import Item
from quiz import clock
from quiz.attempts import queries, services
from quiz.attempts.models import Attempt, AttemptStatus, Release
from quiz.db import db
from tests.cast import Cast
from tests.factories import sittings
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]
Sit = Callable[..., Attempt]
SCENARIOS = (
    {"kinds": ["scenario"], "count": 3, "points": 1000},
    {"kinds": ["single"], "count": 1, "points": 1000},
    {"kinds": ["multiple"], "count": 1, "points": 1000},
)


@pytest.fixture
def sit(app: Flask, cast: Cast) -> Sit:
    """``sit(right=3, release_keys=…)``: 卓玛 has handed in five items, the first ``right`` of them right."""

    def finished(right: int = 3, **policy: object) -> Attempt:
        now = clock.now()
        with app.app_context():
            window = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=1)}
            sitting = sittings.make_sitting(db.session, **window, rows=SCENARIOS, **policy)
            started = now - timedelta(minutes=5)
            attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=right, started_at=started, seconds=65)
            db.session.commit()
            return attempt

    return finished


def items_of(app: Flask, attempt: Attempt) -> dict[int, Item]:
    with app.app_context():
        return queries.paper_items(db.session, attempt.paper)


def get(client: FlaskClient, attempt: Attempt, name: str) -> BeautifulSoup:
    return page(client.get(f"/attempts/{attempt.public_id}/{name}"))


def test_the_result_says_score_time_and_the_way_on(sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    soup = get(sign_in(cast.zhuoma), sit(right=5, release_keys=Release.AT_ONCE), "result")
    text = text_of(soup.main)
    assert text_of(soup.select_one(".score")) == "100 分"
    assert "1 分 05 秒" in text and "达标" in text and "5 / 5 题" in text
    assert text_of(soup.select_one("a[href$=review]")) == "看题目回顾"


def test_a_low_score_is_told_without_shaming(sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    soup = get(sign_in(cast.zhuoma), sit(right=1), "result")
    text = text_of(soup.main)
    assert text_of(soup.select_one(".score")) == "20 分"
    assert "离达标还差 40 分" in text
    assert not re.search("不及格|失败|倒数|太差", text)
    assert soup.select_one("a.button--primary")["href"] == "/practice/"


def test_topics_are_bars_with_their_number_beside(sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    soup = get(sign_in(cast.zhuoma), sit(), "result")
    bars = soup.select(".bars li")
    assert bars and all(re.fullmatch(r"\d+%", text_of(bar.select_one(".bars__value"))) for bar in bars)


def test_the_review_shows_choice_key_reason_and_source(app: Flask, sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    attempt = sit(right=0, release_keys=Release.AT_ONCE)
    soup = get(sign_in(cast.zhuoma), attempt, "review")
    for position, item in items_of(app, attempt).items():
        section = soup.select_one(f"#q-{position}")
        text = text_of(section)
        assert text_of(section.h3) == "应该怎么做"
        assert item.explanation in text and "出处" in text
        for choice in item.choices:
            assert choice.text in text and (choice.reason or "") in text
        assert section.select(".reviewed--right .reviewed__verdict")
        assert section.select(".reviewed--wrong.is-chosen .reviewed__verdict")


def test_only_what_was_missed_can_be_shown(sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    soup = get(sign_in(cast.zhuoma), sit(right=3, release_keys=Release.AT_ONCE), "review?show=missed")
    assert [part["id"] for part in soup.select("section.card")] == ["q-4", "q-5"]


def test_a_perfect_paper_has_nothing_missed(sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    soup = get(sign_in(cast.zhuoma), sit(right=5, release_keys=Release.AT_ONCE), "review?show=missed")
    assert "每一题都得了满分" in text_of(soup.main)


def test_before_its_time_the_review_is_not_there_and_the_result_says_when(
    sign_in: SignIn, cast: Cast, sit: Sit
) -> None:
    attempt = sit(release_keys=Release.AFTER_CLOSE)
    client = sign_in(cast.zhuoma)
    soup = get(client, attempt, "result")
    assert re.search(r"题目回顾 \d+月\d+日 周. \d\d:\d\d 开放", text_of(soup.main))
    assert not soup.select("a[href$=review]")
    assert client.get(f"/attempts/{attempt.public_id}/review").status_code == 404


def test_a_result_kept_back_shows_no_score(app: Flask, sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    attempt = sit(release_results=Release.MANUAL, release_keys=Release.MANUAL)
    client = sign_in(cast.zhuoma)
    soup = get(client, attempt, "result")
    assert "成绩由老师或组织者公布" in text_of(soup.main) and not soup.select(".score")
    with app.app_context():
        sitting = queries.get_attempt(db.session, attempt.public_id, cast.zhuoma).sitting
        services.release(db.session, sitting=sitting, what="results", actor_id=cast.teacher, now=clock.now())
        db.session.commit()
    assert text_of(get(client, attempt, "result").select_one(".score")) == "60 分"
    assert client.get(f"/attempts/{attempt.public_id}/review").status_code == 404


def test_a_voided_attempt_shows_no_score(app: Flask, sign_in: SignIn, cast: Cast, sit: Sit) -> None:
    attempt = sit(release_keys=Release.AT_ONCE)
    with app.app_context():
        db.session.get_one(Attempt, attempt.id).status = AttemptStatus.VOIDED
        db.session.commit()
    client = sign_in(cast.zhuoma)
    assert "不计成绩" in text_of(get(client, attempt, "result").h1)
    assert client.get(f"/attempts/{attempt.public_id}/review").status_code == 404


def test_an_open_attempt_leads_back_to_answering(app: Flask, sign_in: SignIn, cast: Cast) -> None:
    now = clock.now()
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=now, closes_at=now + timedelta(hours=1))
        attempt = sittings.start(db.session, sitting, cast.zhuoma, now)
        db.session.commit()
    reply = sign_in(cast.zhuoma).get(f"/attempts/{attempt.public_id}/result")
    assert (reply.status_code, reply.location) == (303, f"/attempts/{attempt.public_id}")


def secrets_of(items: dict[int, Item]) -> list[str]:
    """Everything of a paper that a pupil may not read before release."""
    found = [item.explanation for item in items.values()]
    found += [choice.reason for item in items.values() for choice in item.choices if choice.reason]
    return found


def test_no_secret_reaches_any_page_before_release(app: Flask, sign_in: SignIn, cast: Cast) -> None:
    now = clock.now()
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=now, closes_at=now + timedelta(hours=1), rows=SCENARIOS)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, now)
        sittings.answer(db.session, attempt, right=2, now=now)
        db.session.commit()
    client = sign_in(cast.zhuoma)
    path = f"/attempts/{attempt.public_id}"
    texts = [client.get(path + end).text for end in ("", "/confirm", "/state")]
    with app.app_context():
        services.submit_attempt(db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, now=clock.now())
        db.session.commit()
    texts += [client.get(path + end).text for end in ("/result", "/review")]
    secrets = secrets_of(items_of(app, attempt))
    assert len(secrets) > 10
    for text in texts:
        assert not [secret for secret in secrets if secret in text]
        assert not re.search(r"dangerous|acceptable|answer_key|explanation|misconception", text)
