"""Sessions: fresh at each sign-in, the row is the truth, a shared device keeps nobody."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import LoginSession, User
from quiz.db import db
from quiz.operations.retention.rules import Kind
from tests.cast import Cast
from tests.factories.retention import erase_due
from tests.integration.accounts.walk import is_signed_in, sign_in_pupil, sign_in_staff
from tests.pages import csrf_of


def sessions(app: Flask) -> list[LoginSession]:
    with app.app_context():
        return list(db.session.scalars(sa.select(LoginSession).order_by(LoginSession.created_at)))


def test_signing_in_throws_away_what_the_browser_brought(client: FlaskClient, app: Flask) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        cookie["locale"] = "en"
    csrf_of(client, "/sign-in?school=6301030001")
    with client.session_transaction() as cookie:
        before = cookie["csrf_token"]
    sign_in_pupil(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before
        assert cookie["locale"] == "en"
        assert cookie.permanent
        assert cookie["_user_id"].startswith(sessions(app)[0].id)


def test_every_sign_in_has_a_session_of_its_own(client: FlaskClient, app: Flask) -> None:
    sign_in_pupil(client)
    sign_in_pupil(app.test_client())
    first, second = sessions(app)
    assert first.id != second.id
    assert len(first.id) >= 43
    assert first.expires_at - first.created_at == timedelta(hours=12)


def test_an_unsaved_answer_survives_signing_in_again(client: FlaskClient) -> None:
    with client.session_transaction() as cookie:
        cookie["pending_answer"] = {"position": 3}
    sign_in_pupil(client)
    with client.session_transaction() as cookie:
        assert cookie["pending_answer"] == {"position": 3}


def test_a_revoked_session_ends_with_the_next_request(client: FlaskClient, app: Flask, cast: Cast) -> None:
    sign_in_staff(client)
    assert client.get(f"/classes/{cast.class_a1}/pupils").status_code == 200
    with app.app_context():
        db.session.execute(sa.update(LoginSession).values(revoked_at=clock.now()))
        db.session.commit()
    reply = client.get(f"/classes/{cast.class_a1}/pupils?q=卓")
    assert reply.status_code == 302
    assert reply.headers["Location"].startswith("/sign-in?next=/classes/")
    assert not is_signed_in(client)


def test_a_script_is_told_with_401(client: FlaskClient, cast: Cast) -> None:
    reply = client.get(f"/classes/{cast.class_a1}/pupils", headers={"Accept": "application/json"})
    assert (reply.status_code, reply.get_json()["sign_in"]) == (401, "/sign-in")


@pytest.mark.parametrize("column", ["session_version", "is_active"])
def test_raising_the_version_or_stopping_the_account_ends_all_sessions(
    client: FlaskClient, app: Flask, cast: Cast, column: str
) -> None:
    sign_in_pupil(client)
    with app.app_context():
        user = db.session.get_one(User, cast.zhuoma)
        setattr(user, column, 2 if column == "session_version" else False)
        db.session.commit()
    assert not is_signed_in(client)


def test_signing_out_ends_the_session_on_the_server_and_clears_storage(client: FlaskClient, app: Flask) -> None:
    sign_in_staff(client)
    with client.session_transaction() as cookie:
        stolen = cookie["_user_id"]
    token = csrf_of(client, "/account/password")
    reply = client.post("/sign-out", data={"csrf_token": token})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/sign-in")
    assert reply.headers["Clear-Site-Data"] == '"storage"'
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = stolen
    assert not is_signed_in(thief)


def test_signing_out_by_link_does_nothing(client: FlaskClient) -> None:
    sign_in_pupil(client)
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)


def test_the_next_person_at_the_same_computer_ends_the_session_before(client: FlaskClient, app: Flask) -> None:
    token = csrf_of(client, "/sign-in/staff")
    with client.session_transaction() as cookie:
        form_of_the_other_tab = cookie["csrf_token"]
    sign_in_pupil(client)
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = form_of_the_other_tab
    data = {"username": "teacher", "password": "correct-horse-battery", "csrf_token": token}
    assert client.post("/sign-in/staff", data=data).status_code == 303
    first, second = sessions(app)
    assert first.revoked_at is not None
    assert second.revoked_at is None


def test_staff_who_leave_the_desk_are_signed_out_after_an_hour(client: FlaskClient, cast: Cast) -> None:
    sign_in_staff(client)
    client.get(f"/classes/{cast.class_a1}/pupils")
    with client.session_transaction() as cookie:
        cookie["seen"] -= 61 * 60
    assert client.get(f"/classes/{cast.class_a1}/pupils").status_code == 302


def test_a_session_ends_after_twelve_hours_and_is_swept_half_a_year_later(client: FlaskClient, app: Flask) -> None:
    sign_in_pupil(client)
    with app.app_context():
        db.session.execute(sa.update(LoginSession).values(expires_at=clock.now() - timedelta(seconds=1)))
        db.session.commit()
    assert not is_signed_in(client)
    with app.app_context():
        erase_due(db.session, Kind.SESSIONS, clock.now() + timedelta(days=179))
        db.session.commit()
    assert len(sessions(app)) == 1
    with app.app_context():
        erase_due(db.session, Kind.SESSIONS, clock.now() + timedelta(days=181))
        db.session.commit()
    assert sessions(app) == []
