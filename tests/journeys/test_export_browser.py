"""Buttons in a real browser: an export stays alive, however often it is pressed; what asks first names what it does."""

import pytest
from flask import Flask
from playwright.sync_api import Download, expect

from quiz import clock
from quiz.audit.models import AuditEntry
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import make_contest, take
from tests.journeys.browser import COMPUTER, Enter, aside, chromium, enter, server

__all__ = ["chromium", "enter", "server"]  # fixtures

pytestmark = pytest.mark.browser


@pytest.fixture
def report(app: Flask, cast: Cast) -> str:
    """The address of the report of class A1, in which 卓玛 has handed in."""

    def prepare() -> str:
        with app.app_context():
            now = clock.now()
            contest = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now)
            take(db.session, contest, cast.zhuoma, right=4, now=now, seconds=0)
            db.session.commit()
            return f"/desk/contests/{contest.public_id}/classes/{cast.class_a1}"

    return aside(prepare)


def test_an_export_pressed_twice_and_again_later(app: Flask, cast: Cast, enter: Enter, report: str) -> None:
    page = enter(cast.teacher, viewport=COMPUTER).new_page()
    files: list[Download] = []
    page.on("download", lambda file: files.append(file))
    page.goto(report)
    button = page.get_by_role("button", name="导出 Excel")
    with page.expect_download() as first:
        button.dblclick()
    assert first.value.suggested_filename.endswith("班级报告.xlsx")
    expect(button).to_be_enabled(timeout=8_000)
    with page.expect_download():
        button.click()
    with page.expect_download() as other:
        page.get_by_role("button", name="导出 CSV").click()
    assert other.value.suggested_filename.endswith("班级报告.csv")
    assert page.url.endswith(report)
    assert len(files) == 3, "a double click is one export"

    def noted() -> int:
        with app.app_context():
            return db.session.query(AuditEntry).filter_by(action="report:class:export").count()

    assert aside(noted) == 3


def test_the_question_names_the_act_and_is_red_only_where_the_button_is(
    app: Flask, cast: Cast, enter: Enter, report: str
) -> None:
    page = enter(cast.school_admin, viewport=COMPUTER).new_page()
    for address, words, kind in (
        (report.partition("/classes/")[0], "取消比赛", "danger"),
        (f"/classes/{cast.class_a1}/pupils", "打印全班登录条", "primary"),
    ):
        page.goto(address)
        page.get_by_role("button", name=words).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("button")).to_have_text(["返回", words])
        expect(dialog.get_by_role("button", name=words)).to_have_class(f"button button--{kind}")
        dialog.get_by_role("button", name="返回").click()
        expect(dialog).to_have_count(0)
