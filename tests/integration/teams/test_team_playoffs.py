"""A play-off of teams: the members of tied teams sit it, their sums say which team wins, and the next trial takes it.

甲一队 is through; 甲二队 of one county and 乙队 of another share the result across the second seat of all.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest, Entry
from quiz.contests.teams.models import Team, TeamMember
from quiz.contests.teams.rules import StageUnit
from quiz.db import db
from quiz.errors import ConflictError
from quiz.jobs.worker import run_due_jobs
from quiz.promotion import services
from quiz.promotion.models import PromotionRun, TeamDecision
from quiz.promotion.playoffs import queries
from quiz.promotion.playoffs.models import Playoff
from quiz.promotion.rules import DecisionKind
from tests.factories.contests import actor_of, enter, take
from tests.factories.promotion import published
from tests.factories.team_playoffs import (
    MINUTE,
    announce,
    entered,
    ids_of,
    make_over,
    more,
    run_id,
    scene,
    settle,
    sit,
    stage,
    team_named,
    tried_again,
)
from tests.pages import page, post, text_of

AT_ONCE = 20


__all__ = ["more", "run_id", "scene"]  # fixtures


def _recomputed(public_id: str) -> dict[str, tuple[int, int]]:
    """Team → sum of scores and seconds, from the attempts and nothing else."""
    contest = db.session.scalars(sa.select(Contest).where(Contest.public_id == public_id)).one()
    sitting, found = contest.groups[0].sitting, {}
    for team in db.session.scalars(sa.select(Team).where(Team.contest_id == contest.id)):
        score = seconds = 0
        for member in db.session.scalars(sa.select(TeamMember).where(TeamMember.team_id == team.id)):
            if member.is_reserve:
                continue
            attempt = db.session.scalars(
                sa.select(Attempt).where(
                    Attempt.sitting_id == sitting.id, Attempt.user_id == member.user_id,
                    Attempt.status == AttemptStatus.SUBMITTED,
                )
            ).one_or_none()  # fmt: skip
            score += attempt.score or 0 if attempt else 0
            lasted = (attempt.closed_at - attempt.started_at).seconds if attempt and attempt.closed_at else None
            seconds += sitting.duration_seconds if lasted is None else lasted
        found[team.name] = (score, seconds)
    return found


def test_a_trial_names_the_tied_teams_and_the_seats_left(app, cast, scene, run_id):
    with app.app_context():
        summary = db.session.get_one(PromotionRun, run_id).summary
        ids = ids_of(scene, "甲二队", "乙队")
        assert [(one["group"], one["unit"], set(one["users"]), one["seats"]) for one in summary["ties"]] == [
            ("junior", "", set(ids), 1)
        ]


def test_from_the_trial_with_a_member_away_and_a_stand_in_to_the_next_stage(app, cast, more, scene, run_id, sign_in):
    with app.app_context():
        line = announce(cast, scene, run_id)
        public_id, playoff_id = line.public_id, line.contest.id
        assert line.playoff.seats == 1 and len(line.contest.groups) == 1
        copies = db.session.scalars(sa.select(Team).where(Team.contest_id == playoff_id)).all()
        assert {one.name for one in copies} == {"甲二队", "乙队"}
        assert {one.origin_id for one in copies} == set(ids_of(scene, "甲二队", "乙队"))
        team_id = team_named(playoff_id, "乙队").public_id
    staff, address = sign_in(cast.outsider_teacher), f"/desk/contests/{public_id}/teams"
    soup = page(staff.get(f"{address}/{team_id}/stand-in"))
    names = {one.text: one["value"] for one in soup.select("option")}
    values = {"out": names["乙0"], "come": names["乙1"], "reason": "发烧"}
    assert post(staff, f"{address}/{team_id}/stand-in", values).status_code == 303
    with app.app_context():
        contest, now = db.session.get_one(Contest, playoff_id), clock.now() - 5 * MINUTE
        papers = [
            {one["item_id"] for one in take(db.session, contest, user, right=right, seconds=60, now=now).paper}
            for user, right in ((cast.wangfang, 4), (cast.cairang, 3), (more.more_b[1], 2))
        ]
        assert papers[0] == papers[1] == papers[2] and len(papers[0]) == 4
        with pytest.raises(ConflictError, match="候补"):
            enter(db.session, contest, more.more_b[0], now)
        db.session.commit()
    run_due_jobs(app)
    with app.app_context():
        assert _recomputed(public_id) == {"甲二队": (10_000, 660), "乙队": (12_500, 120)}
        line = queries.get_playoff(db.session, stage(scene), public_id)
        results = queries.results_of(db.session, line)
        assert {one.name: (one.score, one.seconds) for one in results} == _recomputed(public_id)
        assert [(one.name, one.place) for one in results] == [("乙队", (1, False)), ("甲二队", (2, False))]
        assert [(one.name, one.score) for one in results[0].terms] == [("才让·多杰", 7500), ("乙1", 5000)]
        assert [(one.name, one.score) for one in results[1].terms] == [("王芳", 10_000), ("甲0", None)]
        winner = ids_of(scene, "乙队")
        assert list(queries.proposal_of(line, results).winners) == winner
        assert settle(cast, scene, public_id) == winner
        assert settle(cast, scene, public_id) == winner  # said twice
        decision = db.session.scalars(sa.select(TeamDecision)).one()
        assert (decision.team_id, decision.kind) == (winner[0], DecisionKind.PLAYOFF_WON)
        assert public_id in decision.reason
        entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action.like("contest:playoff:%"))).all()
        assert [one.action for one in entries] == ["contest:playoff:create", "contest:playoff:settle"]
    published(app, cast, tried_again(app, cast, scene))
    with app.app_context():  # the teams as they were in the stage: a stand-in is for the play-off alone
        assert entered(scene) == {cast.zhuoma, cast.liming, cast.cairang, more.more_b[0]}
        later = db.session.scalars(sa.select(Team.name).where(Team.contest_id == scene.second))
        assert set(later) == {"甲一队", "乙队"}


def test_seconds_of_all_members_decide_between_equal_sums(app, cast, more, scene, run_id):
    results = [(cast.wangfang, 4, 40), (more.more_a[0], 2, 70), (cast.cairang, 3, 60), (more.more_b[0], 3, 60)]
    public_id = sit(app, cast, scene, run_id, results)
    with app.app_context():
        assert _recomputed(public_id) == {"甲二队": (15_000, 110), "乙队": (15_000, 120)}
        assert settle(cast, scene, public_id) == ids_of(scene, "甲二队")


def test_equal_again_they_sit_another_one_or_all_are_in(app, cast, more, scene, run_id):
    four = [(cast.wangfang, 4, 60), (more.more_a[0], 2, 60), (cast.cairang, 3, 50), (more.more_b[0], 3, 70)]
    public_id = sit(app, cast, scene, run_id, four)
    with app.app_context():
        both = set(ids_of(scene, "甲二队", "乙队"))
        line = queries.get_playoff(db.session, stage(scene), public_id)
        results = queries.results_of(db.session, line)
        proposal = queries.proposal_of(line, results)
        assert (proposal.winners, set(proposal.tied), proposal.left) == ((), both, 1)
        assert [one.place for one in results] == [(1, True), (1, True)]
        assert settle(cast, scene, public_id) == []
        assert db.session.scalars(sa.select(TeamDecision)).all() == []
    second_id = sit(app, cast, scene, run_id, four)
    assert second_id != public_id
    with app.app_context():
        assert set(settle(cast, scene, second_id, takes_tied=True)) == both
    published(app, cast, tried_again(app, cast, scene))
    with app.app_context():
        assert entered(scene) == {
            cast.zhuoma, cast.liming, cast.wangfang, more.more_a[0], cast.cairang, more.more_b[0],
        }  # fmt: skip


def test_a_team_of_which_nobody_came_does_not_win(app, cast, scene, run_id):
    public_id = sit(app, cast, scene, run_id, [(cast.cairang, 0, 60)])
    with app.app_context():
        line = queries.get_playoff(db.session, stage(scene), public_id)
        line.playoff.seats = 2  # even where there are seats enough
        results = {one.name: (one.order_key is None, one.place) for one in queries.results_of(db.session, line)}
        assert results == {"乙队": (False, (1, False)), "甲二队": (True, None)}
        assert settle(cast, scene, public_id) == ids_of(scene, "乙队")


def test_where_nobody_came_at_all_nothing_is_decided(app, cast, scene, run_id, sign_in):
    public_id = sit(app, cast, scene, run_id, [])
    make_over(app, public_id)
    client, path = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}/playoffs/{public_id}"
    assert "没有一个队参加这次加赛" in text_of(page(client.get(path)).main)
    assert post(client, f"{path}/settle", {"do": "record"}, via=path).status_code == 303
    assert "这次没有分出胜负" in text_of(page(client.get(path)).main)
    with app.app_context():
        assert db.session.scalars(sa.select(TeamDecision)).all() == []
        assert announce(cast, scene, run_id).public_id != public_id


@pytest.mark.parametrize("kind", [DecisionKind.DISQUALIFIED, DecisionKind.WITHDRAWN])
def test_a_team_that_is_out_since_keeps_that_decision(app, cast, scene, run_id, kind):
    public_id = sit(app, cast, scene, run_id, [(cast.wangfang, 3, 60), (cast.cairang, 4, 60)])
    with app.app_context():
        first, second = ids_of(scene, "甲二队", "乙队")
        services.decide(
            db.session, actor=actor_of(db.session, cast.admin), contest=stage(scene), user_id=second, kind=kind,
            reason="来函", now=clock.now(),
        )  # fmt: skip
        line = queries.get_playoff(db.session, stage(scene), public_id)
        places = {one.key: one.place for one in queries.results_of(db.session, line)}
        assert places == {first: (1, False), second: None}
        assert settle(cast, scene, public_id) == [first]
        stand = sa.select(TeamDecision.team_id, TeamDecision.kind).where(TeamDecision.revoked_at.is_(None))
        assert {team_id: named for team_id, named in db.session.execute(stand)} == {
            first: DecisionKind.PLAYOFF_WON, second: kind,
        }  # fmt: skip


def test_pressed_twenty_times_at_once_there_is_one(app, cast, scene, run_id):
    def press(number: int) -> str:
        with app.app_context():
            return str(announce(cast, scene, run_id, by=(cast.province, cast.admin)[number % 2]).public_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = set(pool.map(press, range(AT_ONCE)))
    assert len(found) == 1
    public_id = found.pop()
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Playoff.id))) == 1
        contest = db.session.scalars(sa.select(Contest).where(Contest.playoff_of_id == scene.first)).one()
        assert db.session.query(Team).filter_by(contest_id=contest.id).count() == 2
        assert db.session.query(Entry).filter_by(contest_id=contest.id).count() == 4
        take(db.session, contest, cast.cairang, right=1, now=clock.now() - 5 * MINUTE)
        db.session.commit()
    run_due_jobs(app)

    def press_again(_number: int) -> list[int]:
        with app.app_context():
            return settle(cast, scene, public_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        winners = list(pool.map(press_again, range(AT_ONCE)))
    with app.app_context():
        assert winners == [ids_of(scene, "乙队")] * AT_ONCE
        assert len(db.session.scalars(sa.select(TeamDecision)).all()) == 1
        acts = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.action == "contest:playoff:settle")
        assert db.session.scalar(acts) == 1


def test_a_team_may_play_off_for_a_stage_of_pupils(app, cast, more, scene, run_id):
    with app.app_context():
        db.session.get_one(Contest, scene.second).unit = StageUnit.PUPIL
        db.session.commit()
    public_id = sit(app, cast, scene, run_id, [(cast.wangfang, 4, 60), (cast.cairang, 3, 60)])
    with app.app_context():
        assert settle(cast, scene, public_id) == ids_of(scene, "甲二队")
    published(app, cast, tried_again(app, cast, scene))
    with app.app_context():
        assert entered(scene) == {cast.zhuoma, cast.liming, cast.wangfang, more.more_a[0]}
