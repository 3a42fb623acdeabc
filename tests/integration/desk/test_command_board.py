"""The command board: numbers against the attempts, what it calls attention to, who sees what, and its cost."""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from quiz import clock
from quiz.accounts.models import Enrolment
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest
from quiz.db import db
from quiz.desk.command import rules
from quiz.desk.command.services import due, survey
from quiz.desk.jobs import survey_all
from quiz.desk.models import ContestSurvey
from quiz.rankings.models import ContestTally
from quiz.regions.models import School, SchoolHeadcount, SchoolKind
from tests.integration.rankings.arena import make_arena
from tests.pages import page, text_of

DAYS = 6


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """Today at noon: at midnight the day before is not counted yet."""
    at = rules.day_starts(rules.local_day(clock.now())) + timedelta(hours=12)
    monkeypatch.setattr(clock, "now", lambda: at)


def begin(cast, **options):
    """A contest of the province that opened six days ago, in the morning, and has six days to go."""
    now = clock.now()
    arena = make_arena(db.session, cast, now, is_over=False, **options)
    for sitting in arena.sittings.values():
        sitting.opens_at = rules.day_starts(rules.local_day(now) - timedelta(days=DAYS)) + timedelta(hours=8)
        sitting.closes_at = now + timedelta(days=6)
    return arena


def hand_in(arena, user, day, *, at=timedelta(hours=10), seconds=300, number=1, group="junior"):
    """A result ``day`` days after the opening."""
    attempt = arena.result(user, 8000, seconds, group=group, number=number)
    attempt.started_at = rules.day_starts(rules.local_day(arena.sittings[group].opens_at) + timedelta(days=day)) + at
    attempt.closed_at = attempt.started_at + timedelta(seconds=seconds)
    return attempt


def count_days(arena):
    """Let the worker come as often as there are days."""
    for _ in range(DAYS + 2):
        survey(db.session, contest_id=arena.contest.id, now=arena.now)
        db.session.commit()


@pytest.fixture
def contest_id(app, cast):
    """Junior: 3 in A on day 0, 6 on day 4, 9 on day 5; one of the first again on day 5; 2 in B on day 3. Today one in A."""
    with app.app_context():
        arena = begin(cast)
        first = None
        for day, count in ((0, 3), (4, 6), (5, 9)):
            for number in range(count):
                user = arena.pupil(f"甲{day}{number}", cast.class_a1, cast.school_a, f"7{day}{number}")
                hand_in(arena, user, day)
                first = first or user
        hand_in(arena, first, 5, number=2)
        for number in range(2):
            hand_in(arena, arena.pupil(f"乙{number}", cast.class_b1, cast.school_b, f"8{number}"), 3)
        hand_in(arena, cast.zhuoma, 2).status = AttemptStatus.VOIDED
        today = hand_in(arena, cast.liming, 6, at=timedelta(0), seconds=1)
        today.closed_at = arena.now - timedelta(seconds=1)
        arena.tally()
        count_days(arena)
        return arena.contest.public_id


def tiles_of(soup):
    return {
        text_of(tile.select_one(".tile__name")): (text_of(tile.strong), text_of(tile.select_one(".tile__count")))
        for tile in soup.select(".tile-map .tile")
    }


def stats_of(soup):
    return {
        text_of(one.select_one(".stat__label")): text_of(one.select_one(".stat__value")) for one in soup.select(".stat")
    }


def test_the_tiles_say_what_a_hand_count_says(cast, sign_in, contest_id):
    client = sign_in(cast.province)
    soup = page(client.get(f"/desk/contests/{contest_id}/command"))
    assert tiles_of(soup) == {"西宁市": ("21%", "19 / 90"), "海西蒙古族藏族自治州": ("3%", "2 / 60")}
    assert [text_of(one) for one in soup.select(".tile__name")] == ["西宁市", "海西蒙古族藏族自治州"]  # in code order
    stats = stats_of(soup)
    assert stats["学生参与率"] == "14%" and stats["学校参与率"] == "100%" and stats["今天新参赛"] == "1 人"
    assert "2 所学校中 2 所已有学生交卷" in text_of(soup)  # not that all of them have handed in
    link = soup.select_one(".tile-map a[href*='630100']")["href"]
    below = page(client.get(link))
    assert tiles_of(below) == {"城中区": ("21%", "19 / 90")}
    progress = below.select_one(".tile-map a")["href"]
    assert progress == f"/desk/contests/{contest_id}?place=region:630103"
    page(client.get(progress))


