"""What no page sends is the sender's error, never ours: no NUL, no endless number, no endless nesting gives a 500."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import make_contest
from tests.integration.awards.scene import TIERS, Scene, make_scene
from tests.pages import csrf_of, page

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


@pytest.fixture
def draft_path(app: Flask, cast: Cast) -> str:
    """A draft of the province's organiser; its address."""
    with app.app_context():
        draft = make_contest(db.session, host="region:630000", by=cast.province, now=clock.now(), is_published=False)
        db.session.commit()
        return f"/desk/contests/{draft.public_id}"


@pytest.mark.parametrize(
    "path", ["/desk/expected/{id}?school=", "/items/drafts/?from_import=", "/items/law-0001?version="]
)
@pytest.mark.parametrize("number", [HUGE, "-" + HUGE, "²", "9" * 5000])
def test_numbers_of_addresses(sign_in: SignIn, cast: Cast, draft_path: str, path: str, number: str) -> None:
    client = sign_in(cast.admin)
    where = path.format(id=draft_path.rsplit("/", 1)[1])
    assert client.get(f"{where}{number}").status_code < 500


NO_NUMBERS = ["NaN", "sNaN", "-Infinity", "1E+999999", "1E-999999", "9" * 5000, "²", "abc"]


@pytest.fixture
def scene(app: Flask, cast: Cast) -> Scene:
    """A finished contest with tiers."""
    found = make_scene(app, cast)
    found.set_tiers()
    return found


@pytest.mark.parametrize("number", NO_NUMBERS)
@pytest.mark.parametrize("way", ["cutoff", "quota"])
def test_a_line_of_awards_that_is_no_number(scene: Scene, sign_in: SignIn, cast: Cast, way: str, number: str) -> None:
    client, path = sign_in(cast.province), f"{scene.path}/tiers"
    soup = page(client.get(path))
    data = {str(one["name"]): str(one.get("value", "")) for one in soup.select("form[action$='/tiers'] input[name]")}
    data |= {"issuers": "x", "rows-0-way": way, "rows-0-amount": number, "rows-0-kind": "pupil", "rows-0-group": ""}
    for at, tier in enumerate(TIERS):
        data |= {f"rows-{at}-kind": tier.kind.value, f"rows-{at}-group": ""}
        data |= {f"rows-{at}-way": tier.way.value} if at else {}
    reply = client.post(path, data=data)
    is_nought = (way, number) == ("cutoff", "1E-999999")
    assert reply.status_code == (303 if is_nought else 422)
    assert is_nought or page(reply, 422).select_one("[name='rows-0-amount'][aria-invalid='true']")


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_line_of_promotion_that_is_no_number(scene: Scene, sign_in: SignIn, cast: Cast, number: str) -> None:
    client, path = sign_in(cast.province), f"/desk/promotion/{scene.public_id}"
    data = {
        "level": "county", "ties": "all_in", "quotas-0-group": "junior", "quotas-0-kind": "fixed", "quotas-0-number": "1",
        "quotas-0-minimum": "0", "quotas-0-best_of_rest": "0", "quotas-0-reserves": "0", "quotas-0-cutoff": number,
        "csrf_token": csrf_of(client, path),
    }  # fmt: skip
    reply = client.post(path, data=data)
    assert reply.status_code == (303 if number == "1E-999999" else 422)


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_points_of_a_paper_that_are_no_number(sign_in: SignIn, cast: Cast, draft_path: str, number: str) -> None:
    client, path = sign_in(cast.province), f"{draft_path}/paper"
    soup = page(client.get(path))
    data = {str(one["name"]): str(one.get("value", "")) for one in soup.select("form[novalidate] input[name]")}
    data |= {"rows-0-points": number, "rows-0-difficulty_min": "1", "rows-0-difficulty_max": "5", "do": "draft"}
    assert client.post(path, data=data).status_code == 422


@pytest.mark.parametrize("do", ["remove", "up"])
def test_a_row_that_is_none(scene: Scene, sign_in: SignIn, cast: Cast, draft_path: str, do: str) -> None:
    client = sign_in(cast.province)
    for path in (f"{scene.path}/tiers", f"{draft_path}/paper"):
        for number in ("²", "9" * 5000, "-1", ""):
            data = {"do": f"{do}:{number}", "csrf_token": csrf_of(client, path)}
            assert client.post(path, data=data).status_code < 500


@pytest.mark.parametrize("tier", [HUGE, "-1", "²", "9" * 5000])
def test_a_tier_that_is_none(scene: Scene, sign_in: SignIn, cast: Cast, tier: str) -> None:
    path = f"{scene.path}/drafts/{scene.compute()}"
    assert sign_in(cast.province).get(f"{path}?tier={tier}").status_code == 200


@pytest.mark.parametrize("revision", ["²", HUGE, "9" * 5000])
def test_a_revision_that_is_none(sign_in: SignIn, cast: Cast, revision: str) -> None:
    client, path = sign_in(cast.editor), "/items/drafts/new"
    made = client.post(path, data={"kind": "single", "csrf_token": csrf_of(client, path)})
    data = {"revision": revision, "csrf_token": csrf_of(client, made.location)}
    assert client.post(made.location, data=data).status_code < 500
