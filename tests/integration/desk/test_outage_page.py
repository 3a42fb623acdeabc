"""The page that gives an outage back: preview, one press, and what it says afterwards."""

from datetime import timedelta

import pytest

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.attempts.services import close_due
from quiz.clock import LOCAL_ZONE
from quiz.contests import stages
from quiz.contests.models import Contest
from quiz.db import db
from quiz.operations.outages.models import Outage
from tests.factories.contests import actor_of, enter, make_contest
from tests.pages import csrf_of, page, text_of


@pytest.fixture
def running(app, cast):
    """A provincial contest in which 卓玛 (A1) and 才让 answer since 5 minutes; 王芳's time is over. Gives its address."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, opens_at=now - timedelta(hours=1), hours=3
        )
        enter(db.session, contest, cast.wangfang, now - timedelta(minutes=11))
        for pupil in (cast.zhuoma, cast.cairang):
            enter(db.session, contest, pupil, now - timedelta(minutes=5))
        close_due(db.session, now=now)
        db.session.commit()
        return f"/desk/contests/{contest.public_id}"


def moment(ago):
    return (clock.now() - timedelta(minutes=ago)).astimezone(LOCAL_ZONE).strftime("%Y-%m-%dT%H:%M")


def form_of(client, path, **changes):
    soup = page(client.get(path))
    values = {"key": soup.select_one("input[name=key]")["value"], "began_at": moment(4), "ended_at": moment(1)}
    values |= {"whom": "all", "reason": "全省断电", "csrf_token": csrf_of(client, path)}
    return values | changes


def test_a_preview_then_one_press(app, cast, sign_in, running):
    client, path = sign_in(cast.province), f"{running}/outage"
    values = form_of(client, path)
    text = text_of(page(client.post(path, data={**values, "do": "preview"})).main)
    assert "正在作答的 2 人，各加 3 分钟。" in text and "比赛结束时间从" in text
    assert "有 1 人已经到时交卷" in text and "王*" in text and "王芳" not in text
    with app.app_context():
        assert db.session.query(Outage).count() == 0
    for _ in range(2):
        assert client.post(path, data={**values, "do": "give"}).status_code == 303
    with app.app_context():
        assert [act.pupils for act in db.session.query(Outage)] == [2]
        assert sorted(attempt.extra_seconds for attempt in db.session.query(Attempt)) == [0, 180, 180]
    text = text_of(page(client.get(path)).main)
    assert "已给正在作答的 2 人加 3 分钟。" in text and "已经还回的时间" in text


def test_the_confirming_form_carries_what_was_previewed(cast, sign_in, running):
    client, path = sign_in(cast.province), f"{running}/outage"
    values = form_of(client, path)
    soup = page(client.post(path, data={**values, "do": "preview"}))
    sent = {field["name"]: field["value"] for field in soup.select("main form input[type=hidden]")}
    assert {name: sent[name] for name in ("key", "began_at", "ended_at", "whom", "reason")} == {
        name: values[name] for name in ("key", "began_at", "ended_at", "whom", "reason")
    }


def test_going_back_keeps_what_was_written(cast, sign_in, running):
    client, path = sign_in(cast.province), f"{running}/outage"
    values = form_of(client, path, do="edit")
    soup = page(client.post(path, data=values))
    assert soup.select_one("input[name=reason]")["value"] == "全省断电"
    assert soup.select_one("input[name=key]")["value"] == values["key"]


def test_a_teacher_gives_to_the_own_class_alone(app, cast, sign_in, running):
    client, path = sign_in(cast.teacher), f"{running}/outage"
    soup = page(client.get(path))
    assert [field["value"] for field in soup.select("input[name=whom]")] == [f"class:{cast.class_a1}"]
    refused = client.post(path, data=form_of(client, path, whom="all", do="give"))
    assert refused.status_code == 422
    given = client.post(path, data=form_of(client, path, whom=f"class:{cast.class_a1}", do="give"))
    assert given.status_code == 303
    with app.app_context():
        assert [(act.place, act.pupils, act.closes_at) for act in db.session.query(Outage)] == [
            (f"class:{cast.class_a1}", 1, None)
        ]


def test_a_teacher_sees_the_names_of_the_own_pupils(app, cast, sign_in, running):
    client, path = sign_in(cast.colleague), f"{running}/outage"
    values = form_of(client, path, whom=f"class:{cast.class_a2}", began_at=moment(12), do="preview")
    text = text_of(page(client.post(path, data=values)).main)
    assert "没有可以补的" in text and "王芳" in text


@pytest.mark.parametrize("who", ["editor", "outsider"])
def test_nobody_else_finds_it(app, cast, sign_in, who):
    with app.app_context():
        contest = make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=clock.now())
        db.session.commit()
        path = f"/desk/contests/{contest.public_id}/outage"
    user = {"editor": cast.editor, "outsider": cast.outsider_teacher}[who]
    assert sign_in(user).get(path).status_code in {403, 404}


def test_errors_stand_beside_their_fields(cast, sign_in, running):
    client, path = sign_in(cast.province), f"{running}/outage"
    values = form_of(client, path, began_at=moment(1), ended_at=moment(4), do="preview")
    soup = page(client.post(path, data=values), 422)
    assert "恢复的时间要晚于出问题的时间" in text_of(soup.select_one(".error-summary"))
    soup = page(client.post(path, data=form_of(client, path, reason=" ", do="preview")), 422)
    assert "请写明原因" in text_of(soup.select_one(".error-summary"))


def test_the_way_there_is_on_the_contests_page(cast, sign_in, running):
    assert page(sign_in(cast.province).get(running)).select_one("a[href*='/outage']")
    assert page(sign_in(cast.teacher).get(running)).select_one("a[href*='/outage']")


@pytest.mark.parametrize(("gap", "is_warned"), [(timedelta(minutes=2), True), (timedelta(hours=2), False)])
def test_it_warns_before_the_window_reaches_into_the_next_stage(app, cast, sign_in, running, gap, is_warned):
    with app.app_context():
        first = db.session.query(Contest).one()
        stage = stages.add_stage(
            db.session, actor=actor_of(db.session, cast.province), contest=first, own_name="校级初赛", name="县级复赛",
            now=clock.now(),
        )  # fmt: skip
        for group in stage.groups:
            group.sitting.opens_at = stages.window_of(first)[1] + gap
        db.session.commit()
    client, path = sign_in(cast.province), f"{running}/outage"
    values = form_of(client, path)
    text = text_of(page(client.post(path, data={**values, "do": "preview"})).main)
    assert ("会和下一赛段重叠" in text and "县级复赛" in text) is is_warned
    assert client.post(path, data={**values, "do": "give"}).status_code == 303  # a warning, no refusal
