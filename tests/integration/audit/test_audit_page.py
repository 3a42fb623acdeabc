"""Administrators read the log: filtered, page by page, in plain words, and as a file."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.audit import rules, views
from quiz.audit.models import AuditEntry
from quiz.clock import LOCAL_ZONE
from quiz.db import db
from tests.cast import Cast
from tests.factories.queries import counted
from tests.integration.audit.entries import log
from tests.pages import csrf_of, page, post, text_of

SignIn = Callable[[int], FlaskClient]


@pytest.fixture
def some(app: Flask, cast: Cast) -> None:
    """Four acts of four kinds."""
    log(app, ("admin:grant:create", cast.admin, "user", cast.teacher), role="teacher", is_new=True)
    log(app, ("pupil:pin:reset", cast.teacher, "user", cast.zhuoma))
    log(app, ("contest:publish", cast.school_admin, "contest", "abc"), closes_at="2026-06-26T10:00:00+00:00")
    log(app, ("region:tree:sync", None, "region", "all"), added=3)


def lines(soup: BeautifulSoup) -> list[str]:
    return [text_of(one) for one in soup.select("ol.audit summary")]


def test_acts_are_told_in_plain_words_newest_first(some: None, cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.admin).get("/audit"))
    found = lines(soup)
    assert [line.split()[0] for line in found] == ["更新地区", "发布比赛", "重置口令", "分配角色"]
    assert "系统" in found[0] and "学校管理员" in found[1] and f"账号 {cast.zhuoma}" in found[2]
    opened = [text_of(one) for one in soup.select("ol.audit dl")]
    assert "角色 教师" in opened[3] and "is_new 是" in opened[3] and "admin:grant:create" in opened[3]
    assert "截止 6月26日 周五 18:00" in opened[1] or "截止 2026年6月26日 周五 18:00" in opened[1]
    assert soup.select("ol.audit details") and "新增 3" in opened[0]


def test_no_pupil_is_named(some: None, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    log(app, ("pupil:consent:withdraw", cast.zhuoma, "user", cast.zhuoma), channel="pupil")
    text = text_of(page(sign_in(cast.admin).get("/audit")))
    assert "卓玛" not in text and "20240101" not in text and f"账号 {cast.zhuoma}" in text


def test_what_has_no_words_is_shown_as_it_was_logged(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    log(app, ("finals:buzzer:undo", cast.admin, "match", "m1"), ruling="x")
    client = sign_in(cast.admin)
    assert "finals:buzzer:undo" in lines(page(client.get("/audit")))[0]
    soup = page(client.get("/audit?action=finals:"))
    assert len(lines(soup)) == 1
    assert soup.select_one("option[value='finals:'][selected]"), "the filter shows what was asked"
    assert soup.select_one("option[value='finals:buzzer:undo']"), "and offers what the log holds"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("action=pupil:", ["重置口令"]), ("action=contest:publish", ["发布比赛"]), ("action=pub", []),
        ("actor=周老师", ["重置口令"]), ("actor=school", ["发布比赛"]), ("actor=%25", []), ("actor=nobody", []),
        ("object_type=region", ["更新地区"]), ("object_id=abc", ["发布比赛"]),
        ("object_type=user&object_id=abc", []), ("action=pupil:&actor=school", []), ("actor=%20", ["更新地区"] * 1),
    ],
)  # fmt: skip
def test_filters_narrow(some: None, cast: Cast, sign_in: SignIn, query: str, shown: list[str]) -> None:
    soup = page(sign_in(cast.admin).get(f"/audit?{query}"))
    found = [line.split()[0] for line in lines(soup)]
    assert found == shown if query != "actor=%20" else len(found) == 4
    if not shown:
        assert "没有符合条件的记录" in text_of(soup.main)


def test_an_actor_is_found_by_number_too(some: None, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.admin)
    assert len(lines(page(client.get(f"/audit?actor={cast.teacher}")))) == 1
    assert len(lines(page(client.get(f"/audit?actor={'9' * 40}")))) == 0


def test_days_are_those_of_china_and_both_count(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    before, first = datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    last, after = datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
    for number, moment in enumerate((before, first, last, after)):
        log(app, ("pupil:pin:reset", cast.teacher, "user", number), at=moment)
    client = sign_in(cast.admin)
    found = lines(page(client.get("/audit?since=2026-03-10&until=2026-03-10")))
    assert [line.split()[2] for line in found] == ["2", "1"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("since=2026-03-11&until=2026-03-10", "结束日期早于开始日期"), ("since=0001-01-01", "2000 年到 2100 年"),
        ("until=9999-12-31", "2000 年到 2100 年"), ("since=gestern", "有效"),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_meant_are_refused(some: None, cast: Cast, sign_in: SignIn, query: str, says: str) -> None:
    soup = page(sign_in(cast.admin).get(f"/audit?{query}"), 422)
    assert says in text_of(soup.select_one(".error-summary")) and not lines(soup)


def test_pages_are_turned_by_keyset_there_and_back(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    log(app, *[("pupil:pin:reset", cast.teacher, "user", number) for number in range(120)])
    log(app, ("contest:publish", cast.admin, "contest", "x"))
    client = sign_in(cast.admin)
    address, seen = "/audit?action=pupil:", []
    while address:
        soup = page(client.get(address))
        seen.append([int(line.split()[2]) for line in lines(soup)])
        link = soup.select_one("a[rel=next]")
        address = str(link["href"]) if link else ""
    assert [len(one) for one in seen] == [50, 50, 20] and sum(seen, []) == list(range(119, -1, -1))
    back = page(client.get(str(soup.select_one("a[rel=prev]")["href"])))  # type: ignore[index]
    assert [int(line.split()[2]) for line in lines(back)] == seen[1]
    assert back.select_one("a[rel=prev]") and back.select_one("a[rel=next]")
    log(app, ("pupil:pin:reset", cast.teacher, "user", 999))
    again = page(client.get(str(back.select_one("a[rel=next]")["href"])))  # type: ignore[index]
    assert [int(line.split()[2]) for line in lines(again)] == seen[2], "new entries move nothing"


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "after=-1",
        f"before={'9' * 30}",
        "before=0",
        "after=99999999",
        "before=9999999999",
        "actor=9999999999",
    ],
)
def test_nonsense_in_the_address_breaks_nothing(some: None, cast: Cast, sign_in: SignIn, query: str) -> None:
    page(sign_in(cast.admin).get(f"/audit?{query}"))


def workbook(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_filtered_entries_go_into_a_file_and_that_is_logged(
    some: None, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.admin)
    soup = page(client.get("/audit?action=pupil:"))
    form = soup.select_one("form[action='/audit/log.xlsx']")
    assert form is not None
    data = {str(one["name"]): str(one["value"]) for one in form.select("input[name]")}
    sheets = workbook(client.post("/audit/log.xlsx", data=data).data)
    rows = sheets["审计日志"]
    assert len(rows) == 2 and rows[1][3:8] == ["周老师", "重置口令", "pupil:pin:reset", "user", str(cast.zhuoma)]
    assert ["做了什么", "pupil:"] in sheets["说明"]
    with app.app_context():
        entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.actor_id) == ("system:audit:export", cast.admin)
        assert entry.details == {"rows": 1, "filter": {"action": "pupil:"}}


def test_the_file_is_named_after_the_day_where_people_are(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.combine(clock.now().astimezone(LOCAL_ZONE).date(), time(2), LOCAL_ZONE).astimezone(UTC)
    monkeypatch.setattr(clock, "now", lambda: at)  # two in the morning: it is yesterday in UTC
    reply = post(sign_in(cast.admin), "/audit/log.xlsx", via="/audit")
    assert f"-{at.astimezone(LOCAL_ZONE):%Y%m%d}.xlsx" in reply.headers["Content-Disposition"]


def test_a_file_holds_the_newest_and_says_that_there_are_more(
    some: None, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rules.MOST_EXPORTED == 50_000
    monkeypatch.setattr(views, "MOST_EXPORTED", 2)
    sheets = workbook(post(sign_in(cast.admin), "/audit/log.xlsx", via="/audit").data)
    assert [row[4] for row in sheets["审计日志"][1:]] == ["更新地区", "发布比赛"]
    assert "符合条件的共 4 条，只导出最新的 2 条" in str(sheets["说明"])


def test_a_formula_stays_text_and_a_long_list_fits(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    log(app, ("item:status:retire", cast.admin, "item", "=1+1"), reason="=cmd()", changes=list(range(40_000)))
    client = sign_in(cast.admin)
    assert "共 40000 项" in text_of(page(client.get("/audit")).main)
    rows = workbook(post(client, "/audit/log.xlsx", via="/audit").data)["审计日志"]
    assert rows[1][7] == "=1+1" and "=cmd()" in str(rows[1][8])


def test_the_page_costs_the_same_however_many_have_acted(some: None, app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.admin)

    def cost() -> int:
        with counted(app) as statements:
            page(client.get("/audit"))
        return len(statements)

    before = cost()
    for actor in (cast.editor, cast.county, cast.prefecture):
        log(app, *[("pupil:pin:reset", actor, "user", number) for number in range(9)])
    assert cost() == before <= 18


@pytest.mark.parametrize("who", ["editor", "province", "school_admin", "teacher", "zhuoma"])
def test_only_administrators_see_it(some: None, cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(cast, who))
    token = {"csrf_token": csrf_of(client, "/me" if who == "zhuoma" else "/account/password")}
    assert client.get("/audit").status_code == 403
    for address in ("/audit/verify", "/audit/log.xlsx"):
        assert client.post(address, data=token).status_code == 403
    assert "审计日志" not in text_of(page(client.get("/")))


def test_administrators_find_it_in_the_navigation(cast: Cast, sign_in: SignIn) -> None:
    assert page(sign_in(cast.admin).get("/")).select_one("a[href='/audit']")
    assert "还没有记录" in text_of(page(sign_in(cast.admin).get("/audit")).main)


def test_an_empty_page_says_what_will_be_there_and_a_hostile_reason_runs_nothing(
    app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    log(app, ("item:status:retire", cast.admin, "item", "<b>"), reason="<script>alert(1)</script>")
    assert "<script>alert(1)</script>" in text_of(page(sign_in(cast.admin).get("/audit")).main)
