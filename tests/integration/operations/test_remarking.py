"""A wrong key is marked again: a report that changes nothing, a second person, applied once, standings after it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from question_bank.loader import load_bank
from quiz import clock
from quiz.attempts import queries as attempts
from quiz.attempts.models import Attempt
from quiz.attempts.services import submit_attempt
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.contests.models import Contest
from quiz.contests.remarks.models import Remark, RemarkChange, RemarkState
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.items.services import sync_bank
from quiz.jobs.worker import run_due_jobs
from quiz.operations import jobs
from quiz.operations.models import ServiceMark
from quiz.operations.remarking import queries, rules, services
from quiz.rankings.places import own_rank
from quiz.rankings.rules import BoardLevel
from quiz.rankings.verification import contest_differences
from tests.cast import Cast
from tests.factories.contests import actor_of, enter, make_contest, take
from tests.factories.sittings import answer

OPENS = datetime(2026, 6, 26, 8, tzinfo=UTC)
AT = OPENS + timedelta(minutes=10)


def contest_of(cast: Cast, **policy: Any) -> Contest:
    """A school contest of four items, the same for all."""
    contest = make_contest(
        db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=OPENS, opens_at=OPENS, **policy
    )
    for group in contest.groups:
        group.sitting.has_common_items = True
    db.session.flush()
    return contest


def correct(item_id: str, key: str) -> int:
    """Publish a version of the item with another key; returns its number."""
    bank = [replace(item, answer_key=(key,)) if item.id == item_id else item for item in load_bank()]
    sync_bank(db.session, now=AT + timedelta(minutes=30), items=bank)
    return 2


def scene(app: Flask, cast: Cast, **policy: Any) -> tuple[int, str, int]:
    """卓玛 has all four right, 李明 and 欧阳小雪 three, 王芳 answers still. Then the key of one item turns out to be
    what 李明 answered wrongly. Returns the contest's id, the item and the corrected version."""
    with app.app_context():
        contest = contest_of(cast, **policy)
        take(db.session, contest, cast.zhuoma, right=4, now=AT, seconds=100)
        # Positions differ from pupil to pupil; the item is the one that 李明 missed.
        liming = take(db.session, contest, cast.liming, right=3, now=AT, seconds=50)
        missed = liming.paper[3]
        [given] = attempts.current_answers(db.session, liming.id)[4]
        take(db.session, contest, cast.ouyang, right=0, now=AT, seconds=10)
        enter(db.session, contest, cast.wangfang, AT)
        version = correct(missed["item_id"], given)
        db.session.commit()
        found = contest.id, missed["item_id"], version
    run_due_jobs(app)
    return found


def ask(contest: Contest, by: int, item_id: str, version: int) -> Remark:
    return services.request(
        db.session, actor=actor_of(db.session, by), contest=contest, item_id=item_id, version=version,
        reason="标准答案写错了", now=clock.now(),
    )  # fmt: skip


def asked(app: Flask, cast: Cast, **policy: Any) -> tuple[int, int]:
    """The scene, with a rehearsal done; returns the ids of contest and re-mark."""
    contest_id, item_id, version = scene(app, cast, **policy)
    with app.app_context():
        remark = ask(db.session.get_one(Contest, contest_id), cast.school_admin, item_id, version)
        db.session.commit()
        remark_id = remark.id
    run_due_jobs(app)
    return contest_id, remark_id


def confirm(contest_id: int, remark_id: int, by: int) -> Remark:
    contest, remark = db.session.get_one(Contest, contest_id), db.session.get_one(Remark, remark_id)
    return services.confirm(db.session, actor=actor_of(db.session, by), contest=contest, remark=remark, now=clock.now())


def scores(user_ids: list[int]) -> list[int | None]:
    found = dict(db.session.execute(sa.select(Attempt.user_id, Attempt.score)).all())
    return [found[user_id] for user_id in user_ids]


def test_the_rehearsal_reports_and_changes_nothing(app: Flask, cast: Cast) -> None:
    contest_id, item_id, version = scene(app, cast)
    with app.app_context():
        before = db.session.execute(sa.select(Attempt.id, Attempt.paper, Attempt.score, Attempt.marks)).all()
        ask(db.session.get_one(Contest, contest_id), cast.school_admin, item_id, version)
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        remark = db.session.scalars(sa.select(Remark)).one()
        assert remark.state is RemarkState.READY and remark.report is not None
        report = remark.report
        # Three closed papers and an open one hold the item. 李明 gains 25, 卓玛 loses 25, 欧阳小雪 answered as 李明.
        assert (report["papers"], report["closed"], report["pupils"]) == (4, 3, 3)
        assert report["up"] >= 1 and report["down"] == 1 and report["moved"] >= 2
        top = {row[0]: row[1:] for row in report["top"]}
        assert top[cast.liming] == [7500, 10000, 2, 1] and top[cast.zhuoma] == [10000, 7500, 1, 2]
        rows = db.session.scalars(sa.select(RemarkChange)).all()
        assert len(rows) == report["up"] + report["down"] and not any(row.is_applied for row in rows)
        after = db.session.execute(sa.select(Attempt.id, Attempt.paper, Attempt.score, Attempt.marks)).all()
        assert before == after