def test_days_and_forecast_are_those_of_the_attempts(app, cast, sign_in, contest_id):
    with app.app_context():
        rows = db.session.execute(
            sa.select(Attempt.user_id, sa.func.min(Attempt.closed_at))
            .where(Attempt.status.in_(["submitted", "expired"]))
            .group_by(Attempt.user_id)
        ).all()
        contest = db.session.query(Contest).one()
        opens = contest.groups[0].sitting.opens_at.astimezone(LOCAL_ZONE).date()
        by_day = Counter((at.astimezone(LOCAL_ZONE).date() - opens).days for _user, at in rows)
    wanted = [by_day[day] for day in range(DAYS)]
    assert wanted == [3, 0, 0, 2, 6, 9]
    soup = page(sign_in(cast.province).get(f"/desk/contests/{contest_id}/command"))
    assert [int(text_of(one)) for one in soup.select(".day-columns__number")] == wanted
    text = text_of(soup.select_one("section[aria-labelledby=forecast]"))
    assert "还有 129 名应参赛的学生没有交卷" in text and "最近三个整天一共 17 人，平均每天 6 人" in text
    share = int(100 * (21 + int(17 * 6 / 3)) / 150 + 0.5)
    assert f"到比赛结束时参与率约 {share}%" in text
    part = page(sign_in(cast.prefecture).get(f"/desk/contests/{contest_id}/command"))
    assert [int(text_of(one)) for one in part.select(".day-columns__number")] == [3, 0, 0, 0, 6, 9]


def test_a_paper_that_was_closed_after_the_last_midnight_is_not_new_for_ever(app, cast, sign_in):
    with app.app_context():
        arena = begin(cast)
        sitting = arena.sittings["junior"]
        sitting.closes_at = sitting.opens_at + timedelta(hours=15, minutes=50)  # 23:50 of the first day
        hand_in(arena, cast.zhuoma, 0, at=timedelta(hours=23, minutes=45), seconds=1200)
        arena.tally()
        count_days(arena)
        public_id = arena.contest.public_id
    assert stats_of(page(sign_in(cast.province).get(f"/desk/contests/{public_id}/command")))["今天新参赛"] == "0 人"


def test_days_that_are_not_counted_yet_are_not_guessed(app, cast, sign_in, contest_id):
    with app.app_context():
        row = db.session.query(ContestSurvey).one()
        row.days = dict(list(row.days.items())[:-1])
        db.session.commit()
    soup = page(sign_in(cast.province).get(f"/desk/contests/{contest_id}/command"))
    assert "还不能预测" in text_of(soup) and "前几天的人数还在统计" in text_of(soup)
    assert not soup.select(".day-columns")


def test_a_counted_day_stays_and_the_worker_counts_one_day_at_a_time(app, cast):
    with app.app_context():
        arena = begin(cast)
        hand_in(arena, cast.zhuoma, 1)
        arena.tally()
        for expected in range(1, DAYS + 1):
            survey(db.session, contest_id=arena.contest.id, now=arena.now)
            db.session.commit()
            row = db.session.query(ContestSurvey).one()
            assert len(row.days) == expected
        assert list(row.days.values()) == [{}, {"630103": 1}, {}, {}, {}, {}]
        survey(db.session, contest_id=arena.contest.id, now=arena.now)
        assert len(db.session.query(ContestSurvey).one().days) == DAYS


