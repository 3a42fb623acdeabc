"""Who finds and may start a play-off of teams, what it is not, and its pages from the trial to the winning team."""

from contextlib import nullcontext
from typing import Any

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.contests import services as contests
from quiz.contests.copying import copy_contest
from quiz.contests.models import Contest
from quiz.contests.queries import contests_for_pupil
from quiz.contests.teams import services as teams
from quiz.db import db
from quiz.desk.command.services import due as command_due
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.jobs.worker import run_due_jobs
from quiz.promotion.models import PromotionRun
from quiz.promotion.playoffs import services as playoffs
from quiz.promotion.playoffs.models import Playoff
from quiz.promotion.playoffs.services import Wanted
from quiz.rankings.expected.queries import due as expected_due
from quiz.rankings.models import BoardFreeze
from tests.factories.contests import actor_of, take
from tests.factories.team_playoffs import (
    MINUTE,
    announce,
    make_over,
    more,
    run_id,
    scene,
    stage,
    team_named,
)
from tests.factories.teams import register
from tests.lanes import without_lane
from tests.pages import csrf_of, page, post, text_of

__all__ = ["more", "run_id", "scene"]  # fixtures


def _press(client: Any, public_id: str) -> Any:
    return client.post(f"/contests/{public_id}/start", data={"csrf_token": csrf_of(client, "/practice/")})


@pytest.mark.parametrize("way", ["lane", "service"])
def test_members_of_tied_teams_start_and_nobody_else(app, cast, more, scene, run_id, sign_in, way):
    with app.app_context():
        public_id = announce(cast, scene, run_id).public_id
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


def test_while_the_boards_are_frozen_no_team_is_named_by_a_play_off(app, cast, scene, run_id):
    with app.app_context():
        now = clock.now()
        db.session.add(
            BoardFreeze(contest_id=scene.first, freezes_at=now - 60 * MINUTE, set_by=cast.province, set_at=now)
        )
        db.session.flush()
        with pytest.raises(ConflictError, match="封榜"):
            announce(cast, scene, run_id)
        assert db.session.scalar(sa.select(sa.func.count(Playoff.id))) == 0


def test_its_teams_are_those_that_are_tied_and_no_others(app, cast, scene, run_id, sign_in):
    with app.app_context():
        line, now, admin = announce(cast, scene, run_id), clock.now(), actor_of(db.session, cast.admin)
        public_id, before = line.public_id, clock.now() - 30 * MINUTE  # announced, not yet open
        team = team_named(line.contest.id, "乙队")
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
        line = announce(cast, scene, run_id)
        public_id, other = line.public_id, team_named(line.contest.id, "乙队").public_id
    address = f"/desk/contests/{public_id}/teams"
    staff = sign_in(cast.school_admin)
    text = text_of(page(staff.get(address)).main)
    assert "甲二队" in text and "王芳" in text and "乙队" not in text
    assert staff.get(f"{address}/{other}").status_code == staff.get(f"{address}/{other}/stand-in").status_code == 404
    assert "成绩并列各队的队员" in text_of(page(staff.get(f"/desk/contests/{public_id}")).main)
    own = page(staff.get(address)).select_one("th a")["href"]
    assert "让候补上场" in text_of(page(staff.get(own)).main)


def test_a_member_is_told_what_it_is_and_for_which_team(app, cast, more, scene, run_id, sign_in):
    with app.app_context():
        public_id = announce(cast, scene, run_id).public_id
    client = sign_in(cast.wangfang)
    assert "加赛" in client.get("/").text
    soup = page(client.get(f"/contests/{public_id}"))
    text = text_of(soup.main)
    assert "加赛" in soup.h1.text and "你的队：甲二队" in text and "成绩并列的队再比一次" in text and "开始答题" in text
    assert not any(words in text for words in ("每所学校每个组别", "另可报候补", "学校和地区排名"))
    reserve = text_of(page(sign_in(more.more_a[1]).get(f"/contests/{public_id}")).main)
    assert "你是候补" in reserve and "你的队：甲二队" in reserve
    assert sign_in(cast.zhuoma).get(f"/contests/{public_id}").status_code == 404


def test_the_pages_lead_from_the_trial_to_the_winning_team(app, cast, scene, run_id, sign_in):
    client, address = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}"
    with app.app_context():
        run = db.session.get_one(PromotionRun, run_id).public_id
    soup = page(client.get(f"{address}/runs/{run}"))
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
    make_over(app, public_id)
    text = text_of(page(client.get(made.location)).main)
    assert "胜出：甲二队" in text and "第 1 名" in text and "第 2 名" in text and "100 分 · 1 分" in text
    assert post(client, f"{made.location}/settle", {"do": "record"}, via=made.location).status_code == 303
    assert "加赛胜出：甲二队" in text_of(page(client.get(made.location)).main)
    shown = text_of(page(client.get(address)).main)
    assert "对队的决定" in shown and "加赛胜出" in shown and public_id in shown
    for user in (cast.teacher, cast.county):
        assert sign_in(user).get(made.location).status_code in (403, 404)


def test_its_window_ends_before_the_stage_to_which_it_leads(app, cast, scene, run_id):
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        run = db.session.get_one(PromotionRun, run_id)
        with pytest.raises(DomainError, match="加赛要在它以前结束"):
            playoffs.create(
                db.session, actor=actor, contest=stage(scene), run=run, tie=0,
                wanted=Wanted(now, now + 600 * MINUTE, 10, 4), now=now,
            )  # fmt: skip
        db.session.rollback()
        with pytest.raises(NotFoundError):
            playoffs.create(
                db.session, actor=actor, contest=stage(scene), run=run, tie=7,
                wanted=Wanted(now, now + 30 * MINUTE, 10, 4), now=now,
            )  # fmt: skip
