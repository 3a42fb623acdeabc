"""Teams are registered on the desk by those whose pupils they are, changed until the stage opens, and seen by organisers."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.contests.models import Contest
from quiz.contests.teams.models import Team, TeamChange, TeamMember
from quiz.contests.teams.rules import StageUnit, Unit
from quiz.db import db
from tests.factories.teams import arena, begin, register
from tests.pages import csrf_of, page, post, text_of


@pytest.fixture
def scene(app: Any, cast: Any) -> Any:
    return arena(app, cast)


def fields(name: str = "昆仑一队", members: str = "20240101\n李明", reserves: str = "", **more: str) -> dict[str, str]:
    return {"name": name, "members": members, "reserves": reserves, "instructor": "周老师", **more}


def test_a_teacher_registers_changes_and_dissolves_a_team(app, cast, sign_in, scene):
    client, address = sign_in(cast.teacher), f"/desk/contests/{scene.public_id}/teams"
    assert "还没有报队" in text_of(page(client.get(address)).main)
    assert "正好 2 名" in text_of(page(client.get(f"{address}/new")).main)
    assert post(client, f"{address}/new", fields(reserves="欧阳小雪")).status_code == 303
    text = text_of(page(client.get(address)).main)
    assert (
        "昆仑一队" in text
        and "卓玛、李明" in text
        and "欧阳小雪" in text
        and "共 1 队" in text_of(page(client.get(address)))
    )
    team = page(client.get(address)).select_one("th a")["href"]
    soup = page(client.get(team))
    assert soup.select_one("textarea[name=members]").text.split() == ["20240101", "20240102"]
    assert post(client, team, fields("昆仑二队", "卓玛\n欧阳小雪")).status_code == 303
    text = text_of(page(client.get(team)).main)
    assert "欧阳小雪" in text and "李明" not in text and "修改" in text and "报名" in text
    assert post(client, f"{team}/dissolve", via=team).status_code == 303
    assert "还没有报队" in text_of(page(client.get(address)).main)
    assert post(client, f"{address}/new", fields("昆仑二队")).status_code == 303  # pupils and name are free again
    with app.app_context():
        log = db.session.scalars(sa.text("SELECT action FROM audit_entry ORDER BY id")).all()
        assert [one for one in log if "team" in one] == [
            f"contest:team:{one}" for one in ("registered", "changed", "dissolved", "registered")
        ]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (fields(members="卓玛"), "每队正好 2 名队员，现在写了 1 名"),
        (fields(members="卓玛\n没有这个人"), "第 2 行“没有这个人”"),
        (fields(members="卓玛\n\n20240101"), "第 3 行“20240101”写了两次"),
        (fields(members="卓玛\n王芳"), "第 2 行“王芳”"),  # of a colleague's class
        (fields(members="卓玛\n才让·多杰"), "第 2 行“才让·多杰”"),  # of another school
        (fields(reserves="欧阳小雪\n欧阳小雪"), "每队最多 1 名候补，现在写了 2 名"),
        (fields(reserves="李明"), "第 1 行“李明”写了两次"),
        (fields("加微信12345"), "队名里不能有电话"),
        (fields("队"), "队名填 2 到 20 个字"),
        (fields(""), "请填队名"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(app, cast, sign_in, scene, values, says):
    client, address = sign_in(cast.teacher), f"/desk/contests/{scene.public_id}/teams/new"
    reply = post(client, address, values)
    soup = page(reply, 422)
    assert says in text_of(soup.main)
    assert soup.select_one("textarea[name=members]").text.strip() == values["members"]
    with app.app_context():
        assert db.session.query(Team).count() == db.session.query(TeamMember).count() == 0


def test_all_that_is_wrong_is_said_at_once(app, cast, sign_in, scene):
    address = f"/desk/contests/{scene.public_id}/teams/new"
    text = text_of(page(post(sign_in(cast.teacher), address, fields(members="无此人\n卓玛\n卓玛")), 422).main)
    for says in ("第 1 行“无此人”", "第 3 行“卓玛”写了两次", "现在写了 3 名"):
        assert says in text


def test_a_school_learns_that_it_has_to_register_and_when_it_is_full(app, cast, sign_in, scene):
    client, address = sign_in(cast.school_admin), f"/desk/contests/{scene.public_id}"
    soup = page(client.get(address))
    new = f"{address}/teams/new"
    assert soup.select_one("a.button--primary")["href"] == new and "前报队" in text_of(soup.main)
    assert page(client.get("/")).select_one(f"main a[href='{new}']") is not None
    assert page(sign_in(cast.province).get(address)).select_one(f"a.button--primary[href='{new}']") is None
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        register(cast, contest, "甲队", cast.zhuoma, cast.liming)
        register(cast, contest, "乙队", cast.ouyang, cast.wangfang)
        db.session.commit()
    assert page(client.get("/")).select_one(f"main a[href='{new}']") is None
    for path in (address, f"{address}/teams", new):
        soup = page(client.get(path))
        assert soup.select_one(f"main a[href='{new}']") is None and "报满" in text_of(soup.main)
    assert page(client.get(new)).select_one("textarea") is None
    assert page(sign_in(cast.outsider_teacher).get(address)).select_one("a.button--primary")["href"] == new


def test_pupils_of_another_group_make_no_team(app, cast, sign_in):
    scene = arena(app, cast, groups=("primary", "junior"))
    reply = post(
        sign_in(cast.school_admin), f"/desk/contests/{scene.public_id}/teams/new", fields(members="卓玛\n马小虎")
    )
    assert reply.status_code == 422 and "不是同一个组别" in reply.text


def test_names_and_numbers_are_limited(app, cast, sign_in, scene):
    client, address = sign_in(cast.school_admin), f"/desk/contests/{scene.public_id}/teams/new"
    assert post(client, address, fields("甲队", "卓玛\n李明")).status_code == 303
    assert "已经有同名的队" in post(client, address, fields("甲 队", "欧阳小雪\n王芳")).text
    assert "已经在这场比赛的另一个队里" in post(client, address, fields("乙队", "卓玛\n王芳")).text
    assert post(client, address, fields("乙队", "欧阳小雪\n王芳")).status_code == 303
    assert "最多报 2 队，已经报满" in post(client, address, fields("丙队", "甲0\n甲1")).text
    with app.app_context():
        assert [one.slot for one in db.session.query(Team).order_by(Team.id)] == [1, 2]


def test_a_delegation_is_one_team_of_each_school(app, cast, sign_in):
    scene = arena(app, cast, unit=Unit(StageUnit.DELEGATION, 2, 0, 5))
    client, address = sign_in(cast.school_admin), f"/desk/contests/{scene.public_id}/teams/new"
    assert page(client.get(address)).select_one("textarea[name=reserves]") is None
    assert post(client, address, fields("甲队", "卓玛\n李明")).status_code == 303
    assert "最多报 1 队，已经报满" in post(client, address, fields("乙队", "欧阳小雪\n王芳")).text


def test_twenty_teams_at_once_with_the_same_pupil_are_one(app, cast, sign_in, scene):
    """By twenty hands, into teams of twenty names; slots, names and pupils are the database's to decide."""
    others = [sign_in(cast.school_admin) for _ in range(20)]
    address = f"/desk/contests/{scene.public_id}/teams/new"
    tokens = [csrf_of(client, address) for client in others]
    partners = ["李明", "欧阳小雪", "王芳", "甲0", "甲1", "甲2", "甲3"]

    def press(number: int) -> int:
        values = fields(
            f"第{number}队", f"卓玛\n{partners[number % 7]}" if number % 2 else f"{partners[number % 7]}\n卓玛"
        )
        return others[number].post(address, data=values | {"csrf_token": tokens[number]}).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(press, range(20)))
    assert codes.count(303) == 1 and set(codes) <= {303, 409, 422}, codes
    with app.app_context():
        assert db.session.query(Team).count() == 1
        assert db.session.query(TeamMember).filter_by(user_id=cast.zhuoma).count() == 1
        assert db.session.query(TeamMember).count() == 2