def test_the_worker_comes_to_running_contests_of_regions(app, cast):
    with app.app_context():
        running = begin(cast)
        own = begin(cast, host={"host_school_id": cast.school_a}, place={"school_id": cast.school_a})
        draft = begin(cast)
        draft.contest.published_at = None
        over = make_arena(db.session, cast, clock.now() - timedelta(days=3))
        db.session.commit()
        assert due(db.session, clock.now()) == [running.contest.id]
        assert over.contest.id and own.contest.id
        survey_all(db.session, {}, clock.now(), lambda done, total: None)
        tally = db.session.query(ContestTally).one()
        assert (tally.contest_id, tally.generation, tally.counted) == (running.contest.id, 1, 0)


def test_before_the_first_hand_in_it_says_who_is_expected(app, cast, sign_in):
    with app.app_context():
        arena = begin(cast)
        db.session.commit()
        public_id = arena.contest.public_id
    client, path = sign_in(cast.province), f"/desk/contests/{public_id}/command"
    assert "还没有可以看的数字" in text_of(page(client.get(path)))
    page(client.get(f"{path}/stage"))
    with app.app_context():
        survey_all(db.session, {}, clock.now(), lambda done, total: None)
    soup = page(client.get(path))
    assert tiles_of(soup)["西宁市"] == ("没开始", "0 / 90")
    assert [text_of(one) for one in soup.select("section[aria-labelledby=idle] .list__title")] == [
        "城中区清源实验学校", "格尔木市昆仑初级中学",
    ]  # fmt: skip


def test_all_have_taken_part_where_every_school_has(app, cast, sign_in):
    """One school has more participants than it reported pupils, the other has none."""
    with app.app_context():
        arena = begin(cast)
        for number, user in enumerate(small_school(arena, "少报中学", 160)):
            hand_in(arena, user, 1 + number % 2)
        db.session.query(SchoolHeadcount).filter_by(pupils=160).one().pupils = 5
        public_id = arena.tally()
    text = text_of(page(sign_in(cast.province).get(f"/desk/contests/{public_id}/command")))
    assert "160 / 155 人已交卷" in text and "还有 150 名应参赛的学生没有交卷" in text
    assert "应参赛的学生都已经参赛" not in text


def test_a_school_whose_group_opens_later_is_not_called_idle(app, cast, sign_in):
    with app.app_context():
        arena = begin(cast, groups=("primary", "junior"))
        later = arena.sittings["junior"]
        later.opens_at, later.closes_at = clock.now() + timedelta(days=1), clock.now() + timedelta(days=2)
        public_id, later_id = arena.tally(), later.id
    client, path = sign_in(cast.province), f"/desk/contests/{public_id}/command"
    text = text_of(page(client.get(path)).select_one("section[aria-labelledby=idle]"))
    assert "城中区清源实验学校" in text and "昆仑" not in text and "共 1 所" in text and "先不列" in text
    with app.app_context():
        db.session.get_one(Sitting, later_id).opens_at = clock.now()
        db.session.commit()
    text = text_of(page(client.get(path)).select_one("section[aria-labelledby=idle]"))
    assert "昆仑" in text and "共 2 所" in text and "先不列" not in text


def test_who_is_answering_has_begun(app, cast, sign_in):
    with app.app_context():
        arena = begin(cast)
        going = arena.result(cast.cairang, 0, 0)
        going.status, going.closed_at, going.score = AttemptStatus.IN_PROGRESS, None, None
        going.deadline_at = arena.now + timedelta(minutes=5)
        arena.tally()
        public_id = arena.contest.public_id
    soup = page(sign_in(cast.province).get(f"/desk/contests/{public_id}/command"))
    assert stats_of(soup)["正在作答"] == "1 人"
    assert "昆仑" not in text_of(soup.select_one("section[aria-labelledby=idle]"))
    assert stats_of(page(sign_in(cast.prefecture).get(f"/desk/contests/{public_id}/command")))["正在作答"] == "0 人"


