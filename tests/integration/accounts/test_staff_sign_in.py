"""Staff sign in with user name and password; nobody with a look-alike name takes their place."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts import services
from quiz.accounts.models import Role, User
from quiz.clock import now
from quiz.db import db
from quiz.errors import DomainError
from tests.cast import Cast
from tests.integration.accounts.walk import is_signed_in, sign_in_staff
from tests.pages import page, text_of


def test_it_leads_to_where_they_were_going(client: FlaskClient) -> None:
    page(client.get("/sign-in/staff"))
    reply = sign_in_staff(client, next="/staff/?page=2")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/staff/?page=2")
    assert is_signed_in(client)


@pytest.mark.parametrize("username", ["Teacher", " teacher ", "ＴＥＡＣＨＥＲ", "TEACHER"])
def test_case_spaces_and_width_do_not_matter(client: FlaskClient, username: str) -> None:
    assert sign_in_staff(client, username=username).status_code == 303


@pytest.mark.parametrize(("username", "password"), [("teacher", "wrong"), ("nobody", "correct-horse-battery")])
def test_a_wrong_password_and_an_unknown_name_read_the_same(client: FlaskClient, username: str, password: str) -> None:
    soup = page(sign_in_staff(client, username=username, password=password), 422)
    assert "用户名或密码不对" in text_of(soup)
    assert not is_signed_in(client)


def test_passwords_are_not_trimmed(client: FlaskClient) -> None:
    assert sign_in_staff(client, password=" correct-horse-battery ").status_code == 422


@pytest.mark.parametrize("username", ["Admin", " admin", "ＡＤＭＩＮ", "ADMIN "])
def test_look_alike_user_names_are_taken(app: Flask, cast: Cast, username: str) -> None:
    with app.app_context(), pytest.raises(DomainError, match="已经有人使用"):
        services.create_staff(db.session, actor=None, name="李四", username=username, role=Role.EDITOR, now=now())


def test_a_stopped_account_cannot_sign_in(client: FlaskClient, app: Flask, cast: Cast) -> None:
    with app.app_context():
        db.session.execute(sa.update(User).where(User.id == cast.teacher).values(is_active=False))
        db.session.commit()
    assert sign_in_staff(client).status_code == 422
