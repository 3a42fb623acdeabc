"""Sittings without a contest, and pupils who sit them through the real services."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, LoginSession, User
from quiz.attempts import queries, services
from quiz.attempts.models import Attempt, Sitting
from quiz.papers.services import create_spec
from tests.factories.responses import right_choices, wrong_choices

__all__ = ["answer", "login", "make_sitting", "right_choices", "sit", "wrong_choices"]

ROWS: tuple[Mapping[str, Any], ...] = (
    {"kinds": ["single"], "count": 3, "points": 1000},
    {"kinds": ["multiple"], "count": 1, "points": 1000},
    {"kinds": ["true_false"], "count": 1, "points": 1000},
)


def make_sitting(
    session: Session,
    *,
    opens_at: datetime,
    closes_at: datetime,
    rows: Sequence[Mapping[str, Any]] | None = None,
    band: str = "junior",
    **policy: Any,
) -> Sitting:
    """A flushed sitting of five items and ten minutes, unless said otherwise."""
    spec = create_spec(session, title="练习卷", rows=rows or ROWS, actor_id=None, now=opens_at)
    columns = {"title": "防毒知识答题", "duration_seconds": 600, **policy}
    sitting = Sitting(band=band, paper_spec=spec, opens_at=opens_at, closes_at=closes_at, **columns)
    session.add(sitting)
    session.flush()
    return sitting


def start(session: Session, sitting: Sitting, user_id: int, now: datetime, extra_seconds: int = 0) -> Attempt:
    """Start as a pupil of the cast, with the school and class of the current enrolment."""
    place = session.query(Enrolment).filter_by(user_id=user_id, ended_at=None).one()
    return services.start_attempt(
        session, sitting=sitting, user_id=user_id, school_id=place.school_id, class_id=place.class_id,
        extra_seconds=extra_seconds, now=now,
    )  # fmt: skip


def login(session: Session, user_id: int, now: datetime) -> str:
    """The id of a new live login session."""
    user = session.get_one(User, user_id)
    row = LoginSession(
        id=secrets.token_urlsafe(32), user_id=user_id, user_version=user.session_version, method="pin",
        created_at=now, expires_at=now + timedelta(hours=12),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def answer(session: Session, attempt: Attempt, *, right: int, now: datetime) -> None:
    """Answer the whole paper as its owner: the first ``right`` positions rightly, the others wrongly."""
    session_id = login(session, attempt.user_id, now)
    seq = queries.last_seq(session, attempt.id)
    for entry in attempt.paper:
        item = queries.item_at(session, entry)
        seq += 1
        reply = services.save_answer(
            session, attempt_public_id=attempt.public_id, user_id=attempt.user_id, login_session_id=session_id,
            seq=seq, position=entry["position"], now=now,
            choices=right_choices(item) if entry["position"] <= right else wrong_choices(item),
        )  # fmt: skip
        assert reply.status == "saved", reply


def sit(
    session: Session, sitting: Sitting, user_id: int, *, right: int, started_at: datetime, seconds: int = 60
) -> Attempt:
    """A whole attempt: start, answer, submit after ``seconds``."""
    attempt = start(session, sitting, user_id, started_at)
    done = started_at + timedelta(seconds=seconds)
    answer(session, attempt, right=right, now=done)
    return services.submit_attempt(session, attempt_public_id=attempt.public_id, user_id=user_id, now=done)
