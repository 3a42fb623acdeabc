"""A job whose worker was killed runs again; one that kills every worker is given up; done ones go."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz.db import db
from quiz.jobs import services
from quiz.jobs.models import Job, JobState
from quiz.operations.retention.rules import Kind
from tests.factories.retention import erase_due

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DEAD = services.HEARTBEAT_TIMEOUT + timedelta(seconds=1)


def take(at: datetime) -> Job | None:
    job = services.take(db.session, now=at)
    db.session.commit()
    return job


def test_a_job_whose_worker_died_runs_again_and_no_sooner(app: Flask) -> None:
    with app.app_context():
        services.enqueue(db.session, "tests.nothing", now=NOW)
        first = take(NOW)
        assert first is not None and take(NOW + services.HEARTBEAT_TIMEOUT) is None
        again = take(NOW + DEAD)
        assert again is not None and (again.id, again.tries) == (first.id, 2)


def test_a_job_that_kills_its_worker_each_time_is_given_up_and_others_go_on(app: Flask) -> None:
    with app.app_context():
        services.enqueue(db.session, "tests.deadly", now=NOW)
        for number in range(services.MAX_TRIES):
            assert take(NOW + number * DEAD) is not None
        services.enqueue(db.session, "tests.harmless", now=NOW)
        found = take(NOW + services.MAX_TRIES * DEAD)
        assert found is not None and found.name == "tests.harmless"
        deadly = db.session.scalars(sa.select(Job).where(Job.name == "tests.deadly")).one()
        assert (deadly.state, deadly.error) == (JobState.FAILED, "the worker died each time")


@pytest.mark.parametrize(("state", "age", "stays"), [("done", 8, False), ("done", 6, True), ("failed", 99, True)])
def test_jobs_done_long_ago_are_removed(app: Flask, state: str, age: int, stays: bool) -> None:
    with app.app_context():
        job = services.enqueue(db.session, "tests.nothing", now=NOW)
        assert job is not None
        job.state, job.finished_at = JobState(state), NOW
        db.session.flush()
        assert erase_due(db.session, Kind.JOBS, NOW + timedelta(days=age)) == (0 if stays else 1)
