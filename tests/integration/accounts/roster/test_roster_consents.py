"""A roster may say who consented to a full name: previewed, taken once, never against a withdrawal."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.models import User
from quiz.accounts.publication.queries import publishable
from quiz.accounts.roster import services
from quiz.audit.models import AuditEntry
from quiz.db import db
from tests.cast import Cast
from tests.integration.accounts.publication.consents import consent, states
from tests.integration.accounts.roster.upload import HEADINGS, ROSTER, confirm, preview, upload
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
COLUMNS = [*HEADINGS, "是否同意公开姓名（必填）"]


def rows(zhuoma: str = "", liming: str = "", ouyang: str = "") -> list[list[str]]:
    return [[*row, says] for row, says in zip(ROSTER, (zhuoma, liming, ouyang, "", ""), strict=True)]


def test_yes_and_no_are_previewed_and_taken_blank_changes_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    consent(app, cast.ouyang, cast.teacher)
    more = [*rows("是", "否"), ["20240104", "赵云", "初二1班", "同意"]]
    address = upload(app, client, cast.school_a, more, headings=COLUMNS)
    soup = preview(client, address)
    assert "新增 1 人，转班 0 人，改动 2 人" in text_of(soup)
    lines = {text_of(line.select_one("td")): text_of(line) for line in soup.select("tbody tr")}
    assert "没有答复 → 是" in lines["20240101"] and "没有答复 → 否" in lines["20240102"]
    assert states(app, cast.zhuoma) == [], "a preview writes nothing"
    assert confirm(client, address).status_code == 303
    assert "同意公开姓名的答复 3" in text_of(page(client.get(address)))
    assert states(app, cast.zhuoma) == ["agreed roster"] and states(app, cast.liming) == ["refused roster"]
    assert states(app, cast.ouyang) == ["agreed form"]
    with app.app_context():
        fresh = db.session.scalars(sa.select(User.id).where(User.name == "赵云")).one()
        assert publishable(db.session, [cast.zhuoma, cast.liming, fresh]) == {cast.zhuoma, fresh}
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "roster:consent:take")).one()
        assert entry.details == {"agreed": sorted([cast.zhuoma, fresh]), "refused": [cast.liming]}


def test_the_same_file_again_changes_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    confirm(client, upload(app, client, cast.school_a, rows("是", "否"), headings=COLUMNS))
    again = upload(app, client, cast.school_a, rows("是", "否"), headings=COLUMNS)
    assert "没有变化" in text_of(preview(client, again).select_one(".empty"))
    assert states(app, cast.zhuoma) == ["agreed roster"]


def test_the_school_may_change_its_own_file(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    for says in ("是", "否", "是"):
        confirm(client, upload(app, client, cast.school_a, rows(says), headings=COLUMNS))
    assert states(app, cast.zhuoma) == ["agreed roster", "refused roster", "agreed roster"]


@pytest.mark.parametrize(("state", "channel"), [("withdrawn", "pupil"), ("withdrawn", "request"), ("refused", "form")])
def test_an_old_file_does_not_bring_back_what_was_taken_back(
    app: Flask, cast: Cast, sign_in: SignIn, state: str, channel: str
) -> None:
    client = sign_in(cast.school_admin)
    consent(app, cast.zhuoma, cast.teacher, state, channel)
    address = upload(app, client, cast.school_a, rows("是", "是"), headings=COLUMNS)
    soup = page(client.get(f"{address}?kind=warnings"))
    assert "名册里的“是”没有采用" in text_of(soup.select_one("tbody tr"))
    confirm(client, address)
    assert states(app, cast.zhuoma) == [f"{state} {channel}"] and states(app, cast.liming) == ["agreed roster"]


def test_a_withdrawal_between_preview_and_confirmation_stands(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before: the plan is shown again. In the very moment of writing: the write itself looks once more."""
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, rows("是", "是"), headings=COLUMNS)
    field = preview(client, address).select_one("input[name=digest]")
    consent(app, cast.zhuoma, cast.zhuoma, "withdrawn", "pupil")
    reply = post(client, f"{address}/confirm", {"digest": str(field["value"])}, via=address)  # type: ignore[index]
    assert "又有了变化" in text_of(page(client.get(reply.location)))
    take = services.take_roster

    def late(session: object, **values: object) -> int:
        values["says"] = {cast.zhuoma: True, cast.liming: True}  # what a plan made a moment earlier would say
        return take(session, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "take_roster", late)
    confirm(client, address)
    assert states(app, cast.zhuoma) == ["withdrawn pupil"] and states(app, cast.liming) == ["agreed roster"]


def test_a_cell_that_is_neither_stops_the_import(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    soup = preview(client, upload(app, client, cast.school_a, rows("是", "家长没签"), headings=COLUMNS))
    wrong = soup.select("tr.has-error")
    assert len(wrong) == 1 and "同意公开姓名“家长没签”" in text_of(wrong[0]) and "第 3 行" in text_of(wrong[0])
    assert "只认“是”或“否”" in text_of(wrong[0])
    assert states(app, cast.zhuoma) == []


def test_a_roster_without_the_column_shows_none(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, [*ROSTER, ["20240104", "赵云", "初二1班"]])
    assert "同意公开姓名" not in text_of(preview(client, address).select_one("table"))


def test_a_teacher_brings_consents_of_the_own_class_only(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    mine = [row for row in rows("是") if row[0].startswith("202401")]
    confirm(client, upload(app, client, cast.school_a, mine, headings=COLUMNS))
    assert states(app, cast.zhuoma) == ["agreed roster"]
    other = upload(app, client, cast.school_a, [["20240201", "王芳", "初二2班", "是"]], headings=COLUMNS)
    assert preview(client, other).select("tr.has-error")


def test_the_template_has_the_column_and_explains_it(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    import io

    from python_calamine import CalamineWorkbook

    data = sign_in(cast.school_admin).get(f"/roster/schools/{cast.school_a}/template.xlsx").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert "同意公开姓名" in book.get_sheet_by_name("名册").to_python()[0]
    assert any(row[0] == "同意公开姓名" for row in book.get_sheet_by_name("填写说明").to_python())
