"""Only members of teams start, in the lane and in the service alike; reserves when they stepped in; pages say who is in."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.contests.eligibility import eligible_counts, eligible_enrolments
from quiz.contests.models import Contest, Entry
from quiz.contests.teams.models import Team
from quiz.db import db
from quiz.rankings.jobs import sweep
from quiz.rankings.models import UnitStanding
from quiz.rankings.services import rebuild
from quiz.rankings.verification import contest_differences
from tests.factories.contests import enter, take
from tests.factories.teams import arena, begin, register
from tests.lanes import only_lane, without_lane
from tests.pages import csrf_of, page, post, text_of


@pytest.fixture
def scene(app: Any, cast: Any) -> Any:
    """卓玛 and 李明 with 欧阳小雪 in reserve; the stage is open."""
    found = arena(app, cast)
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        register(cast, contest, "昆仑一队", cast.zhuoma, cast.liming, reserves=(cast.ouyang,))
        begin(contest)
        db.session.commit()
    return found


def press(client, scene):
    token = csrf_of(client, "/practice/")
    return client.post(f"/contests/{scene.public_id}/start", data={"csrf_token": token})


def team_path(app, scene):
    with app.app_context():
        return f"/desk/contests/{scene.public_id}/teams/{db.session.query(Team).one().public_id}"


def swap(client, path, cast, app, out, come, reason="发烧"):
    soup = page(client.get(f"{path}/stand-in"))
    names = {one.text: one["value"] for one in soup.select("option")}
    return post(
        client, f"{path}/stand-in", {"out": names.get(out, out), "come": names.get(come, come), "reason": reason}
    )


@pytest.mark.parametrize("way", ["lane", "service"])
def test_members_start_and_others_do_not(app, cast, sign_in, scene, way):
    around = without_lane(app) if way == "service" else nullcontext()
    with around:
        reply = press(sign_in(cast.zhuoma), scene)
        assert reply.status_code == 303 and "/attempts/" in reply.location
        reply = press(sign_in(cast.ouyang), scene)
        assert reply.status_code == 409 and "你是候补" in reply.text
        assert press(sign_in(cast.wangfang), scene).status_code == 404
        with app.app_context():  # an entry alone (for minutes granted) is no seat
            contest = db.session.get_one(Contest, scene.contest)
            group = contest.groups[0]
            for pupil, school_class in ((cast.wangfang, cast.class_a2), (cast.ouyang, cast.class_a1)):
                db.session.add(
                    Entry(contest_id=contest.id, group_id=group.id, user_id=pupil, school_id=cast.school_a,
                          class_id=school_class, created_at=clock.now())
                )  # fmt: skip
            db.session.commit()
        assert press(sign_in(cast.wangfang), scene).status_code == 404
        assert press(sign_in(cast.ouyang), scene).status_code == 409
    with app.app_context():
        assert {one.user_id for one in db.session.query(Attempt)} == {cast.zhuoma}


def test_a_member_s_start_stays_in_the_lane(app, cast, sign_in, scene):
    with only_lane(app) as passed:
        first = press(sign_in(cast.zhuoma), scene)
        again = press(sign_in(cast.zhuoma), scene)
    assert first.location == again.location and passed == ["/practice/", "/practice/"]
    with app.app_context():
        entry = db.session.query(Entry).one()
        assert (entry.user_id, entry.school_id, entry.class_id) == (cast.zhuoma, cast.school_a, cast.class_a1)


def test_pupils_see_their_team_and_only_contests_of_theirs(app, cast, sign_in, scene):
    address = f"/contests/{scene.public_id}"
    text = text_of(page(sign_in(cast.zhuoma).get(address)).main)
    assert "你的队：昆仑一队" in text and "李明" in text and "欧阳小雪" in text and "开始答题" in text
    text = text_of(page(sign_in(cast.ouyang).get(address)).main)
    assert "你是候补" in text and "点了就开始计时" not in text
    assert scene.public_id in sign_in(cast.ouyang).get("/contests/").text
    assert sign_in(cast.wangfang).get(address).status_code == 404
    assert scene.public_id not in sign_in(cast.wangfang).get("/contests/").text


def test_a_reserve_steps_in_and_back_until_one_of_both_has_begun(app, cast, sign_in, scene):
    staff, path = sign_in(cast.teacher), team_path(app, scene)
    assert swap(staff, path, cast, app, "李明", "欧阳小雪", reason="").status_code == 422
    assert swap(staff, path, cast, app, "李明", "欧阳小雪").status_code == 303
    text = text_of(page(staff.get(path)).main)
    assert "欧阳小雪 换下 李明" in text and "发烧" in text
    assert "换下" not in text_of(page(sign_in(cast.province).get(path)).main)
    reply = press(sign_in(cast.liming), scene)
    assert reply.status_code == 409 and "你是候补" in reply.text
    assert press(sign_in(cast.ouyang), scene).status_code == 303
    reply = swap(staff, path, cast, app, "欧阳小雪", "李明")
    assert reply.status_code == 422 and "已经开始答题" in reply.text
    assert swap(staff, path, cast, app, "卓玛", "李明").status_code == 303  # the other one has not


def test_only_the_team_s_own_staff_changes_who_sits(app, cast, sign_in, scene):
    path = team_path(app, scene)
    for other, status in ((cast.colleague, 404), (cast.outsider_teacher, 404), (cast.county, 403), (cast.zhuoma, 403)):
        assert sign_in(other).get(f"{path}/stand-in").status_code == status
    staff = sign_in(cast.school_admin)
    assert swap(staff, path, cast, app, "李明", "nobody").status_code == 422
    assert swap(staff, path, cast, app, "欧阳小雪", "欧阳小雪").status_code == 422


def test_a_start_and_a_stand_in_at_once_leave_one_who_sits(app, cast, sign_in, scene):
    """Whichever is first: never has somebody begun who is a reserve by then."""
    path, staff = team_path(app, scene), sign_in(cast.school_admin)
    pupils = [sign_in(cast.liming) for _ in range(4)]
    tokens = [csrf_of(one, "/practice/") for one in pupils]
    names = {one.text: one["value"] for one in page(staff.get(f"{path}/stand-in")).select("option")}
    values = {
        "out": names["李明"],
        "come": names["欧阳小雪"],
        "reason": "发烧",
        "csrf_token": csrf_of(staff, f"{path}/stand-in"),
    }

    def act(number: int) -> int:
        if number == 2:
            return staff.post(f"{path}/stand-in", data=values).status_code
        index = number if number < 2 else number - 1
        return pupils[index].post(f"/contests/{scene.public_id}/start", data={"csrf_token": tokens[index]}).status_code

    with ThreadPoolExecutor(5) as pool:
        codes = list(pool.map(act, range(5)))
    with app.app_context():
        has_begun = db.session.query(Attempt).filter_by(user_id=cast.liming).count() == 1
    assert has_begun == (codes[2] == 422), codes
    assert not (has_begun and codes[2] == 303)


def test_who_was_in_a_team_is_who_was_expected(app, cast, sign_in, scene):
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        assert len(db.session.execute(eligible_enrolments(contest)).all()) == 2
        assert list(eligible_counts(db.session, contest).values()) == [13]
        take(db.session, contest, cast.zhuoma, right=4, now=clock.now())
        rebuild(db.session, contest_id=contest.id, now=clock.now())
        db.session.commit()
        rows = db.session.query(UnitStanding).filter_by(contest_id=contest.id, category="all", level="school")
        assert [one.figures["pupils_expected"] for one in rows] == [2]
    text = text_of(page(sign_in(cast.school_admin).get(f"/desk/contests/{scene.public_id}")).main)
    assert "应参赛 2 人" in text and "参赛队" in text


def test_a_stand_in_of_another_class_moves_who_is_expected_though_no_result_comes(app, cast, sign_in):
    found = arena(app, cast)
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        register(cast, contest, "昆仑一队", cast.zhuoma, cast.liming, reserves=(found.more_a[0],))
        begin(contest)
        db.session.commit()
        rebuild(db.session, contest_id=contest.id, now=clock.now())
    path = team_path(app, found)
    assert swap(sign_in(cast.school_admin), path, cast, app, "李明", "甲0").status_code == 303
    with app.app_context():
        sweep(db.session, {}, clock.now(), lambda _done, _total: None)
        assert list(contest_differences(db.session, db.session.get_one(Contest, found.contest))) == []


def test_nobody_without_a_team_enters_by_the_service(app, cast, scene):
    from quiz.errors import NotFoundError

    with app.app_context(), pytest.raises(NotFoundError):
        enter(db.session, db.session.get_one(Contest, scene.contest), cast.wangfang, clock.now())
