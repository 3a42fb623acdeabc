"""A start in the lane begins what the service would begin, and passes on whatever is not plain."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.attempts.models import Attempt, Sitting
from quiz.contests.models import Contest, Entry
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import make_contest
from tests.lanes import only_lane, without_lane
from tests.pages import csrf_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture
def path(app: Flask, cast: Cast) -> str:
    """The start of a school's open contest."""
    with app.app_context():
        contest = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
        db.session.commit()
        return f"/contests/{contest.public_id}/start"


def press(client: FlaskClient, path: str) -> tuple[int, str | None]:
    token = csrf_of(client, "/practice/")
    reply = client.post(path, data={"csrf_token": token})
    return reply.status_code, reply.location


def attempts(app: Flask) -> list[Attempt]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Attempt).order_by(Attempt.id)))


def test_a_start_writes_entry_and_attempt(app: Flask, sign_in: SignIn, cast: Cast, path: str) -> None:
    client = sign_in(cast.zhuoma)
    with only_lane(app) as passed:
        status, location = press(client, path)
    assert passed == ["/practice/"] and status == 303
    found = attempts(app)
    assert location == f"/attempts/{found[0].public_id}"
    with without_lane(app):
        assert press(client, path) == (303, location), "the service finds the same attempt"
        twin = sign_in(cast.liming)
        press(twin, path)
    mine, other = attempts(app)
    for name in ("sitting_id", "school_id", "number", "status", "rules_version", "extra_seconds", "score", "marks"):
        assert getattr(mine, name) == getattr(other, name), name
    assert mine.deadline_at - mine.started_at == other.deadline_at - other.started_at == timedelta(minutes=10)
    assert [sorted(entry) for entry in mine.paper] == [sorted(entry) for entry in other.paper]
    assert len({entry["item_id"] for entry in mine.paper}) == len(mine.paper) == 4
    with app.app_context():
        entries = db.session.execute(sa.select(Entry.user_id, Entry.school_id, Entry.class_id, Entry.extra_seconds))
        assert sorted(map(tuple, entries)) == sorted(
            [(cast.zhuoma, cast.school_a, cast.class_a1, 0), (cast.liming, cast.school_a, other.class_id, 0)]
        )


def test_pressing_again_goes_to_the_same_attempt(app: Flask, sign_in: SignIn, cast: Cast, path: str) -> None:
    client = sign_in(cast.zhuoma)
    assert len({press(client, path) for _ in range(3)}) == 1
    assert len(attempts(app)) == 1


def test_twenty_presses_at_once_begin_one(app: Flask, sign_in: SignIn, cast: Cast, path: str) -> None:
    clients = [sign_in(cast.zhuoma) for _ in range(20)]  # each with a session, and so a token, of its own
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda client: press(client, path), clients))
    assert len(found) == 1 and next(iter(found))[0] == 303
    with app.app_context():
        assert db.session.query(Entry).count() == db.session.query(Attempt).count() == 1


def test_minutes_granted_before_are_in_the_deadline(app: Flask, sign_in: SignIn, cast: Cast, path: str) -> None:
    client = sign_in(cast.zhuoma)
    with app.app_context():
        contest = db.session.scalars(sa.select(Contest)).one()
        db.session.add(
            Entry(contest_id=contest.id, group_id=contest.groups[0].id, user_id=cast.zhuoma, school_id=cast.school_a,
                  class_id=cast.class_a1, extra_seconds=600, created_at=clock.now())
        )  # fmt: skip
        db.session.commit()
    with only_lane(app) as passed:
        press(client, path)
    assert passed == ["/practice/"]
    assert attempts(app)[0].deadline_at - attempts(app)[0].started_at == timedelta(minutes=20)


@pytest.mark.parametrize("change", ["closed", "cancelled", "shorter"])
def test_what_staff_changed_a_moment_ago_counts(
    app: Flask, sign_in: SignIn, cast: Cast, path: str, change: str
) -> None:
    press(sign_in(cast.liming), path)  # this process knows the contest as it was
    now = clock.now()
    values = {
        "closed": {"closes_at": now - timedelta(seconds=20), "opens_at": now - timedelta(hours=1)},
        "cancelled": {"cancelled_at": now},
        "shorter": {"duration_seconds": 300},
    }[change]
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(**values))
        db.session.commit()
    status, _ = press(sign_in(cast.zhuoma), path)
    found = [attempt for attempt in attempts(app) if attempt.user_id == cast.zhuoma]
    if change == "shorter":
        assert status == 303 and found[0].deadline_at - found[0].started_at == timedelta(minutes=5)
    else:
        assert status == 409 and found == []


def test_who_may_not_enter_is_told_by_the_application(app: Flask, sign_in: SignIn, cast: Cast, path: str) -> None:
    for user in (cast.cairang, cast.xiaohu):
        assert press(sign_in(user), path)[0] == 404
    assert attempts(app) == []
