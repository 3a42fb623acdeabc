"""Saving answers: the append-only log, its order, its guards and its replies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.accounts.models import LoginSession, User
from quiz.attempts import queries, rules, services
from quiz.attempts.models import Attempt, ItemResponse
from quiz.attempts.services import SaveReply
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from tests.cast import Cast
from tests.factories import sittings

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
NOW = OPENS + timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


class Desk:
    """卓玛 at her paper of three single-choice items."""

    def __init__(self, cast: Cast) -> None:
        rows = [{"kinds": ["single"], "count": 3, "points": 100}]
        self.sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, rows=rows)
        self.user_id = cast.zhuoma
        self.session_id = sittings.login(db.session, cast.zhuoma, NOW)
        self.attempt = sittings.start(db.session, self.sitting, cast.zhuoma, NOW)

    def save(self, seq: Any, position: Any, choices: Any, at: datetime = NOW + MINUTE, **other: Any) -> SaveReply:
        given = {"user_id": self.user_id, "login_session_id": self.session_id, **other}
        return services.save_answer(
            db.session, attempt_public_id=self.attempt.public_id, seq=seq, position=position, choices=choices,
            now=at, **given,
        )  # fmt: skip

    def rows(self) -> list[tuple[int, int, list[str]]]:
        query = sa.select(ItemResponse.seq, ItemResponse.position, ItemResponse.choices).order_by(ItemResponse.id)
        return [tuple(row) for row in db.session.execute(query)]  # type: ignore[misc]


def test_a_saved_answer_stands_in_the_log(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        reply = desk.save(1, 2, ["b"])
        assert reply == SaveReply("saved", 1, 2, 1, 3, ["b"], desk.attempt.deadline_at)
        assert queries.current_answers(db.session, desk.attempt.id) == {2: ["b"]}
        assert queries.last_seq(db.session, desk.attempt.id) == 1


def test_changing_and_clearing_append_rows(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        desk.save(1, 1, ["a"])
        desk.save(2, 1, ["b"])
        reply = desk.save(3, 1, [])
        assert (reply.status, reply.answered, reply.choices, reply.next_seq) == ("saved", 0, [], 4)
        assert desk.rows() == [(1, 1, ["a"]), (2, 1, ["b"]), (3, 1, [])]
        assert queries.current_answers(db.session, desk.attempt.id) == {}


def test_a_replay_gets_the_first_reply_for_ever(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        first = desk.save(1, 1, ["a"])
        desk.save(2, 1, ["b"])
        desk.save(3, 2, ["c"])
        assert desk.save(1, 1, ["a"]) == first
        services.submit_attempt(
            db.session, attempt_public_id=desk.attempt.public_id, user_id=cast.zhuoma, now=NOW + 2 * MINUTE
        )
        assert desk.save(1, 1, ["a"], at=NOW + 60 * MINUTE) == first
        assert len(desk.rows()) == 3


def test_a_number_used_for_another_answer_is_stale(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        first = desk.save(1, 1, ["a"])
        for position, choices in ((1, ["b"]), (2, ["a"]), (1, [])):
            reply = desk.save(1, position, choices)
            assert (reply.status, reply.next_seq, reply.answered) == ("stale", 2, 1)
        assert desk.save(1, 1, ["b"]).choices == first.choices
        assert desk.rows() == [(1, 1, ["a"])]


def test_a_lower_number_does_not_overwrite_a_higher_one(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        desk.save(5, 1, ["b"])
        reply = desk.save(4, 1, ["a"])
        assert (reply.status, reply.choices, reply.next_seq) == ("stale", ["b"], 6)
        assert desk.save(3, 2, ["a"]).status == "saved", "another position may arrive out of order"


@pytest.mark.parametrize(("seconds", "status"), [(600, "saved"), (605, "saved"), (606, "closed"), (3600, "closed")])
def test_only_answers_before_deadline_and_grace_are_saved(app: Flask, cast: Cast, seconds: int, status: str) -> None:
    with app.app_context():
        desk = Desk(cast)
        assert desk.save(1, 1, ["a"], at=NOW + timedelta(seconds=seconds)).status == status
        assert len(desk.rows()) == (status == "saved")


def test_a_closed_attempt_takes_no_answer(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        desk.save(1, 1, ["a"])
        services.submit_attempt(
            db.session, attempt_public_id=desk.attempt.public_id, user_id=cast.zhuoma, now=NOW + 2 * MINUTE
        )
        reply = desk.save(2, 1, ["b"], at=NOW + 3 * MINUTE)
        assert (reply.status, reply.choices, reply.answered) == ("closed", ["a"], 1)


def test_the_attempt_of_another_is_not_found(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        other = sittings.login(db.session, cast.liming, NOW)
        with pytest.raises(NotFoundError):
            desk.save(1, 1, ["a"], user_id=cast.liming, login_session_id=other)
        with pytest.raises(DomainError) as raised:
            desk.save(1, 1, ["a"], login_session_id=other)
        assert raised.value.status == 401, "another's session does not open one's own attempt"


@pytest.mark.parametrize("ending", ["revoked", "expired", "version", "inactive", "unknown"])
def test_an_ended_session_saves_nothing(app: Flask, cast: Cast, ending: str) -> None:
    with app.app_context():
        desk = Desk(cast)
        row, user = db.session.get_one(LoginSession, desk.session_id), db.session.get_one(User, cast.zhuoma)
        if ending == "revoked":
            row.revoked_at = NOW
        elif ending == "expired":
            row.expires_at = NOW
        elif ending == "version":
            user.session_version += 1
        elif ending == "inactive":
            user.is_active = False
        else:
            desk.session_id = "no-such-session"
        db.session.flush()
        with pytest.raises(DomainError) as raised:
            desk.save(1, 1, ["a"])
        assert raised.value.status == 401
        assert desk.rows() == []


@pytest.mark.parametrize(
    ("seq", "position", "choices", "field"),
    [
        (0, 1, ["a"], "seq"), (-1, 1, ["a"], "seq"), (2**40, 1, ["a"], "seq"), ("1", 1, ["a"], "seq"),
        (True, 1, ["a"], "seq"), (1, 0, ["a"], "position"), (1, 4, ["a"], "position"), (1, True, ["a"], "position"),
        (1, "1", ["a"], "position"), (1, 1, ["a", "b"], "choices"), (1, 1, ["z"], "choices"),
        (1, 1, "a", "choices"), (1, 1, None, "choices"), (1, 1, [1], "choices"), (1, 1, [["a"]], "choices"),
        (1, 1, ["a", "a"], "choices"), (1, 1, {"a": 1}, "choices"),
    ],
)  # fmt: skip
def test_what_no_page_sends_is_refused(
    app: Flask, cast: Cast, seq: Any, position: Any, choices: Any, field: str
) -> None:
    with app.app_context():
        desk = Desk(cast)
        with pytest.raises(DomainError) as raised:
            desk.save(seq, position, choices)
        assert (raised.value.status, raised.value.field) == (422, field)
        assert desk.rows() == []


def test_an_attempt_takes_so_many_saves_and_no_more(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        assert desk.save(1000, 1, ["a"]).status == "saved"
        for seq in (1001, rules.MAX_SEQ):
            with pytest.raises(DomainError) as raised:
                desk.save(seq, 2, ["b"])
            assert (raised.value.status, raised.value.field) == (422, "seq")
            assert "请交卷" in raised.value.message
        assert desk.rows() == [(1000, 1, ["a"])]
        assert desk.save(1000, 1, ["a"]).status == "saved", "the same request again is the same answer"
        services.submit_attempt(db.session, attempt_public_id=desk.attempt.public_id, user_id=cast.zhuoma, now=NOW)
        assert desk.save(1000, 1, ["a"]).status == "saved"
        assert desk.save(1001, 2, ["b"]).status == "closed"


def test_replies_show_what_the_server_holds_after_an_extension(app: Flask, cast: Cast) -> None:
    with app.app_context():
        desk = Desk(cast)
        first = desk.save(1, 1, ["a"])
        services.extend_attempt(
            db.session, actor_id=cast.teacher, attempt_id=desk.attempt.id, extra_seconds=300, reason="停电", now=NOW
        )
        deadline = db.session.get_one(Attempt, desk.attempt.id).deadline_at
        assert deadline == NOW + 15 * MINUTE
        assert desk.save(1, 1, ["a"]) == replace(first, deadline_at=deadline)
        assert desk.save(2, 2, ["a"], at=NOW + 14 * MINUTE).status == "saved"
