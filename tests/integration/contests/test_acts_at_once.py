"""Two people act on one contest at once: whoever comes second acts on what the first has left."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.accounts.rules import Actor
from quiz.attempts.models import Attempt, Sitting
from quiz.contests import extending, services
from quiz.contests.entering import grant_extra_time
from quiz.contests.models import Contest
from quiz.contests.queries import contest_for_pupil
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from tests.cast import Cast
from tests.factories.contests import actor_of, enter, make_contest

HOUR = timedelta(hours=1)


@pytest.fixture
def now(app: Flask) -> Iterator[datetime]:
    with app.app_context():
        yield clock.now()


def stale(cast: Cast, now: datetime, *meanwhile: sa.Executable, **options: object) -> tuple[Contest, Actor]:
    """A contest as this process has read it, before ``meanwhile`` happened in another one."""
    contest = make_contest(
        db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, **options,
    )  # type: ignore[arg-type]  # fmt: skip
    actor = actor_of(db.session, cast.school_admin)
    db.session.commit()
    with db.engine.begin() as connection:
        for statement in meanwhile:
            connection.execute(statement)
    return contest, actor


def test_a_later_end_is_not_taken_back_by_an_earlier_one(now: datetime, cast: Cast) -> None:
    contest, actor = stale(cast, now, sa.update(Sitting).values(closes_at=now + 9 * HOUR))
    with pytest.raises(DomainError):
        extending.change_window(db.session, actor=actor, contest=contest, closes_at=now + 5 * HOUR, now=now)


def test_a_draft_that_was_published_meanwhile_keeps_its_times(now: datetime, cast: Cast) -> None:
    contest, actor = stale(cast, now, sa.update(Contest).values(published_at=now), is_published=False)
    timing = replace(services.timing_of(contest), duration_seconds=60)
    with pytest.raises(ConflictError):
        services.change_timing(db.session, actor=actor, contest=contest, timing=timing, now=now)


def test_a_contest_cancelled_meanwhile_is_not_published(now: datetime, cast: Cast) -> None:
    contest, actor = stale(cast, now, sa.update(Contest).values(cancelled_at=now), is_published=False)
    with pytest.raises(ConflictError):
        services.publish(db.session, actor=actor, contest=contest, now=now)


def test_a_draft_deleted_meanwhile_is_not_found(now: datetime, cast: Cast) -> None:
    contest, actor = stale(cast, now, is_published=False)
    other = db.sessionmaker()
    services.delete_draft(other, contest=other.get_one(Contest, contest.id))
    other.commit()
    other.close()
    with pytest.raises(NotFoundError):
        services.publish(db.session, actor=actor, contest=contest, now=now)


def test_a_later_end_gives_the_full_time_also_to_who_was_extended(now: datetime, cast: Cast) -> None:
    contest, actor = stale(cast, now, opens_at=now - HOUR, hours=1 + 5 / 60)
    attempt = enter(db.session, contest, cast.zhuoma, now)
    given = {"user_public_id": actor_of(db.session, cast.zhuoma).public_id, "minutes": 2, "reason": "停电"}
    grant_extra_time(db.session, actor=actor, contest=contest, now=now, **given)  # type: ignore[arg-type]
    extending.change_window(db.session, actor=actor, contest=contest, closes_at=now + HOUR, now=now)
    db.session.flush()
    assert db.session.scalar(sa.select(Attempt.deadline_at)) == attempt.started_at + timedelta(minutes=12)


def test_a_voided_attempt_uses_up_nothing(now: datetime, cast: Cast) -> None:
    contest, _actor = stale(cast, now)
    enter(db.session, contest, cast.zhuoma, now)
    db.session.execute(sa.update(Attempt).values(status="voided", closed_at=now))
    found = contest_for_pupil(db.session, actor_of(db.session, cast.zhuoma), contest.public_id, now)
    assert (found.attempts_used, found.attempts_left) == (0, 1)
