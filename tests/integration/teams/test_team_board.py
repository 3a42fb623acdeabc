"""A board of teams agrees with sums taken from the attempts by other means, and follows what happens to a result."""

import io
import random
from collections import defaultdict
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.contests.models import Contest
from quiz.contests.teams.models import Team, TeamMember
from quiz.contests.teams.rules import StageUnit, Unit
from quiz.db import db
from quiz.rankings.models import ContestTally
from quiz.rankings.services import rebuild
from quiz.rankings.team_boards import TeamBoard
from tests.factories.teams import arena, register, sat
from tests.pages import page, post, text_of


def reckoned(contest: Contest, size: int) -> dict[str, tuple[int, int, int | None]]:
    """Team → (score, seconds, rank) from attempts and members alone; the best attempt of each pupil counts."""
    best: dict[int, tuple[int, int]] = {}
    for one in db.session.scalars(sa.select(Attempt).where(Attempt.status.in_([AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED]) if hasattr(AttemptStatus, "EXPIRED") else Attempt.status == AttemptStatus.SUBMITTED)):  # fmt: skip
        found = (-(one.score or 0), one.elapsed_seconds or 0)
        best[one.user_id] = min(best.get(one.user_id, found), found)
    members: dict[int, list[int]] = defaultdict(list)
    for row in db.session.scalars(sa.select(TeamMember).where(~TeamMember.is_reserve)):
        members[row.team_id].append(row.user_id)
    sums = {}
    for team in db.session.scalars(sa.select(Team).where(Team.contest_id == contest.id, Team.withdrawn_at.is_(None))):
        people = members[team.id]
        assert len(people) == size
        score = sum(-best[one][0] for one in people if one in best)
        seconds = sum(best[one][1] if one in best else 600 for one in people)
        sums[team.name] = (score, seconds, any(one in best for one in people))
    keys = {name: (-score, seconds) for name, (score, seconds, has_any) in sums.items() if has_any}
    return {
        name: (score, seconds, 1 + sum(other < keys[name] for other in keys.values()) if name in keys else None)
        for name, (score, seconds, _) in sums.items()
    }


def shown(contest: Contest) -> dict[str, tuple[int, int, int | None]]:
    tally = db.session.get_one(ContestTally, contest.id)
    rows = TeamBoard(db.session, tally, contest.groups[0]).rows()
    return {row.name: (row.score, row.seconds, row.rank) for row in rows}


@pytest.mark.parametrize("seed", range(3))
def test_the_board_is_the_sum_of_its_members(app: Any, cast: Any, seed: int) -> None:
    scene = arena(app, cast, unit=Unit(StageUnit.TEAM, 2, 1, 5))
    pupils_a = [cast.zhuoma, cast.liming, cast.ouyang, cast.wangfang, *scene.more_a]
    pupils_b = [cast.cairang, *scene.more_b]
    chance = random.Random(seed)
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        for number in range(4):
            register(cast, contest, f"甲{number}队", *pupils_a[number * 2 : number * 2 + 2])
        register(cast, contest, "乙1队", *pupils_b[:2], reserves=(pupils_b[4],))
        register(cast, contest, "乙2队", *pupils_b[2:4])
        db.session.commit()
    sitting = [one for one in pupils_a + pupils_b[:4] if chance.random() < 0.8]
    sat(app, scene.contest, {one: (chance.randint(0, 4), chance.choice([30, 60])) for one in sitting})
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        assert shown(contest) == reckoned(contest, 2)


@pytest.fixture
def scene(app: Any, cast: Any) -> Any:
    """Four teams: 100+75 of four hundred…; two of them equal, one with a member who did not sit, one with none."""
    found = arena(app, cast)
    a, b = found.more_a, found.more_b
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        contest.has_public_board = True
        register(cast, contest, "昆仑一队", cast.zhuoma, cast.liming, reserves=(cast.ouyang,))
        register(cast, contest, "昆仑二队", cast.wangfang, a[0])
        register(cast, contest, "格尔木队", cast.cairang, b[0])
        register(cast, contest, "没来的队", b[1], b[2])
        db.session.commit()
    results = {cast.zhuoma: (4, 60), cast.liming: (3, 60), cast.wangfang: (3, 60), a[0]: (4, 60), cast.cairang: (4, 90)}
    sat(app, found.contest, results)
    return found


def ranks(soup: Any) -> list[tuple[str, str]]:
    return [(text_of(row.th), text_of(row.select("td")[0])) for row in soup.select("main tbody tr")]


def test_staff_see_sums_ranks_and_the_terms_of_their_own(app, cast, sign_in, scene):
    address = f"/rankings/{scene.public_id}/teams"
    client = sign_in(cast.province)
    soup = page(client.get(address))
    assert ranks(soup) == [("昆仑一队", "1 并列"), ("昆仑二队", "1 并列"), ("格尔木队", "3"), ("没来的队", "没有成绩")]
    assert "175" in text_of(soup.main) and "没有成绩的队员算 0 分" in text_of(soup.main)
    why = soup.select("th a")[2]["href"]
    text = text_of(page(client.get(why)).main)
    assert "没有成绩，算 0 分和满时长" in text and "100 分" in text and "乙0" not in text and "合计" in text
    other = sign_in(cast.outsider_teacher)
    assert ranks(page(other.get(address))) == [("格尔木队", "3"), ("没来的队", "没有成绩")]
    assert "才让·多杰" in text_of(page(other.get(why)).main)
    assert other.get(soup.select("th a")[0]["href"]).status_code == 404
    reply = post(client, f"{address}.xlsx", via=address)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_index(0).to_python()
    assert rows[1][:3] == [1, "昆仑一队", "城中区清源实验学校"] and rows[3][4:7] == [100, 690, 1]


