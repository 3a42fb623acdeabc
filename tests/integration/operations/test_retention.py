"""What is kept how long: counted before, erased once confirmed, in batches, and nothing else with it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from quiz import clock
from quiz.accounts.models import Enrolment, LoginSession, LoginSlip, User
from quiz.appeals.models import AppealStep
from quiz.appeals.rules import AppealKind
from quiz.appeals.services import file
from quiz.attempts.models import Attempt, ItemResponse, Sitting
from quiz.attempts.queries import differences
from quiz.attempts.services.remarking import remark_batch
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.jobs.worker import run_due_jobs
from quiz.operations.retention import queries, services
from quiz.operations.retention.cli import retention
from quiz.operations.retention.erasing import NOBODY
from quiz.operations.retention.models import RetentionRun, RunState
from quiz.operations.retention.rules import TERMS, Kind, before
from quiz.rankings.models import PupilStanding
from quiz.rankings.verification import contest_differences
from tests.factories.contests import actor_of, make_contest, take
from tests.factories.retention import erase_due
from tests.pages import page, post, text_of

OLD = timedelta(days=900)


def no_beat(_done, _total):
    """Nobody watches."""


@pytest.fixture
def contest(app, cast):
    """A contest of long ago, sat by three pupils of school A; its id and public id."""
    with app.app_context():
        opens = clock.now() - timedelta(hours=5)
        made = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=opens, opens_at=opens)
        for pupil, right in ((cast.zhuoma, 4), (cast.liming, 3), (cast.wangfang, 1)):
            take(db.session, made, pupil, right=right, now=opens)
        db.session.execute(sa.update(Attempt).values(device_mark="0123456789abcdef"))
        db.session.execute(sa.update(Sitting).values(opens_at=opens - OLD, closes_at=clock.now() - OLD))  # years pass
        db.session.commit()
        found = made.id, made.public_id
    run_due_jobs(app)
    return found


def erased(app, kind, now=None):
    """Erase a kind by the command's way; how many rows."""
    with app.app_context():
        begun = services.begin_due(db.session, kinds=[kind], now=now or clock.now())
        db.session.commit()
        return sum(services.erase(db.session, run_id=one.id, now=clock.now(), beat=no_beat) for one in begun)


def test_a_month_is_a_calendar_month_of_the_schools_clock():
    now = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)
    assert before(Kind.ANSWERS, 6, now) == datetime(2026, 2, 28, 4, 0, tzinfo=UTC)
    assert before(Kind.ANSWERS, 12, now) == datetime(2025, 8, 31, 4, 0, tzinfo=UTC)
    assert before(Kind.DEVICE_MARKS, 30, now) == now - timedelta(days=30)
    assert all(term.least <= term.usual <= term.most for term in TERMS.values())


def test_a_dry_run_counts_and_changes_nothing(app, cast, sign_in, contest):
    client = sign_in(cast.admin)
    text = text_of(page(client.get("/retention/")).main)
    assert "作答记录" in text and "3 条到期" in text
    text = text_of(page(client.get("/retention/answers")).main)
    assert "六二六禁毒知识竞赛" in text and "请输入 3" in text and "卓玛" not in text
    with app.app_context():
        result = CliRunner().invoke(retention, ["--kind", "answers"])
    assert result.exit_code == 0 and "answers" in result.output and "3 too old" in result.output
    with app.app_context():
        assert db.session.query(ItemResponse).count() == 12
        assert db.session.query(RetentionRun).count() == 0


def test_erasing_waits_for_the_number_and_is_in_the_log(app, cast, sign_in, contest):
    client, address = sign_in(cast.admin), "/retention/answers"

    def confirm(typed):
        form = page(client.get(address)).select_one("form[action$='/erase']")
        shown = {name: form.select_one(f"[name={name}]")["value"] for name in ("until", "expected")}
        return post(client, f"{address}/erase", {**shown, "typed": typed}, via=address)

    assert confirm("4").status_code == 422 and confirm("").status_code == 422
    assert confirm("3").status_code == 303
    assert "正在清理" in text_of(page(client.get(address)).main)
    run_due_jobs(app)
    assert "没有到期的" in text_of(page(client.get(address)).main)
    with app.app_context():
        acts = {row.action: row for row in db.session.query(AuditEntry).filter(AuditEntry.object_type == "retention")}
        assert acts["system:retention:ask"].details["rows"] == 3
        assert acts["system:retention:done"].details["rows"] == 3
        assert acts["system:retention:done"].actor_id == cast.admin
        assert first_broken(db.session) is None


