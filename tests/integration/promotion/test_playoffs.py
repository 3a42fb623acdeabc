"""A play-off: announced for exactly those who are tied, really sat, its winners recorded, and taken by the next trial.

卓玛 is through; 李明 and 欧阳小雪 share the result across the second seat of their county.
"""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.audit.models import AuditEntry
from quiz.contests import services as contests
from quiz.contests import stages
from quiz.contests.copying import copy_contest
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import contests_for_pupil
from quiz.db import db
from quiz.desk.command.services import due as command_due
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.jobs.worker import run_due_jobs
from quiz.promotion import services
from quiz.promotion.models import PromotionDecision, PromotionRemark, PromotionRun
from quiz.promotion.playoffs import queries
from quiz.promotion.playoffs import services as playoffs
from quiz.promotion.playoffs.models import Playoff
from quiz.promotion.playoffs.services import Wanted
from quiz.promotion.queries import open_run
from quiz.promotion.rules import DecisionKind, Quota, Ties
from quiz.publicity.services import switch_page
from quiz.rankings.expected.queries import due as expected_due
from quiz.rankings.models import BoardFreeze
from quiz.rankings.services import freezing, rebuild
from tests.factories.contests import actor_of, enter, take
from tests.factories.promotion import published, tried, two_stages
from tests.pages import page, post, text_of

MINUTE = timedelta(minutes=1)
LATER = 40 * MINUTE  # from the announcement: it is over and counted


@pytest.fixture
def scene(app, cast):
    return two_stages(app, cast)


@pytest.fixture
def run_id(app, cast, scene):
    return tried(app, cast, scene, ties=Ties.PLAYOFF, quota=Quota(number=2, reserves=1))


def _stage(scene):
    return db.session.get_one(Contest, scene.first)


def _create(cast, scene, run_id, *, tie=0, minutes=10, items=4, length=30, by=None):
    """Within an application context: announce it, open since ten minutes ago; its line."""
    now, actor = clock.now(), actor_of(db.session, by or cast.province)
    line = playoffs.create(
        db.session, actor=actor, contest=_stage(scene), run=db.session.get_one(PromotionRun, run_id), tie=tie,
        wanted=Wanted(now - 10 * MINUTE, now + length * MINUTE, minutes, items), now=now,
    )  # fmt: skip
    db.session.commit()
    return line


def _settle(cast, scene, public_id, **kwargs):
    line = queries.get_playoff(db.session, _stage(scene), public_id)
    winners = playoffs.settle(
        db.session, actor=actor_of(db.session, cast.province), contest=_stage(scene), line=line,
        now=clock.now() + LATER, **{"takes_tied": False, **kwargs},
    )  # fmt: skip
    db.session.commit()
    return list(winners)


def _again(app, cast, scene):
    """Withdraw the trial and try anew; the id of the new one."""
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        run = open_run(db.session, _stage(scene))
        services.withdraw(db.session, actor=actor, contest=_stage(scene), run=run, now=now)
        made = services.request(db.session, actor=actor, contest=_stage(scene), now=now)
        db.session.commit()
        run_id = made.id
    run_due_jobs(app)
    return run_id


def _sat(app, cast, scene, run_id, results):
    """Announce it and let them sit it; the public id. ``results``: user, right answers, seconds."""
    with app.app_context():
        line = _create(cast, scene, run_id)
        public_id = line.public_id
        for user, right, seconds in results:
            take(db.session, line.contest, user, right=right, now=clock.now() - 5 * MINUTE, seconds=seconds)
        db.session.commit()
    run_due_jobs(app)
    return public_id


