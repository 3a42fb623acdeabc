"""A list is computed by one person, issued once by another; what is killed half-way has changed nothing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.accounts.models import User
from quiz.attempts.models import Attempt, AttemptStatus, ResultChange
from quiz.audit.models import AuditEntry
from quiz.awards import queries
from quiz.awards.labels import reason
from quiz.awards.models import Award, AwardDraft, AwardTier, DraftState
from quiz.awards.rules import Tier, TierKind, TierWay
from quiz.awards.services import drafts
from quiz.awards.services import tiers as tiering
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.jobs.models import Job
from quiz.jobs.worker import run_due_jobs
from quiz.promotion.rules import DecisionKind
from quiz.promotion.services import decide, revoke
from quiz.rankings.services import rebuild
from tests.factories.contests import actor_of
from tests.integration.awards.scene import TIERS, make_scene
from tests.pages import page, text_of


def listed(scene, kind=TierKind.PUPIL):
    with scene.app.app_context():
        rows = db.session.query(Award).filter_by(kind=kind).order_by(Award.place)
        return [(row.name, row.tier, row.rank, row.value) for row in rows]


def test_a_list_holds_everybody_with_rank_score_and_reason_and_issues_nothing(scene):
    public_id = scene.compute()
    assert listed(scene) == [
        ("李明", "一等奖", 1, 10000), ("卓玛", "二等奖", 2, 9000), ("甲一一", "二等奖", 2, 9000),
        ("欧阳小雪", "三等奖", 4, 9000), ("王芳", "三等奖", 5, 8000),
    ]  # fmt: skip
    assert listed(scene, TierKind.INSTRUCTOR) == [("周老师", "优秀指导教师", 1, 6)]
    assert listed(scene, TierKind.SCHOOL)[0][:3] == ("城中区清源实验学校", "优秀组织单位", 1)
    assert scene.numbers() == []
    with scene.app.app_context():
        draft = queries.get_draft(db.session, scene.contest_id, public_id)
        second = draft.summary["tiers"][1]
        assert (second["amount"], second["given"], second["extra"], second["line"]) == (1, 2, 1, 2)
        teacher = scene.award("周老师").reason
        assert teacher["pupils"] == 3 and set(teacher["user_ids"]) == {
            scene.users[n] for n in ("李明", "卓玛", "欧阳小雪")
        }
        with scene.app.test_request_context():
            assert reason(scene.award("李明")) == "名额 1，取到第 1 名"
            assert reason(scene.award("甲一一")) == "名额 1，与最后一名并列，一并获奖"
            assert reason(scene.award("王芳")) == "80 分以上"
            assert reason(scene.award("周老师")) == "所教班级 3 人获奖，计 6 分：一等奖 1、二等奖 1、三等奖 1"


@pytest.mark.parametrize("what", ["disqualified", "disqualification revoked"])
def test_a_list_made_before_somebody_was_disqualified_is_not_issued(scene, what):
    def act(does):
        with scene.app.app_context():
            actor, user = actor_of(db.session, scene.cast.province), scene.users["李明"]
            if does == "disqualified":
                decide(
                    db.session, actor=actor, contest=scene.contest(), user_id=user, kind=DecisionKind.DISQUALIFIED,
                    reason="由他人代答", now=clock.now(),
                )  # fmt: skip
            else:
                revoke(db.session, actor=actor, contest=scene.contest(), user_id=user, now=clock.now())
            db.session.commit()

    if what != "disqualified":
        act("disqualified")
    public_id = scene.compute()
    act(what)
    with scene.app.app_context(), pytest.raises(ConflictError, match="取消资格"):
        scene.confirm(public_id)
    assert scene.numbers() == []


def disqualify(scene, *names):
    with scene.app.app_context():
        for name in names:
            decide(
                db.session, actor=actor_of(db.session, scene.cast.province), contest=scene.contest(),
                user_id=scene.users[name], kind=DecisionKind.DISQUALIFIED, reason="由他人代答", now=clock.now(),
            )  # fmt: skip
        db.session.commit()


def test_who_was_disqualified_receives_nothing_and_those_behind_move_up(scene):
    disqualify(scene, "李明")
    scene.compute()
    assert listed(scene) == [
        ("卓玛", "一等奖", 1, 9000), ("甲一一", "一等奖", 1, 9000), ("欧阳小雪", "二等奖", 3, 9000),
        ("王芳", "三等奖", 4, 8000),
    ]  # fmt: skip


def test_who_shared_a_rank_with_nobody_who_is_left_shares_it_no_more(scene):
    disqualify(scene, "甲一一")
    scene.compute()
    assert listed(scene)[1:3] == [("卓玛", "二等奖", 2, 9000), ("欧阳小雪", "三等奖", 3, 9000)]
    with scene.app.app_context():
        assert not scene.award("卓玛").is_tied


def test_confirming_gives_numbers_in_the_order_of_the_list_and_is_audited(scene):
    scene.issue()
    assert scene.numbers() == [1, 2, 3, 4, 5, 6, 7]
    with scene.app.app_context():
        assert queries.serial_of(db.session, scene.award("李明")) == "QH-2026-000001"
        entry = db.session.query(AuditEntry).filter_by(action="contest:awards:issue").one()
        assert entry.actor_id == scene.cast.admin and entry.details["requested_by"] == scene.cast.province
        assert entry.details["awards"] == 7


def test_nobody_confirms_the_own_list(scene):
    public_id = scene.compute()
    with scene.app.app_context():
        draft = queries.get_draft(db.session, scene.contest_id, public_id)
        with pytest.raises(DomainError, match="另一个人"):
            drafts.confirm(
                db.session, actor=actor_of(db.session, scene.cast.province), contest=scene.contest(), draft=draft,
                now=clock.now(),
            )  # fmt: skip
        db.session.commit()
    assert scene.numbers() == []


def test_twenty_confirmations_at_once_issue_once(scene):
    public_id = scene.compute()
    start = Barrier(20)

    def press(_number):
        with scene.app.app_context():
            start.wait()
            state = scene.confirm(public_id).state
            db.session.commit()
            return state

    with ThreadPoolExecutor(20) as pool:
        states = list(pool.map(press, range(20)))
    assert states == [DraftState.ISSUED] * 20
    assert scene.numbers() == [1, 2, 3, 4, 5, 6, 7]
    with scene.app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="contest:awards:issue").count() == 1


def test_a_confirmation_killed_in_the_middle_has_issued_nothing(scene, monkeypatch):
    public_id = scene.compute()

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(drafts, "note", killed)  # the last step: all numbers have been written by then
        with scene.app.app_context(), pytest.raises(KeyboardInterrupt):
            scene.confirm(public_id)
    assert scene.numbers() == []
    with scene.app.app_context():
        assert db.session.query(AwardDraft).one().state is DraftState.READY
        scene.confirm(public_id)
        db.session.commit()
    assert scene.numbers() == [1, 2, 3, 4, 5, 6, 7]


def test_a_job_that_runs_twice_computes_once(scene):
    scene.compute()
    before = listed(scene)
    with scene.app.app_context():
        draft = db.session.query(AwardDraft).one()
        drafts.compute(db.session, draft_id=draft.id, letters=frozenset(), now=clock.now())
        draft.state = DraftState.COMPUTING  # killed after its rows were written, before its state was: never happens
        db.session.commit()
        drafts.compute(db.session, draft_id=draft.id, letters=frozenset(), now=clock.now())
        db.session.commit()
    assert listed(scene) == before


def test_two_requests_are_one_list(scene):
    with scene.app.app_context():
        actor = actor_of(db.session, scene.cast.province)
        one, other = (
            drafts.request(db.session, actor=actor, contest=scene.contest(), now=clock.now()) for _ in range(2)
        )
        assert one.id == other.id
        assert db.session.query(Job).filter(Job.key == queries.draft_job_key(one.id)).count() == 1


def test_a_list_from_other_standings_cannot_be_issued(scene):
    public_id = scene.compute()
    with scene.app.app_context():
        db.session.query(Attempt).filter_by(user_id=scene.users["李明"]).update({"score": 100})
        rebuild(db.session, contest_id=scene.contest_id, now=clock.now())
        db.session.commit()
    with scene.app.app_context(), pytest.raises(ConflictError, match="变动"):
        scene.confirm(public_id)
    assert scene.numbers() == []


def test_withdrawing_removes_the_list_and_lets_another_be_computed(scene):
    public_id = scene.compute()
    with scene.app.app_context():
        draft = queries.get_draft(db.session, scene.contest_id, public_id)
        actor = actor_of(db.session, scene.cast.province)
        for _ in range(2):
            drafts.withdraw(db.session, actor=actor, contest=scene.contest(), draft=draft, now=clock.now())
        db.session.commit()
        assert db.session.query(Award).count() == 0
    with scene.app.app_context(), pytest.raises(ConflictError):
        scene.confirm(public_id)
    scene.issue()
    assert scene.numbers() == [1, 2, 3, 4, 5, 6, 7]


def test_an_issued_list_is_not_withdrawn(issued):
    with issued.app.app_context():
        draft = db.session.query(AwardDraft).one()
        with pytest.raises(ConflictError):
            drafts.withdraw(
                db.session, actor=actor_of(db.session, issued.cast.province), contest=issued.contest(), draft=draft,
                now=clock.now(),
            )  # fmt: skip


def test_who_holds_an_award_does_not_receive_another(issued):
    wider = (*TIERS[:2], Tier(0, "三等奖", TierKind.PUPIL, None, TierWay.CUTOFF, 7000), *TIERS[3:])
    issued.set_tiers(wider)
    public_id = issued.compute()
    with issued.app.app_context():
        summary = queries.get_draft(db.session, issued.contest_id, public_id).summary
        assert (summary["count"], summary["held"], summary["differ"]) == (1, 7, 0)
        issued.confirm(public_id)
        db.session.commit()
        assert issued.award("乙二二").number == 8


def test_a_contest_that_runs_awards_nothing(app, cast):
    scene = make_scene(app, cast, is_over=False)
    scene.set_tiers()
    with pytest.raises(ConflictError, match="结束"):
        scene.compute()


@pytest.mark.parametrize("what", ["answering", "waiting"])
def test_a_contest_that_is_still_counted_awards_nothing(scene, what):
    with scene.app.app_context():
        attempt = db.session.query(Attempt).first()
        if what == "answering":
            attempt.status = AttemptStatus.IN_PROGRESS
        else:
            row = ResultChange(sitting_id=attempt.sitting_id, user_id=attempt.user_id, changed_at=clock.now())
            db.session.add(row)
        db.session.commit()
    with pytest.raises(ConflictError, match="统计"):
        scene.compute()


def test_when_nobody_reaches_a_tier_the_list_says_so(scene):
    scene.set_tiers((Tier(0, "特别奖", TierKind.PUPIL, None, TierWay.DECISION),))
    public_id = scene.compute()
    with scene.app.app_context():
        draft = queries.get_draft(db.session, scene.contest_id, public_id)
        assert draft.state is DraftState.REFUSED and "没有人获奖" in draft.error["message"]


def test_every_group_has_its_own_quota(app, cast):
    scene = make_scene(app, cast, groups=("junior", "primary"))
    with app.app_context():
        from tests.integration.rankings.arena import Arena  # the scene's arena, taken up again

        contest = scene.contest()
        sittings = {group.kind.value: group.sitting for group in contest.groups}
        arena = Arena(db.session, contest, sittings, clock.now())
        arena.result(cast.xiaohu, 5000, 100, group="primary")
        arena.tally()
    scene.set_tiers((Tier(0, "一等奖", TierKind.PUPIL, None, TierWay.QUOTA, 1),))
    scene.compute()
    assert listed(scene) == [("李明", "一等奖", 1, 10000), ("马小虎", "一等奖", 1, 5000)]


def test_a_first_prize_is_worth_the_same_to_teachers_in_every_group_that_has_its_own(scene):
    def tiers(*groups):
        pupils = [
            Tier(0, name, TierKind.PUPIL, group, TierWay.QUOTA, 1) for group in groups for name in ("一等奖", "二等奖")
        ]
        return (*pupils, TIERS[3])

    for order in (("primary", "junior"), ("junior", "primary")):
        scene.set_tiers(tiers(*order))
        public_id = scene.compute()
        assert listed(scene, TierKind.INSTRUCTOR) == [("周老师", "优秀指导教师", 1, 3)]  # 李明 2, 卓玛 1
        with scene.app.app_context():
            draft, actor = (
                queries.get_draft(db.session, scene.contest_id, public_id),
                actor_of(db.session, scene.cast.province),
            )
            drafts.withdraw(db.session, actor=actor, contest=scene.contest(), draft=draft, now=clock.now())
            db.session.commit()


def test_letters_that_cannot_be_printed_are_named_before_issuing(app, cast):
    scene = make_scene(app, cast, people={"张𪻐": 10000})
    scene.set_tiers()
    public_id = scene.compute()
    with app.app_context():
        place = scene.award("张𪻐").place
        assert queries.get_draft(db.session, scene.contest_id, public_id).summary["missing"] == [[place, ["𪻐"]]]


# Named by hand


def named(scene, name, tier_name="特别奖", kind=TierKind.PUPIL):
    tier = db.session.query(AwardTier).filter_by(name=tier_name).one()
    user = db.session.get_one(User, scene.users[name])
    tiering.nominate(
        db.session, actor=actor_of(db.session, scene.cast.province), contest=scene.contest(), tier=tier,
        public_id=user.public_id, reason="组委会决定", now=clock.now(),
    )  # fmt: skip
    db.session.commit()


def test_who_is_named_by_hand_receives_the_award_with_the_reason(scene):
    special = Tier(0, "特别奖", TierKind.PUPIL, None, TierWay.DECISION)
    scene.set_tiers((TIERS[0], special))
    for name in ("戊五五", "李明"):
        scene.enter(scene.users[name])
        with scene.app.app_context():
            named(scene, name)
    scene.compute()
    assert listed(scene) == [("李明", "一等奖", 1, 10000), ("戊五五", "特别奖", 10, 3000)]
    with scene.app.app_context(), scene.app.test_request_context():
        assert reason(scene.award("戊五五")) == "指定：组委会决定"


def named_for_special(scene, *names):
    """A first prize for one, a special one for these."""
    scene.set_tiers((TIERS[0], Tier(0, "特别奖", TierKind.PUPIL, None, TierWay.DECISION)))
    for name in names:
        scene.enter(scene.users[name])
        with scene.app.app_context():
            named(scene, name)


def test_who_is_named_and_disqualified_receives_nothing_and_the_list_says_so(scene, sign_in):
    named_for_special(scene, "戊五五", "王芳", "李明")
    disqualify(scene, "王芳", "李明")
    public_id = scene.compute()
    assert [row[:3] for row in listed(scene)] == [
        ("卓玛", "一等奖", 1), ("甲一一", "一等奖", 1), ("戊五五", "特别奖", 8)
    ]  # fmt: skip
    text = text_of(page(sign_in(scene.cast.admin).get(f"{scene.path}/drafts/{public_id}")).main)
    assert "指定的人里有取消资格的" in text and "王芳 · 城中区清源实验学校" in text
    masked = text_of(page(sign_in(scene.cast.province).get(f"{scene.path}/drafts/{public_id}")).main)
    assert "王*" in masked and "王芳" not in masked


def test_the_rank_of_who_is_named_moves_up_like_that_of_others(scene):
    named_for_special(scene, "戊五五", "丙三三")
    with scene.app.app_context():
        db.session.query(Attempt).filter_by(user_id=scene.users["丙三三"]).update({"score": 4000})  # as 丁四四
        rebuild(db.session, contest_id=scene.contest_id, now=clock.now())
        db.session.commit()
    disqualify(scene, "卓玛", "丁四四")
    scene.compute()
    assert [row[:3] for row in listed(scene)] == [
        ("李明", "一等奖", 1), ("丙三三", "特别奖", 7), ("戊五五", "特别奖", 8)
    ]  # fmt: skip
    with scene.app.app_context():
        assert not scene.award("丙三三").is_tied


def test_only_who_took_part_can_be_named(scene):
    scene.set_tiers((Tier(0, "特别奖", TierKind.PUPIL, None, TierWay.DECISION),))
    with scene.app.app_context(), pytest.raises(NotFoundError):
        named(scene, "戊五五")


def test_changing_a_tier_keeps_or_drops_its_names(scene):
    special = Tier(0, "特别奖", TierKind.PUPIL, None, TierWay.DECISION)
    scene.set_tiers((special,))
    scene.enter(scene.users["卓玛"])
    with scene.app.app_context():
        named(scene, "卓玛")
        tier = db.session.query(AwardTier).one().rule()
    scene.set_tiers((Tier(tier.id, "组委会特别奖", TierKind.PUPIL, None, TierWay.DECISION),))
    with scene.app.app_context():
        assert len(queries.nominees_of(db.session, db.session.query(AwardTier).one())) == 1
    scene.set_tiers(TIERS)
    with scene.app.app_context():
        assert db.session.scalar(sa.text("SELECT count(*) FROM award_nominee")) == 0


def test_tiers_rest_while_a_list_is_open(scene):
    scene.compute()
    with pytest.raises(ConflictError, match="名单"):
        scene.set_tiers()


def test_strangers_can_do_nothing(scene):
    with scene.app.app_context():
        for who in (scene.cast.school_admin, scene.cast.teacher, scene.cast.prefecture):
            with pytest.raises(NotFoundError):
                drafts.request(
                    db.session, actor=actor_of(db.session, who), contest=scene.contest(), now=clock.now()
                )  # fmt: skip


def test_a_prefix_of_another_contest_is_refused(app, cast, scene):
    other = make_scene_of_school(app, cast)
    with pytest.raises(DomainError, match="前缀"):
        other.set_tiers()


def make_scene_of_school(app, cast):
    """A second contest without results."""
    from tests.integration.awards.scene import Scene
    from tests.integration.rankings.arena import make_arena

    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        public_id = arena.tally()
        return Scene(app, cast, arena.contest.id, public_id, {})


def test_the_usual_tiers_with_one_click_and_a_prefix_of_their_own(app, cast, scene):
    other = make_scene_of_school(app, cast)
    for _ in range(2):
        with app.app_context():
            tiering.use_preset(
                db.session, actor=actor_of(db.session, cast.province), contest=other.contest(),
                verify_address="https://qingyuan.example/verify", now=clock.now(),
            )  # fmt: skip
            db.session.commit()
    with app.app_context():
        found = queries.tiers_of(db.session, other.contest_id)
        assert [(tier.name, tier.amount) for tier in found] == [
            ("一等奖", 10), ("二等奖", 20), ("三等奖", 30), ("优秀奖", 40), ("优秀指导教师", 10), ("优秀组织单位", 10),
        ]  # fmt: skip
        assert queries.setting_of(db.session, other.contest_id).prefix == "QH-2026-2"


def test_work_given_up_is_taken_up_again(scene):
    with scene.app.app_context():
        actor = actor_of(db.session, scene.cast.province)
        draft = drafts.request(db.session, actor=actor, contest=scene.contest(), now=clock.now())
        db.session.commit()
        db.session.query(Job).delete()
        db.session.commit()
        drafts.resume(db.session, actor=actor, contest=scene.contest(), draft=draft, now=clock.now())
        db.session.commit()
    run_due_jobs(scene.app)
    with scene.app.app_context():
        assert db.session.query(AwardDraft).one().state is DraftState.READY