def test_organisers_see_all_teams_of_their_region_masked_and_as_a_file(app, cast, sign_in, scene):
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        register(cast, contest, "昆仑一队", cast.zhuoma, cast.liming, reserves=(cast.ouyang,))
        register(cast, contest, "格尔木队", cast.cairang, scene.more_b[0])
        db.session.commit()
    address = f"/desk/contests/{scene.public_id}/teams"
    text = text_of(page(sign_in(cast.province).get(address)).main)
    assert "昆仑一队" in text and "格尔木队" in text and "李*" in text and "李明" not in text
    assert "格尔木队" not in text_of(page(sign_in(cast.county).get(address)).main)
    assert "昆仑一队" not in text_of(page(sign_in(cast.outsider_teacher).get(address)).main)
    assert "没有找到" in text_of(page(sign_in(cast.province).get(f"{address}?q=没有")).main)
    client = sign_in(cast.county)
    reply = post(client, f"{address}.xlsx", via=address)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_index(0).to_python()
    assert [row[3] for row in rows[1:]] == ["昆仑一队"] * 3 and [row[5] for row in rows[1:]] == ["队员", "队员", "候补"]
    assert "李明" not in str(rows)
    team = page(client.get(address)).select_one("th a")["href"]
    assert page(client.get(team)).select_one("textarea") is None  # seen, not changed
    token = csrf_of(client, address)
    assert client.post(team, data=fields() | {"csrf_token": token}).status_code in (403, 404)


