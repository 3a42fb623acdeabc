"""The pupil's pages: the list, the rules, and the one button in every state."""

from datetime import timedelta

import pytest
import time_machine

from quiz import clock
from quiz.contests import services
from quiz.contests.organisers import Organisers
from quiz.db import db
from tests.factories.contests import actor_of, enter, make_contest, take
from tests.pages import page, post, text_of


@pytest.fixture
def contest(app, cast):
    """A running contest of class A1 (attached to no session any more)."""
    with app.app_context():
        found = make_contest(
            db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=clock.now(), attempts_allowed=2
        )
        services.change_text(
            db.session, actor=actor_of(db.session, cast.teacher), contest=found, title=found.title,
            theme="", organisers=Organisers(("学校德育处",)), notice="带好耳机\n<b>安静</b>", now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        return found.public_id


def primary(soup):
    buttons = soup.select("main .button--primary")
    assert len(buttons) <= 1
    return text_of(buttons[0]) if buttons else ""


def test_the_rules_are_on_one_screen(cast, sign_in, contest):
    soup = page(sign_in(cast.zhuoma).get(f"/contests/{contest}"))
    text = text_of(soup.select_one("main"))
    for word in (
        "4 道题", "10 分钟", "可以作答 2 次，取最好的一次", "先比得分，再比用时", "初中组", "参赛学生人数", "自动交卷",
        "断网了继续答", "多等 5 秒", "比赛结束后看到", "带好耳机", "<b>安静</b>", "学校德育处",
    ):  # fmt: skip
        assert word in text, word
    assert primary(soup) == "开始答题"


def test_today_puts_first_what_closes_soonest_and_says_how_long_is_left(app, cast, sign_in):
    with app.app_context():
        now = clock.now()
        for host, hours in ((f"class:{cast.class_a1}", 24 * 30), (f"school:{cast.school_a}", 0.75)):
            by = cast.teacher if host.startswith("class") else cast.school_admin
            make_contest(db.session, host=host, by=by, now=now, hours=hours)
        db.session.commit()
    cards = [text_of(one) for one in page(sign_in(cast.zhuoma).get("/")).select(".card--hero")]
    assert len(cards) == 2 and "还剩 43 分钟" in cards[0] and "还剩" not in cards[1]


def test_starting_leads_to_the_paper_and_back_again(app, cast, sign_in, contest):
    client = sign_in(cast.zhuoma)
    response = post(client, f"/contests/{contest}/start", via=f"/contests/{contest}")
    assert response.status_code == 303 and response.location.startswith("/attempts/")
    soup = page(client.get(f"/contests/{contest}"))
    assert primary(soup) == "继续上次"
    assert soup.select_one("main .button--primary")["href"] == response.location
    assert "没交卷" in text_of(page(client.get("/contests/")).select_one("main"))


def test_after_handing_in_one_may_try_again_until_none_is_left(app, cast, sign_in, contest):
    client = sign_in(cast.zhuoma)
    for used, button in ((1, "再答一次"), (2, "看成绩")):
        with app.app_context():
            found = services.queries.contest_for_pupil(
                db.session, actor_of(db.session, cast.zhuoma), contest, clock.now()
            ).contest
            take(db.session, found, cast.zhuoma, right=used, now=clock.now())
            db.session.commit()
        assert primary(page(client.get(f"/contests/{contest}"))) == button
    response = post(client, f"/contests/{contest}/start", via="/contests/")
    assert response.status_code == 409
    page(response, 409)


def test_before_and_after_the_window_and_when_cancelled(app, cast, sign_in):
    with app.app_context():
        now = clock.now()
        found = make_contest(
            db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now, opens_at=now + timedelta(hours=2)
        )
        db.session.commit()
    client, path = sign_in(cast.zhuoma), f"/contests/{found.public_id}"
    soup = page(client.get(path))
    assert "还没开始" in text_of(soup) and "1 小时" in text_of(soup) and primary(soup) == ""
    assert post(client, f"{path}/start", via="/contests/").status_code == 409
    with time_machine.travel(now + timedelta(hours=5)):
        soup = page(client.get(path))
        assert "比赛已经结束" in text_of(soup) and primary(soup) == ""
        assert "已结束" in text_of(page(client.get("/contests/")))
    with app.app_context():
        contest = db.session.merge(found)
        contest.groups[0].sitting.opens_at = now
        enter(db.session, contest, cast.zhuoma, clock.now())
        services.cancel(db.session, actor=actor_of(db.session, cast.teacher), contest=contest, now=now)
        db.session.commit()
    assert "这场比赛取消了" in text_of(page(client.get(path)))


def test_others_get_404_and_staff_are_refused(cast, sign_in, contest):
    for user in (cast.wangfang, cast.cairang, cast.xiaohu):
        page(sign_in(user).get(f"/contests/{contest}"), 404)
        assert post(sign_in(user), f"/contests/{contest}/start", via="/contests/").status_code == 404
    assert sign_in(cast.teacher).get(f"/contests/{contest}").status_code == 403


def test_without_contests_the_list_leads_to_practice(cast, sign_in):
    soup = page(sign_in(cast.xiaohu).get("/contests/"))
    assert primary(soup) == "去练习"


def test_the_list_needs_few_queries_however_many_contests(app, cast, sign_in):
    from tests.factories.queries import counted

    def ask():
        with counted(app) as statements:
            page(sign_in(cast.zhuoma).get("/contests/"))
        return len(statements)

    with app.app_context():
        make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=clock.now())
        db.session.commit()
    few = ask()
    with app.app_context():
        for _ in range(6):
            make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=clock.now())
        db.session.commit()
    assert ask() == few
