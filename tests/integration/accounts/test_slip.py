"""A printed slip signs in its own pupil, by a press of the button, until it ends."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts import services
from quiz.accounts.models import Enrolment, LoginSession, LoginSlip, User
from quiz.accounts.queries import load_actor, token_digest
from quiz.accounts.rules import Actor
from quiz.accounts.services import IssuedSlip
from quiz.db import db
from quiz.regions.models import School
from tests.cast import PIN, Cast
from tests.integration.accounts.walk import is_signed_in, sign_in_pupil
from tests.pages import page, post, text_of


def teacher_of(cast: Cast) -> Actor:
    login = services.sign_in_staff(
        db.session, username="teacher", password="correct-horse-battery", source="", now=clock.now()
    )
    db.session.commit()
    actor = load_actor(
        current_app.extensions["direct"], session_id=login.id, user_id=cast.teacher, version=login.user_version,
        now=clock.now(),
    )  # fmt: skip
    assert actor is not None
    return actor


@pytest.fixture
def slip(app: Flask, cast: Cast) -> IssuedSlip:
    """卓玛's slip."""
    with app.app_context():
        found = services.issue_slips(db.session, actor=teacher_of(cast), user_ids=[cast.zhuoma], now=clock.now())[0]
        db.session.commit()
        return found


def owner_of_last_session(app: Flask) -> int | None:
    with app.app_context():
        return db.session.scalar(sa.select(LoginSession.user_id).order_by(LoginSession.created_at.desc()).limit(1))


def test_the_slip_greets_and_signs_in_by_the_button(
    client: FlaskClient, app: Flask, cast: Cast, slip: IssuedSlip
) -> None:
    reply = client.get(f"/s/{slip.token}")
    soup = page(reply)
    assert "你好，卓玛" in text_of(soup)
    assert "城中区清源实验学校 初二 1班" in text_of(soup)
    assert reply.headers["X-Robots-Tag"] == "noindex"
    assert not is_signed_in(client)
    assert post(client, f"/s/{slip.token}").headers["Location"] == "/"
    assert is_signed_in(client)
    assert owner_of_last_session(app) == cast.zhuoma


def test_a_link_preview_signs_nobody_in(client: FlaskClient, app: Flask, slip: IssuedSlip) -> None:
    before = owner_of_last_session(app)
    for _ in range(3):
        client.get(f"/s/{slip.token}")
        client.head(f"/s/{slip.token}")
    assert owner_of_last_session(app) == before


def test_the_slip_works_again_and_again(app: Flask, slip: IssuedSlip) -> None:
    for _ in range(3):
        assert post(app.test_client(), f"/s/{slip.token}").status_code == 303


def test_a_post_without_token_of_the_page_is_refused(client: FlaskClient, slip: IssuedSlip) -> None:
    assert client.post(f"/s/{slip.token}").status_code == 400
    assert not is_signed_in(client)


def test_the_pin_of_the_slip_signs_in_and_the_old_one_does_not(app: Flask, slip: IssuedSlip) -> None:
    assert sign_in_pupil(app.test_client(), pin=PIN).status_code == 422
    assert sign_in_pupil(app.test_client(), pin=slip.pin).status_code == 303


def test_token_and_pin_are_not_stored(app: Flask, cast: Cast, slip: IssuedSlip) -> None:
    with app.app_context():
        row = db.session.scalars(sa.select(LoginSlip)).one()
        stored = db.session.get_one(User, cast.zhuoma).secret_hash
    assert row.token_hash == token_digest(slip.token)
    assert len(slip.token) == 27
    assert stored is not None
    assert slip.pin not in stored


def test_a_pupil_locked_by_wrong_tries_gets_in_by_the_slip(client: FlaskClient, slip: IssuedSlip) -> None:
    for _ in range(11):
        sign_in_pupil(client, pin="000000")
    assert post(client, f"/s/{slip.token}").status_code == 303


@pytest.mark.parametrize("ending", ["expired", "revoked", "new", "pin_reset", "left", "stopped", "school", "unknown"])
def test_an_ended_slip_says_what_to_do(
    client: FlaskClient, app: Flask, cast: Cast, slip: IssuedSlip, ending: str
) -> None:
    with app.app_context():
        row = db.session.scalars(sa.select(LoginSlip)).one()
        if ending == "expired":
            row.expires_at = clock.now() - timedelta(seconds=1)
        elif ending == "left":
            db.session.execute(
                sa.update(Enrolment).where(Enrolment.user_id == cast.zhuoma).values(ended_at=clock.now())
            )
        elif ending == "stopped":
            db.session.get_one(User, cast.zhuoma).is_active = False
        elif ending == "school":
            db.session.get_one(School, cast.school_a).is_active = False
        else:
            _end_by_teacher(cast, ending)
        db.session.commit()
    token = "x" * 27 if ending == "unknown" else slip.token
    soup = page(client.get(f"/s/{token}"), 404)
    assert "向老师要一张新的登录条" in text_of(soup)
    assert post(client, f"/s/{token}", via="/sign-in/staff").status_code == 404
    assert not is_signed_in(client)


def _end_by_teacher(cast: Cast, ending: str) -> None:
    actor = teacher_of(cast)
    if ending == "revoked":
        services.revoke_slips(db.session, actor=actor, user_id=cast.zhuoma, now=clock.now())
    elif ending == "new":
        services.issue_slips(db.session, actor=actor, user_ids=[cast.zhuoma], now=clock.now())
    elif ending == "pin_reset":
        services.reset_pin(db.session, actor=actor, user_id=cast.zhuoma, now=clock.now())


def test_the_school_says_how_long_slips_last(app: Flask, cast: Cast) -> None:
    now = clock.now()
    with app.app_context():
        db.session.get_one(School, cast.school_a).slip_valid_days = 30
        db.session.commit()
        services.issue_slips(db.session, actor=teacher_of(cast), user_ids=[cast.liming], now=now)
        assert db.session.scalars(sa.select(LoginSlip.expires_at)).one() == now + timedelta(days=30)


def test_another_pupil_at_the_device_is_named_and_replaced(
    client: FlaskClient, app: Flask, cast: Cast, slip: IssuedSlip
) -> None:
    sign_in_pupil(client, number="20240102")
    assert "现在登录的是李明" in text_of(page(client.get(f"/s/{slip.token}")))
    assert post(client, f"/s/{slip.token}").status_code == 303
    with app.app_context():
        open_ones = db.session.scalars(
            sa.select(LoginSession.user_id).where(LoginSession.revoked_at.is_(None), LoginSession.method != "password")
        ).all()
    assert open_ones == [cast.zhuoma]
