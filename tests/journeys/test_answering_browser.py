"""The answering page in a real browser: keys, lost connections, reloads, other devices, time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route, expect

from quiz import clock
from quiz.accounts.models import LoginSession
from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt, ItemResponse
from quiz.db import db
from tests.cast import Cast
from tests.factories import sittings
from tests.journeys.browser import COMPUTER, Enter, aside, chromium, enter, server, sign_in_on

__all__ = ["chromium", "enter", "server"]  # fixtures

pytestmark = pytest.mark.browser
PATIENCE = 20_000  # milliseconds; a retry may wait some seconds


@pytest.fixture
def attempt(app: Flask, cast: Cast) -> Attempt:
    """卓玛's open attempt of five items: three single, one multiple, one true or false."""
    now = clock.now()

    def begin() -> Attempt:
        with app.app_context():
            window = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=1)}
            sitting = sittings.make_sitting(db.session, **window)
            found = sittings.start(db.session, sitting, cast.zhuoma, now)
            db.session.commit()
            return found

    return aside(begin)


@pytest.fixture
def phone(enter: Enter, cast: Cast, attempt: Attempt) -> BrowserContext:
    """卓玛's phone."""
    return enter(cast.zhuoma)


@pytest.fixture
def paper(phone: BrowserContext, attempt: Attempt) -> Iterator[Page]:
    """The answering page on the phone; script errors fail the test."""
    errors: list[str] = []
    page = phone.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    go(page, attempt)
    yield page
    assert errors == []


def go(page: Page, attempt: Attempt, part: str = "") -> None:
    page.goto(f"/attempts/{attempt.public_id}{part}")
    expect(page.locator("body.is-scripted")).to_be_attached()


def expect_saved(page: Page, count: int) -> None:
    expect(page.locator(".save-state")).to_have_text(f"已保存 {count}/5", timeout=PATIENCE)
    expect(page.locator("[data-state=saved]")).to_be_attached()


def stored(app: Flask, attempt: Attempt) -> list[tuple[int, int, list[str]]]:
    """The answer log: (seq, position, choices)."""

    def read() -> list[tuple[int, int, list[str]]]:
        with app.app_context():
            rows = db.session.query(ItemResponse).filter_by(attempt_id=attempt.id).order_by(ItemResponse.id)
            return [(row.seq, row.position, row.choices) for row in rows]

    return aside(read)


def change(app: Flask, attempt: Attempt, **values: object) -> None:
    """Change the attempt's row behind the page's back."""

    def write() -> None:
        with app.app_context():
            row = db.session.get_one(Attempt, attempt.id)
            for name, value in values.items():
                setattr(row, name, value)
            db.session.commit()

    aside(write)


def sign_out(app: Flask, user_id: int) -> None:
    def expire() -> None:
        with app.app_context():
            db.session.query(LoginSession).filter_by(user_id=user_id).update({"revoked_at": clock.now()})
            db.session.commit()

    aside(expire)


def chosen(page: Page, position: int) -> list[str]:
    inputs = page.locator(f"#q-{position} .choice__input:checked").all()
    return sorted(str(one.get_attribute("value")) for one in inputs)


def test_the_whole_paper_by_keyboard(app: Flask, paper: Page, attempt: Attempt) -> None:
    for key in ("a", "2", "B"):
        paper.keyboard.press(key)
        paper.keyboard.press("ArrowRight")
    for key in ("a", "b", "ArrowRight", "1"):
        paper.keyboard.press(key)
    expect_saved(paper, 5)
    assert len(queries_answers(app, attempt)[4]) == 2
    paper.keyboard.press("Enter")
    paper.wait_for_url("**/confirm")
    expect(paper.get_by_text("每一题都答了")).to_be_visible()
    paper.get_by_role("button", name="确认交卷").press("Enter")
    paper.wait_for_url("**/result")
    expect(paper.locator(".score")).to_be_visible()
    assert paper.evaluate("localStorage.length") == 0


def queries_answers(app: Flask, attempt: Attempt) -> dict[int, list[str]]:
    def read() -> dict[int, list[str]]:
        with app.app_context():
            return queries.current_answers(db.session, attempt.id)

    return aside(read)


