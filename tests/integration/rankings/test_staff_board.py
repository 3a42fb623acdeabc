"""The staff board: hosts see every row, others their own places; full names only of one's own pupils."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from quiz import clock
from quiz.audit.models import AuditEntry
from quiz.clock import LOCAL_ZONE
from quiz.db import db
from quiz.rankings.boards import MOST_ID
from quiz.rankings.rules import order_key
from tests.cast import Cast
from tests.factories.contests import make_contest
from tests.integration.rankings.arena import LONG_SCHOOL, fill, make_arena
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def names(client: FlaskClient, path: str) -> list[str]:
    return [text_of(cell) for cell in page(client.get(path)).select("tbody th")]


def export(client: FlaskClient, path: str) -> TestResponse:
    """Press the page's button."""
    form = page(client.get(path)).select_one("form[method=post][action*='manage.xlsx']")
    assert form and "导出" in text_of(form)
    return post(client, str(form["action"]), via=path)


def test_the_host_sees_every_row_with_masked_names(board: str, cast: Cast, sign_in: SignIn) -> None:
    found = names(sign_in(cast.province), f"/rankings/{board}/manage")
    assert found == ["李*", "卓*", "甲*一", "欧*雪", "王*", "乙*二", "才**", "丙*三", "丁*四", "戊*五"]


def test_the_file_is_named_after_the_day_where_people_are(
    board: str, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.combine(clock.now().astimezone(LOCAL_ZONE).date(), time(2), LOCAL_ZONE).astimezone(UTC)
    monkeypatch.setattr(clock, "now", lambda: at)  # two in the morning: it is yesterday in UTC
    reply = export(sign_in(cast.province), f"/rankings/{board}/manage")
    assert f"-{at.astimezone(LOCAL_ZONE):%Y%m%d}.xlsx" in reply.headers["Content-Disposition"]


def test_the_public_board_is_linked_where_there_is_one(board: str, cast: Cast, sign_in: SignIn) -> None:
    assert page(sign_in(cast.province).get(f"/rankings/{board}/manage")).select_one(f"a[href='/boards/{board}']")


def test_a_teacher_sees_the_own_class_with_full_names_and_true_ranks(board: str, cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.teacher).get(f"/rankings/{board}/manage"))
    rows = [text_of(row) for row in soup.select("tbody tr")]
    assert [row.split()[0] for row in rows] == ["李明", "卓玛", "欧阳小雪"]
    assert "4" in rows[2].split()
    units = names(sign_in(cast.teacher), f"/rankings/{board}/manage?level=class")
    assert units == ["初二 1班 城中区清源实验学校"]
    assert names(sign_in(cast.teacher), f"/rankings/{board}/manage?level=school") == []


def test_a_county_sees_its_schools_only(board: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.county)
    assert names(client, f"/rankings/{board}/manage?level=school") == ["城中区清源实验学校 城中区"]
    assert names(client, f"/rankings/{board}/manage?level=county") == ["城中区 西宁市"]
    assert names(client, f"/rankings/{board}/manage?level=prefecture") == []


def test_a_contest_of_another_place_is_not_found(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        place = {"class_id": cast.class_a1}
        arena = make_arena(db.session, cast, clock.now(), place=place, host={"host_class_id": cast.class_a1})
        public_id = arena.tally()
    for user, status in ((cast.outsider_teacher, 404), (cast.zhuoma, 403), (cast.editor, 403)):
        client = sign_in(user)
        assert client.get(f"/rankings/{public_id}/manage").status_code == status
        assert post(client, f"/rankings/{public_id}/manage.xlsx", via="/").status_code == status


def test_who_has_not_started_is_named_and_leads_to_the_desk(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), is_over=False)
        arena.result(cast.zhuoma, 8000, 60)
        public_id = arena.tally()
    client = sign_in(cast.province)
    soup = page(client.get(f"/rankings/{public_id}/manage?level=school"))
    assert "1 个单位还没有人参赛" in text_of(soup)
    assert not soup.select_one("a[href^='/boards/']")
    assert soup.select_one(f"a[href='/desk/contests/{public_id}']")
    assert names(client, f"/rankings/{public_id}/manage?level=school&only=idle") == ["格尔木市昆仑初级中学 格尔木市"]


