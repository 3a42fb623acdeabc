"""A play-off of teams: the members of tied teams sit it, their sums say which team wins, and the next trial takes it.

甲一队 is through; 甲二队 of one county and 乙队 of another share the result across the second seat of all.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.audit.models import AuditEntry
from quiz.contests import services as contests
from quiz.contests.copying import copy_contest
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import contests_for_pupil
from quiz.contests.teams import services as teams
from quiz.contests.teams.models import Team, TeamMember
from quiz.contests.teams.rules import StageUnit
from quiz.db import db
from quiz.desk.command.services import due as command_due
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.jobs.worker import run_due_jobs
from quiz.promotion import services
from quiz.promotion.models import PromotionRun, TeamDecision
from quiz.promotion.playoffs import queries
from quiz.promotion.playoffs import services as playoffs
from quiz.promotion.playoffs.models import Playoff
from quiz.promotion.playoffs.services import Wanted
from quiz.promotion.queries import open_run
from quiz.promotion.rules import DecisionKind, Quota, Ties, UnitLevel
from quiz.rankings.expected.queries import due as expected_due
from quiz.rankings.models import BoardFreeze
from tests.factories.contests import actor_of, enter, take
from tests.factories.promotion import Stages, published, second_stage, tried
from tests.factories.teams import Arena, arena, register, sat
from tests.lanes import without_lane
from tests.pages import csrf_of, page, post, text_of

MINUTE = timedelta(minutes=1)
LATER = 40 * MINUTE  # from the announcement: it is over and counted
AT_ONCE = 20


@pytest.fixture
def more(app: Any, cast: Any) -> Arena:
    """甲一队 200; 甲二队 and 乙队 150 in 120 seconds, each with a reserve; 欧阳小雪 is in no team."""
    found = arena(app, cast)
    a, b = found.more_a, found.more_b
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        register(cast, contest, "甲一队", cast.zhuoma, cast.liming)
        register(cast, contest, "甲二队", cast.wangfang, a[0], reserves=(a[1],))
        register(cast, contest, "乙队", cast.cairang, b[0], reserves=(b[1],))
        db.session.commit()
    results = {cast.zhuoma: (4, 60), cast.liming: (4, 60), cast.wangfang: (4, 60), a[0]: (2, 60)}
    sat(app, found.contest, results | {cast.cairang: (3, 50), b[0]: (3, 70)})
    return found


@pytest.fixture
def scene(app: Any, cast: Any, more: Arena) -> Stages:
    with app.app_context():
        contest = db.session.get_one(Contest, more.contest)
        second = second_stage(contest, cast, clock.now())
        contests.publish(db.session, actor=actor_of(db.session, cast.province), contest=second, now=clock.now())
        db.session.commit()
        return Stages(contest.id, second.id, contest.public_id, second.public_id)


@pytest.fixture
def run_id(app: Any, cast: Any, scene: Stages) -> int:
    return tried(app, cast, scene, ties=Ties.PLAYOFF, level=UnitLevel.WHOLE, quota=Quota(number=2, reserves=1))


def _stage(scene: Stages) -> Contest:
    return db.session.get_one(Contest, scene.first)


def _team(contest_id: int, name: str) -> Team:
    return db.session.scalars(sa.select(Team).where(Team.contest_id == contest_id, Team.name == name)).one()


def _ids(scene: Stages, *names: str) -> list[int]:
    return [_team(scene.first, name).id for name in names]


def _create(cast: Any, scene: Stages, run_id: int, *, by: int | None = None) -> Any:
    """Within an application context: announce it, open since ten minutes ago; its line."""
    now, actor = clock.now(), actor_of(db.session, by or cast.province)
    line = playoffs.create(
        db.session, actor=actor, contest=_stage(scene), run=db.session.get_one(PromotionRun, run_id), tie=0,
        wanted=Wanted(now - 10 * MINUTE, now + 30 * MINUTE, 10, 4), now=now,
    )  # fmt: skip
    db.session.commit()
    return line


def _sat(app: Any, cast: Any, scene: Stages, run_id: int, results: list[tuple[int, int, int]]) -> str:
    """Announce it and let some members sit it (user, right answers, seconds); the public id."""
    with app.app_context():
        line = _create(cast, scene, run_id)
        public_id: str = line.public_id
        for user, right, seconds in results:
            take(db.session, line.contest, user, right=right, now=clock.now() - 5 * MINUTE, seconds=seconds)
        db.session.commit()
    run_due_jobs(app)
    return public_id


def _settle(cast: Any, scene: Stages, public_id: str, **kwargs: Any) -> list[int]:
    line = queries.get_playoff(db.session, _stage(scene), public_id)
    winners = playoffs.settle(
        db.session, actor=actor_of(db.session, cast.province), contest=_stage(scene), line=line,
        now=clock.now() + LATER, **{"takes_tied": False, **kwargs},
    )  # fmt: skip
    db.session.commit()
    return list(winners)


def _again(app: Any, cast: Any, scene: Stages) -> int:
    """Withdraw the trial and try anew; the id of the new one."""
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        run = open_run(db.session, _stage(scene))
        services.withdraw(db.session, actor=actor, contest=_stage(scene), run=run, now=now)
        run_id = services.request(db.session, actor=actor, contest=_stage(scene), now=now).id
        db.session.commit()
    run_due_jobs(app)
    return run_id


def _over(app: Any, public_id: str) -> None:
    """Move its window so that it is over and counted."""
    with app.app_context():
        contest = db.session.scalars(sa.select(Contest).where(Contest.public_id == public_id)).one()
        sitting = contest.groups[0].sitting
        sitting.opens_at, sitting.closes_at = sitting.opens_at - 60 * MINUTE, clock.now() - 5 * MINUTE
        db.session.commit()


def _entered(scene: Stages) -> set[int]:
    query = sa.select(Entry.user_id).where(Entry.contest_id == scene.second, Entry.withdrawn_at.is_(None))
    return set(db.session.scalars(query))


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


def _press(client: Any, public_id: str) -> Any:
    return client.post(f"/contests/{public_id}/start", data={"csrf_token": csrf_of(client, "/practice/")})


def test_a_trial_names_the_tied_teams_and_the_seats_left(app, cast, scene, run_id):
    with app.app_context():
        summary = db.session.get_one(PromotionRun, run_id).summary
        ids = _ids(scene, "甲二队", "乙队")
        assert [(one["group"], one["unit"], set(one["users"]), one["seats"]) for one in summary["ties"]] == [
            ("junior", "", set(ids), 1)
        ]


def test_from_the_trial_with_a_member_away_and_a_stand_in_to_the_next_stage(app, cast, more, scene, run_id, sign_in):
    with app.app_context():
        line = _create(cast, scene, run_id)
        public_id, playoff_id = line.public_id, line.contest.id
        assert line.playoff.seats == 1 and len(line.contest.groups) == 1
        copies = db.session.scalars(sa.select(Team).where(Team.contest_id == playoff_id)).all()
        assert {one.name for one in copies} == {"甲二队", "乙队"}
        assert {one.origin_id for one in copies} == set(_ids(scene, "甲二队", "乙队"))
        team_id = _team(playoff_id, "乙队").public_id
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
        line = queries.get_playoff(db.session, _stage(scene), public_id)
        results = queries.results_of(db.session, line)
        assert {one.name: (one.score, one.seconds) for one in results} == _recomputed(public_id)
        assert [(one.name, one.place) for one in results] == [("乙队", (1, False)), ("甲二队", (2, False))]
        assert [(one.name, one.score) for one in results[0].terms] == [("才让·多杰", 7500), ("乙1", 5000)]
        assert [(one.name, one.score) for one in results[1].terms] == [("王芳", 10_000), ("甲0", None)]
        winner = _ids(scene, "乙队")
        assert list(queries.proposal_of(line, results).winners) == winner
        assert _settle(cast, scene, public_id) == winner
        assert _settle(cast, scene, public_id) == winner  # said twice
        decision = db.session.scalars(sa.select(TeamDecision)).one()
        assert (decision.team_id, decision.kind) == (winner[0], DecisionKind.PLAYOFF_WON)
        assert public_id in decision.reason
        entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action.like("contest:playoff:%"))).all()
        assert [one.action for one in entries] == ["contest:playoff:create", "contest:playoff:settle"]
    published(app, cast, _again(app, cast, scene))
    with app.app_context():  # the teams as they were in the stage: a stand-in is for the play-off alone
        assert _entered(scene) == {cast.zhuoma, cast.liming, cast.cairang, more.more_b[0]}
        later = db.session.scalars(sa.select(Team.name).where(Team.contest_id == scene.second))
        assert set(later) == {"甲一队", "乙队"}


@pytest.mark.parametrize("way", ["lane", "service"])
def test_members_of_tied_teams_start_and_nobody_else(app, cast, more, scene, run_id, sign_in, way):
    with app.app_context():
        public_id = _create(cast, scene, run_id).public_id
        reserve = more.more_a[1]
    with without_lane(app) if way == "service" else nullcontext():
        assert "/attempts/" in _press(sign_in(cast.wangfang), public_id).location
        assert "/attempts/" in _press(sign_in(cast.cairang), public_id).location
        reply = _press(sign_in(reserve), public_id)
        assert reply.status_code == 409 and "你是候补" in reply.text
        for user in (cast.zhuoma, cast.liming, cast.ouyang, more.more_a[2], more.more_b[2]):
            assert _press(sign_in(user), public_id).status_code == 404
    with app.app_context():
        contest = db.session.scalars(sa.select(Contest).where(Contest.public_id == public_id)).one()
        started = db.session.scalars(
            sa.select(Attempt.user_id).where(Attempt.sitting_id == contest.groups[0].sitting_id)
        )
        assert set(started) == {cast.wangfang, cast.cairang}
        now = clock.now()
        for user, found in ((cast.wangfang, 1), (reserve, 1), (cast.zhuoma, 0), (cast.ouyang, 0)):
            mine = contests_for_pupil(db.session, actor_of(db.session, user), now, public_id=public_id)
            assert len(mine) == found


def test_seconds_of_all_members_decide_between_equal_sums(app, cast, more, scene, run_id):
    results = [(cast.wangfang, 4, 40), (more.more_a[0], 2, 70), (cast.cairang, 3, 60), (more.more_b[0], 3, 60)]
    public_id = _sat(app, cast, scene, run_id, results)
    with app.app_context():
        assert _recomputed(public_id) == {"甲二队": (15_000, 110), "乙队": (15_000, 120)}
        assert _settle(cast, scene, public_id) == _ids(scene, "甲二队")


def test_equal_again_they_sit_another_one_or_all_are_in(app, cast, more, scene, run_id):
    four = [(cast.wangfang, 4, 60), (more.more_a[0], 2, 60), (cast.cairang, 3, 50), (more.more_b[0], 3, 70)]
    public_id = _sat(app, cast, scene, run_id, four)
    with app.app_context():
        both = set(_ids(scene, "甲二队", "乙队"))
        line = queries.get_playoff(db.session, _stage(scene), public_id)
        results = queries.results_of(db.session, line)
        proposal = queries.proposal_of(line, results)
        assert (proposal.winners, set(proposal.tied), proposal.left) == ((), both, 1)
        assert [one.place for one in results] == [(1, True), (1, True)]
        assert _settle(cast, scene, public_id) == []
        assert db.session.scalars(sa.select(TeamDecision)).all() == []
    second_id = _sat(app, cast, scene, run_id, four)
    assert second_id != public_id
    with app.app_context():
        assert set(_settle(cast, scene, second_id, takes_tied=True)) == both
    published(app, cast, _again(app, cast, scene))
    with app.app_context():
        assert _entered(scene) == {
            cast.zhuoma, cast.liming, cast.wangfang, more.more_a[0], cast.cairang, more.more_b[0],
        }  # fmt: skip


def test_a_team_of_which_nobody_came_does_not_win(app, cast, scene, run_id):
    public_id = _sat(app, cast, scene, run_id, [(cast.cairang, 0, 60)])
    with app.app_context():
        line = queries.get_playoff(db.session, _stage(scene), public_id)
        line.playoff.seats = 2  # even where there are seats enough
        results = {one.name: (one.order_key is None, one.place) for one in queries.results_of(db.session, line)}
        assert results == {"乙队": (False, (1, False)), "甲二队": (True, None)}
        assert _settle(cast, scene, public_id) == _ids(scene, "乙队")


def test_where_nobody_came_at_all_nothing_is_decided(app, cast, scene, run_id, sign_in):
    public_id = _sat(app, cast, scene, run_id, [])
    _over(app, public_id)
    client, path = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}/playoffs/{public_id}"
    assert "没有一个队参加这次加赛" in text_of(page(client.get(path)).main)
    assert post(client, f"{path}/settle", {"do": "record"}, via=path).status_code == 303
    assert "这次没有分出胜负" in text_of(page(client.get(path)).main)
    with app.app_context():
        assert db.session.scalars(sa.select(TeamDecision)).all() == []
        assert _create(cast, scene, run_id).public_id != public_id


@pytest.mark.parametrize("kind", [DecisionKind.DISQUALIFIED, DecisionKind.WITHDRAWN])
def test_a_team_that_is_out_since_keeps_that_decision(app, cast, scene, run_id, kind):
    public_id = _sat(app, cast, scene, run_id, [(cast.wangfang, 3, 60), (cast.cairang, 4, 60)])
    with app.app_context():
        first, second = _ids(scene, "甲二队", "乙队")
        services.decide(
            db.session, actor=actor_of(db.session, cast.admin), contest=_stage(scene), user_id=second, kind=kind,
            reason="来函", now=clock.now(),
        )  # fmt: skip
        line = queries.get_playoff(db.session, _stage(scene), public_id)
        places = {one.key: one.place for one in queries.results_of(db.session, line)}
        assert places == {first: (1, False), second: None}
        assert _settle(cast, scene, public_id) == [first]
        stand = sa.select(TeamDecision.team_id, TeamDecision.kind).where(TeamDecision.revoked_at.is_(None))
        assert {team_id: named for team_id, named in db.session.execute(stand)} == {
            first: DecisionKind.PLAYOFF_WON, second: kind,
        }  # fmt: skip


def test_while_the_boards_are_frozen_no_team_is_named_by_a_play_off(app, cast, scene, run_id):
    with app.app_context():
        now = clock.now()
        db.session.add(
            BoardFreeze(contest_id=scene.first, freezes_at=now - 60 * MINUTE, set_by=cast.province, set_at=now)
        )
        db.session.flush()
        with pytest.raises(ConflictError, match="封榜"):
            _create(cast, scene, run_id)
        assert db.session.scalar(sa.select(sa.func.count(Playoff.id))) == 0


def test_pressed_twenty_times_at_once_there_is_one(app, cast, scene, run_id):
    def announce(number: int) -> str:
        with app.app_context():
            return str(_create(cast, scene, run_id, by=(cast.province, cast.admin)[number % 2]).public_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = set(pool.map(announce, range(AT_ONCE)))
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

    def settle(_number: int) -> list[int]:
        with app.app_context():
            return _settle(cast, scene, public_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        winners = list(pool.map(settle, range(AT_ONCE)))
    with app.app_context():
        assert winners == [_ids(scene, "乙队")] * AT_ONCE
        assert len(db.session.scalars(sa.select(TeamDecision)).all()) == 1
        acts = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.action == "contest:playoff:settle")
        assert db.session.scalar(acts) == 1


def test_its_teams_are_those_that_are_tied_and_no_others(app, cast, scene, run_id, sign_in):
    with app.app_context():
        line, now, admin = _create(cast, scene, run_id), clock.now(), actor_of(db.session, cast.admin)
        public_id, before = line.public_id, clock.now() - 30 * MINUTE  # announced, not yet open
        team = _team(line.contest.id, "乙队")
        for act in (
            lambda: register(cast, line.contest, "丙队", cast.zhuoma, cast.liming),
            lambda: teams.dissolve(db.session, actor=admin, contest=line.contest, team=team, now=before),
        ):
            with pytest.raises(ConflictError, match="成绩并列的队"):
                act()
        for act in (
            lambda: copy_contest(db.session, actor=admin, contest=line.contest, now=now),
            lambda: contests.unpublish(db.session, actor=admin, contest=line.contest, now=now - 20 * MINUTE),
        ):
            with pytest.raises(ConflictError, match="加赛"):
                act()
        assert line.contest not in expected_due(db.session, now) and line.contest.id not in command_due(db.session, now)
    text = text_of(page(sign_in(cast.province).get(f"/desk/contests/{public_id}/teams")).main)
    assert "加赛的队就是成绩并列的队" in text and "甲二队" in text and "乙队" in text and "报一个队" not in text
    for user in (cast.province, cast.wangfang):
        assert public_id not in sign_in(user).get("/rankings/").text
    visitor = app.test_client()
    assert visitor.get(f"/c/{public_id}").status_code == visitor.get(f"/boards/{public_id}/teams").status_code == 404


def test_school_staff_see_and_change_their_own_team_only(app, cast, scene, run_id, sign_in):
    with app.app_context():
        line = _create(cast, scene, run_id)
        public_id, other = line.public_id, _team(line.contest.id, "乙队").public_id
    address = f"/desk/contests/{public_id}/teams"
    staff = sign_in(cast.school_admin)
    text = text_of(page(staff.get(address)).main)
    assert "甲二队" in text and "王芳" in text and "乙队" not in text
    assert staff.get(f"{address}/{other}").status_code == staff.get(f"{address}/{other}/stand-in").status_code == 404
    own = page(staff.get(address)).select_one("th a")["href"]
    assert "让候补上场" in text_of(page(staff.get(own)).main)


def test_a_member_is_told_what_it_is_and_for_which_team(app, cast, more, scene, run_id, sign_in):
    with app.app_context():
        public_id = _create(cast, scene, run_id).public_id
    client = sign_in(cast.wangfang)
    assert "加赛" in client.get("/").text
    soup = page(client.get(f"/contests/{public_id}"))
    text = text_of(soup.main)
    assert "加赛" in soup.h1.text and "你的队：甲二队" in text and "成绩并列的队再比一次" in text and "开始答题" in text
    assert "每所学校每个组别" not in text and "另可报候补" not in text
    reserve = text_of(page(sign_in(more.more_a[1]).get(f"/contests/{public_id}")).main)
    assert "你是候补" in reserve and "你的队：甲二队" in reserve
    assert sign_in(cast.zhuoma).get(f"/contests/{public_id}").status_code == 404


def test_the_pages_lead_from_the_trial_to_the_winning_team(app, cast, scene, run_id, sign_in):
    client, stage = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}"
    with app.app_context():
        run = db.session.get_one(PromotionRun, run_id).public_id
    soup = page(client.get(f"{stage}/runs/{run}"))
    assert "2 队成绩并列，争 1 个名额" in text_of(soup.main) and "在下面给并列的队安排加赛" in text_of(soup.main)
    path = soup.select_one("#ties ~ ul a")["href"]
    form = text_of(page(client.get(path)).main)
    assert "甲二队" in form and "乙队" in form and "甲一队" not in form and "全队得分之和" in form
    local = clock.now().astimezone(clock.LOCAL_ZONE)
    times = {"opens_at": f"{local:%Y-%m-%dT%H:%M}", "closes_at": f"{local + 30 * MINUTE:%Y-%m-%dT%H:%M}"}
    made = post(client, path, {**times, "items": "4", "minutes": "10"})
    assert made.status_code == 303
    text = text_of(page(client.get(made.location)).main)
    assert "加赛还没有结束" in text and "哪队胜出" in text and "2 队争 1 个名额" in text and "没有成绩" in text
    assert "已经安排了加赛" in text_of(page(client.get(path)).main)
    public_id = made.location.rsplit("/", 1)[-1]
    with app.app_context():
        contest, now = db.session.scalars(sa.select(Contest).where(Contest.public_id == public_id)).one(), clock.now()
        contest.groups[0].sitting.opens_at = now - 30 * MINUTE
        for user, right in ((cast.wangfang, 4), (cast.cairang, 2)):
            take(db.session, contest, user, right=right, now=now - 20 * MINUTE)
        db.session.commit()
    run_due_jobs(app)
    _over(app, public_id)
    text = text_of(page(client.get(made.location)).main)
    assert "胜出：甲二队" in text and "第 1 名" in text and "第 2 名" in text and "100 分 · 1 分" in text
    assert post(client, f"{made.location}/settle", {"do": "record"}, via=made.location).status_code == 303
    assert "加赛胜出：甲二队" in text_of(page(client.get(made.location)).main)
    shown = text_of(page(client.get(stage)).main)
    assert "对队的决定" in shown and "加赛胜出" in shown and public_id in shown
    for user in (cast.teacher, cast.county):
        assert sign_in(user).get(made.location).status_code in (403, 404)


def test_its_window_ends_before_the_stage_to_which_it_leads(app, cast, scene, run_id):
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        run = db.session.get_one(PromotionRun, run_id)
        with pytest.raises(DomainError, match="县级复赛"):
            playoffs.create(
                db.session, actor=actor, contest=_stage(scene), run=run, tie=0,
                wanted=Wanted(now, now + 600 * MINUTE, 10, 4), now=now,
            )  # fmt: skip
        db.session.rollback()
        with pytest.raises(NotFoundError):
            playoffs.create(
                db.session, actor=actor, contest=_stage(scene), run=run, tie=7,
                wanted=Wanted(now, now + 30 * MINUTE, 10, 4), now=now,
            )  # fmt: skip


def test_a_team_may_play_off_for_a_stage_of_pupils(app, cast, more, scene, run_id):
    with app.app_context():
        db.session.get_one(Contest, scene.second).unit = StageUnit.PUPIL
        db.session.commit()
    public_id = _sat(app, cast, scene, run_id, [(cast.wangfang, 4, 60), (cast.cairang, 3, 60)])
    with app.app_context():
        assert _settle(cast, scene, public_id) == _ids(scene, "甲二队")
    published(app, cast, _again(app, cast, scene))
    with app.app_context():
        assert _entered(scene) == {cast.zhuoma, cast.liming, cast.wangfang, more.more_a[0]}
