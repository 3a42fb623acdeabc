"""The public page of a contest: who finds it, what it says, and what is never on it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.attempts.models import Sitting
from quiz.contests import services, stages
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.db import db
from tests.factories.contests import actor_of, make_contest
from tests.factories.queries import counted
from tests.integration.publicity.conftest import change
from tests.pages import page, text_of

SECRETS = [
    "卓玛", "李明", "甲一一", "欧阳小雪", "王芳", "乙二二", "才让", "丙三三", "丁四四", "戊五五", "20240", "初二", "2班",
    "周老师", "何老师", "answer_key", "explanation",
]  # fmt: skip
HOSTILE = "<script>alert(1)</script><b onclick=x>粗</b>&amp;"


def announced(cast, *, by=None, host="region:630000", opens_in=timedelta(days=3), **policy):
    """A contest that opens in some days; within an application context."""
    now = clock.now()
    contest = make_contest(
        db.session, host=host, by=by or cast.province, now=now, opens_at=now + opens_in, hours=48, **policy
    )
    db.session.commit()
    return contest


@pytest.fixture
def coming(app, cast):
    """The public id of a contest that opens in three days, with a theme and joint organisers."""
    with app.app_context():
        contest = announced(cast)
        services.change_text(
            db.session, actor=actor_of(db.session, cast.province), contest=contest, title=contest.title,
            theme="健康人生 绿色无毒", notice="", now=clock.now(),
            organisers=Organisers(("青海省禁毒委员会办公室", "青海省教育厅"), ("西宁市教育局",), ("某某学会",)),
        )  # fmt: skip
        db.session.commit()
        return contest.public_id


def test_before_it_begins_it_says_when_for_whom_and_by_whom(coming, client):
    text = text_of(page(client.get(f"/c/{coming}")).main)
    for part in (
        "还没开始", "健康人生 绿色无毒", "离开始还有", "2 天 23 小时", "开始（北京时间）", "初中组", "4 道题", "完整规则",
        "主办单位", "青海省禁毒委员会办公室、青海省教育厅", "承办单位", "西宁市教育局", "协办单位", "某某学会",
    ):  # fmt: skip
        assert part in text, part


def test_the_clock_counts_from_what_the_server_names_and_not_from_a_moment(coming, client):
    ticks = page(client.get(f"/c/{coming}")).select_one("[data-countdown] [data-count]")
    assert timedelta(days=3) - timedelta(minutes=5) < timedelta(seconds=int(ticks["data-count"])) <= timedelta(days=3)
    assert ticks.has_attr("hidden")  # without script the sentence beside it stands alone


def test_while_it_runs_it_counts_down_to_the_end(app, cast, client):
    with app.app_context():
        public_id = announced(cast, opens_in=-timedelta(hours=1)).public_id
    soup = page(client.get(f"/c/{public_id}"))
    assert "正在进行，离结束还有" in text_of(soup.main) and "结束（北京时间）" in text_of(soup.main)
    assert soup.select_one("a[href='/sign-in']")
    assert "名学生有成绩" not in text_of(soup.main)  # nothing of results while pupils answer


@pytest.mark.parametrize("path", ["", "/rules", "/poster", "/winners"])
def test_a_draft_a_closed_page_and_an_unknown_address_are_all_the_same(app, cast, client, path):
    with app.app_context():
        draft = announced(cast, is_published=False).public_id
        closed = announced(cast)
        closed.has_public_page = False
        db.session.commit()
        closed = closed.public_id
    pages = {text_of(page(client.get(f"/c/{one}{path}"), 404).main)[:-12] for one in (draft, closed, "nothing")}
    assert len(pages) == 1  # but for the request's number at the end
    assert "六二六" not in pages.pop()


def test_a_cancelled_contest_says_so(app, coming, client):
    change(app, cancelled_at=clock.now())
    soup = page(client.get(f"/c/{coming}"))
    assert "这场比赛取消了" in text_of(soup.main) and not soup.select("[data-countdown]")
    assert "已取消" in text_of(soup.select_one(".page-header"))


def test_class_and_school_contests_have_none_unless_somebody_opens_it(app, cast, client):
    with app.app_context():
        quiz = announced(cast, by=cast.teacher, host=f"class:{cast.class_a1}").public_id
        school = announced(cast, by=cast.school_admin, host=f"school:{cast.school_a}").public_id
        region = announced(cast, by=cast.county, host="region:630103").public_id
    assert [client.get(f"/c/{one}").status_code for one in (quiz, school, region)] == [404, 404, 200]


@pytest.mark.parametrize("path", ["", "/rules", "/poster", "/winners"])
def test_search_engines_stay_away_and_a_browser_keeps_it_for_a_moment(app, issued, client, path):
    change(app, awards_listed_at=clock.now())
    response = client.get(f"/c/{issued.public_id}{path}")
    assert page(response).select_one("meta[name=robots][content*=noindex]")
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Cache-Control"] == "private, max-age=5"


@pytest.mark.parametrize("path", ["", "/rules", "/poster", "/winners"])
def test_no_full_name_no_number_no_class_and_no_key_is_on_any_of_them(app, issued, client, path):
    change(app, awards_listed_at=clock.now())
    html = client.get(f"/c/{issued.public_id}{path}").text
    assert not [one for one in SECRETS if one in html]


def test_what_came_out_is_numbers_and_ways_to_more(issued, client):
    soup = page(client.get(f"/c/{issued.public_id}"))
    results = text_of(soup.select_one("[aria-labelledby=results]"))
    assert "10 名学生有成绩" in results and "一等奖 1" in results and "二等奖 2" in results
    assert soup.select_one(f"a[href='/boards/{issued.public_id}']") and soup.select_one("a[href='/verify']")
    assert "比赛已经结束" in text_of(soup.main) and not soup.select("[data-countdown] [data-count]")


def test_results_wait_for_the_organiser_where_they_are_held_back(app, scene, client):
    with app.app_context():
        db.session.execute(sa.update(Sitting).values(release_results="manual"))
        db.session.commit()
    soup = page(client.get(f"/c/{scene.public_id}"))
    assert "名学生有成绩" not in text_of(soup.main) and not soup.select("a[href^='/boards/']")


def test_stages_are_one_page_with_drafts_undated(app, cast, client):
    with app.app_context():
        first = announced(cast)
        actor = actor_of(db.session, cast.province)
        for name in ("县级复赛", "省级决赛"):
            stages.add_stage(db.session, actor=actor, contest=first, own_name="校级初赛", name=name, now=clock.now())
        second = stages.stages_of(db.session, first)[1]
        services.publish(db.session, actor=actor, contest=second, now=clock.now())
        db.session.commit()
        ids = [one.public_id for one in stages.stages_of(db.session, first)]
    soup = page(client.get(f"/c/{ids[0]}"))
    strip = [text_of(one) for one in soup.select(".stages__item")]
    assert "校级初赛" in strip[0] and "还没开始" in strip[0] and "县级复赛" in strip[1] and "时间待定" in strip[2]
    assert "离“校级初赛”开始还有" in text_of(soup.main)
    assert client.get(f"/c/{ids[1]}").location == f"/c/{ids[0]}"
    assert client.get(f"/c/{ids[2]}").status_code == 404
    assert "县级复赛" in text_of(page(client.get(f"/c/{ids[1]}/rules")).main)
    assert client.get(f"/c/{ids[2]}/rules").status_code == 404


def test_hostile_words_are_only_words(app, cast, coming, client):
    with app.app_context():
        contest = db.session.query(Contest).one()
        services.change_text(
            db.session, actor=actor_of(db.session, cast.province), contest=contest, title=HOSTILE[:80], theme=HOSTILE,
            organisers=Organisers((HOSTILE,), (HOSTILE,), (HOSTILE,)), notice=HOSTILE, now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    for path in ("", "/rules", "/poster"):
        soup = page(client.get(f"/c/{coming}{path}"))
        assert HOSTILE in text_of(soup.main) and not soup.main.select("script, b")
    assert HOSTILE not in text_of(page(client.get("/")).main).replace(HOSTILE, "", 1)


def test_the_poster_has_the_address_as_a_code(coming, client):
    soup = page(client.get(f"/c/{coming}/poster"))
    assert f"http://localhost/c/{coming}" in text_of(soup.main) and soup.select_one("svg.poster__qr path")
    assert "青海省教育厅" in text_of(soup.main)


def test_the_landing_page_leads_to_what_runs_and_what_comes(app, cast, coming, client):
    with app.app_context():
        running = announced(cast, opens_in=-timedelta(hours=1)).public_id
        hidden = announced(cast, by=cast.teacher, host=f"class:{cast.class_a1}").public_id
    links = [one["href"] for one in page(client.get("/")).select("[aria-labelledby=pages] a")]
    assert links == [f"/c/{running}", f"/c/{coming}"] and f"/c/{hidden}" not in links
    change(app, cancelled_at=clock.now())
    assert "正在进行的比赛" not in text_of(page(client.get("/")))


def test_pupils_and_staff_see_it_too(coming, cast, sign_in):
    for user in (cast.zhuoma, cast.province):
        assert "离开始还有" in text_of(page(sign_in(user).get(f"/c/{coming}")).main)
    assert "卓玛" in sign_in(cast.zhuoma).get(f"/c/{coming}").text  # the own name in the menu, and only there
    assert "卓玛" not in sign_in(cast.liming).get(f"/c/{coming}").text


def test_a_page_costs_the_database_little(app, issued, client):
    client.get("/")
    with counted(app) as seen:
        client.get(f"/c/{issued.public_id}")
    assert len(seen) <= 14, seen