def test_the_file_says_nothing_of_time_where_it_is_not_compared(app, cast, sign_in, scene):
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(compares_time=False))
        db.session.commit()
    address = f"/rankings/{scene.public_id}/teams"
    reply = post(sign_in(cast.province), f"{address}.xlsx", via=address)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_index(0).to_python()
    assert not [heading for heading in rows[0] if "用时" in heading] and rows[0][5] == "有成绩的队员"
    assert {len(row) for row in rows} == {7}


def test_pupils_see_the_upper_half_and_their_own_team(app, cast, sign_in, scene):
    address = f"/rankings/{scene.public_id}/teams"
    text = text_of(page(sign_in(cast.cairang).get(address)).main)
    assert "昆仑一队" in text and "昆仑二队" in text and "你的队：格尔木队" in text and "名次只公布前一半" in text
    assert "没来的队" not in text and "卓玛" not in text
    soup = page(sign_in(cast.zhuoma).get(address))
    assert "第 1 名（并列）" in text_of(soup.main)
    own = soup.select_one("a[href*='/teams/']")["href"]
    text = text_of(page(sign_in(cast.liming).get(own)).main)
    assert "卓玛" in text and "李明" in text and "75" in text
    assert sign_in(cast.cairang).get(own).status_code == 404
    assert sign_in(cast.xiaohu).get(address).status_code == 404


def test_the_public_sees_names_of_teams_only(app, cast, client, scene):
    address = f"/boards/{scene.public_id}/teams"
    reply = client.get(address)
    text = text_of(page(reply).main)
    assert (
        "昆仑一队" in text
        and "城中区清源实验学校" in text
        and "城中区" in text
        and "noindex" in reply.headers["X-Robots-Tag"]
    )
    for name in ("卓玛", "卓*", "李明", "没来的队", "格尔木队"):
        assert name not in text
    assert "团队" in text_of(page(client.get(f"/boards/{scene.public_id}")).main)
    with app.app_context():
        db.session.get_one(Contest, scene.contest).has_public_board = False
        db.session.commit()
    assert client.get(address).status_code == 404


def test_results_that_are_not_out_are_not_shown(app, cast, sign_in, scene):
    with app.app_context():
        for group in db.session.get_one(Contest, scene.contest).groups:
            group.sitting.release_results = "manual"
        db.session.commit()
    client = sign_in(cast.zhuoma)
    assert "排名还没公布" in text_of(page(client.get(f"/rankings/{scene.public_id}/teams")).main)
    with app.app_context():
        team = db.session.scalars(sa.select(Team.public_id).where(Team.name == "昆仑一队")).one()
    assert client.get(f"/rankings/{scene.public_id}/teams/{team}").status_code == 404
    assert app.test_client().get(f"/boards/{scene.public_id}/teams").status_code == 302


def test_what_happens_to_a_result_carries_through(app, cast, scene):
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        before = shown(contest)
        attempt = db.session.scalars(sa.select(Attempt).where(Attempt.user_id == cast.zhuoma)).one()
        attempt.score = 5000
        rebuild(db.session, contest_id=contest.id, now=clock.now())
        assert shown(contest)["昆仑一队"] == (before["昆仑一队"][0] - 5000, before["昆仑一队"][1], 2)
        attempt.status = AttemptStatus.VOIDED
        rebuild(db.session, contest_id=contest.id, now=clock.now())
        assert shown(contest)["昆仑一队"] == (7500, 660, 3)
        assert shown(contest) == reckoned(contest, 2)


def test_a_stage_of_pupils_has_no_board_of_teams(app, cast, sign_in, scene):
    with app.app_context():
        db.session.execute(sa.update(Contest).values(unit=StageUnit.PUPIL))
        db.session.commit()
    assert sign_in(cast.province).get(f"/rankings/{scene.public_id}/teams").status_code == 404
    assert sign_in(cast.province).get(f"/desk/contests/{scene.public_id}/teams").status_code == 404
    assert "团队" not in text_of(page(sign_in(cast.province).get(f"/rankings/{scene.public_id}/manage")).main)


def test_the_other_pages_of_such_a_stage_are_about_the_pupils_who_sat(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    for path in ("", "/bulletin", "/command", "/idle", "/reminders", "/rules", f"?place=school:{cast.school_a}"):
        page(client.get(f"/desk/contests/{scene.public_id}{path}"))
    for path in (
        f"/rankings/{scene.public_id}/manage",
        f"/desk/signals/{scene.public_id}",
        f"/awards/{scene.public_id}",
    ):
        page(client.get(path))
    text = text_of(page(client.get(f"/desk/contests/{scene.public_id}/bulletin")).main)
    assert "西宁市" in text and "应参赛学生是报了队的队员，不含候补" in text
    school = text_of(
        page(sign_in(cast.school_admin).get(f"/desk/contests/{scene.public_id}/classes/{cast.class_a1}")).main
    )
    assert "卓玛" in school
    pupil = sign_in(cast.zhuoma)
    for path in ("/", "/contests/", "/rankings/", f"/rankings/{scene.public_id}", f"/contests/{scene.public_id}"):
        page(pupil.get(path))