def test_numbers_that_changed_meanwhile_are_not_erased(app, cast, contest):
    with app.app_context():
        actor, now = actor_of(db.session, cast.admin), clock.now()
        kind, until = Kind.ANSWERS, before(Kind.ANSWERS, 12, now)
        for wrong, expected in ((until, 2), (until + timedelta(days=40), 3)):
            with pytest.raises(ConflictError):
                services.ask(
                    db.session, actor=actor, kind=kind, until=wrong, expected=expected, typed=str(expected), now=now
                )
        first = services.ask(db.session, actor=actor, kind=kind, until=until, expected=3, typed=" 3 ", now=now)
        again = services.ask(db.session, actor=actor, kind=kind, until=until, expected=3, typed="3", now=now)
        assert first.id == again.id


def test_answers_are_reduced_to_the_score_and_ranks_stay(app, cast, sign_in, contest):
    with app.app_context():
        before_it = db.session.execute(sa.select(Attempt.id, Attempt.score, Attempt.elapsed_seconds)).all()
        places = db.session.execute(sa.select(PupilStanding.user_id, PupilStanding.order_key)).all()
    assert erased(app, Kind.ANSWERS) == 3 and erased(app, Kind.ANSWERS) == 0
    with app.app_context():
        assert db.session.query(ItemResponse).count() == 0
        assert db.session.execute(sa.select(Attempt.id, Attempt.score, Attempt.elapsed_seconds)).all() == before_it
        row = db.session.query(Attempt).first()
        assert (row.paper, row.marks, row.device_mark) == ([], None, None) and row.reduced_at is not None
        assert list(differences(db.session)) == []
        assert list(contest_differences(db.session, db.session.get_one(Contest, contest[0]))) == []
        assert db.session.execute(sa.select(PupilStanding.user_id, PupilStanding.order_key)).all() == places and places
        attempt = db.session.query(Attempt).filter_by(user_id=cast.zhuoma).one().public_id
    pupil = sign_in(cast.zhuoma)
    text = text_of(page(pupil.get(f"/attempts/{attempt}/result")).main)
    assert "只留下了得分" in text and "100" in text and "看题目回顾" not in text
    assert "过了保存期限" in text_of(page(pupil.get(f"/attempts/{attempt}/review"), 404))
    report = sign_in(cast.school_admin).get(f"/desk/contests/{contest[1]}/classes/{cast.class_a1}")
    assert "卓玛" in text_of(page(report).main)


def test_a_reduced_attempt_is_never_marked_again(app, cast, contest):
    with app.app_context():
        scores = db.session.execute(sa.select(Attempt.id, Attempt.score)).all()
        sitting_id = db.session.get_one(Contest, contest[0]).groups[0].sitting_id
    erased(app, Kind.ANSWERS)
    with app.app_context():
        batch = remark_batch(db.session, sitting_id=sitting_id, corrections={}, after=0, now=clock.now())
        assert (batch.looked_at, batch.changes) == (0, ())
        assert db.session.execute(sa.select(Attempt.id, Attempt.score)).all() == scores


def left(app, cast, user_id, ago=OLD):
    with app.app_context():
        gone = sa.update(Enrolment).where(Enrolment.user_id == user_id).values(ended_at=clock.now() - ago)
        db.session.execute(gone)
        db.session.commit()


def test_a_pupil_who_left_becomes_a_number(app, cast, sign_in, contest):
    client = sign_in(cast.zhuoma)
    with app.app_context():
        actor = actor_of(db.session, cast.school_admin)
        recent = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
        file(
            db.session, actor=actor_of(db.session, cast.zhuoma), contest=recent, user_id=cast.zhuoma, kind=AppealKind.SCORE,
            text="我是卓玛", now=clock.now(),
        )  # fmt: skip
        db.session.add(
            LoginSlip(user_id=cast.zhuoma, token_hash="x" * 64, created_at=clock.now(), created_by=actor.user_id,
                      expires_at=clock.now())
        )  # fmt: skip
        db.session.commit()
        places = db.session.execute(sa.select(PupilStanding.user_id, PupilStanding.order_key)).all()
    assert erased(app, Kind.ACCOUNTS) == 0  # still at school
    left(app, cast, cast.zhuoma)
    left(app, cast, cast.liming, timedelta(days=30))  # has just left
    assert erased(app, Kind.ACCOUNTS) == 1 and erased(app, Kind.ACCOUNTS) == 0
    with app.app_context():
        user = db.session.get_one(User, cast.zhuoma)
        place = db.session.query(Enrolment).filter_by(user_id=cast.zhuoma).one()
        assert (user.name, user.secret_hash, user.is_active, place.gender) == (NOBODY, None, False, None)
        assert place.student_number == f"-{place.id}" and user.erased_at is not None
        assert db.session.query(LoginSession).filter_by(user_id=cast.zhuoma).count() == 0
        assert db.session.query(LoginSlip).filter_by(user_id=cast.zhuoma).count() == 0
        assert [step.text for step in db.session.query(AppealStep)] == [""]
        assert db.session.get_one(User, cast.liming).name == "李明"
        assert list(differences(db.session)) == []
        assert list(contest_differences(db.session, db.session.get_one(Contest, contest[0]))) == []
        assert db.session.execute(sa.select(PupilStanding.user_id, PupilStanding.order_key)).all() == places
        assert first_broken(db.session) is None
    assert client.get("/").status_code == 302 or "卓玛" not in client.get("/").text
    board = text_of(page(sign_in(cast.school_admin).get(f"/desk/contests/{contest[1]}")).main)
    assert "卓玛" not in board


