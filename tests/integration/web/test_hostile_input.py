"""What no page sends is the sender's error, never ours: no NUL, no endless number, no endless nesting gives a 500."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Cast
from tests.pages import csrf_of

SignIn = Callable[[int], FlaskClient]
HUGE = "9" * 30
PUBLIC = ["/sign-in?q=%00", "/sign-in?school=%00", "/s/%00", "/setup/%00", "/boards/%00", "/%00", "/sign-in?%00=1"]
STAFF = [
    f"/classes/{HUGE}/pupils", f"/roster/schools/{HUGE}", f"/staff/?page={HUGE}", "/pupils?q=%00", "/items/%00",
    "/desk/contests/%00", "/desk/contests/?place=%00", "/staff/new?role=teacher&q=%00",
]  # fmt: skip
PUPIL = ["/attempts/%00", "/contests/%00", "/practice/runs/%00", f"/practice/runs/x/{HUGE}", "/rankings/%00"]


@pytest.fixture(autouse=True)
def production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "TESTING", False)  # an unexpected error becomes the page that people would see


@pytest.mark.parametrize("path", PUBLIC)
def test_visitors(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code < 500


@pytest.mark.parametrize("path", STAFF)
def test_staff(sign_in: SignIn, cast: Cast, path: str) -> None:
    assert sign_in(cast.admin).get(path).status_code < 500


@pytest.mark.parametrize("path", PUPIL)
def test_pupils(sign_in: SignIn, cast: Cast, path: str) -> None:
    assert sign_in(cast.zhuoma).get(path).status_code < 500


@pytest.mark.parametrize("place", ["²", HUGE, "9" * 5000, "\0", "-1", ""])
def test_a_place_that_is_no_id(sign_in: SignIn, cast: Cast, place: str) -> None:
    client, path = sign_in(cast.admin), "/staff/new?role=teacher"
    data = {"name": "何老师", "username": "he.laoshi", "place": place, "csrf_token": csrf_of(client, path)}
    assert client.post(path, data=data).status_code in {400, 422}


def test_a_user_name_with_a_nul(client: FlaskClient) -> None:
    data = {"username": "a\0b", "password": "x", "csrf_token": csrf_of(client, "/sign-in/staff")}
    assert client.post("/sign-in/staff", data=data).status_code == 400


@pytest.mark.parametrize(
    "body", [b"{", b"[" * 100_000, b'{"seq": 1, "choices": [], "position": ' + b"9" * 5000 + b"}", b"null", b"\xff"]
)
def test_json_that_is_none_of_ours(sign_in: SignIn, cast: Cast, body: bytes) -> None:
    client = sign_in(cast.zhuoma)
    reply = client.post(
        "/attempts/x/answers", data=body, content_type="application/json",
        headers={"X-CSRFToken": csrf_of(client, "/practice/")},
    )  # fmt: skip
    assert reply.status_code == 400 and reply.is_json
