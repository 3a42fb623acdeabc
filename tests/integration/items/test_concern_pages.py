"""Somebody reports a problem; editors see who may be right, settle it with a reason, and the item follows."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.db import db
from quiz.items.concerns import services
from quiz.items.concerns.models import ItemConcern
from quiz.items.concerns.rules import MOST_OPEN
from quiz.items.models import Item, ItemStatus
from tests.cast import Cast
from tests.factories.items import actor
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
REPORT = "/items/concerns/report/law-0001"


@pytest.fixture
def reported(app: Flask, cast: Cast, sign_in: SignIn) -> FlaskClient:
    """卓玛 has reported law-0001; the editor's client."""
    post(sign_in(cast.zhuoma), REPORT, {"kind": "wrong_key", "text": "我觉得第二个也对"})
    return sign_in(cast.editor)


def settle(client: FlaskClient, **data: str):
    form = page(client.get("/items/concerns/")).select_one("form[action$=settle]")
    assert form is not None
    return post(client, str(form["action"]), data, via="/items/concerns/")


def status_of(app: Flask) -> ItemStatus:
    with app.app_context():
        return db.session.get_one(Item, "law-0001").status


def test_a_pupil_reports_without_seeing_the_item_or_leaving_a_name(reported: FlaskClient, cast: Cast) -> None:
    queue = text_of(page(reported.get("/items/concerns/")).main)
    assert "我觉得第二个也对" in queue
    assert "学生报告" in queue
    assert "卓玛" not in queue
    assert "1" in text_of(page(reported.get("/items/concerns/")).select_one("[aria-current=page] .badge, .tabs"))


def test_the_same_report_twice_is_one(app: Flask, reported: FlaskClient, sign_in: SignIn, cast: Cast) -> None:
    reply = post(sign_in(cast.zhuoma), REPORT, {"kind": "wrong_key", "text": "再说一次"}, follow_redirects=True)
    assert "你已经报告过这个问题" in reply.text
    with app.app_context():
        assert db.session.query(ItemConcern).count() == 1


def test_a_report_without_a_kind_or_too_long_is_asked_for_again(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.zhuoma)
    assert "请选一种问题" in text_of(page(post(client, REPORT, {"text": "x"}), 422))
    assert "最多 300 字" in text_of(page(post(client, REPORT, {"kind": "typo", "text": "长" * 301}), 422))
    assert client.get("/items/concerns/report/law-9999").status_code == 404


def test_a_bored_pupil_cannot_fill_the_queue(app: Flask, sign_in: SignIn, cast: Cast) -> None:
    with app.app_context():
        ids = [row.id for row in db.session.query(Item).order_by(Item.id).limit(MOST_OPEN + 1)]
        for item_id in ids[:-1]:
            services.report_item(
                db.session, actor=actor(cast.zhuoma), item_id=item_id, kind="typo", text="", now=clock.now()
            )
        db.session.commit()
    reply = post(sign_in(cast.zhuoma), f"/items/concerns/report/{ids[-1]}", {"kind": "typo"})
    assert "请等编辑看过" in reply.text
    with app.app_context():
        assert db.session.query(ItemConcern).count() == MOST_OPEN


def test_an_unfounded_concern_is_closed_with_its_reason_and_the_item_stays(app: Flask, reported: FlaskClient) -> None:
    assert "写一句处理的理由" in text_of(page(settle(reported, outcome="unfounded"), 422))
    assert settle(reported, outcome="unfounded", answer="对过条文，没有错").status_code == 303
    assert status_of(app) is ItemStatus.PUBLISHED
    done = text_of(page(reported.get("/items/concerns/?state=settled")).main)
    assert "对过条文，没有错" in done


def test_a_founded_concern_opens_a_draft_of_the_item(reported: FlaskClient) -> None:
    reply = settle(reported, outcome="changed", answer="第二个选项改清楚")
    editor = page(reported.get(reply.headers["Location"]))
    assert "law-0001" in text_of(editor.main)
    assert editor.select_one("form#editor") is not None


def test_retiring_ends_every_open_concern_about_the_item(
    app: Flask, reported: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    post(sign_in(cast.zhuoma), REPORT, {"kind": "outdated", "text": ""})
    assert settle(reported, outcome="retired", answer="条文改了").status_code == 303
    assert status_of(app) is ItemStatus.RETIRED
    assert "没有" in text_of(page(reported.get("/items/concerns/")).main)
    assert "已经停用" in text_of(page(reported.get("/items/law-0001")))


def test_what_another_editor_settled_meanwhile_is_said(app: Flask, reported: FlaskClient, cast: Cast) -> None:
    with app.app_context():
        concern = db.session.query(ItemConcern).one()
        address = f"/items/concerns/{concern.public_id}/settle"
        services.settle(
            db.session, actor=actor(cast.admin), public_id=concern.public_id, outcome="unfounded", answer="没有错",
            now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    reply = post(reported, address, {"outcome": "retired", "answer": "x"}, via=REPORT, follow_redirects=True)
    assert "已经有人处理过了" in reply.text
    assert status_of(app) is ItemStatus.PUBLISHED
