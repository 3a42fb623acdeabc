"""A pupil sees the own state in plain words and takes it back alone; nobody else's."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.publication import rules
from tests.cast import Cast
from tests.integration.accounts.publication.consents import consent, public_id, states
from tests.pages import csrf_of, page, post, text_of

SignIn = Callable[[int], FlaskClient]


def section(client: FlaskClient) -> str:
    return text_of(page(client.get("/me")).select_one("section[aria-labelledby=in-public]"))


def test_every_state_is_said_in_plain_words(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(cast.zhuoma)
    assert "遮去一部分：卓*" in section(client) and "向老师要一张同意书" in section(client)
    consent(app, cast.zhuoma, cast.teacher, "refused")
    assert "不同意写全名" in section(client)
    consent(app, cast.zhuoma, cast.teacher)
    assert "写全名：卓玛" in section(client) and "告诉老师" in section(client)
    with monkeypatch.context() as patch:
        patch.setattr(rules, "COVERING_TEXTS", frozenset({"2"}))
        assert "遮去一部分：卓*" in section(client) and "重新问你们" in section(client)
    consent(app, cast.zhuoma, cast.teacher, "withdrawn", "request")
    assert "撤回了同意" in section(client)
    assert "不影响比赛" in section(client)


def test_a_pupil_withdraws_alone_and_at_once(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    consent(app, cast.zhuoma, cast.teacher)
    client = sign_in(cast.zhuoma)
    button = page(client.get("/me")).select_one("form[action='/me/consent/withdraw'] button")
    assert text_of(button) == "改回“卓*”"
    for _ in range(2):
        assert post(client, "/me/consent/withdraw", via="/me").status_code == 303
    assert states(app, cast.zhuoma) == ["agreed form", "withdrawn pupil"]
    assert "遮去一部分：卓*" in section(client)
    history = text_of(page(sign_in(cast.teacher).get(f"/consents/{public_id(app, cast.zhuoma)}")).main)
    assert "学生本人" in history and "学生在自己的页面" in history


def test_a_pupil_can_neither_agree_alone_nor_touch_another(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    consent(app, cast.liming, cast.teacher)
    client = sign_in(cast.zhuoma)
    token = csrf_of(client, "/me")
    for who in (cast.liming, cast.zhuoma):
        data = {"csrf_token": token, "pupil": "yes", "guardian": "yes", "seen": "0", "text": "1"}
        assert client.post(f"/consents/{public_id(app, who)}", data=data).status_code == 403
        assert client.post(f"/consents/{public_id(app, who)}/withdraw", data=data).status_code == 403
    forged = {"csrf_token": token, "user_id": str(cast.liming), "public_id": public_id(app, cast.liming)}
    assert client.post("/me/consent/withdraw", data=forged).status_code == 303
    assert states(app, cast.liming) == ["agreed form"] and states(app, cast.zhuoma) == []


def test_staff_have_no_such_page_of_their_own(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    data = {"csrf_token": csrf_of(client, "/account/password")}
    assert client.post("/me/consent/withdraw", data=data).status_code == 403
