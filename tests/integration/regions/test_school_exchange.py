"""Schools go out as spreadsheets and come in again: dry run first, all or none, repeated without effect."""

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quiz import clock
from quiz.db import db
from quiz.regions.models import School
from quiz.regions.services import sync_regions
from quiz.regions.tables import cell_text, read_tables
from tests.cast import Cast
from tests.pages import page, post, text_of
from tests.sheets import csv_file, xlsx_file

SignIn = Callable[[int], FlaskClient]
HEADINGS = ["学校代码", "学校名称", "学校类别", "县（市、区）", "八年级人数"]


def upload(client: FlaskClient, rows: list[list[str | int]], headings: list[str] | None = None) -> BeautifulSoup:
    data = xlsx_file([headings or HEADINGS, *rows])
    return page(post(client, "/schools/import", {"file": (io.BytesIO(data), "学校.xlsx")}))


def confirm(client: FlaskClient, soup: BeautifulSoup) -> TestResponse:
    fields = {field["name"]: field["value"] for field in soup.select('form[action="/schools/import/confirm"] input')}
    return client.post("/schools/import/confirm", data=fields, content_type="multipart/form-data")


def schools(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {code: name for code, name in db.session.execute(sa.select(School.code, School.name))}


def test_adding_and_changing_then_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.province)
    rows: list[list[str | int]] = [
        ["6301030001", "城中区清源学校", "九年一贯制学校", "城中区", 95],
        ["6301040009", "城西区第二中学", "初级中学", "630104", 300],
    ]
    soup = upload(client, rows)
    assert "新增 1 所，更新 1 所" in text_of(soup)
    assert "学校名称： 城中区清源实验学校 → 城中区清源学校" in text_of(soup)
    assert schools(app)["6301030001"] == "城中区清源实验学校", "a dry run writes nothing"
    assert confirm(client, soup).status_code == 303
    assert schools(app) == {
        "6301030001": "城中区清源学校",
        "6301040009": "城西区第二中学",
        "6328010001": "格尔木市昆仑初级中学",
    }
    assert "没有变化" in text_of(upload(client, rows).select_one(".empty"))


def test_a_name_with_control_characters_becomes_one_line(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.province)
    rows: list[list[str | int]] = [["6301040009", "城西区\n第二\x0b中学", "初级\x1f中学", "630104", 300]]
    assert confirm(client, upload(client, rows)).status_code == 303
    assert schools(app)["6301040009"] == "城西区 第二 中学"


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_was_exported_imports_as_no_change(app: Flask, cast: Cast, sign_in: SignIn, ending: str) -> None:
    with app.app_context():
        db.session.execute(sa.update(School).where(School.id == cast.school_b).values(name="=1+1"))
        db.session.commit()
    client = sign_in(cast.admin)
    exported = client.get(f"/schools/export.{ending}")
    assert "filename*=UTF-8''" in exported.headers["Content-Disposition"]
    if ending == "csv":
        assert exported.data.startswith(b"\xef\xbb\xbf")
        assert "'=1+1" in exported.data.decode("utf-8-sig")
    else:
        assert "=1+1" in [cell_text(cell) for row in read_tables(exported.data)[0].rows for cell in row.cells]
    soup = page(post(client, "/schools/import", {"file": (io.BytesIO(exported.data), f"a.{ending}")}))
    assert "没有变化" in text_of(soup.select_one(".empty"))


def test_an_export_holds_only_what_is_asked_and_in_scope(cast: Cast, sign_in: SignIn) -> None:
    assert "昆仑" not in sign_in(cast.prefecture).get("/schools/export.csv").text
    assert "清源" not in sign_in(cast.admin).get("/schools/export.csv?kind=初中").text


def test_wrong_rows_are_named_and_nothing_is_written(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.prefecture)
    before = schools(app)
    soup = upload(
        client,
        [
            ["6301040010", "好学校", "小学", "城西区", ""],
            ["6328010001", "别人的学校", "初中", "城中区", ""],
            ["6301040011", "远方的学校", "初中", "格尔木市", ""],
            ["6301040012", "", "初中", "城西区", ""],
            ["6301040013", "怪学校", "武校", "城西区", ""],
            ["6301040014", "小学", "小学", "城西区", 20],
            ["6301040015", "重", "小学", "城西区", ""],
            ["6301040015", "复", "小学", "城西区", ""],
            [630104001612345678, "丢了末尾", "小学", "城西区", ""],
        ],
    )
    wrong = [text_of(line) for line in soup.select("tr.has-error")]
    assert len(wrong) == 8
    for text, part in zip(
        wrong,
        [
            "已经有学校使用",
            "不归你管理",
            "请填写学校名称",
            "学校类别",
            "没有这个年级",
            "还有一行",
            "还有一行",
            "科学计数",
        ],
        strict=True,
    ):
        assert part in text
    assert "昆仑" not in text_of(soup)
    assert soup.select_one('form[action="/schools/import/confirm"]') is None
    assert schools(app) == before


def test_a_changed_or_forged_confirmation_writes_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.county)
    soup = upload(client, [["6301030009", "新学校", "小学", "城中区", ""]])
    fields = {field["name"]: field["value"] for field in soup.select('form[action="/schools/import/confirm"] input')}
    before = schools(app)
    forged = {**fields, "rows": fields["rows"].replace("城中区", "格尔木市")}
    assert client.post("/schools/import/confirm", data=forged).status_code == 409
    forgeries = ("[", "{}", '[{"line": "x"}]', '[{"line": "2", "id": "1"}]')
    for rows in (*forgeries, f'[{{"line": "{"9" * 5000}"}}]', f"[{'9' * 5000}]", "[" * 100_000):
        assert client.post("/schools/import/confirm", data={**fields, "rows": rows}).status_code == 422
    assert schools(app) == before
    assert confirm(client, soup).status_code == 303
    assert "6301030009" in schools(app)


def test_counties_of_one_name_need_the_prefecture_or_the_code(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        sync_regions(db.session, now=clock.now())
        db.session.commit()
    client = sign_in(cast.admin)
    ambiguous = upload(client, [["1", "某小学", "小学", "朝阳区", ""]])
    assert "请改填六位的地区代码" in text_of(ambiguous.select_one("tr.has-error"))
    headings = [*HEADINGS[:4], "市（州）"]
    assert "新增 1 所" in text_of(upload(client, [["1", "某小学", "小学", "朝阳区", "长春市"]], headings))
    assert "新增 1 所" in text_of(upload(client, [["1", "某小学", "小学", "441900", ""]]))


def test_files_that_are_no_table_of_schools(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.county)
    data = csv_file([["姓名", "学号"], ["李明", "1"]], "gbk")
    soup = page(post(client, "/schools/import", {"file": (io.BytesIO(data), "a.csv")}), 422)
    assert "没有找到这些列：学校代码、学校名称、学校类别、县区" in text_of(soup.select_one(".error-summary"))
    page(post(client, "/schools/import", {}), 422)


def test_the_template_lists_the_counties_of_ones_own_place(cast: Cast, sign_in: SignIn) -> None:
    tables = read_tables(sign_in(cast.prefecture).get("/schools/template.xlsx").data)
    assert [[cell_text(cell) for cell in row.cells][0] for row in tables[1].rows] == ["地区代码", "630103", "630104"]
