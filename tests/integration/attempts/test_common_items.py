"""A class may talk about its quiz afterwards: the same items for all, each in an order of their own."""

from flask import Flask

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import enter, make_contest

ROWS = ({"kinds": ["single"], "count": 10, "points": 1000},)


def papers(cast: Cast, is_shared: bool) -> list[Attempt]:
    now = clock.now()
    contest = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, rows=ROWS)
    contest.groups[0].sitting.has_common_items = is_shared
    db.session.flush()
    return [enter(db.session, contest, pupil, now) for pupil in (cast.zhuoma, cast.liming, cast.ouyang, cast.wangfang)]


def items(attempt: Attempt) -> list[str]:
    return [entry["item_id"] for entry in attempt.paper]


def test_all_get_the_same_items_in_different_orders(app: Flask, cast: Cast) -> None:
    with app.app_context():
        found = papers(cast, is_shared=True)
        assert len({frozenset(items(attempt)) for attempt in found}) == 1
        assert len({tuple(items(attempt)) for attempt in found}) > 1
        assert [entry["position"] for entry in found[0].paper] == list(range(1, 11))


def test_otherwise_everybody_gets_items_of_their_own(app: Flask, cast: Cast) -> None:
    with app.app_context():
        assert len({frozenset(items(attempt)) for attempt in papers(cast, is_shared=False)}) > 1