def test_a_second_person_confirms_and_it_is_applied_once(app: Flask, cast: Cast) -> None:
    contest_id, remark_id = asked(app, cast)
    with app.app_context():
        with pytest.raises(DomainError, match="另一个人"):
            confirm(contest_id, remark_id, cast.school_admin)
        confirm(contest_id, remark_id, cast.province)
        confirm(contest_id, remark_id, cast.province)
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        remark = db.session.get_one(Remark, remark_id)
        assert remark.state is RemarkState.APPLIED and remark.report is not None
        assert scores([cast.zhuoma, cast.liming]) == [7500, 10000]
        assert list(attempts.differences(db.session)) == []
        contest = db.session.get_one(Contest, contest_id)
        assert list(contest_differences(db.session, contest)) == [], "standings were counted again"
        actions = [one.action for one in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]
        assert [one for one in actions if ":remark:" in one] == [
            "contest:remark:request", "contest:remark:confirm", "contest:remark:apply",
        ]  # fmt: skip
        assert first_broken(db.session) is None
        places = [own_rank(db.session, contest_id, user) for user in (cast.liming, cast.zhuoma)]
        assert [one and one.places[BoardLevel.PUPIL].rank for one in places] == [1, 2]
        assert {row.is_applied for row in db.session.scalars(sa.select(RemarkChange))} == {True}


def test_the_final_report_is_the_rehearsals_when_nothing_happened_between(app: Flask, cast: Cast) -> None:
    contest_id, remark_id = asked(app, cast)
    with app.app_context():
        rehearsed = db.session.get_one(Remark, remark_id).report
        confirm(contest_id, remark_id, cast.province)
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        assert db.session.get_one(Remark, remark_id).report == rehearsed


def test_who_still_answers_is_marked_by_the_right_key(app: Flask, cast: Cast) -> None:
    contest_id, remark_id = asked(app, cast)
    with app.app_context():
        confirm(contest_id, remark_id, cast.province)
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        going = db.session.scalars(sa.select(Attempt).where(Attempt.user_id == cast.wangfang)).one()
        answer(db.session, going, right=4, now=AT + timedelta(minutes=5))
        done = submit_attempt(
            db.session, attempt_public_id=going.public_id, user_id=cast.wangfang, now=AT + timedelta(minutes=6)
        )
        assert done.score == 10000


def test_pressed_by_many_at_once_it_is_applied_once(app: Flask, cast: Cast) -> None:
    contest_id, remark_id = asked(app, cast)

    def press(_number: int) -> RemarkState:
        with app.app_context():
            state = confirm(contest_id, remark_id, cast.province).state
            db.session.commit()
            return state

    with ThreadPoolExecutor(8) as pool:
        states = set(pool.map(press, range(8)))
        list(pool.map(lambda _: run_due_jobs(app), range(3)))
    assert states <= {RemarkState.APPLYING, RemarkState.APPLIED}
    with app.app_context():
        applied = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.action == "contest:remark:apply")
        assert db.session.scalar(applied) == 1
        assert scores([cast.zhuoma, cast.liming]) == [7500, 10000]


