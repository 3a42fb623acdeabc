"""Submitting closes and marks once."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.attempts import queries, services
from quiz.attempts.models import AttemptStatus
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.jobs.models import Job
from tests.cast import Cast
from tests.factories import sittings

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
NOW = OPENS + timedelta(minutes=10)


def test_a_submitted_paper_is_marked_from_its_saved_answers(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=3, started_at=NOW, seconds=95)
        db.session.commit()
        assert attempt.status is AttemptStatus.SUBMITTED
        assert (attempt.score, attempt.elapsed_seconds) == (6000, 95)
        assert [mark["is_correct"] for mark in attempt.marks or []] == [True, True, True, False, False]
        assert list(queries.differences(db.session)) == []


def test_submitting_again_changes_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=5, started_at=NOW, seconds=95)
        again = services.submit_attempt(
            db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, now=NOW + timedelta(hours=1)
        )
        assert (again.id, again.score, again.elapsed_seconds) == (attempt.id, 10000, 95)
        assert again.closed_at == NOW + timedelta(seconds=95)


def test_an_attempt_without_answers_earns_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, NOW)
        attempt = services.submit_attempt(db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, now=NOW)
        assert (attempt.score, attempt.elapsed_seconds) == (0, 0)


def test_nobody_submits_the_attempt_of_another(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, NOW)
        with pytest.raises(NotFoundError):
            services.submit_attempt(db.session, attempt_public_id=attempt.public_id, user_id=cast.liming, now=NOW)
        with pytest.raises(NotFoundError):
            queries.get_attempt(db.session, attempt.public_id, cast.liming)


def test_a_submit_in_the_grace_counts_the_whole_time_at_most(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=5, started_at=NOW, seconds=604)
        assert attempt.status is AttemptStatus.SUBMITTED
        assert attempt.elapsed_seconds == 600


def test_a_submit_after_the_grace_closes_by_the_deadline(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, NOW)
        sittings.answer(db.session, attempt, right=2, now=NOW + timedelta(minutes=5))
        late = NOW + timedelta(minutes=11)
        attempt = services.submit_attempt(
            db.session, attempt_public_id=attempt.public_id, user_id=cast.zhuoma, now=late
        )
        assert attempt.status is AttemptStatus.EXPIRED
        assert (attempt.score, attempt.elapsed_seconds) == (4000, 600)
        assert attempt.closed_at == attempt.deadline_at


def test_closing_asks_for_the_tally_now_and_the_mistakes_when_keys_are_visible(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=5, started_at=NOW)
        jobs = {job.name: job for job in db.session.scalars(sa.select(Job))}
        assert jobs["rankings.tally"].payload == {"sitting_id": sitting.id}
        assert jobs["rankings.tally"].key == f"tally:{sitting.id}"
        assert jobs["practice.collect_mistakes"].payload == {"attempt_id": attempt.id}
        assert jobs["practice.collect_mistakes"].run_at == CLOSES + timedelta(seconds=5)