def small_school(arena, name, pupils):
    """A school in 城中区 whose roster is its number of pupils; their ids."""
    from quiz.regions.models import SchoolClass
    from quiz.regions.rules import cohort_of

    school = School(
        code=f"77{pupils}", name=name, kind=SchoolKind.JUNIOR, county_id="630103", prefecture_id="630100",
        province_id="630000", headcounts=[SchoolHeadcount(grade=8, pupils=pupils)],
    )  # fmt: skip
    arena.session.add(school)
    arena.session.flush()
    found = SchoolClass(school_id=school.id, cohort_year=cohort_of(8, 7, arena.now), entry_grade=7, name="1班")
    arena.session.add(found)
    arena.session.flush()
    return [arena.pupil(f"生{number}", found.id, school.id, f"6{number}") for number in range(pupils)]


def test_it_calls_attention_and_accuses_nobody(app, cast, sign_in):
    with app.app_context():
        arena = begin(cast)
        for number, user in enumerate(small_school(arena, "飞快中学", 6)):
            hand_in(arena, user, 1, at=timedelta(hours=10, seconds=number * 10), seconds=150)
        for number, user in enumerate(small_school(arena, "平常中学", 7)):
            hand_in(arena, user, 1, at=timedelta(hours=10, minutes=number), seconds=200)
        more = db.session.query(Enrolment).filter_by(student_number="60").order_by(Enrolment.id).first()
        late = arena.pupil("后来", more.class_id, more.school_id, "699")  # whom the reported figure does not know
        hand_in(arena, late, 2)
        for user in small_school(arena, "刚好中学", 30)[:4]:
            hand_in(arena, user, 2)
        for user in small_school(arena, "够了中学", 31)[:5]:
            hand_in(arena, user, 2)
        arena.tally()
        count_days(arena)
        public_id = arena.contest.public_id
        assert [one["pupils"] for one in db.session.query(ContestSurvey).one().quick] == [6]
    soup = page(sign_in(cast.province).get(f"/desk/contests/{public_id}/command"))
    text = text_of(soup.select_one("section[aria-labelledby=look]"))
    assert "飞快中学 ：应参赛的 6 名学生，在第一个人打开试卷后 4 分钟内全部交卷" in text
    assert "有 1 所学校参赛的学生不到 5 人： 刚好中学 （4 / 30）" in text
    assert "平常中学" not in text and "够了中学" not in text
    assert not [word for word in ("作弊", "异常", "违规", "可疑") if word in text_of(soup)]
    other = page(sign_in(cast.province).get(f"/desk/contests/{public_id}/command?place=632800"))
    assert "现在没有需要看一眼的情况" in text_of(other)


def test_groups_are_counted_apart(app, cast, sign_in):
    with app.app_context():
        arena = begin(cast, groups=("primary", "junior"))
        hand_in(arena, cast.xiaohu, 1, group="primary")
        hand_in(arena, cast.zhuoma, 1)
        hand_in(arena, cast.cairang, 1)
        arena.tally()
        public_id = arena.contest.public_id
    text = text_of(
        page(sign_in(cast.province).get(f"/desk/contests/{public_id}/command")).select_one(
            "section[aria-labelledby=groups]"
        )
    )
    assert "小学组：1 / 40 人" in text and "初中组：2 / 150 人" in text


def test_the_page_follows_by_itself(cast, sign_in, contest_id):
    client = sign_in(cast.province)
    for path in ("command", "command/stage"):
        soup = page(client.get(f"/desk/contests/{contest_id}/{path}?place=630100"))
        fragment = client.get(soup.select_one("[data-poll]")["data-poll"])
        found = BeautifulSoup(fragment.text, "html.parser")
        assert fragment.status_code == 200 and "<html" not in fragment.text
        assert tiles_of(found) == {} or tiles_of(found) == tiles_of(soup)
        assert found.select(".tile") and [text_of(one) for one in found.select(".tile")] == [
            text_of(one) for one in soup.select(".tile")
        ]