def test_killed_half_way_it_goes_on_and_the_report_is_whole(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    contest_id, remark_id = asked(app, cast)
    with app.app_context():
        rehearsed = db.session.get_one(Remark, remark_id).report
        confirm(contest_id, remark_id, cast.province)
        db.session.commit()
    real = services.remark_batch

    def one_at_a_time(*args: Any, **kwargs: Any) -> Any:
        return real(*args, **kwargs, limit=1)

    def dies(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(services, "remark_batch", one_at_a_time)
    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            services.apply(db.session, remark_id=remark_id, now=clock.now(), beat=dies)
        db.session.rollback()
        assert db.session.get_one(Remark, remark_id).state is RemarkState.APPLYING
    run_due_jobs(app)
    with app.app_context():
        remark = db.session.get_one(Remark, remark_id)
        assert (remark.state, remark.report) == (RemarkState.APPLIED, rehearsed)
        assert list(attempts.differences(db.session)) == []


def test_others_write_between_the_batches(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Applying commits as it goes: nobody waits for all of it."""
    contest_id, remark_id = asked(app, cast)
    with app.app_context():
        confirm(contest_id, remark_id, cast.province)
        db.session.commit()
    real = services.remark_batch
    monkeypatch.setattr(services, "remark_batch", lambda *args, **kwargs: real(*args, **kwargs, limit=1))
    wrote: list[int] = []

    def beat(done: int, _total: int) -> None:
        with app.app_context(), db.sessionmaker() as other:
            other.execute(sa.text("UPDATE school SET name = name"))
            other.commit()
            wrote.append(done)

    with app.app_context():
        services.apply(db.session, remark_id=remark_id, now=clock.now(), beat=beat)
        db.session.commit()
    assert len(wrote) >= 4


@pytest.mark.parametrize("step", ["count", "apply"])
def test_attempts_fall_due_in_time_while_a_contest_is_marked_again(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """One worker does both: 王芳's time runs out in the middle of a long re-mark."""
    contest_id, item_id, version = scene(app, cast)
    with app.app_context():
        remark_id = ask(db.session.get_one(Contest, contest_id), cast.school_admin, item_id, version).id
        db.session.commit()
    if step == "apply":
        run_due_jobs(app)
        with app.app_context():
            confirm(contest_id, remark_id, cast.province)
            db.session.commit()
    monkeypatch.setattr(jobs, "CONSIDERATE_SECONDS", 0.0)
    with app.app_context(), db.sessionmaker() as session:
        getattr(jobs, f"remark_{step}")(session, {"remark_id": remark_id}, clock.now(), lambda done, total: None)
        session.commit()
    with app.app_context():
        status = db.session.scalar(sa.select(Attempt.status).where(Attempt.user_id == cast.wangfang))
        assert status == "expired"
        assert db.session.get_one(Remark, remark_id).state in {RemarkState.READY, RemarkState.APPLIED}
        assert db.session.get(ServiceMark, "worker") is not None


def test_one_at_a_time(app: Flask, cast: Cast) -> None:
    contest_id, item_id, version = scene(app, cast)
    with app.app_context():
        contest = db.session.get_one(Contest, contest_id)
        first = ask(contest, cast.school_admin, item_id, version)
        assert ask(contest, cast.province, item_id, version).id == first.id
        other = next(item.id for item in load_bank() if item.id != item_id)
        with pytest.raises(ConflictError):
            ask(contest, cast.province, other, 1)


def test_withdrawn_it_can_be_asked_again(app: Flask, cast: Cast) -> None:
    contest_id, remark_id = asked(app, cast)
    with app.app_context():
        contest, remark = db.session.get_one(Contest, contest_id), db.session.get_one(Remark, remark_id)
        who = actor_of(db.session, cast.province)
        services.withdraw(db.session, actor=who, contest=contest, remark=remark, now=clock.now())
        with pytest.raises(ConflictError):
            confirm(contest_id, remark_id, cast.province)
        assert ask(contest, cast.school_admin, remark.item_id, remark.version).id != remark_id


def test_confirmed_it_cannot_be_withdrawn(app: Flask, cast: Cast) -> None:
    contest_id, remark_id = asked(app, cast)
    with app.app_context():
        remark = confirm(contest_id, remark_id, cast.province)
        contest, who = db.session.get_one(Contest, contest_id), actor_of(db.session, cast.school_admin)
        with pytest.raises(ConflictError):
            services.withdraw(db.session, actor=who, contest=contest, remark=remark, now=clock.now())


def test_a_version_that_asks_something_else_is_refused_with_its_reason(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        taken = take(db.session, contest, cast.zhuoma, right=4, now=AT)
        item_id = taken.paper[0]["item_id"]
        bank = [
            replace(item, choices=item.choices[:2], answer_key=("a",)) if item.id == item_id else item
            for item in load_bank()
        ]
        sync_bank(db.session, now=AT + timedelta(minutes=30), items=bank)
        remark = ask(contest, cast.school_admin, item_id, 2)
        db.session.commit()
        remark_id = remark.id
    run_due_jobs(app)
    with app.app_context():
        remark = db.session.get_one(Remark, remark_id)
        assert remark.state is RemarkState.REFUSED and remark.error is not None
        assert "不能用它重新判分" in remark.error["message"]


@pytest.mark.parametrize(
    ("who", "may"), [("teacher", False), ("county", True), ("prefecture", True), ("admin", True), ("editor", False)]
)
def test_who_may(app: Flask, cast: Cast, who: str, may: bool) -> None:
    contest_id, item_id, version = scene(app, cast)
    with app.app_context():
        contest = db.session.get_one(Contest, contest_id)
        if may:
            assert ask(contest, getattr(cast, who), item_id, version)
        else:
            with pytest.raises(NotFoundError):
                ask(contest, getattr(cast, who), item_id, version)


def test_only_items_corrected_since_the_beginning_are_offered(app: Flask, cast: Cast) -> None:
    contest_id, item_id, version = scene(app, cast)
    with app.app_context():
        contest = db.session.get_one(Contest, contest_id)
        assert [(one.item_id, one.version) for one in queries.corrections(db.session, contest)] == [(item_id, version)]


@pytest.mark.parametrize("counting", ["best", "first", "last"])
def test_what_counts_is_what_the_standings_count(app: Flask, cast: Cast, counting: str) -> None:
    with app.app_context():
        contest = contest_of(cast, attempts_allowed=3, counting=counting)
        for number, (right, seconds) in enumerate(((2, 30), (3, 50), (3, 40))):
            take(
                db.session, contest, cast.zhuoma, right=right, now=AT + timedelta(minutes=number * 12), seconds=seconds
            )
        sitting = contest.groups[0].sitting
        [expected] = attempts.counted_attempts(db.session, [sitting.id])
        [found] = rules.counted(queries.results(db.session, sitting), counting)
        assert (found.attempt_id, found.score) == (expected.attempt_id, expected.score)


def test_the_distribution_counts_full_marks_apart() -> None:
    assert rules.distribution([0, 999, 1000, 9999, 10000, 10000]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2]