def test_focus_goes_to_the_question_and_the_order_is_natural(paper: Page) -> None:
    paper.keyboard.press("ArrowRight")
    expect(paper.locator("#stem-2")).to_be_focused()
    names = []
    for _ in range(3):
        paper.keyboard.press("Tab")
        names.append(paper.evaluate("document.activeElement.getAttribute('name') || document.activeElement.innerText"))
    assert names == ["choices", "上一题", "题卡"]
    assert paper.locator("section.question:visible").count() == 1


def test_a_radio_group_is_named_by_its_stem(paper: Page) -> None:
    stem = paper.locator("#stem-1").inner_text()
    expect(paper.get_by_role("group", name=stem)).to_be_visible()
    assert paper.locator("#q-1").get_by_role("radio").count() >= 2


def test_answers_given_without_connection_arrive_once(
    app: Flask, phone: BrowserContext, paper: Page, attempt: Attempt
) -> None:
    paper.keyboard.press("a")
    expect_saved(paper, 1)
    phone.set_offline(True)
    paper.keyboard.press("ArrowRight")
    paper.keyboard.press("b")
    paper.keyboard.press("ArrowRight")
    paper.keyboard.press("a")
    expect(paper.locator(".save-state")).to_have_text("未保存，请保持页面打开")
    expect(paper.get_by_text("网络断开了")).to_be_visible()
    assert len(stored(app, attempt)) == 1
    phone.set_offline(False)
    expect_saved(paper, 3)
    expect(paper.get_by_text("网络断开了")).to_be_hidden()
    assert [(seq, position) for seq, position, _ in stored(app, attempt)] == [(1, 1), (2, 2), (3, 3)]


def test_an_answer_not_yet_sent_survives_a_crash(
    app: Flask, phone: BrowserContext, paper: Page, attempt: Attempt
) -> None:
    phone.set_offline(True)
    paper.keyboard.press("b")
    expect(paper.locator("[data-state=unsaved]")).to_be_attached(timeout=PATIENCE)
    mine = chosen(paper, 1)
    paper.close(run_before_unload=False)
    phone.set_offline(False)
    again = phone.new_page()
    go(again, attempt)
    expect_saved(again, 1)
    assert chosen(again, 1) == mine == queries_answers(app, attempt)[1]


def test_a_lost_reply_does_not_double_the_answer(app: Flask, paper: Page, attempt: Attempt) -> None:
    lost, held = [], []
    is_seen = False

    def lose_once(route) -> None:  # type: ignore[no-untyped-def]
        if not lost:
            lost.append(route.fetch())  # the server has stored it, the phone never hears
            route.abort()
        elif is_seen:
            route.continue_()
        else:
            held.append(route)  # on a slow machine the second try would come before anybody looked

    paper.route("**/answers", lose_once)
    paper.keyboard.press("a")
    expect(paper.locator("[data-state=unsaved]")).to_be_attached(timeout=PATIENCE)
    is_seen = True
    for route in held:
        route.continue_()
    expect_saved(paper, 1)
    assert len(stored(app, attempt)) == 1


def test_a_busy_server_is_asked_again(app: Flask, paper: Page, attempt: Attempt) -> None:
    refusals, is_seen = [], False

    def refuse_until_seen(route) -> None:  # type: ignore[no-untyped-def]
        if is_seen and len(refusals) > 1:
            route.continue_()
        else:
            refusals.append(1)
            route.fulfill(status=503, json={"error": 503}, headers={"Retry-After": "1"})

    paper.route("**/answers", refuse_until_seen)
    paper.keyboard.press("a")
    expect(paper.get_by_text("服务器有点忙")).to_be_visible(timeout=PATIENCE)
    is_seen = True
    expect_saved(paper, 1)
    assert len(stored(app, attempt)) == 1


def test_another_device_goes_on_where_the_first_stopped(
    app: Flask, paper: Page, enter: Enter, cast: Cast, attempt: Attempt
) -> None:
    paper.keyboard.press("a")
    expect_saved(paper, 1)
    computer = enter(cast.zhuoma).new_page()
    go(computer, attempt)
    expect(computer.locator("#stem-2")).to_be_visible()
    assert chosen(computer, 1) == chosen(paper, 1)
    computer.keyboard.press("b")
    expect_saved(computer, 2)
    paper.keyboard.press("ArrowRight")
    paper.keyboard.press("ArrowRight")
    paper.keyboard.press("a")  # its number is taken, but nobody touched item 3
    expect_saved(paper, 3)
    assert sorted(queries_answers(app, attempt)) == [1, 2, 3]


