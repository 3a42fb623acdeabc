"""Control characters in texts: taken out of what is sent; what was stored with them still goes out as whole files."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from quiz.accounts.models import User
from quiz.awards.models import AwardTier
from quiz.contests.models import Contest
from quiz.contests.notices.models import ContestNotice
from quiz.db import db
from quiz.items.editing.models import ItemDraft
from quiz.regions.models import Region
from tests.cast import Cast
from tests.integration.awards.scene import Scene, make_scene
from tests.pages import page, post

SignIn = Callable[[int], FlaskClient]
ODD = "六二六\n竞\x0b赛\u2028甲\ufffe"


@pytest.fixture
def scene(app: Flask, cast: Cast) -> Scene:
    """A finished contest of a region."""
    return make_scene(app, cast)


def stored(app: Flask, model: Any) -> Any:
    with app.app_context():
        return db.session.query(model).one()


def test_a_title_becomes_one_line(app: Flask, cast: Cast, sign_in: SignIn, scene: Scene) -> None:
    client, path = sign_in(cast.province), f"/desk/contests/{scene.public_id}/text"
    assert post(client, path, {"title": " 六二六\r\n竞\x0b赛\u2028\t甲\x85"}).status_code == 303
    assert stored(app, Contest).title == "六二六 竞 赛 甲"


def test_a_text_keeps_breaks_and_tabs_alone(app: Flask, cast: Cast, sign_in: SignIn, scene: Scene) -> None:
    client, path = sign_in(cast.province), f"/desk/contests/{scene.public_id}/notices"
    text = "一\r\n二\r三\u2028四\u2029五\t六\x0b七\x1b\x7f "
    assert post(client, path, {"title": "甲", "text": text}).status_code == 303
    assert stored(app, ContestNotice).text == "一\n二\n三\n四\n五\t六七"


def test_rows_of_a_form_are_cleaned_too(app: Flask, cast: Cast, sign_in: SignIn, scene: Scene) -> None:
    client, path = sign_in(cast.province), f"{scene.path}/tiers"
    row = {"tier_id": "0", "name": "一等\x0b奖", "kind": "pupil", "group": "", "way": "quota", "amount": "1"}
    data = {f"rows-0-{name}": value for name, value in row.items()}
    shared = {"issuers": "甲\r\n乙\x0b", "serial_prefix": "QH-2026", "verify_address": "https://a.example/verify"}
    assert post(client, path, data | shared).status_code == 303
    assert stored(app, AwardTier).name == "一等 奖"


@pytest.mark.parametrize(
    ("kind", "row"),
    [("single", "rows-0-text"), ("ordering", "steps-0"), ("matching", "pairs-0-left"), ("blank", "blanks-0")],
)
def test_rows_of_an_item_are_cleaned_too(app: Flask, cast: Cast, sign_in: SignIn, kind: str, row: str) -> None:
    client = sign_in(cast.editor)
    path = post(client, "/items/drafts/new", {"kind": kind}).location
    revision = page(client.get(path)).select_one("input[name=revision]")
    assert revision is not None
    data = {"revision": str(revision["value"]), "stem": "甲____\x0b乙", "pairs-0-right": "丁", row: "说\x0b不"}
    assert post(client, path, data).status_code == 303
    content = str(stored(app, ItemDraft).content)
    assert "甲____乙" in content and "说 不" in content


@pytest.fixture
def odd(app: Flask, cast: Cast, scene: Scene) -> Scene:
    """Texts as they were stored before anything was taken out of them."""
    with app.app_context():
        db.session.get_one(Contest, scene.contest_id).title = ODD
        db.session.get_one(User, cast.liming).name = "李\x0b明"
        db.session.get_one(Region, "630100").name = "西宁\x1b市\ufffe\n甲"
        db.session.commit()
    return scene


def sent(client: FlaskClient, path: str) -> bytes:
    """The file behind a button."""
    reply = post(client, path, via="/")
    assert reply.status_code == 200, reply.text[:200]
    assert "attachment" in reply.headers["Content-Disposition"]
    return reply.data


def cells(data: bytes) -> list[Any]:
    """Every cell of a workbook."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]


def test_bulletins_go_out_whole(cast: Cast, sign_in: SignIn, odd: Scene) -> None:
    client, path = sign_in(cast.province), f"/desk/contests/{odd.public_id}/bulletin"
    document = Document(io.BytesIO(sent(client, f"{path}.docx")))
    assert any("六二六 竞 赛 甲" in one.text for one in document.paragraphs)
    assert any("西宁 市 甲" in one.text for one in document.tables[0].columns[0].cells)
    pages = PdfReader(io.BytesIO(sent(client, f"{path}.pdf"))).pages
    assert "六二六" in pages[0].extract_text()
    assert any("西宁市\n甲" in str(one) for one in cells(sent(client, f"{path}.xlsx")))


def test_tables_go_out_whole(cast: Cast, sign_in: SignIn, odd: Scene) -> None:
    client, path = sign_in(cast.teacher), f"/desk/contests/{odd.public_id}/classes/{cast.class_a1}"
    assert "李明" in cells(sent(client, f"{path}/report.xlsx"))
    assert "李" in sent(client, f"{path}/pupils.csv").decode("utf-8-sig")


def test_certificates_are_printed_whole(cast: Cast, sign_in: SignIn, odd: Scene) -> None:
    odd.set_tiers()
    odd.issue()
    client = sign_in(cast.liming)
    shown = BeautifulSoup(client.get("/certificates/").text, "html.parser")  # with the characters: no valid page
    link = shown.select_one("a[href$='.pdf']")
    assert link is not None
    text = PdfReader(io.BytesIO(client.get(str(link["href"])).data)).pages[0].extract_text()
    assert "李明" in "".join(text.split())