def test_exactly_those_who_are_tied_find_it_and_can_sit_it(app, cast, scene, run_id):
    with app.app_context():
        line = _create(cast, scene, run_id)
        now = clock.now()
        entered = set(db.session.scalars(sa.select(Entry.user_id).where(Entry.contest_id == line.contest.id)))
        assert entered == {cast.liming, cast.ouyang} and line.playoff.seats == 1
        for user in (cast.liming, cast.ouyang):
            mine = contests_for_pupil(db.session, actor_of(db.session, user), now, public_id=line.public_id)
            assert len(mine) == 1 and "加赛" in mine[0].contest.title and mine[0].attempts_left == 1
        for user in (cast.zhuoma, cast.wangfang, cast.cairang):
            assert contests_for_pupil(db.session, actor_of(db.session, user), now, public_id=line.public_id) == []
            with pytest.raises(NotFoundError):
                enter(db.session, line.contest, user, now)
        attempts = [enter(db.session, line.contest, user, now) for user in (cast.liming, cast.ouyang)]
        papers = [{one["item_id"] for one in attempt.paper} for attempt in attempts]
        assert papers[0] == papers[1] and len(papers[0]) == 4


def test_it_is_no_stage_of_the_contest(app, cast, scene, run_id):
    with app.app_context():
        line, actor, now = _create(cast, scene, run_id), actor_of(db.session, cast.province), clock.now()
        assert [one.id for one in stages.stages_of(db.session, _stage(scene))] == [scene.first, scene.second]
        assert stages.stages_of(db.session, line.contest) == [line.contest]
        with pytest.raises(ConflictError, match="加赛"):
            stages.add_stage(db.session, actor=actor, contest=line.contest, own_name="一", name="二", now=now)
        copied = copy_contest(db.session, actor=actor, contest=_stage(scene), now=now)
        assert len(copied) == 2
        acts = (
            lambda: copy_contest(db.session, actor=actor, contest=line.contest, now=now),
            lambda: contests.unpublish(db.session, actor=actor, contest=line.contest, now=now - 20 * MINUTE),
            lambda: switch_page(db.session, actor=actor, contest=line.contest, is_on=True, now=now),
            lambda: freezing.set_freeze(
                db.session, actor=actor, contest=line.contest, freezes_at=now + MINUTE, unfreezes_at=None, now=now
            ),
        )
        for act in acts:
            with pytest.raises(ConflictError, match="加赛"):
                act()
        assert line.contest not in expected_due(db.session, now) and line.contest.id not in command_due(db.session, now)


def test_of_a_stage_ranked_by_progress_it_is_ranked_otherwise(app, cast, scene, run_id):
    """There is no earlier play-off to compare with; what is measured against nothing is not published."""
    with app.app_context():
        _stage(scene).ranking_profile = "progress"
        db.session.commit()
        assert _create(cast, scene, run_id).contest.ranking_profile == "average"


def test_nobody_counts_it_among_the_contests(app, cast, scene, run_id, sign_in):
    with app.app_context():
        contest = _create(cast, scene, run_id).contest
        contest.organisers, public_id = {"host": ["省禁毒办"]}, contest.public_id
        _stage(scene).has_public_page = _stage(scene).has_public_board = True
        db.session.commit()
    for user in (cast.province, cast.liming):
        assert public_id not in sign_in(user).get("/rankings/").text
    visitor = app.test_client()
    assert scene.first_public_id in visitor.get("/").text and public_id not in visitor.get("/").text
    assert "加赛" not in visitor.get(f"/c/{scene.first_public_id}").text
    assert visitor.get(f"/c/{public_id}").status_code == 404 and visitor.get(f"/boards/{public_id}").status_code == 404
    desk = sign_in(cast.province).get(f"/desk/contests/{public_id}")
    assert "应参赛学生是成绩并列、要加赛的学生" in desk.text
    assert {"freeze", "bulletin", "command", "reminders", "copy", "public"}.isdisjoint(
        one["href"].rsplit("/", 1)[-1] for one in page(desk).select("main a[href]")
    )
    assert "加赛" not in text_of(page(sign_in(cast.province).get(f"/desk/contests/{scene.first_public_id}")).main)


def test_while_the_boards_are_frozen_nobody_is_named_by_a_play_off(app, cast, scene, run_id):
    with app.app_context():
        now = clock.now()
        db.session.add(
            BoardFreeze(contest_id=scene.first, freezes_at=now - 60 * MINUTE, set_by=cast.province, set_at=now)
        )
        db.session.flush()
        with pytest.raises(ConflictError, match="封榜"):
            _create(cast, scene, run_id)


