"""A roster is previewed, confirmed once and written whole; repeated, it changes nothing."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts.models import Enrolment, LoginSession, User
from quiz.accounts.roster import apply, services
from quiz.accounts.roster.models import ImportStatus, RosterImport
from quiz.audit.models import AuditEntry
from quiz.db import db
from quiz.jobs.models import Job
from quiz.jobs.services import MAX_TRIES
from quiz.jobs.worker import run_due_jobs
from quiz.operations.retention.rules import Kind
from quiz.regions.models import SchoolClass
from tests.cast import Cast
from tests.factories.retention import erase_due
from tests.integration.accounts.roster.upload import ROSTER, confirm, preview, roster, send, upload
from tests.pages import page, post, text_of
from tests.sheets import csv_file, xls_file, xlsx_file

SignIn = Callable[[int], FlaskClient]


def test_a_whole_school_from_upload_to_the_slips(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    rows = [
        ["20240101", "卓玛", "初二(2)班"],  # moved
        ["20240102", "李鸣", "初二1班"],  # renamed
        ["20240103", "欧阳小雪", "八年级1班"],  # as before
        ["20240104", "张䶮", "八（一）班"],  # new; 王芳 is missing
        ["20230101", "才让·多杰", "初三1班"],  # new, in a new class
    ]
    address = upload(app, client, cast.school_a, rows)
    shown = text_of(preview(client, address))
    assert "新增 2 人，转班 1 人，改动 1 人" in shown
    assert "新建 1 个班" in shown
    before = roster(app, cast.school_a)
    assert confirm(client, address).status_code == 303
    done = page(client.get(address))
    assert "全部写入" in text_of(done)
    assert done.select_one(f'a[href="/classes/{cast.class_a1}/pupils"]')
    after = roster(app, cast.school_a)
    assert after["20240101"] == ("卓玛", cast.class_a2)
    assert after["20240102"] == ("李鸣", cast.class_a1)
    assert after["20240104"] == ("张䶮", cast.class_a1)
    assert after["20240201"] == before["20240201"], "a missing pupil stays unless the box is ticked"
    with app.app_context():
        fresh = db.session.scalar(sa.select(User).where(User.name == "张䶮"))
        assert fresh is not None
        assert fresh.secret_hash is None
        row = db.session.scalar(sa.select(RosterImport).execution_options(populate_existing=True))
        assert row is not None
        assert (row.status, row.rows, row.plan, row.file_data) == (ImportStatus.CONFIRMED, None, None, None)
        entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "roster:import:confirm"))
        assert entry is not None
        assert entry.details["added"] == 2


def test_the_same_file_again_changes_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, ROSTER)
    assert "没有变化" in text_of(preview(client, address).select_one(".empty"))
    rows = [*ROSTER, ["20240301", "赵云", "初二3班"]]
    confirm(client, upload(app, client, cast.school_a, rows))
    again = preview(client, upload(app, client, cast.school_a, rows))
    assert "6 名学生都在" in text_of(again.select_one(".empty"))
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Enrolment)) == 7


@pytest.mark.parametrize("kind", ["gbk", "utf-8-sig", "utf-16", "xls"])
def test_all_formats_reach_the_preview(app: Flask, cast: Cast, sign_in: SignIn, kind: str) -> None:
    client = sign_in(cast.school_admin)
    rows = [["学号", "姓名", "班级"], *ROSTER]
    response = send(client, cast.school_a, xls_file(rows) if kind == "xls" else csv_file(rows, kind), "名册.csv")
    waiting = page(client.get(response.location))
    assert waiting.select_one("[data-poll]")
    run_due_jobs(app)
    assert "查看预览" in client.get(f"{response.location}/progress").text
    assert "没有变化" in text_of(preview(client, response.location))


def test_missing_pupils_leave_when_the_box_is_ticked_and_come_back_with_their_account(
    app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    pupil = sign_in(cast.zhuoma)
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, ROSTER[1:])
    assert "转出后不能登录" in text_of(preview(client, address))
    confirm(client, address, remove_missing="y")
    assert "20240101" not in roster(app, cast.school_a)
    assert "20220101" in roster(app, cast.school_a)
    with app.app_context():
        revoked = sa.select(LoginSession.revoked_at).where(LoginSession.user_id == cast.zhuoma)
        assert db.session.scalar(revoked) is not None
    assert pupil.get("/").status_code in {200, 302}
    confirm(client, upload(app, client, cast.school_a, ROSTER))
    with app.app_context():
        places = db.session.scalars(sa.select(Enrolment).where(Enrolment.user_id == cast.zhuoma)).all()
        assert [place.ended_at is None for place in sorted(places, key=lambda place: place.id)] == [False, True]


def test_wrong_rows_stop_the_whole_import(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    rows = [
        ["20240104", "赵云", "初二1班"],
        [510107200801011300, "李敏", "初二1班"],
        ["20240105", "", "初二1班"],
        ["20240106", "钱进", "高一1班"],
        ["20240107", "孙亮", "初二1班"],
        ["20240107", "孙良", "初二1班"],
    ]
    address = upload(app, client, cast.school_a, rows)
    soup = preview(client, address)
    assert "有 5 行写错" in text_of(soup)
    assert soup.select_one("input[name=digest]") is None
    wrong = [text_of(line) for line in soup.select("tr.has-error")]
    assert "第 3 行" in wrong[0]
    assert "改成文本格式后重新填写" in wrong[0]
    assert "班级“高一1班”" in wrong[2]
    assert "第 7 行也是这个学号" in wrong[3]
    with app.app_context():
        digest = db.session.scalar(sa.select(RosterImport.plan_digest))
    refused = post(client, f"{address}/confirm", {"digest": digest}, via=address)
    page(refused, 422)
    assert len(roster(app, cast.school_a)) == 5
    assert "有 5 行写错" in text_of(preview(client, address)), "still to be looked at"


def test_a_failure_in_the_middle_writes_nothing(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, [*ROSTER, ["20240301", "赵云", "初二3班"]])
    with app.app_context():
        before = db.session.scalar(sa.select(sa.func.count()).select_from(User))

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(apply, "_enrol", killed)
        with pytest.raises(KeyboardInterrupt):
            confirm(client, address)
    with app.app_context():
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == before
        assert db.session.scalar(sa.select(SchoolClass.id).where(SchoolClass.name == "3班")) is None
        assert db.session.scalar(sa.select(RosterImport.status)) == ImportStatus.READY
    confirm(client, address)
    assert "20240301" in roster(app, cast.school_a)


def test_a_school_that_changed_after_the_preview_is_shown_again(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, [*ROSTER, ["20240104", "赵云", "初二1班"]])
    old = preview(client, address).select_one("input[name=digest]")
    assert old is not None
    with app.app_context():
        db.session.execute(sa.update(User).where(User.id == cast.liming).values(name="李名"))
        db.session.commit()
    response = post(client, f"{address}/confirm", {"digest": old["value"]}, via=address)
    shown = text_of(page(client.get(response.location)))
    assert "又有了变化" in shown
    assert "新增 1 人，转班 0 人，改动 1 人" in shown
    assert "20240104" not in roster(app, cast.school_a)
    confirm(client, address)
    assert roster(app, cast.school_a)["20240102"][0] == "李明"


def test_files_that_cannot_be_read_are_refused_with_a_remedy(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    at_once = page(send(client, cast.school_a, b"%PDF-1.7", "名册.xlsx"), 422)
    assert "不是表格文件" in text_of(at_once.select_one(".error-summary"))
    assert "是空的" in text_of(page(send(client, cast.school_a, b""), 422))
    later = upload_bytes(app, client, cast.school_a, xlsx_file([["学号", "姓名", "班级"], *ROSTER])[:900])
    assert "不完整或已经损坏" in text_of(page(client.get(later)))
    wrong = upload_bytes(app, client, cast.school_a, csv_file([["序号", "姓名"], ["1", "李明"]], "gbk"))
    assert "没有找到这些列：学号、班级" in text_of(page(client.get(wrong)))


def upload_bytes(app: Flask, client: FlaskClient, school_id: int, data: bytes) -> str:
    address = str(send(client, school_id, data).location)
    run_due_jobs(app)
    return address


def test_an_import_given_up_keeps_nothing(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, [*ROSTER, ["20240104", "赵云", "初二1班"]])
    post(client, f"{address}/discard", via=address)
    assert "已经放弃" in text_of(page(client.get(address)))
    with app.app_context():
        row = db.session.scalar(sa.select(RosterImport))
        assert row is not None
        assert (row.rows, row.plan) == (None, None)


def test_the_template_can_be_filled_in_and_imported(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    template = client.get(f"/roster/schools/{cast.school_a}/template.xlsx")
    address = upload_bytes(app, client, cast.school_a, template.data)
    assert "新增 2 人" in text_of(preview(client, address))


def test_control_characters_stay_in_the_file(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    rows = [["20240104", "张\x0b䶮", "八（一）\x1f班"], ["20230101", "Anna\nLee", "\u2028初三\x1b实验班"]]
    address = upload(app, client, cast.school_a, rows)
    preview(client, address)
    assert confirm(client, address).status_code == 303
    with app.app_context():
        names = set(db.session.scalars(sa.select(User.name)))
        assert {"张䶮", "Anna Lee"} <= names
        texts = [*names, *db.session.scalars(sa.select(SchoolClass.name))]
        assert all(text.isprintable() for text in texts), texts


def test_names_cannot_run_anything_on_the_page(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    address = upload(app, client, cast.school_a, [["1", "<script>alert(1)</script>", "初二<b>班"]])
    soup = preview(client, address)
    assert "<script>alert(1)</script>" in text_of(soup)


def test_a_preview_that_was_given_up_says_so_and_is_asked_for_no_more(
    app: Flask, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: object) -> None:
        raise RuntimeError("boom")

    client = sign_in(cast.school_admin)
    address = str(send(client, cast.school_a, xlsx_file([["学号", "姓名", "班级"], *ROSTER])).location)
    monkeypatch.setattr(services, "read_roster", breaks)
    for _ in range(MAX_TRIES):
        assert page(client.get(address)).select_one("[data-poll]"), "it may still succeed"
        run_due_jobs(app)
        with app.app_context():
            db.session.execute(sa.update(Job).values(run_at=clock.now()))
            db.session.commit()
    soup = page(client.get(address))
    assert soup.select_one("[data-poll]") is None
    assert "没有读成" in text_of(soup)
    assert soup.select_one(f"a.button[href='/roster/schools/{cast.school_a}']")
    assert "查看结果" in client.get(f"{address}/progress").text
    assert "没有读成" in text_of(page(client.get(f"/roster/schools/{cast.school_a}")))
    with app.app_context():
        erase_due(db.session, Kind.ROSTER_IMPORTS, clock.now())
        row = db.session.query(RosterImport).one()
        assert row.file_data is None, "nobody will read it any more"
        assert row.status == ImportStatus.QUEUED
