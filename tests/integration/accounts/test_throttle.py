"""Guessing is slowed down per account; a whole school behind one address is never locked out."""

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quiz import clock
from quiz.accounts import services, throttle
from quiz.accounts.models import LoginThrottle
from quiz.accounts.services import sign_in as sign_in_module
from quiz.accounts.throttle import TooManyTriesError
from quiz.db import db
from quiz.errors import BusyError, DomainError
from quiz.operations.retention.rules import Kind
from tests.cast import PIN, Cast
from tests.factories.retention import erase_due
from tests.integration.accounts.walk import is_signed_in, sign_in_pupil, sign_in_staff
from tests.pages import page, text_of

NOW = datetime(2026, 6, 26, 10, 0, tzinfo=clock.LOCAL_ZONE)
SCHOOL_ADDRESS = "203.0.113.7"


def attempt(
    session: Session, cast: Cast, number: str, pin: str, at: datetime = NOW, source: str = SCHOOL_ADDRESS
) -> str:
    """Try once by the service; says what came of it."""
    try:
        services.sign_in_pupil(session, school_id=cast.school_a, student_number=number, pin=pin, source=source, now=at)
    except TooManyTriesError:
        session.rollback()
        return "wait"
    except DomainError:
        session.rollback()
        return "wrong"
    session.commit()
    return "in"


@pytest.fixture
def session(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield db.session


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verify without hashing, where only the counting matters."""
    monkeypatch.setattr(sign_in_module, "verify_secret", lambda stored, secret: stored is not None and secret == PIN)
    monkeypatch.setattr(sign_in_module, "needs_rehash", lambda stored: False)


@pytest.mark.usefixtures("quick")
def test_after_ten_failures_an_account_waits_even_with_the_right_pin(session: Session, cast: Cast) -> None:
    assert [attempt(session, cast, "20240101", "000000") for _ in range(10)] == ["wrong"] * 10
    assert attempt(session, cast, "20240101", PIN) == "wait"
    assert attempt(session, cast, "20240101", PIN, at=NOW + timedelta(minutes=14, seconds=59)) == "wait"
    assert attempt(session, cast, "20240101", PIN, at=NOW + timedelta(minutes=15)) == "in"


@pytest.mark.usefixtures("quick")
def test_unknown_numbers_wait_like_known_ones(session: Session, cast: Cast) -> None:
    assert [attempt(session, cast, "404", "000000") for _ in range(11)] == ["wrong"] * 10 + ["wait"]


@pytest.mark.usefixtures("quick")
def test_the_right_pin_forgets_earlier_failures(session: Session, cast: Cast) -> None:
    for _ in range(3):
        assert [attempt(session, cast, "20240101", "000000") for _ in range(9)] == ["wrong"] * 9
        assert attempt(session, cast, "20240101", PIN) == "in"


@pytest.mark.usefixtures("quick")
def test_other_accounts_are_not_held_up(session: Session, cast: Cast) -> None:
    for _ in range(12):
        attempt(session, cast, "20240101", "000000")
    assert attempt(session, cast, "20240102", PIN) == "in"


@pytest.mark.usefixtures("quick")
def test_a_whole_school_behind_one_address_signs_in(session: Session, cast: Cast) -> None:
    for number in range(60):
        services.create_pupil(
            session, name=f"学生{number}", student_number=f"7{number:03d}", school_id=cast.school_a,
            class_id=cast.class_a1, gender=None, now=NOW, secret_hash="x",
        )  # fmt: skip
    session.commit()
    for number in range(60):
        for _ in range(5):
            assert attempt(session, cast, f"7{number:03d}", "999999") == "wrong"
        assert attempt(session, cast, f"7{number:03d}", PIN) == "in"
    charged = session.scalar(
        sa.select(LoginThrottle.failures).where(LoginThrottle.key == throttle.source_key(SCHOOL_ADDRESS))
    )
    assert charged == 60


@pytest.mark.usefixtures("quick")
def test_above_the_limit_of_a_source_each_account_has_one_try_left(session: Session, cast: Cast) -> None:
    for number in range(throttle.SOURCE_LIMIT):
        attempt(session, cast, f"guess{number}", "000000")
    assert attempt(session, cast, "20240101", PIN) == "in"
    assert attempt(session, cast, "20240102", "000000") == "wrong"
    assert attempt(session, cast, "20240102", PIN) == "wait"
    assert attempt(session, cast, "20240102", PIN, source="198.51.100.1") == "in"


@pytest.mark.usefixtures("quick")
def test_far_beyond_what_a_school_can_cause_the_source_waits(session: Session, cast: Cast) -> None:
    session.add(
        LoginThrottle(key=throttle.source_key(SCHOOL_ADDRESS), failures=throttle.SOURCE_CEILING, window_started_at=NOW)
    )
    session.commit()
    assert attempt(session, cast, "20240101", PIN) == "wait"
    assert attempt(session, cast, "20240101", PIN, source="198.51.100.1") == "in"
    assert attempt(session, cast, "20240101", PIN, at=NOW + timedelta(minutes=15)) == "in"


def test_fifty_guesses_at_once_are_fifty_tries(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    monkeypatch.setattr(sign_in_module, "verify_secret", lambda stored, secret: bool(verified.append(secret)))

    def guess(number: int) -> None:
        with app.app_context():
            attempt(db.session, cast, "20240101", f"{number:06d}")

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verified) == throttle.ACCOUNT_LIMIT


def test_the_page_says_how_long_to_wait(client: FlaskClient) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        for _ in range(10):
            assert sign_in_pupil(client, pin="000000").status_code == 422
        traveller.shift(timedelta(minutes=6))
        reply = sign_in_pupil(client)
        soup = page(reply, 429)
    assert "请等 9 分钟再试" in text_of(soup)
    assert "登录条上的二维码现在也能用" in text_of(soup)
    assert int(reply.headers["Retry-After"]) > 0
    assert not is_signed_in(client)


def test_failures_are_kept_although_the_answer_is_an_error(client: FlaskClient, app: Flask) -> None:
    sign_in_staff(client, password="wrong")
    with app.app_context():
        kept = db.session.scalars(sa.select(LoginThrottle.key).order_by(LoginThrottle.key)).all()
    assert len(kept) == 2


def test_a_full_hashing_line_asks_to_come_back_and_counts_nothing(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_stored: str | None, _secret: str) -> bool:
        raise BusyError("现在登录的人很多，请等几秒再试。")

    monkeypatch.setattr(sign_in_module, "verify_secret", busy)
    for _ in range(12):
        reply = sign_in_pupil(client)
    soup = page(reply, 503)
    assert "现在登录的人很多，请等几秒再试" in text_of(soup)
    pin = soup.select_one("input[name=pin]")
    assert pin is not None
    assert pin["value"] == PIN
    assert reply.headers["Retry-After"] == "3"
    monkeypatch.undo()
    assert sign_in_pupil(client).status_code == 303


def test_the_hash_is_computed_without_holding_the_database(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    def watch(_stored: str | None, _secret: str) -> bool:
        held.append(db.session.in_transaction())
        return False

    monkeypatch.setattr(sign_in_module, "verify_secret", watch)
    with app.app_context():
        attempt(db.session, cast, "20240101", "000000")
    assert held == [False]


def test_windows_long_over_are_swept(session: Session, cast: Cast) -> None:
    attempt(session, cast, "404", "000000")
    erase_due(session, Kind.THROTTLES, NOW + timedelta(hours=2))
    assert session.scalar(sa.select(sa.func.count()).select_from(LoginThrottle)) == 0