def test_its_window_ends_before_the_stage_to_which_it_leads(app, cast, scene, run_id):
    with app.app_context():
        line = _create(cast, scene, run_id)
        sitting = line.contest.groups[0].sitting
        with pytest.raises(DomainError, match="县级复赛"):
            stages.check_order(db.session, line.contest, sitting.opens_at, clock.now() + 120 * MINUTE)


def test_the_winner_is_recorded_and_the_next_trial_takes_the_seat(app, cast, scene, run_id):
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 3, 60), (cast.ouyang, 4, 60)])
    with app.app_context():
        assert _settle(cast, scene, public_id) == [cast.ouyang]
        assert _settle(cast, scene, public_id) == [cast.ouyang]  # said twice
        decision = db.session.scalars(sa.select(PromotionDecision)).one()
        assert (decision.user_id, decision.kind) == (cast.ouyang, DecisionKind.PLAYOFF_WON)
        assert public_id in decision.reason
        query = sa.select(AuditEntry.action).where(AuditEntry.action.like("contest:playoff:%")).order_by(AuditEntry.id)
        assert list(db.session.scalars(query)) == ["contest:playoff:create", "contest:playoff:settle"]
    published(app, cast, _again(app, cast, scene))
    with app.app_context():
        through = set(db.session.scalars(sa.select(Entry.user_id).where(Entry.contest_id == scene.second)))
        assert through == {cast.zhuoma, cast.ouyang, cast.cairang}


def _verdict(run_id, user):
    remark = db.session.get_one(PromotionRemark, (run_id, user))
    return remark.outcome.value, remark.reason.value


def _marked(scene, user, score):
    """Mark the paper of the stage again."""
    db.session.execute(sa.text("UPDATE attempt SET score = :score WHERE user_id = :user AND sitting_id = :sitting"), {
        "score": score, "user": user, "sitting": _stage(scene).groups[0].sitting_id,
    })  # fmt: skip
    rebuild(db.session, contest_id=scene.first, now=clock.now())
    db.session.commit()


def test_a_win_counts_against_those_who_sat_it_and_nobody_else(app, cast, scene, run_id):
    """欧阳小雪 beats 李明; then 王芳 turns out to have the same result, and has lost to nobody."""
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 3, 60), (cast.ouyang, 4, 60)])
    with app.app_context():
        _settle(cast, scene, public_id)
        _marked(scene, cast.wangfang, 7500)
    again = _again(app, cast, scene)
    with app.app_context():
        for user in (cast.liming, cast.ouyang, cast.wangfang):
            assert _verdict(again, user) == ("undecided", "playoff")
        tie = queries.ties_of(db.session.get_one(PromotionRun, again))[0]
        assert (set(tie["users"]), tie["seats"]) == ({cast.liming, cast.ouyang, cast.wangfang}, 1)
        _marked(scene, cast.wangfang, 5000)
    again = _again(app, cast, scene)
    with app.app_context():
        assert _verdict(again, cast.ouyang) == ("through", "playoff_won")


