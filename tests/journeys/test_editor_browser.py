"""An item from the editor's desk to the pupils, in a real browser: written with a live preview, checked by two others."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from quiz.accounts.models import Role, RoleGrant
from quiz.db import db
from quiz.items.editing.models import ItemDraft
from quiz.items.models import Item
from tests.cast import CREATED, Cast
from tests.journeys.browser import COMPUTER, PHONE, Enter, aside, chromium, enter, picture, server

__all__ = ["chromium", "enter", "server"]  # fixtures
pytestmark = pytest.mark.browser
PATIENCE = 20_000
STEM = "宿舍里，室友拿出一瓶没有标签的饮料，说“喝了不困”。你怎么做最好？"
CHOICES = (
    ("谢过他，不喝，去告诉宿管老师", "best", "不喝，还让大人知道，大家都安全。"),
    ("谢过他，不喝，回到床上去休息", "acceptable", "自己没喝很好，老师知道了更放心。"),
    ("先喝一小口，不舒服就马上停下", "dangerous", "来历不明的东西，一口也可能出事。"),
)


@pytest.fixture
def team(app: Flask, cast: Cast) -> tuple[int, int, int]:
    """An editor and two who may check."""

    def grant() -> None:
        with app.app_context():
            db.session.add(RoleGrant(user_id=cast.province, role=Role.EDITOR, created_at=CREATED))
            db.session.commit()

    aside(grant)
    return cast.editor, cast.admin, cast.province


def write(page: Page) -> None:
    """Fill in a scenario as an editor does, from the top down."""
    page.get_by_label("主题").select_option("refusal/peer-pressure")
    page.get_by_label("题干").fill(STEM)
    for number, (text, grade, reason) in enumerate(CHOICES):
        page.locator(f"[name=rows-{number}-text]").fill(text)
        page.locator(f"[name=rows-{number}-grade]").select_option(grade)
        page.locator(f"[name=rows-{number}-reason]").fill(reason)
    page.locator("[name=rows-2-misconception]").select_option("friends-are-safe")
    page.get_by_label("解析").fill("谢过他，不喝，告诉宿管老师。没有标签的饮料，里面有什么谁也看不出来。")
    for band in ("初中", "高中与中职", "大学与社会"):
        page.get_by_label(band, exact=True).check()
    page.get_by_label("难度").select_option("2")


def check(page: Page, address: str, button: str) -> None:
    """Read an item and confirm the check that is due."""
    page.goto(address)
    expect(page.locator("main")).to_contain_text(CHOICES[0][2])
    page.get_by_label("我读了这道题的每一句话").check()
    page.get_by_role("button", name=button).click()


def test_written_previewed_checked_twice_and_published(app: Flask, enter: Enter, team: tuple[int, int, int]) -> None:
    editor, first, second = team
    errors: list[str] = []
    page = enter(editor, viewport=COMPUTER).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/items/drafts/new")
    page.get_by_label("情景题").check()
    page.get_by_role("button", name="开始写").click()
    write(page)
    preview = page.locator("[data-preview]")
    expect(preview.locator(".question__stem").first).to_contain_text("没有标签的饮料", timeout=PATIENCE)
    expect(preview).to_contain_text("没有出处", timeout=PATIENCE)
    finder = page.get_by_label("找出处")
    finder.fill("fact:JQ-01")
    expect(page.get_by_label("出处", exact=True)).to_have_value("fact:JQ-01")
    expect(finder).to_have_value("")
    expect(preview).to_contain_text("没有发现问题", timeout=PATIENCE)
    picture(page, "editor")
    page.get_by_role("button", name="保存并送审").click()
    page.wait_for_url("**/items/drafts/")

    def public_id() -> str:
        with app.app_context():
            return db.session.query(ItemDraft).one().public_id

    address = f"/items/drafts/{aside(public_id)}"
    page.goto(address)
    expect(page.get_by_text("要由别人来核对")).to_be_visible()
    assert page.get_by_role("button", name="事实无误，通过").count() == 0

    checker = enter(first, viewport=COMPUTER).new_page()
    checker.goto("/items/drafts/?stage=source_check")
    picture(checker, "review-queue")
    checker.goto(address)
    picture(checker, "review")
    checker.get_by_role("button", name="事实无误，通过").click()
    expect(checker.locator(".error-summary")).to_be_visible()  # nobody confirms without saying that they read
    check(checker, address, "事实无误，通过")
    checker.goto(address)
    expect(checker.get_by_text("安全核对要由另一个人来做")).to_be_visible()

    other = enter(second, viewport=PHONE).new_page()
    check(other, address, "可以给学生看，通过并发布")
    assert other.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    def published() -> str:
        with app.app_context():
            return db.session.query(Item).filter(Item.is_local).one().id

    page.goto(f"/items/{aside(published)}")
    expect(page.locator("main")).to_contain_text(STEM)
    expect(page.get_by_text("可以，但还不够好")).to_be_visible()
    assert errors == []


def test_leaving_with_unsaved_words_asks_first(enter: Enter, team: tuple[int, int, int]) -> None:
    page = enter(team[0], viewport=COMPUTER).new_page()
    page.goto("/items/drafts/new")
    page.get_by_label("判断题").check()
    page.get_by_role("button", name="开始写").click()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("题干").fill("一句还没有保存的话")
    with page.expect_event("dialog", timeout=PATIENCE):
        page.evaluate("() => { setTimeout(() => location.assign('/items/'), 0) }")
    assert asked == ["beforeunload"]
    expect(page.get_by_label("题干")).to_have_value("一句还没有保存的话")