def test_the_export_holds_all_rows_and_no_formula(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        fill(arena, cast)
        arena.result(arena.pupil("=1+1", cast.class_a1, cast.school_a, "20240999"), 9900, 60)
        public_id = arena.tally()
    client = sign_in(cast.teacher)
    assert client.get(f"/rankings/{public_id}/manage.xlsx").status_code == 405
    response = export(client, f"/rankings/{public_id}/manage")
    sheet = CalamineWorkbook.from_filelike(BytesIO(response.data)).get_sheet_by_index(0).to_python()
    assert sheet[0][:3] == ["名次", "姓名", "学校"]
    assert [row[1] for row in sheet[1:]] == ["李明", "=1+1", "卓玛", "欧阳小雪"]
    assert sheet[1][4] == 100.0
    units = export(sign_in(cast.province), f"/rankings/{public_id}/manage?level=school")
    rows = CalamineWorkbook.from_filelike(BytesIO(units.data)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[1:]] == ["城中区清源实验学校", "格尔木市昆仑初级中学"]
    with app.app_context():
        entries = db.session.query(AuditEntry).filter_by(action="rankings:board:export").order_by(AuditEntry.id)
        assert [(one.actor_id, one.object_id, one.details) for one in entries] == [
            (cast.teacher, public_id, {"level": "pupil", "show": "junior", "rows": 4}),
            (cast.province, public_id, {"level": "school", "show": "all", "rows": 2}),
        ]


@pytest.mark.parametrize("level", ["pupil", "class", "school", "county", "prefecture"])
def test_a_contest_without_any_result_has_a_page(app: Flask, cast: Cast, sign_in: SignIn, level: str) -> None:
    with app.app_context():
        public_id = make_arena(db.session, cast, clock.now(), is_over=False).contest.public_id
        db.session.commit()
    assert "还没有名次" in text_of(page(sign_in(cast.province).get(f"/rankings/{public_id}/manage?level={level}")))


def test_before_the_opening_it_says_when_the_contest_begins(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, opens_at=now + timedelta(days=1)
        )  # fmt: skip
        db.session.commit()
        public_id = contest.public_id
    text = text_of(page(sign_in(cast.province).get(f"/rankings/{public_id}/manage")).main)
    assert "成绩还在统计" not in text and "开始，有人交卷以后这里就有名次" in text
    waiting = text_of(page(sign_in(cast.liming).get(f"/rankings/{public_id}")).main)
    assert "排名还没公布" in waiting and "开始，有人交卷以后就有排名" in waiting


def test_many_rows_are_paged(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        for number in range(120):
            user = arena.pupil(f"学生{number:03d}", cast.class_a1, cast.school_a, f"2025{number:04d}")
            arena.result(user, 9000 - number, 100)
        public_id = arena.tally()
    client = sign_in(cast.teacher)

    def walk(rel: str, path: str) -> list[list[str]]:
        """The names on every page from this one on, going ``next`` or ``prev``."""
        pages = []
        while path:
            soup = page(client.get(path))
            pages.append([text_of(cell) for cell in soup.select("tbody th")])
            link = soup.select_one(f"a[rel={rel}]")
            path = f"/rankings/{public_id}/manage{link['href']}" if link else ""
        return pages

    forward = walk("next", f"/rankings/{public_id}/manage")
    assert [len(names_) for names_ in forward] == [50, 50, 20]
    assert [name for names_ in forward for name in names_] == [f"学生{number:03d}" for number in range(120)]
    soup = page(client.get(f"/rankings/{public_id}/manage?after={order_key(8901, 100)}.{MOST_ID}"))
    assert text_of(soup.select_one("tbody tr")).split()[:2] == ["学生100", "101"]  # the true rank on a later page
    back = walk("prev", f"/rankings/{public_id}/manage?after={order_key(8901, 100)}.{MOST_ID}")
    assert [names_[0] for names_ in back] == ["学生100", "学生050", "学生000"]
    assert not page(client.get(f"/rankings/{public_id}/manage")).select("a[rel=prev]")
    assert len(names(client, f"/rankings/{public_id}/manage?after=nonsense")) == 50


def test_the_part_of_a_county_is_paged_by_its_own_pools(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        for number in range(130):
            is_other = number % 2 == 0
            place = (cast.class_b1, cast.school_b) if is_other else (cast.class_a1, cast.school_a)
            user = arena.pupil(f"学生{number:03d}", *place, f"2025{number:04d}")
            arena.result(user, 9000 - number // 3, 100)
        public_id = arena.tally()
    client = sign_in(cast.county)
    first = page(client.get(f"/rankings/{public_id}/manage"))
    rows = [text_of(row).split() for row in first.select("tbody tr")]
    assert len(rows) == 50 and "共 65 人" in text_of(first)
    link = first.select_one("a[rel=next]")
    rows += [
        text_of(row).split() for row in page(client.get(f"/rankings/{public_id}/manage{link['href']}")).select("tr")
    ][1:]
    assert [int(row[1]) for row in rows] == [number // 3 * 3 + 1 for number in range(1, 130, 2)]
    response = export(client, f"/rankings/{public_id}/manage")
    sheet = CalamineWorkbook.from_filelike(BytesIO(response.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:]] == [int(row[1]) for row in rows]


def test_the_list_of_staff_leads_to_the_boards(board: str, cast: Cast, sign_in: SignIn) -> None:
    for member in (cast.admin, cast.province, cast.teacher):
        assert page(sign_in(member).get("/rankings/")).select_one(f"a[href='/rankings/{board}/manage']")
    assert "还没有排名" in text_of(page(sign_in(cast.editor).get("/rankings/")))


def test_the_long_name_of_a_school_is_there_in_full(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    from quiz.regions.models import School

    with app.app_context():
        db.session.get_one(School, cast.school_b).name = LONG_SCHOOL
        arena = make_arena(db.session, cast, clock.now())
        fill(arena, cast)
        public_id = arena.tally()
    assert f"{LONG_SCHOOL} 格尔木市" in names(sign_in(cast.province), f"/rankings/{public_id}/manage?level=school")