def test_winners_of_more_seats_than_there_are_now_sit_another_one(app, cast, scene, run_id, sign_in):
    """With 卓玛 away two of three win; when she is back, one seat is left for the two."""

    def decide(act, **more):
        with app.app_context():
            actor = actor_of(db.session, cast.province)
            act(db.session, actor=actor, contest=_stage(scene), user_id=cast.zhuoma, now=clock.now(), **more)
            db.session.commit()

    with app.app_context():
        _marked(scene, cast.wangfang, 7500)
    decide(services.decide, kind=DecisionKind.WITHDRAWN, reason="转学")
    run_id = _again(app, cast, scene)
    results = [(cast.liming, 3, 60), (cast.ouyang, 4, 60), (cast.wangfang, 2, 60)]
    public_id = _sat(app, cast, scene, run_id, results)
    with app.app_context():
        assert set(_settle(cast, scene, public_id)) == {cast.liming, cast.ouyang}
    decide(services.revoke)
    again = _again(app, cast, scene)
    with app.app_context():
        assert _verdict(again, cast.zhuoma) == ("through", "quota")
        assert _verdict(again, cast.liming) == _verdict(again, cast.ouyang) == ("undecided", "playoff_again")
        run = db.session.get_one(PromotionRun, again)
        path = f"/desk/promotion/{scene.first_public_id}/runs/{run.public_id}"
    assert "加赛胜出的比现在的名额多，要再加赛" in text_of(page(sign_in(cast.province).get(f"{path}?show=undecided")))
    second = _sat(app, cast, scene, again, [(cast.liming, 4, 60), (cast.ouyang, 3, 60)])
    with app.app_context():
        assert _settle(cast, scene, second) == [cast.liming]
    last = _again(app, cast, scene)
    with app.app_context():
        assert _verdict(last, cast.liming) == ("through", "playoff_won")
        assert {_verdict(last, one)[0] for one in (cast.ouyang, cast.wangfang)} == {"reserve", "out"}


def test_seconds_decide_between_equal_scores(app, cast, scene, run_id):
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 3, 50), (cast.ouyang, 3, 60)])
    with app.app_context():
        assert _settle(cast, scene, public_id) == [cast.liming]


def test_equal_again_they_sit_another_one_or_all_are_in(app, cast, scene, run_id):
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 3, 60), (cast.ouyang, 3, 60)])
    with app.app_context():
        line = queries.get_playoff(db.session, _stage(scene), public_id)
        proposal = queries.proposal_of(line, queries.results_of(db.session, line))
        assert (proposal.winners, set(proposal.tied), proposal.left) == ((), {cast.liming, cast.ouyang}, 1)
        assert _settle(cast, scene, public_id) == []
        assert db.session.scalars(sa.select(PromotionDecision)).all() == []
        second = _create(cast, scene, run_id)
        assert second.public_id != public_id
        for user in (cast.liming, cast.ouyang):
            take(db.session, second.contest, user, right=2, now=clock.now() - 5 * MINUTE, seconds=60)
        db.session.commit()
        second_id = second.public_id
    run_due_jobs(app)
    with app.app_context():
        assert set(_settle(cast, scene, second_id, takes_tied=True)) == {cast.liming, cast.ouyang}
    published(app, cast, _again(app, cast, scene))
    with app.app_context():
        through = set(db.session.scalars(sa.select(Entry.user_id).where(Entry.contest_id == scene.second)))
        assert through == {cast.zhuoma, cast.liming, cast.ouyang, cast.cairang}


def test_who_does_not_come_does_not_win(app, cast, scene, run_id):
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 0, 60)])
    with app.app_context():
        assert _settle(cast, scene, public_id) == [cast.liming]


def test_who_was_disqualified_meanwhile_keeps_that_decision(app, cast, scene, run_id):
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 3, 60), (cast.ouyang, 4, 60)])
    with app.app_context():
        services.decide(
            db.session, actor=actor_of(db.session, cast.admin), contest=_stage(scene), user_id=cast.ouyang,
            kind=DecisionKind.DISQUALIFIED, reason="替考", now=clock.now(),
        )  # fmt: skip
        assert _settle(cast, scene, public_id) == [cast.liming]


def test_pressed_twice_there_is_one(app, cast, scene, run_id):
    with app.app_context():
        first, second = _create(cast, scene, run_id), _create(cast, scene, run_id, by=cast.admin)
        assert first.public_id == second.public_id
        assert db.session.scalar(sa.select(sa.func.count(Playoff.id))) == 1
        contests.cancel(db.session, actor=actor_of(db.session, cast.province), contest=first.contest, now=clock.now())
        db.session.commit()
        assert _create(cast, scene, run_id).public_id != first.public_id


