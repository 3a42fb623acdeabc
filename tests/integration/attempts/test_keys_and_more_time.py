"""One pupil has more time beyond the window: until that attempt is over, nobody of the sitting sees a key."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from quiz.attempts import queries, services
from quiz.attempts.models import Attempt, Release, Sitting
from quiz.db import db
from quiz.errors import ConflictError
from quiz.jobs.models import Job
from quiz.jobs.worker import run_due_jobs
from quiz.practice.models import Mistake
from tests.cast import Cast
from tests.factories import sittings
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]
OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
LAST = CLOSES + timedelta(minutes=10)  # 李明's deadline
GRACE = timedelta(seconds=5)


def scene(cast: Cast, **policy: object) -> tuple[Sitting, Attempt, Attempt]:
    """卓玛 has handed in; 李明 began five minutes before the end and has got ten minutes more."""
    sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, **policy)
    done = sittings.sit(db.session, sitting, cast.zhuoma, right=2, started_at=OPENS)
    going = sittings.start(db.session, sitting, cast.liming, CLOSES - timedelta(minutes=5))
    services.extend_attempt(
        db.session, actor_id=cast.teacher, attempt_id=going.id, extra_seconds=600, reason="停电", now=CLOSES
    )
    db.session.commit()
    return sitting, done, going


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(CLOSES + timedelta(minutes=1), tick=False) as traveller:
        yield traveller


def test_the_review_opens_when_the_last_attempt_is_over(
    app: Flask, cast: Cast, sign_in: SignIn, frozen: time_machine.Traveller
) -> None:
    with app.app_context():
        _sitting, done, _going = scene(cast)
    client = sign_in(cast.zhuoma)
    assert client.get(f"/attempts/{done.public_id}/review").status_code == 404
    assert "18:10" in text_of(page(client.get(f"/attempts/{done.public_id}/result")).main)
    frozen.move_to(LAST + GRACE)
    assert client.get(f"/attempts/{done.public_id}/review").status_code == 200


def test_the_review_opens_sooner_when_the_last_pupil_hands_in(app: Flask, cast: Cast) -> None:
    with app.app_context():
        _sitting, done, going = scene(cast)
        at = CLOSES + timedelta(minutes=3)
        assert not queries.keys_visible(db.session, done, at)
        services.submit_attempt(db.session, attempt_public_id=going.public_id, user_id=cast.liming, now=at)
        assert queries.keys_visible(db.session, done, at)


def test_an_attempt_that_only_waits_for_the_sweep_hides_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context():
        _sitting, done, _going = scene(cast)
        assert not queries.keys_visible(db.session, done, LAST)
        assert queries.keys_visible(db.session, done, LAST + GRACE + timedelta(seconds=1))


def test_the_notebook_waits_too(app: Flask, cast: Cast, frozen: time_machine.Traveller) -> None:
    with app.app_context():
        scene(cast)
    mine = sa.select(sa.func.count()).where(Mistake.user_id == cast.zhuoma)
    for at, expected in ((CLOSES + timedelta(minutes=1), 0), (LAST + timedelta(minutes=1), 3)):
        frozen.move_to(at)
        run_due_jobs(app)
        with app.app_context():
            assert db.session.scalar(mine) == expected
    with app.app_context():
        assert not db.session.scalars(sa.select(Job.error).where(Job.error.is_not(None))).all()


def test_staff_cannot_release_keys_while_somebody_answers(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting, _done, going = scene(cast, release_keys=Release.MANUAL)
        act = {"sitting": sitting, "what": "keys", "actor_id": cast.teacher}
        with pytest.raises(ConflictError):
            services.release(db.session, **act, now=CLOSES + timedelta(minutes=1))  # type: ignore[arg-type]
        services.submit_attempt(
            db.session, attempt_public_id=going.public_id, user_id=cast.liming, now=CLOSES + timedelta(minutes=2)
        )
        services.release(db.session, **act, now=CLOSES + timedelta(minutes=3))  # type: ignore[arg-type]


def test_an_attempt_past_its_time_cannot_be_opened_again(app: Flask, cast: Cast) -> None:
    """The sweep may come late; by then others see the keys."""
    with app.app_context():
        _sitting, done, going = scene(cast)
        late = LAST + GRACE + timedelta(seconds=1)
        assert queries.keys_visible(db.session, done, late)
        with pytest.raises(ConflictError):
            services.extend_attempt(
                db.session, actor_id=cast.teacher, attempt_id=going.id, extra_seconds=600, reason="停电", now=late
            )
