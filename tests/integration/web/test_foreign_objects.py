"""Whoever has nothing to do with an object finds nothing at its address, whatever the method.

Every route that names a school, class, pupil, attempt, contest, run or import is asked by people of another school,
of another class, and by pupils; none may answer with a page, a file or a success. New routes are covered at once.
"""

import random
from collections.abc import Iterator
from datetime import datetime
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.accounts.models import RoleGrant, User
from quiz.accounts.roster.models import RosterImport
from quiz.accounts.roster.services import start_import
from quiz.attempts.models import Attempt
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.practice.models import PracticeSource
from quiz.practice.services import start_run
from quiz.regions.models import School
from tests.cast import Cast
from tests.factories.contests import actor_of, enter, make_contest
from tests.pages import csrf_of, unknown
from tests.signin import sign_in_as

Values = dict[str, list[object]]
#: Objects that concern everybody who holds the permission, or that are secrets themselves.
COMMON = {"item_id", "region_id", "token", "filename", "what"}
OPEN_TO_ALL = {
    "rankings.public_board", "rankings.public_teams", "rankings.explain",
    "publicity.show", "publicity.rules", "publicity.poster", "publicity.winners",
}  # fmt: skip


@pytest.fixture
def values(app: Flask, cast: Cast) -> Values:
    """The things of school A: a class contest of class A1 with an open attempt, a draft, a run, an import."""
    now = clock.now()
    with app.app_context():
        contest = make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now)
        draft = make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now, is_published=False)
        attempt = enter(db.session, contest, cast.zhuoma, now)
        run = _run(cast, now)
        school = db.session.get_one(School, cast.school_a)
        teacher = actor_of(db.session, cast.teacher)
        upload = start_import(db.session, actor=teacher, school=school, filename="a.csv", data=b"1,2", now=now)
        public = {user.id: user.public_id for user in db.session.scalars(sa.select(User))}
        grant = db.session.scalar(sa.select(RoleGrant.id).where(RoleGrant.user_id == cast.teacher))
        db.session.commit()
        ids: list[object] = [contest.public_id, draft.public_id, attempt.public_id, run, upload.public_id]
        return {
            "public_id": [*ids, public[cast.teacher], public[cast.zhuoma]],
            "user_public_id": [public[cast.zhuoma]],
            "class_id": [cast.class_a1],
            "school_id": [cast.school_a],
            "grant_id": [grant],
            "position": [1],
        }


def _run(cast: Cast, now: datetime) -> str:
    return start_run(
        db.session, user_id=cast.zhuoma, source=PracticeSource.TOPIC, topic="law", band="junior", now=now,
        rng=random.Random(1),
    ).public_id  # fmt: skip


def addresses(app: Flask, values: Values) -> Iterator[tuple[str, str]]:
    """(method, address) of every route that names an object of school A."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        own = rule.arguments & values.keys()
        if not own or rule.arguments & COMMON - {"what"} or rule.endpoint in OPEN_TO_ALL:
            continue
        names = sorted(rule.arguments)
        for filled in product(*(values.get(name, [unknown(rule, name)]) for name in names)):
            for method in {"GET", "POST"} & set(rule.methods or ()):
                yield method, adapter.build(rule.endpoint, dict(zip(names, filled, strict=True)), method=method)


def state(app: Flask) -> list[object]:
    """What an outsider might have changed."""
    with app.app_context():
        return [
            db.session.execute(sa.select(sa.func.count()).select_from(AuditEntry)).scalar(),
            db.session.execute(sa.select(Attempt.status, Attempt.deadline_at)).all(),
            db.session.execute(sa.select(Contest.title, Contest.published_at, Contest.cancelled_at)).all(),
            db.session.execute(sa.select(User.session_version, User.is_active).order_by(User.id)).all(),
            db.session.execute(sa.select(RosterImport.status)).all(),
        ]


@pytest.mark.parametrize("who", ["outsider_teacher", "colleague", "cairang", "wangfang", "editor"])
def test_strangers_find_nothing(app: Flask, cast: Cast, values: Values, who: str) -> None:
    client = sign_in_as(app, getattr(cast, who), clock.now())
    answer = {"seq": 1, "position": 1, "choices": "a"}
    token = {"csrf_token": csrf_of(client, "/practice/" if who in {"cairang", "wangfang"} else "/account/password")}
    before = state(app)
    asked = 0
    for method, address in addresses(app, values):
        reply = client.get(address) if method == "GET" else client.post(address, data=answer | token)
        asked += 1
        if who == "colleague" and address.startswith("/roster/schools/"):
            continue  # it is the colleague's school too; what is imported there is held to own classes
        assert reply.status_code in {403, 404}, f"{who} gets {reply.status_code} for {method} {address}"
    assert asked > 100
    assert state(app) == before


def test_visitors_are_asked_to_sign_in(app: Flask, cast: Cast, values: Values) -> None:
    client = app.test_client()
    token = {"csrf_token": csrf_of(client, "/sign-in/staff")}
    for method, address in addresses(app, values):
        reply = client.get(address) if method == "GET" else client.post(address, data=token)
        assert reply.status_code == 302 and reply.location.startswith("/sign-in"), f"{method} {address}"


def test_without_a_token_no_form_is_taken(app: Flask, cast: Cast, values: Values) -> None:
    """Not even by those who may: the owner, the own teacher, the administrator."""
    adapter = app.url_map.bind("localhost")
    for user in (cast.zhuoma, cast.teacher, cast.admin):
        client, before = sign_in_as(app, user, clock.now()), state(app)
        for rule in app.url_map.iter_rules():
            if "POST" not in (rule.methods or ()):
                continue
            names = sorted(rule.arguments)
            for filled in product(*(values.get(name, [unknown(rule, name)]) for name in names)):
                address = adapter.build(rule.endpoint, dict(zip(names, filled, strict=True)), method="POST")
                reply = client.post(address, data={"x": "y"})
                assert reply.status_code in {400, 403}, f"{reply.status_code} for {address}"
        assert state(app) == before