def test_who_has_only_some_of_a_team_does_not_change_it(app, cast, sign_in, scene):
    with app.app_context():
        team = register(cast, db.session.get_one(Contest, scene.contest), "混合队", cast.zhuoma, cast.wangfang)
        db.session.commit()
        path = f"/desk/contests/{scene.public_id}/teams/{team.public_id}"
    client = sign_in(cast.teacher)
    assert page(client.get(path)).select_one("textarea") is None
    token = csrf_of(client, f"/desk/contests/{scene.public_id}/teams")
    for end in ("", "/dissolve"):
        assert client.post(path + end, data=fields(members="卓玛\n李明") | {"csrf_token": token}).status_code == 404
    assert page(sign_in(cast.school_admin).get(path)).select_one("textarea") is not None


def test_nothing_is_registered_once_the_stage_has_opened(app, cast, sign_in, scene):
    client, address = sign_in(cast.school_admin), f"/desk/contests/{scene.public_id}/teams"
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        team = register(cast, contest, "甲队", cast.zhuoma, cast.liming)
        begin(contest)
        db.session.commit()
        path = f"{address}/{team.public_id}"
    token = csrf_of(client, address)
    assert "现在不能报队" in text_of(page(client.get(f"{address}/new")).main)
    for target in (f"{address}/new", path, f"{path}/dissolve"):
        reply = client.post(target, data=fields("乙队", "欧阳小雪\n王芳") | {"csrf_token": token})
        assert reply.status_code in (409, 422) and "现在不能报队或改队" in reply.text, target
    assert "还没有报队" not in text_of(page(client.get(address)).main)


def test_the_unit_is_chosen_in_the_wizard_and_kept_while_there_are_teams(app, cast, sign_in, scene):
    client, address = sign_in(cast.province), f"/desk/contests/{scene.public_id}"
    rules = text_of(page(client.get(f"{address}/rules")))
    assert (
        "每队 2 人，另可报候补 1 人" in rules
        and "每所学校每个组别最多 2 队" in rules
        and "没交卷的队员算 0 分" in rules
    )
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        register(cast, contest, "甲队", cast.zhuoma, cast.liming)
        db.session.commit()
    assert post(client, f"{address}/unpublish", via=address).status_code == 303
    form = page(client.get(f"{address}/time")).select_one("form.form--time")
    values = {
        one["name"]: one.get("value", "")
        for one in form.select("input[type=text], input[type=datetime-local], input:not([type])")
    }
    values |= {one["name"]: one["value"] for one in form.select("input[type=radio][checked]")}
    values |= {one["name"]: one.select_one("option[selected]")["value"] for one in form.select("select")}
    values |= {one["name"]: one.get("value", "") for one in form.select("input[type=number]")}
    assert values["unit"] == "team" and values["team_size"] == "2"
    assert "已经有队报名" in post(client, f"{address}/time", values | {"unit": "pupil"}).text
    assert post(client, f"{address}/time", values).status_code == 303
    reply = post(client, f"{address}/time", values | {"start": "now", "window_minutes": "60"})
    assert reply.status_code == 422 and "按队比要先报队" in reply.text
    assert post(client, f"{address}/delete", via=f"{address}/paper").status_code == 303
    with app.app_context():
        for table in (Team, TeamMember, TeamChange):
            assert db.session.query(table).count() == 0


def test_a_contest_held_again_is_by_teams_too_without_teams(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    with app.app_context():
        register(cast, db.session.get_one(Contest, scene.contest), "甲队", cast.zhuoma, cast.liming)
        db.session.commit()
    assert (
        post(client, f"/desk/contests/{scene.public_id}/copy", via=f"/desk/contests/{scene.public_id}").status_code
        == 303
    )
    with app.app_context():
        copy = db.session.scalars(sa.select(Contest).order_by(Contest.id.desc()).limit(1)).one()
        assert copy.unit_rule == db.session.get_one(Contest, scene.contest).unit_rule and copy.id != scene.contest
        assert db.session.query(Team).filter_by(contest_id=copy.id).count() == 0
        assert clock.now() < copy.groups[0].sitting.opens_at
