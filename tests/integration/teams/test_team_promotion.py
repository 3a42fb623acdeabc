"""Teams go from stage to stage: tried, confirmed by a second person, published with members and reserves, taken back."""

import io
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.attempts.models import Attempt, Sitting
from quiz.contests import services as contests
from quiz.contests.models import Contest, Entry
from quiz.contests.teams.models import Team, TeamMember
from quiz.contests.teams.rules import StageUnit
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.promotion.models import TeamRemark
from quiz.rankings.services import rebuild
from tests.factories.contests import actor_of, enter
from tests.factories.promotion import second_stage
from tests.factories.teams import arena, begin, register, sat
from tests.pages import page, post, text_of

QUOTA = {
    "quotas-0-group": "junior", "quotas-0-kind": "fixed", "quotas-0-number": "1", "quotas-0-minimum": "0",
    "quotas-0-best_of_rest": "0", "quotas-0-reserves": "1", "quotas-0-cutoff": "",
}  # fmt: skip
PLAN = {"level": "county", "ties": "all_in", **QUOTA}


def build(app: Any, cast: Any, unit: StageUnit, *, right: int = 2) -> Any:
    """甲一队 (200) before 甲二队 (150, unless ``right`` is another) in one county, 乙队 (75, one member away) in another; a second stage waits."""
    found = arena(app, cast)
    a, b = found.more_a, found.more_b
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        register(cast, contest, "甲一队", cast.zhuoma, cast.liming, reserves=(cast.ouyang,))
        register(cast, contest, "甲二队", cast.wangfang, a[0])
        register(cast, contest, "乙队", cast.cairang, b[0], reserves=(b[1],))
        db.session.commit()
    sat(
        app,
        found.contest,
        {cast.zhuoma: (4, 60), cast.liming: (4, 60), cast.wangfang: (4, 60), a[0]: (right, 60), cast.cairang: (3, 60)},
    )
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        second = second_stage(contest, cast, clock.now())
        second.unit = unit
        contests.publish(db.session, actor=actor_of(db.session, cast.province), contest=second, now=clock.now())
        db.session.commit()
        found.second, found.second_public_id = second.id, second.public_id
    run_due_jobs(app)
    return found


@pytest.fixture
def scene(app: Any, cast: Any) -> Any:
    return build(app, cast, StageUnit.TEAM)


def tried(app: Any, client: Any, scene: Any, **plan: str) -> str:
    address = f"/desk/promotion/{scene.public_id}"
    reply = post(client, address, PLAN | plan)
    assert reply.status_code == 303, reply.text
    run = post(client, f"{address}/runs", via=address).location
    run_due_jobs(app)
    return run


def published(asker: Any, other: Any, run: str) -> None:
    assert post(other, f"{run}/confirm", via=run).status_code == 303
    assert post(asker, f"{run}/publish", via=run).status_code == 303


def entered(scene: Any) -> set[int]:
    query = sa.select(Entry.user_id).where(Entry.contest_id == scene.second, Entry.withdrawn_at.is_(None))
    return set(db.session.scalars(query))


def later_teams(scene: Any) -> dict[str, list[tuple[int, bool]]]:
    teams = db.session.scalars(sa.select(Team).where(Team.contest_id == scene.second, Team.withdrawn_at.is_(None)))
    return {
        team.name: [
            (one.user_id, one.is_reserve)
            for one in db.session.scalars(sa.select(TeamMember).where(TeamMember.team_id == team.id).order_by(TeamMember.place))
        ]
        for team in teams
    }  # fmt: skip


def decide(client: Any, scene: Any, run: str, team: str, kind: str) -> None:
    soup = page(client.get(f"{run}?q={team}"))
    link = soup.select_one("td a[href*='/teams/']")["href"]
    assert post(client, link, {"kind": kind, "reason": "来函说明"}).status_code == 303


def test_a_tie_that_was_played_off_on_site_is_written_down_by_hand(app, cast, sign_in):
    scene, asker = build(app, cast, StageUnit.TEAM, right=4), sign_in(cast.province)
    run = tried(app, asker, scene, ties="playoff")
    assert "2 队要加赛" in text_of(page(asker.get(run)).main)
    decide(asker, scene, run, "甲二队", "playoff_won")
    assert post(asker, f"{run}/withdraw", via=run).status_code == 303
    again = post(asker, f"/desk/promotion/{scene.public_id}/runs", via=run).location
    run_due_jobs(app)
    published(asker, sign_in(cast.admin), again)
    with app.app_context():
        assert set(later_teams(scene)) == {"甲二队", "乙队"}