def test_the_stage_screen_has_nothing_to_press_and_names_no_school(cast, sign_in, contest_id):
    soup = page(sign_in(cast.province).get(f"/desk/contests/{contest_id}/command/stage"))
    assert soup.html["data-theme"] == "stage"
    assert not soup.select("main a, main button, main form, main input")
    assert tiles_of(soup)["西宁市"] == ("21%", "19 / 90")
    assert "清源实验学校" not in text_of(soup) and "昆仑" not in text_of(soup)


def test_on_the_wall_of_a_county_stands_the_upper_half_of_its_schools(app, cast, sign_in):
    with app.app_context():
        arena = begin(cast)
        for name, pupils, came in (("多人中学", 10, 9), ("少人中学", 12, 6), ("没人中学", 20, 0)):
            for user in small_school(arena, name, pupils)[:came]:
                hand_in(arena, user, 1)
        arena.tally()
        public_id = arena.contest.public_id
    client = sign_in(cast.county)
    assert len(tiles_of(page(client.get(f"/desk/contests/{public_id}/command")))) == 4
    soup = page(client.get(f"/desk/contests/{public_id}/command/stage"))
    assert list(tiles_of(soup)) == ["多人中学"] and "只列参与率在前一半的学校" in text_of(soup)


SEEN = [
    ("province", "", ["西宁市", "海西蒙古族藏族自治州"]), ("admin", "", ["西宁市", "海西蒙古族藏族自治州"]),
    ("prefecture", "", ["城中区"]), ("county", "", ["城中区清源实验学校"]), ("prefecture", "?place=630103", ["城中区清源实验学校"]),
]  # fmt: skip


@pytest.mark.parametrize(("who", "query", "tiles"), SEEN)
def test_everybody_sees_the_level_below_the_own_region(cast, sign_in, contest_id, who, query, tiles):
    client = sign_in(vars(cast)[who])
    for path in ("command", "command/stage"):
        assert list(tiles_of(page(client.get(f"/desk/contests/{contest_id}/{path}{query}")))) == tiles


UNSEEN = [
    ("prefecture", "?place=630000", 404), ("prefecture", "?place=632800", 404), ("county", "?place=630100", 404),
    ("province", "?place=nonsense", 404), ("province", "?place=110000", 404), ("school_admin", "", 403), ("teacher", "", 403),
    ("editor", "", 403), ("zhuoma", "", 403),
]  # fmt: skip


@pytest.mark.parametrize(("who", "query", "status"), UNSEEN)
@pytest.mark.parametrize("path", ["command", "command/live", "command/stage", "command/stage/live"])
def test_other_places_are_not_found(cast, sign_in, contest_id, who, query, status, path):
    assert sign_in(vars(cast)[who]).get(f"/desk/contests/{contest_id}/{path}{query}").status_code == status


def test_a_contest_of_another_region_a_school_a_draft_or_a_cancelled_one_has_no_board(app, cast, sign_in):
    with app.app_context():
        west = begin(cast, host={"host_region_id": "632800"}, place={"region_id": "632800"})
        own = begin(cast, host={"host_school_id": cast.school_a}, place={"school_id": cast.school_a})
        draft, cancelled = begin(cast), begin(cast)
        draft.contest.published_at = None
        cancelled.contest.cancelled_at = clock.now()
        db.session.commit()
        ids = [one.contest.public_id for one in (west, own, draft, cancelled)]
    client = sign_in(cast.prefecture)
    assert [client.get(f"/desk/contests/{one}/command").status_code for one in ids] == [404] * 4
    outside = sign_in(cast.province).get(f"/desk/contests/{ids[0]}/command?place=630100")
    assert outside.status_code == 404, "a region in which the contest is not held"
    assert [sign_in(cast.province).get(f"/desk/contests/{one}/command").status_code for one in ids] == [
        200,
        404,
        404,
        404,
    ]


def test_the_tabs_lead_to_it_for_organisers_alone(cast, sign_in, contest_id):
    link = f"a[href='/desk/contests/{contest_id}/command']"
    assert page(sign_in(cast.county).get(f"/desk/contests/{contest_id}")).select_one(link)
    assert not page(sign_in(cast.teacher).get(f"/desk/contests/{contest_id}")).select_one(link)
