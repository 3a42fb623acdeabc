"""The mark of a device: set at a pupil's sign-in, hashed for one contest, the same in the lane and behind it."""

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.db import db
from quiz.web import device
from tests.factories.contests import make_contest
from tests.integration.accounts.walk import sign_in_pupil, sign_in_staff
from tests.lanes import only_lane, without_lane
from tests.pages import csrf_of, page, text_of


@pytest.fixture
def contests(app, cast):
    """Two open contests of a school."""
    with app.app_context():
        made = [
            make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
            for _ in range(2)
        ]
        db.session.commit()
        return [one.public_id for one in made]


def start(client, public_id):
    reply = client.post(f"/contests/{public_id}/start", data={"csrf_token": csrf_of(client, "/practice/")})
    assert reply.status_code == 303


def mark_of(app, user_id):
    with app.app_context():
        query = sa.select(Attempt.device_mark).where(Attempt.user_id == user_id).order_by(Attempt.id.desc()).limit(1)
        return db.session.scalar(query)


def cookie_of(app, client):
    found = client.get_cookie(device.cookie_name(app))
    return found and found.value


def test_only_a_pupils_sign_in_sets_it_for_this_site_alone(app, client):
    assert client.get("/").headers.getlist("Set-Cookie") == [] or cookie_of(app, client) is None
    staff = app.test_client()
    sign_in_staff(staff)
    assert cookie_of(app, staff) is None
    reply = sign_in_pupil(client)
    [header] = [one for one in reply.headers.getlist("Set-Cookie") if one.startswith(device.cookie_name(app))]
    assert "HttpOnly" in header and "SameSite=Lax" in header and "Max-Age=2592000" in header and "Domain" not in header
    before = cookie_of(app, client)
    client.post("/sign-out", data={"csrf_token": csrf_of(client, "/practice/")})
    sign_in_pupil(client, "20240102")
    assert cookie_of(app, client) == before  # the same device for the next pupil


def test_lane_and_application_write_the_same_mark_and_contests_are_not_linked(app, cast, client, contests):
    first, second = contests
    sign_in_pupil(client)
    with only_lane(app) as passed:
        start(client, first)
    assert passed == ["/practice/"]
    mine = mark_of(app, cast.zhuoma)
    start(client, second)
    elsewhere = mark_of(app, cast.zhuoma)
    client.post("/sign-out", data={"csrf_token": csrf_of(client, "/practice/")})
    sign_in_pupil(client, "20240102")
    with without_lane(app):
        start(client, first)
    assert mark_of(app, cast.liming) == mine and len(mine) == 16
    assert elsewhere != mine
    number = device.read(app, cookie_of(app, client))
    assert number and number not in mine


@pytest.mark.parametrize("is_in_lane", [True, False])
def test_a_forged_or_missing_cookie_leaves_no_mark_and_hinders_nobody(app, cast, client, contests, is_in_lane):
    sign_in_pupil(client)
    client.set_cookie(device.cookie_name(app), "somebody-else.xxxx")
    if is_in_lane:
        start(client, contests[0])
    else:
        with without_lane(app):
            start(client, contests[0])
    assert mark_of(app, cast.zhuoma) is None


def test_pupils_read_in_the_rules_what_is_recorded(client, contests):
    sign_in_pupil(client)
    assert "这台设备的一个随机记号" in text_of(page(client.get(f"/contests/{contests[0]}")).main)
