"""The pupil's board: own places first, names masked, the upper half only, and nothing before the release."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.db import db
from tests.cast import Cast
from tests.factories.queries import counted
from tests.integration.rankings.arena import fill, make_arena
from tests.pages import page, text_of

SignIn = Callable[[int], FlaskClient]


def test_it_shows_the_upper_half_with_masked_names(board: str, cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.liming).get(f"/rankings/{board}"))
    rows = [text_of(row) for row in soup.select("ol.list > li")]
    assert [row.split()[0:2] for row in rows] == [["1", "第"], ["2", "第"], ["2", "第"], ["4", "第"], ["5", "第"]]
    assert "李明" in rows[0] and "你" in rows[0]
    assert "卓*" in rows[1] and "甲*一" in rows[2] and "并列" in rows[2]
    text = text_of(soup)
    for hidden in ("卓玛", "甲一一", "欧阳小雪", "王芳", "乙", "才", "丙", "丁", "戊", "20240"):
        assert hidden not in text
    assert "共 10 人" in text


def test_the_own_places_name_a_band_and_never_the_bottom(board: str, cast: Cast, sign_in: SignIn) -> None:
    own = text_of(page(sign_in(cast.liming).get(f"/rankings/{board}")).select_one("section[aria-labelledby=own]"))
    assert "全部 第 1 名 你在前 10%，共 10 人" in own
    assert "本班 第 1 名 你在前 40%，共 3 人" in own
    last = text_of(page(sign_in(cast.cairang).get(f"/rankings/{board}")).select_one("section[aria-labelledby=own]"))
    assert "本校 第 1 名" in last
    assert "全部" not in last and "第 7 名" not in last and "倒数" not in last


def test_whoever_is_nowhere_in_the_upper_half_is_encouraged(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        for number, user in enumerate((cast.liming, cast.zhuoma, cast.wangfang, cast.cairang, cast.ouyang)):
            arena.result(user, 9000 - number, 60)
        public_id = arena.tally()
    own = text_of(page(sign_in(cast.ouyang).get(f"/rankings/{public_id}")).select_one("section[aria-labelledby=own]"))
    assert "你的成绩已计入 5 人的排名。把错题再练一遍" in own
    assert "第" not in own


def test_as_of_order_and_formula_are_printed(board: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.liming)
    people = text_of(page(client.get(f"/rankings/{board}")))
    assert "数据截至" in people and "成绩相同比用时" in people
    schools = text_of(page(client.get(f"/rankings/{board}?level=school")))
    assert "班级参与率 × 35% ＋ 学生参与率 × 35% ＋ 及格率 × 10% ＋ 满分率 × 10% ＋ 平均分 × 10%" in schools
    assert "及格率 ＝ 及格学生 ÷ 参赛学生" in schools


@pytest.mark.parametrize(
    ("level", "shown", "hidden"),
    [
        ("class", "初二 2班", "初二 1班"),  # three and two participants are too few to be shown
        ("school", "城中区清源实验学校", "格尔木市昆仑初级中学"),
        ("county", "城中区", "格尔木市"),
        ("prefecture", "西宁市", "海西"),
    ],
)
def test_units_of_few_participants_and_the_lower_half_are_left_out(
    board: str, cast: Cast, sign_in: SignIn, level: str, shown: str, hidden: str
) -> None:
    soup = page(sign_in(cast.cairang).get(f"/rankings/{board}?level={level}"))
    rows = " ".join(text_of(row) for row in soup.select("ol.list > li"))
    assert shown in rows
    assert hidden not in rows


def test_the_own_unit_is_marked(board: str, cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.liming).get(f"/rankings/{board}?level=school"))
    assert "本校" in text_of(soup.select_one("li.is-me"))


def test_a_kind_of_school_can_be_chosen_and_ranks_within_it(board: str, cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.liming).get(f"/rankings/{board}?show=junior/初中"))
    assert [text_of(row).split()[0] for row in soup.select("ol.list > li")] == ["1"]
    nonsense = page(sign_in(cast.liming).get(f"/rankings/{board}?show=nothing&level=nothing"))
    assert len(nonsense.select("ol.list > li")) == 5


@pytest.mark.parametrize("policy", ["after_close", "manual"])
def test_nothing_is_shown_before_the_release(app: Flask, cast: Cast, sign_in: SignIn, policy: str) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), is_over=False, release_results=policy)
        fill(arena, cast)
        public_id = arena.tally()
        rows = arena.contest.id
    client = sign_in(cast.liming)
    for level in ("pupil", "school"):
        soup = page(client.get(f"/rankings/{public_id}?level={level}"))
        assert "排名还没公布" in text_of(soup)
        assert not soup.select("ol.list") and "第 1 名" not in text_of(soup)
    assert client.get(f"/rankings/{public_id}/explain/school/{cast.school_a}").status_code == 404
    assert "还没公布" in text_of(page(client.get("/rankings/")))
    assert rows


def test_a_pupil_of_a_grade_that_takes_no_part_finds_nothing(board: str, cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.xiaohu).get(f"/rankings/{board}").status_code == 404
    assert "还没有排行" in text_of(page(sign_in(cast.xiaohu).get("/rankings/")))


def test_the_list_leads_to_the_board(board: str, cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.liming).get("/rankings/"))
    assert soup.select_one(f"a[href='/rankings/{board}']")
    assert "你在前 10%" in text_of(soup)


def test_a_running_contest_without_results_is_an_inviting_empty_page(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), is_over=False)
        public_id = arena.contest.public_id
        db.session.commit()
    for level in ("pupil", "class", "prefecture"):
        assert "还没有名次" in text_of(page(sign_in(cast.liming).get(f"/rankings/{public_id}?level={level}")))


def test_a_board_costs_the_same_few_queries_however_many_rows_it_has(
    board: str, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.liming)
    for level in ("pupil", "class", "school", "county"):
        with counted(app) as statements:
            page(client.get(f"/rankings/{board}?level={level}"))
        assert len(statements) <= 17, "\n".join(statements)


def test_the_list_of_contests_costs_the_same_however_many_there_are(
    board: str, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.liming)

    def cost() -> int:
        with counted(app) as statements:
            assert board in client.get("/rankings/").text
        return len(statements)

    before = cost()
    with app.app_context():
        for score in (8000, 7000):
            arena = make_arena(db.session, cast, clock.now())
            arena.result(cast.liming, score, 60)
            arena.tally()
    assert cost() == before
