"""Which attempt counts, when things are released, and that every score can be recomputed and repaired."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from question_bank.loader import load_bank
from quiz.accounts.models import Enrolment
from quiz.attempts import queries, rules, services
from quiz.attempts.jobs import JOBS
from quiz.attempts.models import Attempt, AttemptStatus, Counting, ItemResponse, Release
from quiz.audit.models import AuditEntry
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.items.services import sync_bank
from quiz.jobs.models import Job
from tests.cast import Cast
from tests.factories import sittings

OPENS = datetime(2026, 6, 1, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=4)
NOW = OPENS + timedelta(minutes=10)


@pytest.mark.parametrize(("counting", "number"), [(Counting.BEST, 3), (Counting.FIRST, 1), (Counting.LAST, 4)])
def test_one_attempt_counts_by_the_policy(app: Flask, cast: Cast, counting: Counting, number: int) -> None:
    """The third has the best score in the fewest seconds; a fifth is still open."""
    with app.app_context():
        sitting = sittings.make_sitting(
            db.session, opens_at=OPENS, closes_at=CLOSES, attempts_allowed=5, counting=counting
        )
        for n, (right, seconds) in enumerate([(1, 50), (4, 90), (4, 70), (2, 60)]):
            began = NOW + n * timedelta(minutes=20)
            sittings.sit(db.session, sitting, cast.zhuoma, right=right, started_at=began, seconds=seconds)
        sittings.start(db.session, sitting, cast.zhuoma, NOW + timedelta(hours=2))
        other = sittings.sit(db.session, sitting, cast.cairang, right=5, started_at=NOW)
        rows = {row.user_id: row for row in queries.counted_attempts(db.session, [sitting.id])}
        assert rows[cast.zhuoma].number == number
        assert rows[cast.cairang] == queries.CountedAttempt(
            sitting.id, cast.cairang, other.id, cast.school_b, cast.class_b1, 10000, 60, 1
        )


def test_a_class_has_only_the_counting_attempts_made_in_it(app: Flask, cast: Cast) -> None:
    """卓玛 does better before she moves to the other class."""
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES, attempts_allowed=2)
        best = sittings.sit(db.session, sitting, cast.zhuoma, right=4, started_at=NOW)
        db.session.execute(sa.update(Enrolment).where(Enrolment.user_id == cast.zhuoma).values(class_id=cast.class_a2))
        sittings.sit(db.session, sitting, cast.zhuoma, right=1, started_at=NOW + timedelta(minutes=30))
        liming = sittings.sit(db.session, sitting, cast.liming, right=1, started_at=NOW)

        def counting(class_id: int) -> set[int]:
            rows = queries.counted_attempts(db.session, [sitting.id], class_id=class_id)
            return {row.attempt_id for row in rows}

        assert counting(cast.class_a1) == {best.id, liming.id}
        assert counting(cast.class_a2) == set()


def test_a_voided_attempt_never_counts(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=5, started_at=NOW)
        attempt.status = AttemptStatus.VOIDED
        db.session.flush()
        assert queries.counted_attempts(db.session, [sitting.id]) == []
        assert queries.counts(db.session, [sitting.id]) == {sitting.id: {AttemptStatus.VOIDED: 1}}


def test_staff_release_results_and_then_keys(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(
            db.session, opens_at=OPENS, closes_at=CLOSES,
            release_results=Release.MANUAL, release_keys=Release.MANUAL,
        )  # fmt: skip
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=2, started_at=NOW)
        assert "practice.collect_mistakes" not in list(db.session.scalars(sa.select(Job.name)))
        with pytest.raises(ConflictError):
            services.release(
                db.session, sitting=sitting, what="keys", actor_id=cast.teacher, now=CLOSES - timedelta(seconds=1)
            )
        services.release(db.session, sitting=sitting, what="results", actor_id=cast.teacher, now=CLOSES)
        assert rules.results_visible(sitting, attempt, CLOSES)
        assert not queries.keys_visible(db.session, attempt, CLOSES)
        services.release(db.session, sitting=sitting, what="keys", actor_id=cast.teacher, now=CLOSES)
        services.release(db.session, sitting=sitting, what="keys", actor_id=cast.teacher, now=CLOSES)
        assert queries.keys_visible(db.session, attempt, CLOSES)
        actions = list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))
        assert actions == ["staff:sitting:release_results", "staff:sitting:release_keys"]
        JOBS["attempts.keys_released"](db.session, {"sitting_id": sitting.id}, CLOSES, lambda done, total: None)
        mistakes = db.session.scalars(sa.select(Job).where(Job.name == "practice.collect_mistakes")).one()
        assert (mistakes.payload, mistakes.run_at) == ({"attempt_id": attempt.id}, CLOSES)


def test_verify_finds_a_score_that_does_not_follow_from_the_log(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=2, started_at=NOW)
        sittings.sit(db.session, sitting, cast.liming, right=5, started_at=NOW)
        db.session.commit()
    runner = app.test_cli_runner()
    assert runner.invoke(args=["attempts", "verify"]).exit_code == 0
    with app.app_context():
        db.session.execute(sa.update(Attempt).where(Attempt.id == attempt.id).values(score=9900))
        db.session.commit()
    result = runner.invoke(args=["attempts", "verify"])
    assert result.exit_code == 1
    assert f"attempt {attempt.id}: stored 9900, recomputed 4000" in result.output


def test_verify_finds_an_answer_that_was_lost(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=2, started_at=NOW)
        db.session.execute(sa.delete(ItemResponse).where(ItemResponse.position == 1))
        [found] = queries.differences(db.session)
        assert (found.attempt_id, found.stored, found.recomputed) == (attempt.id, 4000, 2000)


def test_a_wrong_key_is_repaired_with_a_report(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=0, started_at=NOW)
        entry = attempt.paper[0]
        [given] = queries.current_answers(db.session, attempt.id)[1]
        bank = [replace(item, answer_key=(given,)) if item.id == entry["item_id"] else item for item in load_bank()]
        sync_bank(db.session, now=NOW, items=bank)
        corrections = {entry["item_id"]: entry["version"] + 1}

        rehearsal = services.remark_sitting(
            db.session, sitting_id=sitting.id, now=NOW, corrections=corrections, is_rehearsal=True
        )
        assert rehearsal.changes == (services.ScoreChange(attempt.id, 0, 2000),)
        assert not rehearsal.is_applied
        assert db.session.scalar(sa.select(Attempt.score)) == 0

        report = services.remark_sitting(
            db.session, sitting_id=sitting.id, now=NOW, actor_id=cast.admin, corrections=corrections
        )
        assert (report.changes, report.corrected_papers, report.is_applied) == (rehearsal.changes, 1, True)
        again = db.session.get_one(Attempt, attempt.id)
        assert again.score == 2000
        assert again.paper[0]["version"] == entry["version"] + 1
        assert list(queries.differences(db.session)) == []
        audited = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "staff:sitting:remark")).one()
        assert audited.details["changes"] == [[attempt.id, 0, 2000]]


def test_a_correction_must_keep_the_choices(app: Flask, cast: Cast) -> None:
    with app.app_context():
        sitting = sittings.make_sitting(db.session, opens_at=OPENS, closes_at=CLOSES)
        attempt = sittings.sit(db.session, sitting, cast.zhuoma, right=0, started_at=NOW)
        entry = attempt.paper[0]
        bank = [
            replace(item, choices=item.choices[:2], answer_key=("a",)) if item.id == entry["item_id"] else item
            for item in load_bank()
        ]
        sync_bank(db.session, now=NOW, items=bank)
        with pytest.raises(DomainError, match="不能用它重新判分"):
            services.remark_sitting(
                db.session, sitting_id=sitting.id, now=NOW, corrections={entry["item_id"]: entry["version"] + 1}
            )
