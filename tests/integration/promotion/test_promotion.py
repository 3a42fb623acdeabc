"""From a finished stage to the entries of the next: tried, confirmed by another, published once, changed openly."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.contests.models import Contest, Entry
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.jobs.worker import run_due_jobs
from quiz.promotion import queries, services
from quiz.promotion.models import PromotionDecision, PromotionRemark, PromotionRun, RunState
from quiz.promotion.rules import DecisionKind, Plan, Quota, QuotaKind, Ties, UnitLevel
from quiz.rankings.jobs import sweep
from quiz.rankings.models import UnitStanding
from quiz.rankings.services import rebuild
from quiz.rankings.verification import contest_differences
from tests.factories.contests import actor_of, enter, make_contest, take
from tests.factories.promotion import HOUR, published, tried, two_stages
from tests.factories.sittings import answer


def remarks(run_id):
    rows = db.session.scalars(sa.select(PromotionRemark).where(PromotionRemark.run_id == run_id))
    return {one.user_id: (one.outcome.value, one.reason.value) for one in rows}


def entered(scene):
    query = sa.select(Entry.user_id).where(Entry.contest_id == scene.second, Entry.withdrawn_at.is_(None))
    return set(db.session.scalars(query))


def decide(app, cast, scene, user_id, kind, by=None):
    with app.app_context():
        contest = db.session.get_one(Contest, scene.first)
        services.decide(
            db.session, actor=actor_of(db.session, by or cast.province), contest=contest, user_id=user_id,
            kind=DecisionKind(kind), reason="家长来函", now=clock.now(),
        )  # fmt: skip
        db.session.commit()


def again(app, cast, scene):
    """Another trial of the declared way."""
    with app.app_context():
        contest = db.session.get_one(Contest, scene.first)
        run = services.request(
            db.session, actor=actor_of(db.session, cast.province), contest=contest, now=clock.now()
        )  # fmt: skip
        db.session.commit()
        run_id = run.id
    run_due_jobs(app)
    return run_id


def test_everybody_has_a_reason_and_nothing_has_changed(app, cast):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene)
    with app.app_context():
        assert remarks(run_id) == {
            cast.zhuoma: ("through", "quota"), cast.liming: ("through", "tied_in"), cast.ouyang: ("through", "tied_in"),
            cast.wangfang: ("reserve", "reserve"), cast.cairang: ("through", "quota"),
        }  # fmt: skip
        run = db.session.get_one(PromotionRun, run_id)
        assert run.state is RunState.READY and run.summary["groups"] == {"junior": {"through": 4, "reserve": 1}}
        assert [(one["unit"], one["participants"], one["seats"], one["through"]) for one in run.summary["units"]] == [
            ("630103", 4, 2, 3), ("632801", 1, 2, 1),
        ]  # fmt: skip
        assert entered(scene) == set()


@pytest.mark.parametrize(
    ("level", "number", "through"),
    [
        (UnitLevel.WHOLE, 1, ["zhuoma"]),
        (UnitLevel.PREFECTURE, 1, ["zhuoma", "cairang"]),
        (UnitLevel.SCHOOL, 1, ["zhuoma", "cairang"]),
        (UnitLevel.CLASS, 1, ["zhuoma", "wangfang", "cairang"]),
    ],
)
def test_units_of_every_level(app, cast, level, number, through):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene, level=level, quota=Quota(number=number, reserves=0))
    with app.app_context():
        found = {user for user, (outcome, _) in remarks(run_id).items() if outcome == "through"}
        assert found == {getattr(cast, name) for name in through}
        names = queries.unit_names(db.session, level, [row["unit"] for row in queries.get_run(
            db.session, db.session.get_one(Contest, scene.first), db.session.get_one(PromotionRun, run_id).public_id
        ).summary["units"]], clock.now())  # fmt: skip
        assert all(names.values())


def test_another_person_confirms_and_publishing_writes_the_entries_once(app, cast):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene)
    with app.app_context():
        run = db.session.get_one(PromotionRun, run_id)
        contest, now = db.session.get_one(Contest, scene.first), clock.now()
        own = actor_of(db.session, cast.province)
        with pytest.raises(DomainError, match="另一个人"):
            services.confirm(db.session, actor=own, contest=contest, run=run, now=now)
        with pytest.raises(ConflictError):
            services.publish(db.session, actor=own, contest=contest, run=run, now=now)
    published(app, cast, run_id)
    published(app, cast, run_id)  # again: nothing more
    with app.app_context():
        assert entered(scene) == {cast.zhuoma, cast.liming, cast.ouyang, cast.cairang}
        stage = db.session.get_one(Contest, scene.second)
        entry = db.session.scalar(sa.select(Entry).where(Entry.contest_id == stage.id, Entry.user_id == cast.cairang))
        assert (entry.school_id, entry.class_id, entry.group_id) == (cast.school_b, cast.class_b1, stage.groups[0].id)
        actions = [one.action for one in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]
        assert [one for one in actions if one.startswith("contest:promotion")] == [
            f"contest:promotion:{step}" for step in ("declare", "try", "confirm", "publish")
        ]
        assert first_broken(db.session) is None


@pytest.mark.parametrize("act", ["try", "publish"])
def test_pressed_twenty_times_at_once_it_happens_once(app, cast, act):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene)
    with app.app_context():
        run, contest, now = (
            db.session.get_one(PromotionRun, run_id),
            db.session.get_one(Contest, scene.first),
            clock.now(),
        )
        if act == "publish":
            services.confirm(db.session, actor=actor_of(db.session, cast.admin), contest=contest, run=run, now=now)
        else:
            services.withdraw(db.session, actor=actor_of(db.session, cast.admin), contest=contest, run=run, now=now)
        db.session.commit()

    def press(_number):
        with app.app_context(), db.sessionmaker() as session:
            contest, actor = session.get_one(Contest, scene.first), actor_of(session, cast.province)
            if act == "publish":
                run = session.get_one(PromotionRun, run_id)
                services.publish(session, actor=actor, contest=contest, run=run, now=clock.now())
            else:
                services.request(session, actor=actor, contest=contest, now=clock.now())
            session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(press, range(20)))
    with app.app_context():
        done = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.action == f"contest:promotion:{act}")
        runs = db.session.scalar(sa.select(sa.func.count()).select_from(PromotionRun))
        assert (db.session.scalar(done), runs) == ((1, 1) if act == "publish" else (2, 2))
        if act == "publish":
            assert len(entered(scene)) == 4


def test_publication_that_breaks_off_has_changed_nothing(app, cast, monkeypatch):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene)
    monkeypatch.setattr(services, "note", lambda *_args, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
    with app.app_context():
        run = db.session.get_one(PromotionRun, run_id)
        run.state = RunState.CONFIRMED
        db.session.commit()
        contest = db.session.get_one(Contest, scene.first)
        with pytest.raises(KeyboardInterrupt):
            services.publish(
                db.session, actor=actor_of(db.session, cast.province), contest=contest, run=run, now=clock.now()
            )
        db.session.rollback()
    monkeypatch.undo()
    with app.app_context():
        assert entered(scene) == set() and db.session.get_one(PromotionRun, run_id).state is RunState.CONFIRMED
    published(app, cast, run_id)
    with app.app_context():
        assert len(entered(scene)) == 4


def test_who_withdraws_afterwards_is_replaced_openly(app, cast):
    scene = two_stages(app, cast)
    published(app, cast, tried(app, cast, scene, quota=Quota(number=1, reserves=2)))
    with app.app_context():
        assert entered(scene) == {cast.zhuoma, cast.cairang}
    decide(app, cast, scene, cast.zhuoma, "withdrawn")
    run_id = again(app, cast, scene)
    with app.app_context():
        found = remarks(run_id)
        assert found[cast.zhuoma] == ("out", "withdrawn")
        assert found[cast.liming] == found[cast.ouyang] == ("through", "tied_in")
        change = queries.change_of(db.session, db.session.get_one(PromotionRun, run_id))
        assert (change.entering, change.leaving) == ({cast.liming, cast.ouyang}, {cast.zhuoma})
        impact = queries.impact_of(db.session, db.session.get_one(PromotionRun, run_id))
        assert (impact.entering, impact.leaving, impact.leaving_ids) == (2, 1, [cast.zhuoma])
        assert (impact.kept, impact.kept_ids) == (0, [])
        assert entered(scene) == {cast.zhuoma, cast.cairang}  # until it is published
    published(app, cast, run_id)
    with app.app_context():
        assert entered(scene) == {cast.liming, cast.ouyang, cast.cairang}
        kept = db.session.scalar(sa.select(Entry).where(Entry.contest_id == scene.second, Entry.user_id == cast.zhuoma))
        assert kept is not None and kept.withdrawn_at is not None


def test_who_has_begun_to_answer_is_not_taken_back(app, cast):
    scene = two_stages(app, cast)
    published(app, cast, tried(app, cast, scene, quota=Quota(number=1, reserves=0)))
    with app.app_context():
        stage = db.session.get_one(Contest, scene.second)
        for group in stage.groups:
            group.sitting.opens_at = clock.now() - HOUR / 2
        enter(db.session, stage, cast.zhuoma, clock.now())
        db.session.commit()
    decide(app, cast, scene, cast.zhuoma, "disqualified")
    run_id = again(app, cast, scene)
    published(app, cast, run_id)
    with app.app_context():
        assert cast.zhuoma in entered(scene)


@pytest.mark.parametrize("what", ["result", "decision", "plan"])
def test_a_list_whose_ground_has_moved_is_not_confirmed(app, cast, what):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene)
    with app.app_context():
        contest, now = db.session.get_one(Contest, scene.first), clock.now()
        if what == "result":
            db.session.execute(
                sa.text("UPDATE attempt SET score = 7500 WHERE user_id = :user"), {"user": cast.wangfang}
            )
            rebuild(db.session, contest_id=scene.first, now=now)
        elif what == "plan":
            plan = Plan(UnitLevel.COUNTY, Ties.ALL_IN, {"junior": Quota(number=3)})
            services.declare(db.session, actor=actor_of(db.session, cast.province), contest=contest, plan=plan, now=now)
        db.session.commit()
    if what == "decision":
        decide(app, cast, scene, cast.wangfang, "wild_card")
    with app.app_context(), pytest.raises(ConflictError, match="有变"):
        run, contest = db.session.get_one(PromotionRun, run_id), db.session.get_one(Contest, scene.first)
        services.confirm(db.session, actor=actor_of(db.session, cast.admin), contest=contest, run=run, now=clock.now())


def test_standings_that_were_only_written_again_move_no_ground(app, cast):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene)
    with app.app_context():
        rebuild(db.session, contest_id=scene.first, now=clock.now())
        db.session.commit()
    published(app, cast, run_id)


def test_ties_that_need_a_play_off_hold_the_list_up(app, cast):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene, ties=Ties.PLAYOFF, quota=Quota(number=2, reserves=1))
    with app.app_context(), pytest.raises(ConflictError, match="加赛"):
        run, contest = db.session.get_one(PromotionRun, run_id), db.session.get_one(Contest, scene.first)
        services.confirm(db.session, actor=actor_of(db.session, cast.admin), contest=contest, run=run, now=clock.now())
    with app.app_context():
        run, contest = db.session.get_one(PromotionRun, run_id), db.session.get_one(Contest, scene.first)
        services.withdraw(
            db.session, actor=actor_of(db.session, cast.province), contest=contest, run=run, now=clock.now()
        )
        db.session.commit()
    decide(app, cast, scene, cast.ouyang, "playoff_won")
    published(app, cast, again(app, cast, scene))
    with app.app_context():
        assert entered(scene) == {cast.zhuoma, cast.ouyang, cast.cairang}


def test_nothing_is_tried_before_the_stage_is_settled(app, cast):
    scene = two_stages(app, cast)
    with app.app_context():
        contest, now = db.session.get_one(Contest, scene.first), clock.now()
        actor = actor_of(db.session, cast.province)
        with pytest.raises(ConflictError, match="晋级办法"):
            services.request(db.session, actor=actor, contest=contest, now=now)
        plan = Plan(UnitLevel.COUNTY, Ties.ALL_IN, {"junior": Quota()})
        services.declare(db.session, actor=actor, contest=contest, plan=plan, now=now)
        with pytest.raises(ConflictError, match="还没有结束"):
            services.request(db.session, actor=actor, contest=contest, now=now - 4 * HOUR)
        second = db.session.get_one(Contest, scene.second)
        with pytest.raises(ConflictError, match="后面还没有赛段"):
            services.request(db.session, actor=actor, contest=second, now=now)


def test_seats_that_do_not_suffice_refuse_the_trial_in_words(app, cast):
    scene = two_stages(app, cast)
    run_id = tried(app, cast, scene, quota=Quota(QuotaKind.PROPORTIONAL, number=1, minimum=1))
    with app.app_context():
        run = db.session.get_one(PromotionRun, run_id)
        assert run.state is RunState.REFUSED and run.error["params"]["needed"] == 2


def test_a_decision_replaces_the_one_before_and_both_stay(app, cast):
    scene = two_stages(app, cast)
    decide(app, cast, scene, cast.liming, "wild_card")
    decide(app, cast, scene, cast.liming, "withdrawn", by=cast.admin)
    with app.app_context():
        rows = db.session.scalars(sa.select(PromotionDecision).order_by(PromotionDecision.id)).all()
        assert [(one.kind.value, one.revoked_at is None) for one in rows] == [("wild_card", False), ("withdrawn", True)]
        contest = db.session.get_one(Contest, scene.first)
        services.revoke(
            db.session, actor=actor_of(db.session, cast.province), contest=contest, user_id=cast.liming, now=clock.now()
        )
        assert queries.decisions_of(db.session, contest) == {}


def test_who_was_promoted_is_who_is_expected(app, cast):
    scene = two_stages(app, cast)
    published(app, cast, tried(app, cast, scene))
    with app.app_context():
        stage = db.session.get_one(Contest, scene.second)
        for group in stage.groups:
            group.sitting.opens_at = clock.now() - HOUR / 2
        attempt = enter(db.session, stage, cast.zhuoma, clock.now())
        answer(attempt_session := db.session, attempt, right=4, now=clock.now())
        attempt_session.commit()
        rebuild(db.session, contest_id=stage.id, now=clock.now())
        db.session.commit()
        query = sa.select(UnitStanding).where(UnitStanding.contest_id == stage.id, UnitStanding.category == "all")
        figures = {one.unit_id: one.figures for one in db.session.scalars(query) if one.level == "county"}
        assert {unit: one["pupils_expected"] for unit, one in figures.items()} == {"630103": 3, "632801": 1}


def test_a_list_published_again_moves_who_is_expected_though_no_result_comes(app, cast):
    """Its entries are the denominator of the stage that runs by then; nobody need hand in for the boards to follow."""
    scene = two_stages(app, cast)
    published(app, cast, tried(app, cast, scene))
    with app.app_context():
        stage, now = db.session.get_one(Contest, scene.second), clock.now()
        for group in stage.groups:
            group.sitting.opens_at = now - HOUR
        take(db.session, stage, cast.zhuoma, right=4, now=now - HOUR / 2)
        rebuild(db.session, contest_id=stage.id, now=now)
        db.session.commit()
    decide(app, cast, scene, cast.ouyang, "withdrawn")
    published(app, cast, again(app, cast, scene))
    with app.app_context():
        sweep(db.session, {}, clock.now(), lambda _done, _total: None)
        assert list(contest_differences(db.session, db.session.get_one(Contest, scene.second))) == []


def test_others_cannot_promote(app, cast):
    scene = two_stages(app, cast)
    with app.app_context():
        contest = db.session.get_one(Contest, scene.first)
        for other in (cast.county, cast.school_admin, cast.teacher):
            with pytest.raises(NotFoundError):
                services.request(db.session, actor=actor_of(db.session, other), contest=contest, now=clock.now())


def test_a_school_promotes_in_its_own_contest(app, cast):
    with app.app_context():
        contest = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
        plan = Plan(UnitLevel.CLASS, Ties.ALL_IN, {"junior": Quota(number=1)})
        actor = actor_of(db.session, cast.school_admin)
        services.declare(db.session, actor=actor, contest=contest, plan=plan, now=clock.now())
        assert queries.plan_of(db.session, contest) == plan
