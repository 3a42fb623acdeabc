"""Attempts left open are closed once by the sweeper, with what was saved; only staff move a deadline."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.attempts import services
from quiz.attempts.jobs import JOBS
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.audit.models import AuditEntry
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from tests.cast import Cast
from tests.factories import sittings

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
NOW = OPENS + timedelta(minutes=10)


def test_the_sweeper_waits_for_the_grace_and_then_marks_what_was_saved(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, NOW)
        sittings.answer(db.session, attempt, right=4, now=NOW)
        assert services.close_due(db.session, now=NOW + timedelta(seconds=608)) == 0
        assert services.close_due(db.session, now=NOW + timedelta(seconds=609)) == 1
        assert services.close_due(db.session, now=NOW + timedelta(seconds=700)) == 0
        db.session.refresh(attempt)
        assert (attempt.status, attempt.score, attempt.elapsed_seconds) == (AttemptStatus.EXPIRED, 8000, 600)
        assert attempt.closed_at == attempt.deadline_at


def test_the_periodic_duty_closes_more_than_one_batch(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(services.close_due.__kwdefaults__, "limit", 2)
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        for user in (cast.zhuoma, cast.liming, cast.ouyang, cast.wangfang, cast.cairang):
            sittings.start(db.session, sitting, user, NOW)
        JOBS["every:5:attempts.close_due"](db.session, {}, NOW + timedelta(hours=1), lambda done, total: None)
        statuses = list(db.session.scalars(sa.select(Attempt.status)))
        assert statuses == [AttemptStatus.EXPIRED] * 5


def test_an_extension_moves_the_deadline_and_is_audited(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, CLOSES - timedelta(minutes=2))
        services.extend_attempt(
            db.session, actor_id=cast.teacher, attempt_id=attempt.id, extra_seconds=300, reason=" 教室停电 ", now=CLOSES
        )
        assert (attempt.deadline_at, attempt.extra_seconds) == (CLOSES + timedelta(minutes=5), 300)
        entry = db.session.scalars(sa.select(AuditEntry)).one()
        assert (entry.action, entry.object_id, entry.actor_id) == (
            "staff:attempt:extend", attempt.public_id, cast.teacher,
        )  # fmt: skip
        assert entry.details == {"extra_seconds": 300, "reason": "教室停电"}


def test_an_extension_needs_an_open_attempt_a_reason_and_a_sane_length(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=1, started_at=NOW)
        given = {"actor_id": cast.teacher, "attempt_id": attempt.id, "extra_seconds": 60, "reason": "停电", "now": NOW}
        with pytest.raises(ConflictError):
            services.extend_attempt(db.session, **given)  # type: ignore[arg-type]
        with pytest.raises(NotFoundError):
            services.extend_attempt(db.session, **{**given, "attempt_id": 999})  # type: ignore[arg-type]
        for wrong in ({"reason": " "}, {"extra_seconds": 0}, {"extra_seconds": 7201}):
            with pytest.raises(DomainError):
                services.extend_attempt(db.session, **{**given, **wrong})  # type: ignore[arg-type]
