"""A teacher prints slips: A4 sheets of ten, PINs shown once, old ones ended, every one audited."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts import services
from quiz.accounts.models import LoginSlip, User
from quiz.audit.models import AuditEntry
from quiz.db import db
from tests.cast import Cast
from tests.integration.accounts.walk import SCHOOL_A, sign_in_pupil
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def public_id(app: Flask, user_id: int) -> str:
    with app.app_context():
        return db.session.get_one(User, user_id).public_id


def test_the_sheet_has_all_that_a_pupil_needs_and_signs_in(
    client: FlaskClient, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}"
    soup = page(post(teacher, f"{path}/slips", {"all": "1"}, via=f"{path}/pupils"))
    slips = soup.select(".slip")
    assert [text_of(slip.select_one(".slip__name")) for slip in slips] == ["卓玛", "李明", "欧阳小雪"]
    first = text_of(slips[0])
    assert "城中区清源实验学校" in first
    assert "初二 1班" in first
    assert "20240101" in first
    assert "如何登录" in first
    assert "http://localhost/sign-in" in first
    assert slips[0].select_one("svg path")
    pin = text_of(slips[0].select_one(".slip__code"))
    assert re.fullmatch(r"\d{3} \d{3}", pin)
    assert sign_in_pupil(client, pin=pin, school=SCHOOL_A).status_code == 303


def test_ten_slips_fit_on_a_sheet(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        for number in range(42):
            services.create_pupil(
                db.session, name=f"学生{number}", student_number=f"3{number:02d}", school_id=cast.school_a,
                class_id=cast.class_a1, gender=None, now=clock.now(),
            )  # fmt: skip
        db.session.commit()
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}"
    soup = page(post(teacher, f"{path}/slips", {"all": "1"}, via=f"{path}/pupils"))
    assert [len(sheet.select(".slip")) for sheet in soup.select(".sheet")] == [10, 10, 10, 10, 5]


def test_chosen_pupils_only(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}"
    chosen = {"pupil": [public_id(app, cast.liming), public_id(app, cast.wangfang), "nonsense"]}
    soup = page(post(teacher, f"{path}/slips", chosen, via=f"{path}/pupils"))
    assert [text_of(name) for name in soup.select(".slip__name")] == ["李明"]
    with app.app_context():
        assert db.session.scalars(sa.select(LoginSlip.user_id)).all() == [cast.liming]


def test_without_a_choice_it_asks_for_one_and_changes_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}"
    assert post(teacher, f"{path}/slips", {}, via=f"{path}/pupils").status_code == 422
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(LoginSlip)) == 0


def test_printing_cannot_be_asked_for_by_link(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.teacher).get(f"/classes/{cast.class_a1}/slips").status_code == 405


def test_a_new_pin_is_shown_once(client: FlaskClient, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}/pupils"
    reply = post(teacher, f"{path}/{public_id(app, cast.zhuoma)}/pin", via=path)
    pin = text_of(page(reply).select_one(".secret code"))
    assert reply.headers["Cache-Control"] == "no-store"
    assert pin not in teacher.get(path).text
    assert pin.replace(" ", "") not in teacher.get(path).text
    assert sign_in_pupil(client, pin=pin).status_code == 303


def test_a_new_pin_ends_the_waiting_and_the_open_sessions(
    client: FlaskClient, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    pupil = sign_in(cast.zhuoma)
    for _ in range(11):
        assert sign_in_pupil(client, pin="000000").status_code in {422, 429}
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}/pupils"
    pin = text_of(page(post(teacher, f"{path}/{public_id(app, cast.zhuoma)}/pin", via=path)).select_one("code"))
    assert pupil.get("/sign-in").status_code == 200
    assert sign_in_pupil(client, pin=pin).status_code == 303


def test_revoking_a_slip_leaves_the_pin(client: FlaskClient, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}"
    soup = page(post(teacher, f"{path}/slips", {"all": "1"}, via=f"{path}/pupils"))
    pin = text_of(soup.select_one(".slip__code"))
    page(teacher.get(f"{path}/pupils"))
    reply = post(teacher, f"{path}/pupils/{public_id(app, cast.zhuoma)}/slips/revoke", via=f"{path}/pupils")
    assert reply.status_code == 303
    with app.app_context():
        ended = db.session.scalars(sa.select(LoginSlip.user_id).where(LoginSlip.revoked_at.is_not(None))).all()
    assert ended == [cast.zhuoma]
    assert sign_in_pupil(client, pin=pin).status_code == 303


def test_every_act_is_audited_without_secrets(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}"
    post(teacher, f"{path}/slips", {"all": "1"}, via=f"{path}/pupils")
    zhuoma = public_id(app, cast.zhuoma)
    post(teacher, f"{path}/pupils/{zhuoma}/slips/revoke", via=f"{path}/pupils")
    post(teacher, f"{path}/pupils/{zhuoma}/pin", via=f"{path}/pupils")
    with app.app_context():
        entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "pupil:slip:issue", "pupil:slip:issue", "pupil:slip:issue", "pupil:slip:revoke", "pupil:pin:reset",
    ]  # fmt: skip
    assert {entry.actor_id for entry in entries} == {cast.teacher}
    assert [entry.details for entry in entries] == [{}, {}, {}, {"slips": 1}, {}]
