"""Staff change their own password; a wrong current one is counted like a failed sign-in."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import PASSWORD, Cast
from tests.integration.accounts.walk import sign_in_staff
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
NEW = "湟水河边的老柳树又发芽了"


def change(client: FlaskClient, current: str = PASSWORD, password: str = NEW, repeated: str | None = None):  # type: ignore[no-untyped-def]
    data = {"current": current, "password": password, "repeated": password if repeated is None else repeated}
    return post(client, "/account/password", data)


def test_it_stays_signed_in_here_and_ends_everywhere_else(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    here, elsewhere = sign_in(cast.teacher), sign_in(cast.teacher)
    page(here.get("/account/password"))
    assert change(here).headers["Location"] == "/"
    assert here.get("/account/password").status_code == 200
    assert elsewhere.get("/account/password").status_code == 302
    assert sign_in_staff(app.test_client()).status_code == 422
    assert sign_in_staff(app.test_client(), password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"current": "wrong"}, "现在的密码不对"),
        ({"password": "short"}, "至少要 12 个字符"),
        ({"password": "teacherteacher"}, "太容易被猜到"),
        ({"password": PASSWORD}, "要和现在的不一样"),
        ({"repeated": "something else"}, "两次输入的密码不一样"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_changes(
    app: Flask, cast: Cast, sign_in: SignIn, values: dict[str, str], message: str
) -> None:
    assert message in text_of(page(change(sign_in(cast.teacher), **values), 422))
    assert sign_in_staff(app.test_client()).status_code == 303


def test_guessing_the_current_password_is_limited(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    assert [change(client, current="wrong").status_code for _ in range(11)] == [422] * 10 + [429]


def test_pupils_have_no_password(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.zhuoma).get("/account/password").status_code == 403