def test_teams_go_on_with_their_members(app, cast, sign_in, scene):
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    soup = page(asker.get(f"/desk/promotion/{scene.public_id}"))
    assert "名额是队数" in text_of(soup.main) and "每个班" not in text_of(soup.main)
    run = tried(app, asker, scene)
    text = text_of(page(asker.get(run)).main)
    assert (
        "等另一个人确认" in text
        and "甲一队" in text
        and "乙队" in text
        and "2 队的队员新进入下一赛段，0 队被收回" in text
    )
    assert "甲二队" not in text and "甲二队" in text_of(page(asker.get(f"{run}?show=reserve")).main)
    assert post(asker, f"{run}/confirm", via=run).status_code == 422
    published(asker, other, run)
    assert post(asker, f"{run}/publish", via=run).status_code == 303  # twice is once
    with app.app_context():
        assert entered(scene) == {cast.zhuoma, cast.liming, cast.cairang, scene.more_b[0]}
        assert later_teams(scene) == {
            "甲一队": [(cast.zhuoma, False), (cast.liming, False), (cast.ouyang, True)],
            "乙队": [(cast.cairang, False), (scene.more_b[0], False), (scene.more_b[1], True)],
        }
    pupil = sign_in(cast.zhuoma)
    assert "初中组：每个县区前 1 名" in text_of(page(pupil.get(f"/contests/{scene.public_id}")).main)
    assert "你的队：甲一队" in text_of(page(pupil.get(f"/contests/{scene.second_public_id}")).main)
    assert sign_in(cast.wangfang).get(f"/contests/{scene.second_public_id}").status_code == 404
    reply = post(asker, f"{run}/list.xlsx", via=run)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_name("名单").to_python()
    assert [(row[3], row[6], row[8]) for row in rows[1:]] == [
        ("甲一队", 200, "晋级"),
        ("甲二队", 150, "候补"),
        ("乙队", 75, "晋级"),
    ]
    units = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_name("各单位").to_python()
    assert units[1][:7] == ["初中组", "城中区", 2, 1, 1, 200, 120]


def test_the_list_says_nothing_of_time_where_it_is_not_compared(app, cast, sign_in, scene):
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(compares_time=False))
        db.session.commit()
    asker = sign_in(cast.province)
    run = tried(app, asker, scene)
    reply = post(asker, f"{run}/list.xlsx", via=run)
    book = CalamineWorkbook.from_filelike(io.BytesIO(reply.data))
    for name in ("名单", "各单位"):
        rows = book.get_sheet_by_name(name).to_python()
        assert not [heading for heading in rows[0] if "用时" in heading] and len({len(row) for row in rows}) == 1


def test_members_of_promoted_teams_sit_and_their_reserves_step_in(app, cast, sign_in, scene):
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    published(asker, other, tried(app, asker, scene))
    address = f"/desk/contests/{scene.second_public_id}/teams"
    staff = sign_in(cast.school_admin)
    soup = page(staff.get(address))
    assert "队由晋级名单决定" in text_of(soup.main) and "报一个队" not in text_of(soup.main)
    team = soup.select_one("th a")["href"]
    names = {one.text: one["value"] for one in page(staff.get(f"{team}/stand-in")).select("option")}
    values = {"out": names["李明"], "come": names["欧阳小雪"], "reason": "转学"}
    assert post(staff, f"{team}/stand-in", values).status_code == 303
    with app.app_context():
        assert entered(scene) == {cast.zhuoma, cast.ouyang, cast.cairang, scene.more_b[0]}
        begin(db.session.get_one(Contest, scene.second))
        db.session.commit()
    from tests.pages import csrf_of

    codes = {}
    for name in ("zhuoma", "ouyang", "liming", "wangfang"):
        client = sign_in(getattr(cast, name))
        token = csrf_of(client, "/practice/")
        codes[name] = client.post(f"/contests/{scene.second_public_id}/start", data={"csrf_token": token}).status_code
    assert codes == {"zhuoma": 303, "ouyang": 303, "liming": 409, "wangfang": 404}
    # publishing another list does not undo what was swapped
    decide(asker, scene, _latest(asker, scene), "甲二队", "wild_card")
    published(asker, other, _again(app, asker, scene))
    with app.app_context():
        assert entered(scene) == {
            cast.zhuoma,
            cast.ouyang,
            cast.cairang,
            scene.more_b[0],
            cast.wangfang,
            scene.more_a[0],
        }
        assert (cast.liming, True) in later_teams(scene)["甲一队"]


def _latest(client: Any, scene: Any) -> str:
    return page(client.get(f"/desk/promotion/{scene.public_id}")).select_one("section[aria-labelledby=runs] a")["href"]


def _again(app: Any, client: Any, scene: Any) -> str:
    address = f"/desk/promotion/{scene.public_id}"
    run = post(client, f"{address}/runs", via=address).location
    run_due_jobs(app)
    return run


