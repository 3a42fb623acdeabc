"""The answering page: the whole paper as plain forms, and the JSON contract of saving."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quiz import clock
from quiz.attempts import queries
from quiz.attempts.models import Attempt
from quiz.db import db
from tests.cast import Cast
from tests.factories import sittings
from tests.pages import csrf_of, page, post, text_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture
def attempt(app: Flask, cast: Cast) -> Attempt:
    """卓玛's open attempt of five items."""
    now = clock.now()
    with app.app_context():
        sitting = sittings.make_sitting(
            db.session, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1)
        )
        found = sittings.start(db.session, sitting, cast.zhuoma, now)
        db.session.commit()
        return found


def save_json(client: FlaskClient, attempt: Attempt, seq: int, position: int, choices: object) -> TestResponse:
    path = f"/attempts/{attempt.public_id}"
    return client.post(
        f"{path}/answers",
        json={"seq": seq, "position": position, "choices": choices},
        headers={"X-CSRFToken": csrf_of(client, path)},
    )


def test_the_page_holds_every_item_as_a_form_of_its_own(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    soup = page(sign_in(cast.zhuoma).get(f"/attempts/{attempt.public_id}"))
    forms = soup.select("section.question form")
    assert [form.select_one("input[name=position]")["value"] for form in forms] == ["1", "2", "3", "4", "5"]
    assert {form.select_one("input[name=seq]")["value"] for form in forms} == {"1"}
    assert all(form.select_one("fieldset legend") for form in forms)
    assert text_of(soup.select_one(".save-state")) == "已保存 0/5"


def test_multiple_choice_is_a_set_of_check_boxes_and_says_so(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    soup = page(sign_in(cast.zhuoma).get(f"/attempts/{attempt.public_id}"))
    multiple = next(part for part in soup.select("section.question") if "多选题" in part.get_text())
    assert multiple.select("input[type=checkbox]") and not multiple.select("input[type=radio]")
    assert "可以选多项" in text_of(multiple.select_one("legend"))


def test_another_pupils_attempt_is_not_found(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    stranger = sign_in(cast.liming)
    for path in ("", "/confirm", "/state", "/result", "/review"):
        assert stranger.get(f"/attempts/{attempt.public_id}{path}").status_code == 404, path
    token = {"csrf_token": csrf_of(stranger, "/practice/")}
    for path, data in (("/answers", {"seq": 1, "position": 1, "choices": "a"}), ("/submit", {})):
        assert stranger.post(f"/attempts/{attempt.public_id}{path}", data={**data, **token}).status_code == 404, path


def test_saving_as_json_says_what_is_stored(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    reply = save_json(sign_in(cast.zhuoma), attempt, 1, 2, ["b"])
    body = reply.get_json()
    assert reply.status_code == 200
    assert 0 < body.pop("remaining_seconds") <= 600
    assert body == {"status": "saved", "seq": 1, "next_seq": 2, "answered": 1, "total": 5, "choices": ["b"]}


def test_the_same_request_again_gets_the_same_reply(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    first = save_json(client, attempt, 1, 2, ["b"]).get_json()
    save_json(client, attempt, 2, 3, ["a"])
    again = save_json(client, attempt, 1, 2, ["b"]).get_json()
    del first["remaining_seconds"], again["remaining_seconds"]
    assert again == first


def test_a_number_used_already_gets_409_with_what_is_stored(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    save_json(client, attempt, 1, 2, ["b"])
    reply = save_json(client, attempt, 1, 2, ["a"])
    assert reply.status_code == 409
    assert (reply.get_json()["choices"], reply.get_json()["next_seq"]) == (["b"], 2)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        {"seq": "1", "position": 1, "choices": ["a"]},
        {"seq": True, "position": 1, "choices": ["a"]},
        {"seq": 0, "position": 1, "choices": ["a"]},
        {"seq": 1, "position": 1, "choices": "a"},
        {"seq": 1, "position": 1, "choices": [1]},
        {"seq": 1, "position": 1, "choices": ["a"] * 9},
        {"seq": 1, "position": 1, "choices": ["a"], "user_id": 1},
    ],
)
def test_anything_else_than_an_answer_is_refused(
    sign_in: SignIn, cast: Cast, attempt: Attempt, payload: object
) -> None:
    client = sign_in(cast.zhuoma)
    path = f"/attempts/{attempt.public_id}"
    reply = client.post(f"{path}/answers", json=payload, headers={"X-CSRFToken": csrf_of(client, path)})
    assert reply.status_code == 400


def test_saving_needs_the_csrf_token(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    sent = {"seq": 1, "position": 1, "choices": ["a"]}
    assert client.post(f"/attempts/{attempt.public_id}/answers", json=sent).status_code == 400


def test_a_script_without_session_is_told_where_to_sign_in(client: FlaskClient, attempt: Attempt) -> None:
    sent = {"seq": 1, "position": 1, "choices": ["a"]}
    reply = client.post(f"/attempts/{attempt.public_id}/answers", json=sent)
    assert (reply.status_code, reply.get_json()["sign_in"]) == (401, "/sign-in")


def test_the_state_holds_what_another_device_needs(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    save_json(client, attempt, 1, 2, ["b"])
    body = client.get(f"/attempts/{attempt.public_id}/state").get_json()
    assert (body["answers"], body["answered"], body["next_seq"]) == ({"2": ["b"]}, 1, 2)
    assert 0 < body["remaining_seconds"] <= 600


def test_a_second_device_finds_the_answers_made(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    save_json(sign_in(cast.zhuoma), attempt, 1, 2, ["b"])
    soup = page(sign_in(cast.zhuoma).get(f"/attempts/{attempt.public_id}"))
    assert [box["value"] for box in soup.select("#q-2 input:checked")] == ["b"]
    assert text_of(soup.select_one(".save-state")) == "已保存 1/5"
    assert soup.select_one("#q-1 input[name=seq]")["value"] == "2"


def test_after_the_deadline_a_save_is_closed_and_the_page_leads_to_the_result(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt
) -> None:
    client = sign_in(cast.zhuoma)
    path = f"/attempts/{attempt.public_id}"
    token = csrf_of(client, path)
    with app.app_context():
        db.session.get_one(Attempt, attempt.id).deadline_at = clock.now() - timedelta(seconds=30)
        db.session.commit()
    late = client.post(
        f"{path}/answers", json={"seq": 1, "position": 1, "choices": ["a"]}, headers={"X-CSRFToken": token}
    )
    assert (late.status_code, late.get_json()["result"]) == (410, f"{path}/result")
    assert client.get(f"{path}/state").status_code == 410
    by_hand = client.post(f"{path}/answers", data={"seq": 1, "position": 1, "choices": "a", "csrf_token": token})
    assert by_hand.location == f"{path}/result"
    waiting = page(client.get(by_hand.location))
    assert "第 1 题这一次没有保存" in waiting.get_text()
    assert text_of(waiting.select_one("h1")) == "时间到，已自动交卷"
    assert client.get(path).location == f"{path}/result"
    done = post(client, f"{path}/submit", via=f"{path}/result")  # without waiting for the sweep
    assert text_of(page(client.get(done.location)).select_one(".score")) == "0 分"
    with app.app_context():
        assert queries.current_answers(db.session, attempt.id) == {}


def test_handing_in_by_script_names_the_result(sign_in: SignIn, cast: Cast, attempt: Attempt) -> None:
    client = sign_in(cast.zhuoma)
    path = f"/attempts/{attempt.public_id}"
    token = csrf_of(client, path)
    for _ in range(2):
        reply = client.post(f"{path}/submit", json={}, headers={"X-CSRFToken": token, "Accept": "application/json"})
        assert (reply.status_code, reply.get_json()) == (200, {"result": f"{path}/result"})


def test_a_form_from_an_older_page_gets_409_and_shows_what_is_stored(
    sign_in: SignIn, cast: Cast, attempt: Attempt
) -> None:
    client = sign_in(cast.zhuoma)
    path = f"/attempts/{attempt.public_id}"
    save_json(client, attempt, 5, 2, ["b"])
    soup = page(post(client, f"{path}/answers", {"seq": 4, "position": 2, "choices": "a"}, via=path), 409)
    assert "第 2 题没有用这一次的选择" in soup.get_text()
    assert [box["value"] for box in soup.select("#q-2 input:checked")] == ["b"]


def test_an_item_of_an_unknown_kind_shows_nothing_of_itself(
    app: Flask, sign_in: SignIn, cast: Cast, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(cast.zhuoma)
    shown = page(client.get(f"/attempts/{attempt.public_id}"))
    stem = text_of(next(part for part in shown.select("section.question") if "判断题" in part.get_text()).legend)
    monkeypatch.delitem(__import__("question_bank.kinds", fromlist=["KINDS"]).KINDS, "true_false")
    app.extensions["answering_sheet"]._frame.cache_clear()  # of the items that this process has shown before
    soup = page(client.get(f"/attempts/{attempt.public_id}"))
    assert stem not in soup.get_text()
    assert "这道题暂时不能显示" in soup.get_text()
