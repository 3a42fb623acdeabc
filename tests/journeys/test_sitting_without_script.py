"""A whole sitting by plain HTTP: forms and links only, as a browser without JavaScript sends them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quiz import clock
from quiz.accounts.models import LoginSession
from quiz.attempts import queries
from quiz.attempts.models import Attempt
from quiz.db import db
from tests.cast import PIN, Cast
from tests.factories import sittings
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture
def attempt(app: Flask, cast: Cast) -> Attempt:
    """卓玛's open attempt; its keys come out at once."""
    now = clock.now()
    with app.app_context():
        window = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=1)}
        sitting = sittings.make_sitting(db.session, **window, release_keys="at_once")
        found = sittings.start(db.session, sitting, cast.zhuoma, now)
        db.session.commit()
        return found


def send(client: FlaskClient, form: Tag, choices: list[str] | None = None) -> TestResponse:
    """Send a form of a page with its hidden fields, as its button does."""
    fields = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    return client.post(form["action"], data={**fields, "choices": choices or []})


def right_answers(app: Flask, attempt: Attempt) -> dict[int, list[str]]:
    with app.app_context():
        items = queries.paper_items(db.session, attempt.paper)
        return {position: sittings.right_choices(item) for position, item in items.items()}


def test_from_the_first_item_to_the_review(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    for count, (position, choices) in enumerate(right_answers(app, attempt).items(), 1):
        saved = send(client, soup.select_one(f"#q-{position} form"), choices)
        assert saved.location == f"/attempts/{attempt.public_id}?saved={position}#q-{position}"
        soup = page(client.get(saved.location))
        assert f"已保存 {count}/5" in text_of(soup.select_one(f"#q-{position}"))
        assert text_of(soup.select_one(".save-state")) == f"已保存 {count}/5"
    confirm = page(client.get(soup.select_one("#card a.button--primary")["href"]))
    assert "每一题都答了" in text_of(confirm.main)
    done = send(client, confirm.select_one("main form"))
    result = page(client.get(done.location))
    assert text_of(result.select_one(".score")) == "100 分"
    review = page(client.get(result.select_one("a[href$=review]")["href"]))
    assert len(review.select("main section.card")) == 5


def test_handing_in_early_names_what_is_missing(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    send(client, soup.select_one("#q-2 form"), right_answers(app, attempt)[2])
    confirm = page(client.get(f"/attempts/{attempt.public_id}/confirm"))
    assert "还有 4 题没答" in text_of(confirm.main)
    assert [text_of(link.span) for link in confirm.select(".answer-card a")] == ["1", "3", "4", "5"]


def test_an_answer_can_be_changed_and_several_chosen(app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    box = soup.select_one("section:has(input[type=checkbox])")
    values = [field["value"] for field in box.select("input[type=checkbox]")]
    for chosen in (values[:2], values[1:], []):
        soup = page(client.get(send(client, box.form, chosen).location))
        box = soup.select_one(f"#{box['id']}")
        assert [field["value"] for field in box.select("input:checked")] == chosen


def sign_in_by_hand(client: FlaskClient, location: str, number: str) -> TestResponse:
    """Walk the sign-in pages to the end, keeping the address to return to."""
    page(client.get(location))
    separator = "&" if "?" in location else "?"
    form: BeautifulSoup = page(client.get(f"{location}{separator}school=6301030001"))
    hidden = {field["name"]: field["value"] for field in form.select("main form input[type=hidden]")}
    action = form.select_one("main form:has(input[name=pin])")["action"]
    return client.post(action, data={**hidden, "student_number": number, "pin": PIN})


def expire(app: Flask, user_id: int) -> None:
    with app.app_context():
        for login in db.session.query(LoginSession).filter_by(user_id=user_id):
            login.revoked_at = clock.now()
        db.session.commit()


def test_an_answer_sent_after_the_sign_in_ran_out_waits_for_its_pupil(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt
) -> None:
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    choices = right_answers(app, attempt)[3]
    expire(app, cast.zhuoma)
    refused = send(client, soup.select_one("#q-3 form"), choices)
    assert refused.status_code == 302 and refused.location.startswith("/sign-in")
    back = sign_in_by_hand(client, refused.location, "20240101")
    assert back.location == f"/attempts/{attempt.public_id}#q-3"
    soup = page(client.get(back.location))
    item = soup.select_one("#q-3")
    assert "这道题还没保存，请再按一次“保存”" in text_of(item)
    assert [field["value"] for field in item.select("input:checked")] == choices
    assert text_of(soup.select_one(".save-state")) == "已保存 0/5"
    assert not soup.select(".segments .is-done, .answer-card .is-done")
    again = page(client.get(send(client, item.form, choices).location))
    assert text_of(again.select_one(".save-state")) == "已保存 1/5"
    assert "还没保存" not in text_of(again.select_one("#q-3"))


def test_another_pupil_on_the_same_computer_sees_nothing_of_it(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt
) -> None:
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    expire(app, cast.zhuoma)
    refused = send(client, soup.select_one("#q-3 form"), right_answers(app, attempt)[3])
    back = sign_in_by_hand(client, refused.location, "20240102")
    assert client.get(back.location).status_code == 404


def test_a_form_without_answer_is_refused_with_a_way_on(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    path = f"/attempts/{attempt.public_id}"
    soup = page(post(client, f"{path}/answers", {"seq": "x"}, via=path), 400)
    assert "刷新页面后再试一次" in soup.get_text()


def test_a_kept_answer_never_shows_in_another_attempt(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt
) -> None:
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    expire(app, cast.zhuoma)
    refused = send(client, soup.select_one("#q-3 form"), right_answers(app, attempt)[3])
    with app.app_context():
        sitting = queries.get_attempt(db.session, attempt.public_id, cast.zhuoma).sitting
        theirs = sittings.start(db.session, sitting, cast.liming, clock.now())
        db.session.commit()
    sign_in_by_hand(client, refused.location, "20240102")
    soup = page(client.get(f"/attempts/{theirs.public_id}"))
    assert not soup.select("section.question input:checked")
    assert "还没保存" not in soup.main.get_text()