def test_of_two_changes_of_one_item_the_stored_one_is_shown(
    app: Flask, paper: Page, enter: Enter, cast: Cast, attempt: Attempt
) -> None:
    computer = enter(cast.zhuoma).new_page()
    go(computer, attempt)
    computer.keyboard.press("b")
    expect_saved(computer, 1)
    paper.keyboard.press("a")
    expect(paper.get_by_text("这道题在别处改过")).to_be_visible()
    expect_saved(paper, 1)
    assert chosen(paper, 1) == chosen(computer, 1) == queries_answers(app, attempt)[1]
    paper.keyboard.press("a")
    expect_saved(paper, 1)
    expect(paper.get_by_text("这道题在别处改过")).to_be_hidden()
    assert chosen(paper, 1) == queries_answers(app, attempt)[1] != chosen(computer, 1)


def test_a_session_that_ran_out_keeps_the_answers_and_asks_to_sign_in(
    app: Flask, phone: BrowserContext, paper: Page, server: str, cast: Cast, attempt: Attempt
) -> None:
    sign_out(app, cast.zhuoma)
    paper.keyboard.press("b")
    expect(paper.get_by_text("登录已过期，作答都还在，请重新登录")).to_be_visible()
    link = paper.get_by_role("link", name="重新登录")
    assert str(link.get_attribute("href")).endswith(f"next=/attempts/{attempt.public_id}")
    sign_in_on(app, phone, cast.zhuoma, server)  # a new cookie, so this page's CSRF token is stale too
    expect_saved(paper, 1)
    expect(link).to_be_hidden()
    assert queries_answers(app, attempt)[1] == chosen(paper, 1)


def test_another_pupil_on_the_same_phone_finds_nothing(
    app: Flask, phone: BrowserContext, paper: Page, server: str, cast: Cast, attempt: Attempt
) -> None:
    phone.set_offline(True)
    paper.keyboard.press("b")
    expect(paper.locator("[data-state=unsaved]")).to_be_attached(timeout=PATIENCE)
    paper.close()
    phone.set_offline(False)

    def other() -> Attempt:
        with app.app_context():
            sitting = queries.get_attempt(db.session, attempt.public_id, cast.zhuoma).sitting
            found = sittings.start(db.session, sitting, cast.liming, clock.now())
            db.session.commit()
            return found

    theirs = aside(other)
    sign_in_on(app, phone, cast.liming, server)
    page = phone.new_page()
    go(page, theirs)
    expect_saved(page, 0)
    assert page.evaluate("Object.keys(localStorage)") == [f"qingyuan.answers.{theirs.public_id}"]


def test_at_zero_the_paper_is_handed_in_with_the_last_answer(
    app: Flask, phone: BrowserContext, attempt: Attempt
) -> None:
    change(app, attempt, deadline_at=clock.now() + timedelta(seconds=8))
    page = phone.new_page()
    go(page, attempt)
    expect(page.get_by_text("最后 1 分钟").first).to_be_visible()
    held: list[Route] = []
    is_seen = False

    def hold(route: Route) -> None:
        """The words stand only until the reply: it waits until they were seen."""
        if is_seen:
            route.continue_()
        else:
            held.append(route)

    page.route("**/submit", hold)
    page.keyboard.press("b")
    expect(page.get_by_role("alert").get_by_text("时间到，正在交卷")).to_be_visible(timeout=PATIENCE)
    is_seen = True
    for route in held:
        route.continue_()
    page.wait_for_url("**/result", timeout=PATIENCE)
    expect(page.locator(".score")).to_be_visible(timeout=PATIENCE)
    assert sorted(queries_answers(app, attempt)) == [1]


def test_at_zero_who_is_signed_out_is_asked_to_sign_in(
    app: Flask, phone: BrowserContext, server: str, cast: Cast, attempt: Attempt
) -> None:
    change(app, attempt, deadline_at=clock.now() + timedelta(seconds=8))
    page = phone.new_page()
    go(page, attempt)
    sign_out(app, cast.zhuoma)
    expect(page.get_by_text("登录已过期，作答都还在，请重新登录")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("link", name="重新登录")).to_be_visible()
    sign_in_on(app, phone, cast.zhuoma, server)  # elsewhere: this page's CSRF token is stale too
    page.wait_for_url("**/result", timeout=PATIENCE)


