"""Ordering, matching and blanks in a real sitting: by plain forms, and in a browser on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from quiz import clock
from quiz.attempts import queries
from quiz.attempts.models import Attempt
from quiz.db import db
from tests.cast import Cast
from tests.factories import sittings
from tests.journeys.browser import Enter, aside, chromium, enter, picture, server
from tests.journeys.test_sitting_without_script import send
from tests.pages import page, text_of

__all__ = ["chromium", "enter", "server"]  # fixtures

SignIn = Callable[[int], FlaskClient]
PATIENCE = 20_000
KINDS = ("ordering", "matching", "blank")


def begin(app: Flask, cast: Cast) -> Attempt:
    """卓玛's open attempt of one item of each written kind; its keys come out at once."""
    now = clock.now()
    with app.app_context():
        rows = [{"kinds": [kind], "count": 1, "points": 1000} for kind in KINDS]
        sitting = sittings.make_sitting(
            db.session, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1), rows=rows,
            release_keys="at_once",
        )  # fmt: skip
        found = sittings.start(db.session, sitting, cast.zhuoma, now)
        db.session.commit()
        return found


def keys(app: Flask, attempt: Attempt) -> dict[int, tuple[str, list[str]]]:
    """Position → (kind, right response)."""
    with app.app_context():
        items = queries.paper_items(db.session, attempt.paper)
        return {position: (str(item.kind), sittings.right_choices(item)) for position, item in items.items()}


def test_by_forms_alone_they_are_answered_marked_and_explained(
    app: Flask, sign_in: SignIn, cast: Cast
) -> None:  # fmt: skip
    attempt = begin(app, cast)
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    for count, (position, (kind, right)) in enumerate(keys(app, attempt).items(), 1):
        question = soup.select_one(f"#q-{position}")
        assert len(question.select("input[type=text], input:not([type]), select")) == len(right), kind
        soup = page(client.get(send(client, question.form, right).location))
        assert f"已保存 {count}/3" in text_of(soup.select_one(f"#q-{position}"))
    confirm = page(client.get(f"/attempts/{attempt.public_id}/confirm"))
    result = page(client.get(send(client, confirm.select_one("main form")).location))
    assert text_of(result.select_one(".score")) == "100 分"
    review = page(client.get(result.select_one("a[href$=review]")["href"]))
    assert len(review.select("main section.card")) == 3
    assert "没答对" not in text_of(review.main)


def test_half_an_answer_is_kept_marked_wrong_and_shown_beside_the_right_one(
    app: Flask, sign_in: SignIn, cast: Cast
) -> None:
    attempt = begin(app, cast)
    client = sign_in(cast.zhuoma)
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    position, (_, right) = next((p, k) for p, k in keys(app, attempt).items() if k[0] == "matching")
    half = [right[0], *["" for _ in right[1:]]]
    saved = page(client.get(send(client, soup.select_one(f"#q-{position} form"), half).location))
    chosen = [option["value"] for option in saved.select(f"#q-{position} option[selected]") if option["value"]]
    assert chosen == right[:1]
    confirm = page(client.get(f"/attempts/{attempt.public_id}/confirm"))
    assert "还有 2 题没答" in text_of(confirm.main)
    assert "还有 1 题只答了一部分" in text_of(confirm.main)
    result = page(client.get(send(client, confirm.select_one("main form")).location))
    assert text_of(result.select_one(".score")) == "0 分"


def test_nonsense_from_a_changed_form_is_refused_and_nothing_is_lost(
    app: Flask, sign_in: SignIn, cast: Cast
) -> None:  # fmt: skip
    attempt = begin(app, cast)
    client = sign_in(cast.zhuoma)
    for position, (kind, right) in keys(app, attempt).items():
        for choices in (right, ["字" * 41] if kind == "blank" else ["z:9"]):
            reply = send(
                client, page(client.get(f"/attempts/{attempt.public_id}")).select_one(f"#q-{position} form"), choices
            )
        assert reply.status_code in {400, 422}, kind
        with app.app_context():
            assert queries.current_answers(db.session, attempt.id)[position] == right


def fill(paper: Page, position: int, kind: str, right: list[str]) -> None:
    question = paper.locator(f"#q-{position}")
    if kind == "blank":
        for number, text in enumerate(right):
            question.locator("input.input").nth(number).fill(text)
        return
    for value in right:
        question.locator(f"select:has(option[value='{value}'])").select_option(value)


@pytest.mark.browser
def test_on_a_phone_they_save_as_one_goes_and_come_back_after_a_reload(app: Flask, enter: Enter, cast: Cast) -> None:
    attempt = aside(lambda: begin(app, cast))
    right = aside(lambda: keys(app, attempt))
    errors: list[str] = []
    paper = enter(cast.zhuoma).new_page()
    paper.on("pageerror", lambda error: errors.append(str(error)))
    paper.goto(f"/attempts/{attempt.public_id}")
    for count, (position, (kind, response)) in enumerate(right.items(), 1):
        fill(paper, position, kind, response)
        expect(paper.locator(".save-state")).to_have_text(f"已保存 {count}/3", timeout=PATIENCE)
        assert paper.evaluate("document.documentElement.scrollWidth") <= 360
        picture(paper, f"answering-{kind}")
        if count < 3:
            paper.get_by_role("button", name="下一题").first.click()
    paper.reload()
    for position, (kind, response) in right.items():
        names = paper.locator(f"#q-{position} [name=choices]")
        values = [names.nth(n).input_value() for n in range(names.count())]
        assert values == response if kind == "blank" else sorted(values) == sorted(response), kind
    paper.goto(f"/attempts/{attempt.public_id}/confirm")
    expect(paper.get_by_text("每一题都答了")).to_be_visible()
    paper.get_by_role("button", name="确认交卷").click()
    paper.wait_for_url("**/result")
    expect(paper.locator(".score")).to_contain_text("100")
    paper.get_by_role("link", name="看题目回顾").click()
    paper.wait_for_url("**/review")
    picture(paper, "review-written-kinds")
    assert errors == []
