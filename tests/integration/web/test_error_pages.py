"""When something of ours breaks: a friendly page, no trace on it, and nothing of pupils in the log."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import config
from quiz.accounts.models import User
from quiz.accounts.views import slips
from quiz.db import db
from quiz.web.access import public
from tests.cast import Cast
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]


def test_the_page_survives_what_broke_the_transaction(
    app: Flask, sign_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    @public
    def breaks() -> str:
        session = db.session
        session.add(User(id=cast.admin, kind="staff", name="卓玛的秘密", created_at=None))
        session.flush()
        return ""

    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.view_functions, "home.index", breaks)
    app.extensions["demo_flag"].clear()  # the layout asks the database again
    soup = page(sign_in(cast.admin).get("/"), 500)
    assert "Traceback" not in text_of(soup) and "INSERT" not in text_of(soup)


def test_who_may_not_open_a_page_is_sent_to_somebody_who_can_help(sign_in: SignIn, cast: Cast) -> None:
    staff = text_of(page(sign_in(cast.province).get("/practice/"), 403).main)
    assert "上级管理员" in staff and "老师" not in staff
    pupil = text_of(page(sign_in(cast.liming).get("/desk/contests/"), 403).main)
    assert "请联系老师" in pupil and "管理员" not in pupil


def test_the_log_names_no_token(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setattr(slips, "find_slip", breaks)
    with caplog.at_level(logging.ERROR):
        assert client.get("/s/this-signs-a-pupil-in").status_code == 500
    assert "/s/<token>" in caplog.text and "this-signs-a-pupil-in" not in caplog.text


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://u@h/d"])
def test_messages_of_the_database_hide_what_was_written(url: str) -> None:
    options = config._engine_options(url)
    engine = sa.create_engine("sqlite://", hide_parameters=options["hide_parameters"])
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as error:
        connection.execute(sa.text("SELECT :name FROM nowhere"), {"name": "卓玛"})
    assert "卓玛" not in str(error.value)


def test_the_secret_key_is_never_found_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    first = config.secret_key(tmp_path)
    assert len(first) >= 48 and config.secret_key(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
