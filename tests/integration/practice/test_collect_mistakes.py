"""Contest mistakes reach the notebook when their keys may be seen, and not before."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from quiz.attempts.models import Attempt, AttemptStatus, ItemResponse, Release, Sitting
from quiz.db import db
from quiz.items import catalogue
from quiz.jobs.models import Job, JobState
from quiz.jobs.services import enqueue
from quiz.jobs.worker import run_due_jobs
from quiz.papers.models import PaperSpec
from quiz.practice.models import Mistake, PracticeSource, ReviewCard
from quiz.practice.services import answer, start_run
from tests.cast import Cast
from tests.integration.practice.walker import right_choices, wrong_choices

OPENS = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
CLOSED = OPENS + timedelta(minutes=20)
CLOSES = OPENS + timedelta(days=2)


def closed_attempt(cast: Cast, release: Release) -> int:
    """卓玛 answered position 1 wrong, 2 right, and left 3 blank. Returns the attempt's id; the caller commits."""
    session = db.session
    spec = PaperSpec(title="细目", rows=[], created_at=OPENS)
    session.add(spec)
    session.flush()
    sitting = Sitting(
        title="初中组", band="junior", paper_spec_id=spec.id, opens_at=OPENS, closes_at=CLOSES, duration_seconds=1800,
        release_keys=release,
    )  # fmt: skip
    session.add(sitting)
    session.flush()
    bank = catalogue.load(session)
    entries = [entry for entry in bank.pool("junior") if entry.kind == "single"][:3]
    items = [bank.get(session, entry.item_id, entry.version) for entry in entries]
    attempt = Attempt(
        sitting_id=sitting.id, user_id=cast.zhuoma, school_id=cast.school_a, class_id=cast.class_a1, number=1,
        status=AttemptStatus.SUBMITTED, rules_version=1, started_at=OPENS, deadline_at=OPENS + timedelta(minutes=30),
        closed_at=CLOSED, elapsed_seconds=1200, score=3333,
        paper=[
            {"position": n, "item_id": item.id, "version": 1, "points": 500, "order": list(item.choice_ids)}
            for n, item in enumerate(items, 1)
        ],
        marks=[
            {"position": n, "awarded": 500 if n == 2 else 0, "points": 500, "is_correct": n == 2} for n in (1, 2, 3)
        ],
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    for position, choices in ((1, wrong_choices(items[0])), (2, right_choices(items[1]))):
        session.add(
            ItemResponse(
                attempt_id=attempt.id,
                number=position,
                seq=position,
                position=position,
                choices=choices,
                arrived_at=OPENS,
                change=1,
                answered=position,
                next_seq=position + 1,
            )  # fmt: skip
        )
    enqueue(session, "practice.collect_mistakes", now=CLOSED, payload={"attempt_id": attempt.id})
    return attempt.id


def notebook() -> list[str]:
    return list(db.session.scalars(sa.select(Mistake.item_id).where(Mistake.closed_at.is_(None))))


def first_item(attempt_id: int) -> str:
    return str(db.session.get_one(Attempt, attempt_id).paper[0]["item_id"])


def test_an_answered_wrong_item_is_collected_blanks_and_right_ones_are_not(app: Flask, cast: Cast) -> None:
    with time_machine.travel(CLOSED, tick=False):
        with app.app_context():
            attempt_id = closed_attempt(cast, Release.AT_ONCE)
            db.session.commit()
        run_due_jobs(app)
        with app.app_context():
            assert notebook() == [first_item(attempt_id)]
            card = db.session.scalars(sa.select(ReviewCard)).one()
            assert card.due_at == CLOSED + timedelta(days=1)


def test_keys_kept_until_the_window_closes_keep_the_notebook_empty_until_then(app: Flask, cast: Cast) -> None:
    with time_machine.travel(CLOSED, tick=False) as clock:
        with app.app_context():
            attempt_id = closed_attempt(cast, Release.AFTER_CLOSE)
            db.session.commit()
        run_due_jobs(app)
        with app.app_context():
            assert notebook() == []
            waiting = db.session.scalars(sa.select(Job).where(Job.state == JobState.QUEUED)).one()
            assert waiting.run_at >= CLOSES
        clock.move_to(CLOSES + timedelta(minutes=1))
        run_due_jobs(app)
        with app.app_context():
            assert notebook() == [first_item(attempt_id)]


def test_keys_released_by_hand_are_waited_for_without_asking_again(app: Flask, cast: Cast) -> None:
    with time_machine.travel(CLOSES + timedelta(days=1), tick=False):
        with app.app_context():
            closed_attempt(cast, Release.MANUAL)
            db.session.commit()
        run_due_jobs(app)
        with app.app_context():
            assert notebook() == []
            assert db.session.scalar(sa.select(sa.func.count(Job.id)).where(Job.state == JobState.QUEUED)) == 0


@pytest.mark.parametrize("status", [AttemptStatus.VOIDED, AttemptStatus.IN_PROGRESS])
def test_open_and_voided_attempts_give_nothing(app: Flask, cast: Cast, status: AttemptStatus) -> None:
    with time_machine.travel(CLOSED, tick=False):
        with app.app_context():
            attempt_id = closed_attempt(cast, Release.AT_ONCE)
            db.session.get_one(Attempt, attempt_id).status = status
            db.session.commit()
        run_due_jobs(app)
        with app.app_context():
            assert notebook() == []


def test_collecting_twice_counts_once_and_never_undoes_later_practice(app: Flask, cast: Cast) -> None:
    with time_machine.travel(CLOSED, tick=False):
        with app.app_context():
            attempt_id = closed_attempt(cast, Release.AT_ONCE)
            db.session.commit()
        run_due_jobs(app)
    with app.app_context():
        for days in (1, 2):
            practise_right(cast, CLOSED + timedelta(days=days))
        assert notebook() == []
        enqueue(db.session, "practice.collect_mistakes", now=CLOSES, payload={"attempt_id": attempt_id})
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        assert notebook() == []
        assert db.session.scalars(sa.select(Mistake.wrong_count)).all() == [1]


def practise_right(cast: Cast, now: datetime) -> None:
    """Answer the notebook's only item right."""
    run = start_run(
        db.session, user_id=cast.zhuoma, source=PracticeSource.MISTAKES, topic=None, band="junior", now=now,
        rng=random.Random(1),
    )  # fmt: skip
    item = catalogue.load(db.session).get(db.session, run.items[0]["item_id"], 1)
    answer(db.session, run=run, position=1, choices=right_choices(item), now=now)
    db.session.commit()