def test_what_cannot_be_announced(app, cast, scene, run_id):
    with app.app_context():
        for wrong, field in (({"items": 0}, "items"), ({"minutes": 500}, "minutes"), ({"length": -5}, "closes_at")):
            with pytest.raises(DomainError) as raised:
                _create(cast, scene, run_id, **wrong)
            assert raised.value.field == field
            db.session.rollback()
        with pytest.raises(DomainError, match="县级复赛"):
            _create(cast, scene, run_id, length=600)
        db.session.rollback()
        with pytest.raises(NotFoundError):
            _create(cast, scene, run_id, tie=7)
        db.session.rollback()
        services.decide(
            db.session, actor=actor_of(db.session, cast.admin), contest=_stage(scene), user_id=cast.ouyang,
            kind=DecisionKind.WITHDRAWN, reason="生病", now=clock.now(),
        )  # fmt: skip
        with pytest.raises(ConflictError, match="有变"):
            _create(cast, scene, run_id)


def test_nothing_is_recorded_before_it_is_over(app, cast, scene, run_id):
    with app.app_context():
        line = _create(cast, scene, run_id)
        with pytest.raises(ConflictError, match="还没有结束"):
            playoffs.settle(
                db.session, actor=actor_of(db.session, cast.province), contest=_stage(scene), line=line,
                takes_tied=False, now=clock.now(),
            )  # fmt: skip


def test_the_pages_lead_from_the_trial_to_the_winner(app, cast, scene, run_id, sign_in):
    client, stage = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}"
    with app.app_context():
        run = db.session.get_one(PromotionRun, run_id).public_id
    soup = page(client.get(f"{stage}/runs/{run}"))
    assert "2 人成绩并列，争 1 个名额" in text_of(soup)
    path = soup.select_one("#ties ~ ul a")["href"]
    form = page(client.get(path))
    tied = [text_of(one) for one in form.select_one("section[aria-labelledby=tied]").select("li")]
    assert tied == ["李* 城中区清源实验学校", "欧*雪 城中区清源实验学校"], "nothing has been decided about them"
    assert form.select_one("input[name=items]")["value"] == "4"  # the stage has no more
    local = clock.now().astimezone(clock.LOCAL_ZONE)
    times = {"opens_at": f"{local:%Y-%m-%dT%H:%M}", "closes_at": f"{local + 30 * MINUTE:%Y-%m-%dT%H:%M}"}
    wrong = post(client, path, {**times, "items": "0", "minutes": "10"})
    assert "填 1 到 50 之间的整数" in text_of(page(wrong, 422))
    made = post(client, path, {**times, "items": "4", "minutes": "10"})
    assert made.status_code == 303
    shown = page(client.get(made.location))
    assert "加赛还没有结束" in text_of(shown) and "没有成绩" in text_of(shown)
    assert "已经安排了加赛" in text_of(page(client.get(path)))
    assert "等结果" in text_of(page(client.get(stage)))
    pupil = sign_in(cast.liming)
    assert "加赛" in pupil.get("/").text and "加赛" not in sign_in(cast.wangfang).get("/").text
    for user in (cast.teacher, cast.county):
        assert sign_in(user).get(made.location).status_code in (403, 404)


def test_the_winner_is_confirmed_on_the_page(app, cast, scene, run_id, sign_in):
    public_id = _sat(app, cast, scene, run_id, [(cast.liming, 3, 60), (cast.ouyang, 4, 60)])
    with app.app_context():
        contest = db.session.scalars(sa.select(Contest).where(Contest.public_id == public_id)).one()
        contest.groups[0].sitting.opens_at -= 60 * MINUTE
        contest.groups[0].sitting.closes_at = clock.now() - 5 * MINUTE
        db.session.commit()
    client, path = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}/playoffs/{public_id}"
    assert "胜出：欧阳小雪" in text_of(page(client.get(path)))
    assert post(client, f"{path}/settle", {"do": "record"}, via=path).status_code == 303
    assert "加赛胜出：欧阳小雪" in text_of(page(client.get(path)))
