"""What the story stands on: a clock that can be moved on, phones in a real browser, visitors without script, the worker."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from quiz import clock
from quiz.jobs.worker import run_due_jobs, run_periodic
from tests.journeys.browser import PHONE, aside
from tests.journeys.visitor import Visitor

PATIENCE = 30_000  # milliseconds


class Clock:
    """The time of the story: the real one with an offset, or standing still."""

    def __init__(self) -> None:
        self.real, self.offset = clock.now, timedelta(0)
        self.stopped_at: datetime | None = None

    def now(self) -> datetime:
        return self.stopped_at or self.real() + self.offset

    def stop(self) -> datetime:
        """Let it stand still, so that seconds are exact."""
        self.stopped_at = self.now()
        return self.stopped_at

    def put(self, moment: datetime) -> None:
        """Stand still at a moment."""
        self.stopped_at = moment

    def go_on_from(self, moment: datetime) -> None:
        """Run again, from a moment on."""
        self.stopped_at, self.offset = None, moment - self.real()


class Stage:
    """Devices and the worker of one story."""

    def __init__(self, app: Flask, browser: Browser, server: str, story_clock: Clock) -> None:
        self.app, self.browser, self.server, self.clock = app, browser, server, story_clock
        self.script_errors: list[str] = []
        self.opened: list[BrowserContext] = []

    def device(self, size: ViewportSize = PHONE) -> Page:
        """A phone, or something larger, on which nobody has signed in, at the front page."""
        context = self.browser.new_context(
            base_url=self.server, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(PATIENCE)
        self.opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        page.goto("/")
        return page

    def visitor(self) -> Visitor:
        """The same without script."""
        context = self.browser.new_context(base_url=self.server, locale="zh-CN")
        self.opened.append(context)
        return Visitor(context.request)

    def work(self) -> None:
        """What the worker does in the next moments: duties, then jobs that are due."""
        aside(lambda: run_periodic(self.app, {}, 0.0))
        aside(lambda: run_due_jobs(self.app))


@pytest.fixture
def stage(app: Flask, chromium: Browser, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The stage; script errors on any page fail the test."""
    expect.set_options(timeout=PATIENCE)
    story_clock = Clock()
    monkeypatch.setattr(clock, "now", story_clock.now)
    found = Stage(app, chromium, server, story_clock)
    yield found
    for context in found.opened:
        context.close()
    expect.set_options(timeout=5_000)
    assert found.script_errors == []


def sign_in_staff(page: Page, username: str, password: str) -> None:
    """From the front page to the overview."""
    page.get_by_role("link", name="教师与组织者登录").click()
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="总览")).to_be_visible()


def go_to(page: Page, label: str) -> None:
    """Take an entry of the staff's menu on a phone."""
    page.locator(".menu > summary").click()
    page.get_by_role("navigation", name="主导航（手机）").get_by_role("link", name=label, exact=True).click()


def open_board(page: Page, level: str) -> None:
    """Take a tab of the boards."""
    tabs = page.get_by_role("navigation", name="排名对象")
    tabs.get_by_role("link", name=level).click()
    expect(tabs.locator("[aria-current=page]")).to_have_text(level)


def numbers(page: Page) -> dict[str, str]:
    """The big figures of a page by their labels."""
    rows = page.locator(".stat").all()
    return {row.locator(".stat__label").inner_text(): row.locator(".stat__value").inner_text() for row in rows}


def table(page: Page) -> list[list[str]]:
    """The cells of the page's table as they are read."""
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim().replace(/\\s+/g, ' ')))"
    found: list[list[str]] = page.locator("main table tbody tr").evaluate_all(script)
    return found
