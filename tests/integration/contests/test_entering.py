"""Entering, starting, extra time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.contests import entering
from quiz.contests.models import Contest, Entry
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from tests.factories.contests import actor_of, enter, make_contest


@pytest.fixture
def contest_id(app, cast):
    with app.app_context():
        contest = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
        db.session.commit()
        return contest.public_id


def load(public_id):
    return db.session.query(Contest).filter_by(public_id=public_id).one()


def test_the_entry_remembers_where_the_pupil_was(app, cast, contest_id):
    with app.app_context():
        first = enter(db.session, load(contest_id), cast.zhuoma, clock.now())
        again = enter(db.session, load(contest_id), cast.zhuoma, clock.now())
        entry = db.session.query(Entry).one()
        assert first.id == again.id
        assert (entry.user_id, entry.school_id, entry.class_id) == (cast.zhuoma, cast.school_a, cast.class_a1)


def test_an_outsider_finds_no_contest(app, cast, contest_id):
    with app.app_context():
        for user in (cast.cairang, cast.xiaohu):
            with pytest.raises(NotFoundError):
                enter(db.session, load(contest_id), user, clock.now())
        assert db.session.query(Entry).count() == 0


def test_twenty_starts_at_once_give_one_entry_and_one_attempt(app, cast, contest_id):
    def start(_number):
        with app.app_context():
            attempt = entering.enter_and_start(
                db.session, contest_public_id=contest_id, actor=actor_of(db.session, cast.zhuoma), now=clock.now()
            )
            db.session.commit()
            return attempt.public_id

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(start, range(20)))
    with app.app_context():
        assert len(found) == db.session.query(Entry).count() == db.session.query(Attempt).count() == 1


def grant(cast, contest, user_id, minutes=10, by=None, reason="停电"):
    actor, now = actor_of(db.session, by or cast.teacher), clock.now()
    public_id = actor_of(db.session, user_id).public_id
    return entering.grant_extra_time(
        db.session, actor=actor, contest=contest, user_public_id=public_id, minutes=minutes, reason=reason, now=now
    )


def test_extra_time_before_the_start_lengthens_the_attempt(app, cast, contest_id):
    with app.app_context():
        contest = load(contest_id)
        assert grant(cast, contest, cast.zhuoma) == "卓玛"
        attempt = enter(db.session, contest, cast.zhuoma, clock.now())
        assert attempt.deadline_at - attempt.started_at == timedelta(minutes=20)


def test_extra_time_during_the_attempt_moves_its_deadline(app, cast, contest_id):
    with app.app_context():
        contest = load(contest_id)
        attempt = enter(db.session, contest, cast.zhuoma, clock.now())
        grant(cast, contest, cast.zhuoma)
        db.session.refresh(attempt)
        assert attempt.deadline_at - attempt.started_at == timedelta(minutes=20)


def test_extra_time_has_a_limit_a_reason_and_a_scope(app, cast, contest_id):
    with app.app_context():
        contest = load(contest_id)
        with pytest.raises(DomainError, match="原因"):
            grant(cast, contest, cast.zhuoma, reason=" ")
        with pytest.raises(NotFoundError):
            grant(cast, contest, cast.wangfang)  # of the other class
        with pytest.raises(NotFoundError):
            grant(cast, contest, cast.zhuoma, by=cast.outsider_teacher)
        for _ in range(6):
            grant(cast, contest, cast.zhuoma)
        with pytest.raises(DomainError, match="60 分钟"):
            grant(cast, contest, cast.zhuoma)


def test_keys_are_not_released_while_the_contest_runs(app, cast):
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now, release_keys="manual"
        )
        actor, end = actor_of(db.session, cast.teacher), contest.groups[0].sitting.closes_at
        with pytest.raises(ConflictError):
            entering.release(db.session, actor=actor, contest=contest, what="keys", now=now)
        entering.release(db.session, actor=actor, contest=contest, what="keys", now=end)
        assert contest.groups[0].sitting.keys_released_at == end
