"""Before keys are released no address tells a pupil or a visitor anything of a key, reason or explanation.

Every GET route of the application is asked, filled in with the pupil's own things and with others', by pupils who
answer, have handed in, or have not begun, and by a visitor. New routes are covered the day they are added.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from question_bank.loader import load_bank
from question_bank.model import Item
from quiz import clock
from quiz.attempts.models import Release
from quiz.contests import services as contests
from quiz.db import db
from quiz.items.services import sync_bank
from quiz.jobs.worker import run_due_jobs
from quiz.practice.models import PracticeSource
from quiz.practice.services import start_run
from tests.cast import Cast
from tests.factories import sittings
from tests.factories.contests import actor_of, make_contest
from tests.pages import csrf_of, unknown
from tests.signin import sign_in_as

CANARY = "金丝雀"
ROWS = [{"kinds": [kind], "count": 2, "points": 500} for kind in ("single", "multiple", "true_false", "scenario")]


def marked(item: Item) -> Item:
    """The item with a canary in every text that must stay hidden."""
    choices = tuple(
        replace(choice, reason=choice.reason and CANARY + choice.reason, misconception=CANARY)
        for choice in item.choices
    )
    return replace(item, explanation=CANARY + item.explanation, choices=choices)


@pytest.fixture(params=[Release.AFTER_CLOSE, Release.MANUAL])
def values(app: Flask, cast: Cast, request: pytest.FixtureRequest) -> Iterator[dict[str, list[object]]]:
    """What addresses are filled in with, by the name of the argument."""
    now = clock.now()
    with app.app_context():
        sync_bank(db.session, now=now, items=[marked(item) for item in load_bank()])
        contest = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, rows=ROWS,
            opens_at=now - timedelta(minutes=30), hours=1, release_keys=request.param.value,
        )  # fmt: skip
        contest.has_public_board = contest.has_public_page = True
        attempts = []
        for user in (cast.zhuoma, cast.liming):
            attempt = contests.enter_and_start(
                db.session, contest_public_id=contest.public_id, actor=actor_of(db.session, user),
                now=now - timedelta(minutes=5),
            )  # fmt: skip
            sittings.answer(db.session, attempt, right=4, now=now - timedelta(minutes=4))
            attempts.append(attempt)
        sittings.services.submit_attempt(
            db.session, attempt_public_id=attempts[1].public_id, user_id=cast.liming, now=now - timedelta(minutes=3)
        )
        runs = [
            start_run(
                db.session, user_id=user, source=PracticeSource.TOPIC, topic="law", band="junior", now=now,
                rng=random.Random(1),
            )
            for user in (cast.zhuoma, cast.liming)
        ]  # fmt: skip
        db.session.commit()
        public_ids: list[object] = [one.public_id for one in (contest, *attempts, *runs)]
        items: list[object] = [entry["item_id"] for entry in attempts[0].paper]
    run_due_jobs(app)
    yield {
        "public_id": public_ids,
        "item_id": items,
        "class_id": [cast.class_a1],
        "school_id": [cast.school_a],
        "region_id": ["630103"],
        "position": [1, 2],
    }


def addresses(app: Flask, values: dict[str, list[object]]) -> Iterator[str]:
    """All GET addresses of the application that can be made with the values, as they would be typed."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            for filled in _filled(rule, values):
                yield adapter.build(rule.endpoint, filled)


def _filled(rule: Rule, values: dict[str, list[object]]) -> Iterator[dict[str, object]]:
    found: list[dict[str, object]] = [{}]
    for name in rule.arguments:
        found = [{**one, name: value} for one in found for value in values.get(name, [unknown(rule, name)])]
    yield from found


def _lookers(app: Flask, cast: Cast) -> dict[str, FlaskClient]:
    now = clock.now()
    pupils = {"answers": cast.zhuoma, "has handed in": cast.liming, "has not begun": cast.ouyang}
    return {"visitor": app.test_client(), **{who: sign_in_as(app, user, now) for who, user in pupils.items()}}


def test_no_address_tells_a_key(app: Flask, cast: Cast, values: dict[str, list[object]]) -> None:
    seen = 0
    for who, client in _lookers(app, cast).items():
        for address in addresses(app, values):
            for headers in ({}, {"Accept": "application/json"}):
                reply = client.get(address, headers=headers)
                assert CANARY.encode() not in reply.data, f"{address} tells whoever {who}"
                seen += reply.status_code == 200
    assert seen > 40, "the crawl must have seen something"


def test_the_crawl_would_see_a_key(app: Flask, cast: Cast, values: dict[str, list[object]]) -> None:
    """The same addresses tell staff, who may know."""
    client = sign_in_as(app, cast.teacher, clock.now())
    assert any(CANARY.encode() in client.get(address).data for address in addresses(app, values))


def test_neither_saving_nor_handing_in_tells_a_key(app: Flask, cast: Cast, values: dict[str, list[object]]) -> None:
    client = sign_in_as(app, cast.zhuoma, clock.now())
    address = f"/attempts/{values['public_id'][1]}"
    headers = {"X-CSRFToken": csrf_of(client, address)}
    replies = [
        client.post(f"{address}/answers", json={"seq": 100, "position": 1, "choices": ["a"]}, headers=headers),
        client.post(f"{address}/answers", json={"seq": 100, "position": 1, "choices": ["b"]}, headers=headers),
        client.post(f"{address}/answers", json={"seq": 101, "position": 99, "choices": ["b"]}, headers=headers),
        client.post(f"{address}/submit", json={}, headers=headers),
        client.post(f"{address}/answers", json={"seq": 102, "position": 1, "choices": ["a"]}, headers=headers),
        client.get(f"{address}/result"),
    ]
    assert [reply.status_code for reply in replies] == [200, 409, 422, 200, 410, 200]
    assert not [reply for reply in replies if CANARY.encode() in reply.data]
