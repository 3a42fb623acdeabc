"""What the production server looks at before it starts: demonstration accounts, durability, a free port."""

import socket
from collections.abc import Iterator

import pytest
from flask import Flask

from quiz import serve
from quiz.accounts.models import User
from quiz.db import db, write_intent
from tests.cast import Cast
from tests.processes import free_port


@pytest.fixture(autouse=True)
def started(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(serve, "create_app", lambda: app)
    yield
    write_intent.set(True)  # the server's own process never writes again; this one does


def demonstrate(app: Flask, cast: Cast) -> None:
    with app.app_context():
        db.session.get_one(User, cast.zhuoma).is_demo = True
        db.session.commit()


def test_a_sound_database_may_be_served(app: Flask, cast: Cast) -> None:
    demonstrate(app, cast)
    assert serve._refusal("all", "127.0.0.1", free_port()) is None


def test_demonstration_accounts_are_not_served_to_the_world(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    assert serve._refusal("all", "0.0.0.0", port) is None
    demonstrate(app, cast)
    assert "DEMO_PUBLIC=1" in (serve._refusal("all", "0.0.0.0", port) or "")
    monkeypatch.setitem(app.config, "DEMO_PUBLIC", True)
    assert serve._refusal("all", "0.0.0.0", port) is None


def test_a_port_in_use_is_named(app: Flask) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"127.0.0.1:{port}" in (serve._refusal("all", "127.0.0.1", port) or "")