def test_an_answer_too_many_says_to_hand_in(paper: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "most_saves", lambda _items: 0)
    paper.keyboard.press("b")
    expect(paper.locator("#q-1").get_by_text("已保存的作答都算数，请交卷")).to_be_visible()
    assert chosen(paper, 1) == []


def test_a_paper_closed_by_the_server_says_so(app: Flask, paper: Page, attempt: Attempt) -> None:
    change(app, attempt, deadline_at=clock.now() - timedelta(minutes=1))
    paper.keyboard.press("b")
    expect(paper.get_by_text("时间到，已自动交卷。有 1 题没来得及保存。")).to_be_visible()
    paper.get_by_role("link", name="看成绩").click()
    paper.wait_for_url("**/result")


def test_more_time_from_staff_shows_without_reload(app: Flask, paper: Page, attempt: Attempt) -> None:
    change(app, attempt, deadline_at=clock.now() + timedelta(minutes=50))
    paper.keyboard.press("a")
    expect(paper.locator(".countdown")).to_contain_text("49:")


def test_the_card_leads_to_any_question(paper: Page) -> None:
    paper.keyboard.press("a")
    paper.get_by_role("button", name="做记号").click()
    paper.get_by_role("button", name="题卡").click()
    dialog = paper.get_by_role("dialog", name="题卡")
    expect(dialog.get_by_role("link", name="第 1 题，已答，有记号")).to_be_focused()
    dialog.get_by_role("link", name="第 4 题，未答").click()
    expect(dialog).to_be_hidden()
    expect(paper.locator("#stem-4")).to_be_focused()
    paper.reload()
    expect(paper.locator("#stem-4")).to_be_visible()


def test_handing_in_waits_for_what_is_not_saved(phone: BrowserContext, paper: Page, attempt: Attempt) -> None:
    phone.set_offline(True)
    paper.keyboard.press("a")
    for _ in range(4):
        paper.keyboard.press("ArrowRight")
    paper.get_by_role("button", name="交卷").click()
    expect(paper.get_by_text("还有 1 题没保存，连上网络后再交卷")).to_be_visible()
    phone.set_offline(False)
    expect_saved(paper, 1)
    paper.get_by_role("button", name="交卷").click()
    paper.wait_for_url("**/confirm")
    expect(paper.get_by_text("还有 4 题没答")).to_be_visible()


def test_the_first_page_is_light(phone: BrowserContext, attempt: Attempt) -> None:
    """Bytes before compression; the limits are for what travels compressed (150 KB, of which 60 KB script)."""
    page = phone.new_page()
    sizes: dict[str, int] = {}
    page.on("response", lambda reply: sizes.update({reply.url: len(reply.body())}) if reply.ok else None)
    go(page, attempt)
    page.wait_for_load_state("networkidle")
    scripts = sum(size for url, size in sizes.items() if ".js" in url)
    assert scripts < 60_000
    assert sum(sizes.values()) < 150_000
    assert all(url.startswith(page.url.split("/attempts")[0]) for url in sizes)


def test_on_a_computer_the_card_stands_beside_the_question(enter: Enter, cast: Cast, attempt: Attempt) -> None:
    page = enter(cast.zhuoma, viewport=COMPUTER).new_page()
    go(page, attempt)
    expect(page.get_by_role("button", name="题卡")).to_be_hidden()
    page.get_by_role("navigation", name="题卡").get_by_role("link", name="第 3 题，未答").click()
    expect(page.locator("#stem-3")).to_be_focused()


def test_time_is_announced_each_minute_and_near_the_end(app: Flask, phone: BrowserContext, attempt: Attempt) -> None:
    change(app, attempt, deadline_at=clock.now() + timedelta(seconds=303))
    page = phone.new_page()
    go(page, attempt)
    expect(page.locator("[data-announcer]")).to_have_text("最后 5 分钟", timeout=PATIENCE)
    expect(page.get_by_text("最后 5 分钟").last).to_be_visible()
    change(app, attempt, deadline_at=clock.now() + timedelta(seconds=122))
    page.keyboard.press("a")
    expect(page.locator("[data-announcer]")).to_have_text("还剩 2 分钟", timeout=PATIENCE)


def test_nothing_scrolls_sideways_on_the_narrowest_phone(enter: Enter, cast: Cast, attempt: Attempt) -> None:
    page = enter(cast.zhuoma, viewport={"width": 320, "height": 568}).new_page()
    go(page, attempt)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