def test_a_disqualified_team_is_taken_back_and_the_next_stands_in(app, cast, sign_in, scene):
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    run = tried(app, asker, scene)
    published(asker, other, run)
    decide(asker, scene, run, "甲一队", "withdrawn")
    text = text_of(page(asker.get(f"/desk/promotion/{scene.public_id}")).main)
    assert "对队的决定" in text and "甲一队" in text and "本队退出" in text
    run = _again(app, asker, scene)
    assert "被收回： 甲一队" in text_of(page(asker.get(run)).main) and "递补" in text_of(page(asker.get(run)).main)
    published(asker, other, run)
    with app.app_context():
        assert entered(scene) == {cast.wangfang, scene.more_a[0], cast.cairang, scene.more_b[0]}
        assert set(later_teams(scene)) == {"甲二队", "乙队"}
    form = page(asker.get(f"/desk/promotion/{scene.public_id}")).select_one("form[action$='/revoke']")
    assert post(asker, form["action"], via=f"/desk/promotion/{scene.public_id}").status_code == 303
    published(asker, other, _again(app, asker, scene))
    with app.app_context():  # it returns as it was
        assert set(later_teams(scene)) == {"甲一队", "乙队"} and len(later_teams(scene)["甲一队"]) == 3
        assert entered(scene) == {cast.zhuoma, cast.liming, cast.cairang, scene.more_b[0]}
        assert db.session.query(Team).filter_by(contest_id=scene.second).count() == 3


def test_a_team_of_which_somebody_has_begun_is_kept(app, cast, sign_in, scene):
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    run = tried(app, asker, scene)
    published(asker, other, run)
    with app.app_context():
        second = db.session.get_one(Contest, scene.second)
        begin(second)
        enter(db.session, second, cast.liming, clock.now())
        db.session.commit()
    decide(asker, scene, run, "甲一队", "disqualified")
    run = _again(app, asker, scene)
    assert "已经在下一赛段开始作答，不收回：甲一队" in text_of(page(asker.get(run)).main)
    published(asker, other, run)
    with app.app_context():
        assert {cast.zhuoma, cast.liming} <= entered(scene) and "甲一队" in later_teams(scene)


def test_pupils_of_teams_go_on_alone_into_a_stage_of_pupils(app, cast, sign_in):
    scene = build(app, cast, StageUnit.PUPIL)
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    run = tried(app, asker, scene)
    published(asker, other, run)
    with app.app_context():
        assert entered(scene) == {cast.zhuoma, cast.liming, cast.cairang, scene.more_b[0]} and later_teams(scene) == {}
    decide(asker, scene, run, "甲一队", "withdrawn")
    published(asker, other, _again(app, asker, scene))
    with app.app_context():
        assert entered(scene) == {cast.wangfang, scene.more_a[0], cast.cairang, scene.more_b[0]}


def test_a_cut_off_is_about_the_members_average(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    run = tried(
        app, client, scene, level="whole", **{"quotas-0-number": "3", "quotas-0-cutoff": "75", "quotas-0-reserves": "0"}
    )
    text = text_of(page(client.get(f"{run}?show=out")).main)
    assert "乙队" in text and "没有到分数线" in text and "甲二队" not in text
    rules = text_of(page(client.get(f"/desk/contests/{scene.public_id}/rules")))
    assert "队员平均得分不低于 75 分" in rules


def test_classes_get_no_seats(app, cast, sign_in, scene):
    reply = post(sign_in(cast.province), f"/desk/promotion/{scene.public_id}", PLAN | {"level": "class"})
    assert reply.status_code == 422


@pytest.mark.parametrize("what", ["result", "decision"])
def test_a_list_whose_ground_has_moved_is_not_confirmed(app, cast, sign_in, scene, what):
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    run = tried(app, asker, scene)
    if what == "decision":
        decide(asker, scene, run, "乙队", "disqualified")
    else:
        with app.app_context():
            db.session.execute(sa.update(Attempt).where(Attempt.user_id == cast.wangfang).values(score=7500))
            rebuild(db.session, contest_id=scene.contest, now=clock.now())
            db.session.commit()
    assert "试算以后有变" in text_of(page(other.get(run)).main)
    assert post(other, f"{run}/confirm", via=run).status_code in (409, 422)


def test_teams_of_another_size_do_not_go_on(app, cast, sign_in, scene):
    with app.app_context():
        db.session.get_one(Contest, scene.second).team_size = 3
        db.session.commit()
    client, address = sign_in(cast.province), f"/desk/promotion/{scene.public_id}"
    post(client, address, PLAN)
    assert "队不能原样晋级" in post(client, f"{address}/runs", via=address).text
    with app.app_context():
        assert db.session.query(TeamRemark).count() == 0


def test_no_team_is_decided_about_as_a_pupil(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    run = tried(app, client, scene)
    link = page(client.get(run)).select_one("td a[href*='/teams/']")["href"]
    assert client.get(link.replace("/teams/", "/pupils/")).status_code == 404
