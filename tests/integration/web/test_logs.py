"""What is logged of a request: its id, route, status and time; never an address, a name or a value."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.models import User
from quiz.db import db
from quiz.web import logs
from quiz.web.access import public
from tests.cast import CREATED, Cast
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]
OURS = re.compile(r"[0-9a-f]{12}")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What was written as JSON so far, parsed."""
    target = io.StringIO()
    monkeypatch.setattr(logs.OurHandler, "stream", target)
    logs.configure("json", "INFO")
    yield lambda: [json.loads(line) for line in target.getvalue().splitlines()]
    logs.configure("plain", "INFO")


def breaks(app: Flask, monkeypatch: pytest.MonkeyPatch, endpoint: str, error: Callable[[], None]) -> None:
    """Make a page fail as it would in production."""

    @public
    def failing(**_arguments: object) -> str:
        error()
        return ""

    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.view_functions, endpoint, failing)


def test_a_request_is_one_line_with_its_route_and_no_address(
    client: FlaskClient, lines: Callable[[], list[dict[str, object]]]
) -> None:
    reply = client.get("/s/this-signs-a-pupil-in")
    [line] = [one for one in lines() if one["logger"] == "quiz.requests"]
    assert line["route"] == "/s/<token>" and line["method"] == "GET" and line["status"] == reply.status_code
    assert line["request_id"] == reply.headers["X-Request-ID"] and OURS.fullmatch(str(line["request_id"]))
    assert isinstance(line["ms"], float)
    assert "this-signs-a-pupil-in" not in json.dumps(lines())


def test_nothing_of_a_person_is_in_the_lines_of_signed_in_people(
    app: Flask, cast: Cast, sign_in: SignIn, lines: Callable[[], list[dict[str, object]]]
) -> None:
    with app.app_context():
        pupil = db.session.get_one(User, cast.zhuoma)
        secret = [pupil.name, pupil.public_id, "20240101"]
    sign_in(cast.zhuoma).get("/me")
    sign_in(cast.teacher).get(f"/classes/{cast.class_a1}/pupils?q=20240101")
    text = json.dumps(lines(), ensure_ascii=False)
    assert "/classes/<int:class_id>/pupils" in text
    assert not [one for one in secret if one in text]


def test_requests_can_be_left_out_while_errors_stay(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, lines: Callable[[], list[dict[str, object]]]
) -> None:
    monkeypatch.setitem(app.config, "LOG_REQUESTS", False)
    client.get("/")
    assert lines() == []
    breaks(app, monkeypatch, "home.index", lambda: int("".join(["卓玛", "的秘密"])))  # type: ignore[arg-type,return-value]
    client.get("/")
    [line] = lines()
    assert line["level"] == "error" and "ValueError: invalid literal" in str(line["exception"])
    assert "卓玛的秘密" not in json.dumps(line, ensure_ascii=False)


def test_an_error_of_the_database_does_not_tell_what_was_written(
    app: Flask, cast: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], list[dict[str, object]]],
) -> None:  # fmt: skip
    def doubled() -> None:
        first = db.session.scalars(sa.select(User.username_key).where(User.id == cast.teacher)).one()
        db.session.add(User(kind="staff", name="周老师的秘密", username="x", username_key=first, created_at=CREATED))
        db.session.flush()

    breaks(app, monkeypatch, "home.index", doubled)
    assert client.get("/").status_code == 500
    text = json.dumps(lines(), ensure_ascii=False)
    assert "IntegrityError" in text
    assert "周老师的秘密" not in text and "=(teacher)" not in text


@pytest.mark.parametrize(
    ("hops", "given", "is_taken"),
    [
        (1, "proxy-made.0123456789", True),
        (0, "proxy-made.0123456789", False),
        (1, "short", False),
        (1, "a b\"c'd<e>f", False),
    ],
)
def test_the_proxys_id_is_taken_where_proxies_are_believed(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, hops: int, given: str, is_taken: bool
) -> None:
    monkeypatch.setitem(app.config, "PROXY_HOPS", hops)
    answered = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (answered == given) is is_taken
    assert is_taken or OURS.fullmatch(answered)


def test_the_error_page_the_log_and_the_header_show_the_same_id(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    breaks(app, monkeypatch, "home.index", lambda: {}["x"])
    with caplog.at_level(logging.ERROR):
        reply = client.get("/")
    shown = reply.headers["X-Request-ID"]
    assert shown in text_of(page(reply, 500).main) and shown in caplog.text


def test_what_fails_after_the_view_is_logged_by_its_rule_too(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Flask's own line would hold the address."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with app.app_context():
        session_type = type(db.session)

    def broken(_self: object) -> None:
        raise RuntimeError("the commit broke")

    with caplog.at_level(logging.ERROR):
        monkeypatch.setattr(session_type, "rollback", broken)
        status = client.get("/s/this-signs-a-pupil-in").status_code
        monkeypatch.undo()
    assert status == 500
    assert "/s/<token>" in caplog.text and "this-signs-a-pupil-in" not in caplog.text


def test_plain_lines_are_for_people(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    target = io.StringIO()
    monkeypatch.setattr(logs.OurHandler, "stream", target)
    client.get("/healthz")
    assert re.search(r"INFO quiz.requests: [0-9a-f]{12} GET /healthz 200 [\d.]+ ms", target.getvalue())
