"""The first administrator is made once: by the token of the console, or by command."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts import secrets
from quiz.accounts.models import Role, RoleGrant
from quiz.accounts.services import setup
from quiz.clock import now
from quiz.db import db
from quiz.errors import NotFoundError
from tests.cast import Cast
from tests.integration.accounts.walk import sign_in_staff
from tests.pages import page, post, text_of

PASSWORD = "昆仑山上的雪化成了三江源"
FORM = {"name": "管理员", "username": "root.admin", "password": PASSWORD, "repeated": PASSWORD}


@pytest.fixture
def empty(app: Flask, cast: Cast) -> Flask:
    """A system without an administrator."""
    with app.app_context():
        db.session.execute(sa.update(RoleGrant).where(RoleGrant.role == Role.ADMIN).values(revoked_at=now()))
        db.session.commit()
    return app


def token_address(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["user", "setup-token"])
    assert re.fullmatch(r"/setup/[\w-]{27}\n", result.output), result.output
    return result.output.strip()


def test_the_token_makes_one_administrator(client: FlaskClient, empty: Flask) -> None:
    address = token_address(empty)
    page(client.get(address))
    assert post(client, address, FORM).headers["Location"] == "/sign-in/staff"
    assert sign_in_staff(client, "root.admin", PASSWORD).status_code == 303
    assert client.get("/staff/").status_code == 200
    again = empty.test_client()
    assert again.get(address).status_code == 404
    assert post(again, address, {**FORM, "username": "second"}, via="/sign-in/staff").status_code == 404
    assert again.get(token_address(empty)).status_code == 404


def test_bad_input_keeps_the_token(client: FlaskClient, empty: Flask) -> None:
    address = token_address(empty)
    soup = page(post(client, address, {**FORM, "password": "admin123456789", "repeated": "admin123456789"}), 422)
    assert "太容易被猜到" in text_of(soup)
    assert post(client, address, FORM).status_code == 303


def test_nothing_is_locked_while_the_password_is_hashed(
    client: FlaskClient, empty: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    def hash_secret(secret: str) -> str:
        held.append(db.session.in_transaction())
        return secrets.hash_secret(secret)

    monkeypatch.setattr(setup, "hash_secret", hash_secret)
    assert post(client, token_address(empty), FORM).status_code == 303
    command = ["user", "create-admin", "--username", "Ops", "--name", "运维", "--password", PASSWORD]
    assert empty.test_cli_runner().invoke(args=command).exit_code == 0
    assert held == [False, False]


def test_two_who_use_the_token_at_once_make_one_administrator(empty: Flask) -> None:
    token, together = token_address(empty).rpartition("/")[2], Barrier(2)

    def use(n: int) -> bool:
        with empty.app_context(), db.sessionmaker() as session:
            together.wait()
            try:
                setup.use_setup_token(
                    session, token=token, name="管理员", username=f"root{n}", password=PASSWORD, now=now()
                )
            except NotFoundError:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, range(2))) == [False, True]


def test_a_later_token_ends_the_earlier(client: FlaskClient, empty: Flask) -> None:
    first, second = token_address(empty), token_address(empty)
    page(client.get(first), 404)
    page(client.get(second))


@pytest.mark.usefixtures("cast")
def test_where_an_administrator_exists_no_token_works(client: FlaskClient, app: Flask) -> None:
    page(client.get(token_address(app)), 404)
    page(client.get("/setup/nonsense"), 404)


@pytest.mark.usefixtures("cast")
def test_the_command_makes_an_administrator(client: FlaskClient, app: Flask) -> None:
    command = ["user", "create-admin", "--username", "Ops", "--name", "运维"]
    result = app.test_cli_runner().invoke(args=[*command, "--password", "short"])
    assert result.exit_code == 1
    assert "12" in result.output
    assert app.test_cli_runner().invoke(args=[*command, "--password", PASSWORD]).exit_code == 0
    assert sign_in_staff(client, "ops", PASSWORD).status_code == 303
    assert "已经有人使用" in app.test_cli_runner().invoke(args=[*command, "--password", PASSWORD]).output
