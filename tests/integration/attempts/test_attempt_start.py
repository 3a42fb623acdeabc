"""Starting: one paper per attempt, within the window, as often as allowed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from quiz.attempts import queries, services
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.db import db
from quiz.errors import ConflictError
from tests.cast import Cast
from tests.factories import sittings

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
NOW = OPENS + timedelta(minutes=10)


def test_an_attempt_holds_its_paper_its_place_and_its_deadline(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, NOW, extra_seconds=120)
        db.session.commit()
        assert (attempt.status, attempt.number, attempt.rules_version) == (AttemptStatus.IN_PROGRESS, 1, 1)
        assert (attempt.school_id, attempt.class_id) == (cast.school_a, cast.class_a1)
        assert (attempt.started_at, attempt.deadline_at) == (NOW, NOW + timedelta(minutes=12))
        assert [entry["position"] for entry in attempt.paper] == [1, 2, 3, 4, 5]
        for entry in attempt.paper:
            assert set(entry) == {"position", "item_id", "version", "points", "order"}
            assert sorted(entry["order"]) == sorted(queries.item_at(db.session, entry).choice_ids)


def test_a_second_start_gives_the_open_attempt(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, attempts_allowed=3)
        first = sittings.start(db.session, sitting, cast.zhuoma, NOW)
        again = sittings.start(db.session, sitting, cast.zhuoma, NOW + timedelta(minutes=1))
        assert again.public_id == first.public_id
        assert again.deadline_at == NOW + timedelta(minutes=10)


def test_papers_of_pupils_differ(app: Flask, cast: Cast) -> None:
    with app.app_context():
        rows = [{"count": 20, "points": 500}]
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, rows=rows)
        papers = [
            sittings.start(db.session, sitting, user, NOW).paper for user in (cast.zhuoma, cast.liming, cast.ouyang)
        ]
        assert len({json.dumps(paper) for paper in papers}) == 3


def test_no_more_attempts_than_allowed(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, attempts_allowed=2)
        numbers = [
            sittings.sit(db.session, sitting, cast.zhuoma, right=n, started_at=NOW + n * timedelta(minutes=5)).number
            for n in range(2)
        ]
        assert numbers == [1, 2]
        with pytest.raises(ConflictError, match="答题次数已用完"):
            sittings.start(db.session, sitting, cast.zhuoma, NOW + timedelta(hours=1))


def test_a_voided_attempt_does_not_use_up_the_allowance(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        first = sittings.sit(db.session, sitting, cast.zhuoma, right=1, started_at=NOW)
        first.status = AttemptStatus.VOIDED
        db.session.flush()
        assert sittings.start(db.session, sitting, cast.zhuoma, NOW + timedelta(minutes=20)).number == 2


def test_an_attempt_whose_time_ran_out_is_closed_before_the_next(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, attempts_allowed=2)
        first = sittings.start(db.session, sitting, cast.zhuoma, NOW)
        second = sittings.start(db.session, sitting, cast.zhuoma, NOW + timedelta(minutes=30))
        assert second.number == 2
        db.session.refresh(first)
        assert (first.status, first.score) == (AttemptStatus.EXPIRED, 0)


@pytest.mark.parametrize(
    ("now", "cancelled", "text"),
    [(OPENS - timedelta(seconds=1), False, "还没有到"), (CLOSES, False, "已经结束"), (NOW, True, "已取消")],
)
def test_a_sitting_that_is_not_open_starts_nothing(
    app: Flask, cast: Cast, now: datetime, cancelled: bool, text: str
) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        sitting.cancelled_at = OPENS if cancelled else None
        with pytest.raises(ConflictError, match=text):
            sittings.start(db.session, sitting, cast.zhuoma, now)
        assert db.session.query(Attempt).count() == 0


def test_the_database_refuses_a_start_that_a_stale_picture_allows(app: Flask, cast: Cast) -> None:
    """Another process has cancelled the sitting since this one read it."""
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        db.session.commit()
        db.session.connection().exec_driver_sql("UPDATE sitting SET cancelled_at = opens_at")
        with pytest.raises(ConflictError):
            sittings.start(db.session, sitting, cast.zhuoma, NOW)


def test_a_start_near_the_end_of_the_window_has_only_what_is_left(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.start(db.session, sitting, cast.zhuoma, CLOSES - timedelta(minutes=2))
        assert attempt.deadline_at == CLOSES


def test_a_sitting_is_made_only_if_its_papers_can_be_drawn(app: Flask, cast: Cast) -> None:
    with app.app_context():
        spec = sittings.make_sitting(
            db.session, opens_at=OPENS, closes_at=CLOSES, rows=[{"kinds": ["multiple"], "count": 90, "points": 100}]
        ).paper_spec
        with pytest.raises(ConflictError, match="第 1 行要 90 道题"):
            services.create_sitting(
                db.session, title="场次", band="primary", spec=spec, opens_at=OPENS, closes_at=CLOSES,
                duration_seconds=600,
            )  # fmt: skip
