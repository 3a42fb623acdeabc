"""A pupil signs in with school, student number and PIN, by plain HTTP."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.models import LoginSession, User
from quiz.db import db
from quiz.regions.models import School
from tests.cast import Cast
from tests.integration.accounts.walk import SCHOOL_A, SCHOOL_B, is_signed_in, sign_in_pupil
from tests.pages import page, post, text_of


def test_the_school_is_found_by_name_and_the_form_leads_in(client: FlaskClient, cast: Cast) -> None:
    soup = page(client.get("/sign-in"))
    assert soup.select_one("input[name=q]")
    soup = page(client.get("/sign-in?q=清源实验"))
    link = soup.select_one("ul.list a")
    assert link is not None
    assert text_of(link) == "城中区清源实验学校"
    soup = page(client.get(str(link["href"])))
    pin = soup.select_one("input[name=pin]")
    assert pin is not None
    assert (pin["inputmode"], pin["autocomplete"]) == ("numeric", "off")
    reply = sign_in_pupil(client)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/")
    assert is_signed_in(client)


def test_the_school_is_found_by_its_code(client: FlaskClient) -> None:
    assert "格尔木市昆仑初级中学" in text_of(page(client.get("/sign-in?q=632801")))


def test_an_unknown_school_keeps_the_search(client: FlaskClient) -> None:
    soup = page(client.get("/sign-in?q=月球第一小学"))
    assert "没有找到“月球第一小学”" in text_of(soup)
    assert "请再找一次" in text_of(page(client.get("/sign-in?school=999")))
    assert "请再找一次" in text_of(page(sign_in_pupil_at(client, "999"), 422))


def sign_in_pupil_at(client: FlaskClient, code: str):  # type: ignore[no-untyped-def]
    return post(
        client, "/sign-in", {"school": code, "student_number": "1", "pin": "2"}, via="/sign-in?school=" + SCHOOL_A
    )


def test_signs_of_search_patterns_are_searched_literally(client: FlaskClient) -> None:
    assert "没有找到“%”" in text_of(page(client.get("/sign-in?q=%25")))


def test_the_school_is_remembered_on_the_device(client: FlaskClient, cast: Cast) -> None:
    sign_in_pupil(client)
    client.delete_cookie("qingyuan")
    assert "城中区清源实验学校" in text_of(page(client.get("/sign-in")))
    assert page(client.get("/sign-in?q=")).select_one("input[name=q]")


@pytest.mark.parametrize("pin", ["246810", "246 810", "２４６８１０", " 246810 "])
def test_a_pin_may_be_typed_as_it_is_printed(client: FlaskClient, pin: str) -> None:
    assert sign_in_pupil(client, number="２０２４０１０１", pin=pin).status_code == 303


@pytest.mark.parametrize(("number", "pin"), [("20240101", "000000"), ("99999999", "246810")])
def test_a_wrong_pin_and_an_unknown_number_read_the_same(client: FlaskClient, number: str, pin: str) -> None:
    soup = page(sign_in_pupil(client, number=number, pin=pin), 422)
    assert "学号或口令不对。请对照登录条再输一次" in text_of(soup)
    typed, secret = soup.select_one("input[name=student_number]"), soup.select_one("input[name=pin]")
    assert typed is not None
    assert secret is not None
    assert typed["value"] == number
    assert not secret.get("value")
    assert not is_signed_in(client)


def test_empty_fields_say_what_to_enter(client: FlaskClient) -> None:
    text = text_of(page(sign_in_pupil(client, number="", pin=""), 422))
    assert "请填写学号。" in text
    assert "请填写登录条上的 6 位口令。" in text


def test_the_same_number_in_another_school_is_another_pupil(client: FlaskClient, app: Flask, cast: Cast) -> None:
    sign_in_pupil(client, number="20240101", school=SCHOOL_B)
    with app.app_context():
        assert db.session.scalar(sa.select(LoginSession.user_id)) == cast.cairang


@pytest.mark.parametrize("stopped", ["user", "school", "no_pin"])
def test_stopped_accounts_and_schools_and_pupils_without_pin_cannot_sign_in(
    client: FlaskClient, app: Flask, cast: Cast, stopped: str
) -> None:
    via_page = client.get("/sign-in?school=" + SCHOOL_A)
    assert via_page.status_code == 200
    with app.app_context():
        if stopped == "user":
            db.session.get_one(User, cast.zhuoma).is_active = False
        elif stopped == "no_pin":
            db.session.get_one(User, cast.zhuoma).secret_hash = None
        else:
            db.session.get_one(School, cast.school_a).is_active = False
        db.session.commit()
    reply = post(
        client,
        "/sign-in",
        {"school": SCHOOL_A, "student_number": "20240101", "pin": "246810"},
        via="/sign-in?school=" + SCHOOL_B,
    )
    assert reply.status_code == 422


def test_the_secret_is_hashed_anew_when_the_cost_has_changed(client: FlaskClient, app: Flask, cast: Cast) -> None:
    sign_in_pupil(client)
    with app.app_context():
        stored = db.session.get_one(User, cast.zhuoma).secret_hash
    assert stored is not None
    assert "m=19456,t=2,p=1" in stored
    other = app.test_client()
    assert sign_in_pupil(other).status_code == 303


def test_staff_cannot_come_in_by_the_pupils_door(
    client: FlaskClient, sign_in: Callable[[int], FlaskClient], cast: Cast
) -> None:
    assert sign_in_pupil(client, number="teacher", pin="correct-horse-battery").status_code == 422


def test_pages_of_signing_in_are_not_cached(client: FlaskClient) -> None:
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"