def test_a_killed_erasing_goes_on_where_it_was(app, cast, contest, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    with app.app_context():
        [run] = services.begin_due(db.session, kinds=[Kind.ANSWERS], now=clock.now())
        db.session.commit()

        def killed(_done, _total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            services.erase(db.session, run_id=run.id, now=clock.now(), beat=killed)
        db.session.rollback()
        db.session.expire_all()
        assert queries.running(db.session, Kind.ANSWERS).erased == 2
        assert services.erase(db.session, run_id=run.id, now=clock.now(), beat=no_beat) == 3
        assert services.erase(db.session, run_id=run.id, now=clock.now(), beat=no_beat) == 0
        db.session.expire_all()
        assert db.session.query(RetentionRun).one().state is RunState.DONE
        done = db.session.query(AuditEntry).filter_by(action="system:retention:done")
        assert [row.details["rows"] for row in done] == [3]


def test_lengths_have_bounds_and_changes_are_in_the_log(app, cast, sign_in):
    client, address = sign_in(cast.admin), "/retention/device_marks"
    assert post(client, address, {"amount": "13"}).status_code == 422
    assert post(client, address, {"amount": "181"}).status_code == 422
    assert post(client, address, {"amount": "x"}).status_code == 422
    assert post(client, address, {"amount": "60"}).status_code == 303  # and no longer by itself
    with app.app_context():
        setting = queries.setting_of(db.session, Kind.DEVICE_MARKS)
        assert (setting.amount, setting.is_automatic) == (60, False)
        [entry] = db.session.query(AuditEntry).filter_by(action="system:retention:set")
        assert (entry.details["old"], entry.details["new"]) == (30, 60)
    with pytest.raises(DomainError), app.app_context():
        services.change(
            db.session, actor=actor_of(db.session, cast.admin), kind=Kind.CONSENTS, amount=35, is_automatic=True,
            now=clock.now(),
        )  # fmt: skip


def test_the_daily_duty_erases_only_what_is_set_to_be_automatic(app, cast, contest):
    with app.app_context():
        services.see_to(db.session, now=clock.now())
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        assert db.session.query(Attempt).filter(Attempt.device_mark.is_not(None)).count() == 0  # pupils are told so
        assert db.session.query(ItemResponse).count() == 12
        runs = db.session.query(RetentionRun).count()
        services.see_to(db.session, now=clock.now() + timedelta(hours=1))
        db.session.commit()
        assert db.session.query(RetentionRun).count() == runs  # once a day
        services.change(
            db.session, actor=actor_of(db.session, cast.admin), kind=Kind.ANSWERS, amount=12, is_automatic=True,
            now=clock.now(),
        )  # fmt: skip
        services.see_to(db.session, now=clock.now())
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        assert db.session.query(ItemResponse).count() == 0


def test_the_command_asks_for_the_number(app, contest):
    with app.app_context():
        refused = CliRunner().invoke(retention, ["--kind", "answers", "--apply"], input="no\n")
        assert refused.exit_code == 1 and db.session.query(ItemResponse).count() == 12
        done = CliRunner().invoke(retention, ["--kind", "answers", "--apply"], input="3\n")
        assert done.exit_code == 0 and "3 rows erased" in done.output
        assert db.session.query(ItemResponse).count() == 0


def test_nobody_else_sees_it(cast, sign_in):
    for person in (cast.province, cast.school_admin, cast.teacher, cast.editor):
        assert sign_in(person).get("/retention/").status_code == 403
        assert sign_in(person).get("/retention/answers").status_code == 403
    assert sign_in(cast.admin).get("/retention/nothing").status_code == 404


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_counts_and_erases_on_this_database(app, cast, contest, kind):
    left(app, cast, cast.zhuoma, timedelta(days=4000))
    with app.app_context():
        queries.dry_run(db.session, kind, clock.now())
        erase_due(db.session, kind, clock.now() + timedelta(days=4000))
        db.session.commit()
        assert queries.dry_run(db.session, kind, clock.now() + timedelta(days=4000)).count == 0
