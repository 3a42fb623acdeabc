"""The countdown of a public page in a real browser: by the server's clock, whatever the device thinks, and past the end."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from quiz import clock
from quiz.contests.models import Contest
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import make_contest
from tests.journeys.browser import PHONE, aside, chromium, server

__all__ = ["chromium", "server"]  # fixtures

pytestmark = pytest.mark.browser

A_DAY_OFF = "const real = Date.now.bind(Date); Date.now = () => real() + %d * 86400000;"


def opening_in(app: Flask, cast: Cast, left: timedelta) -> str:
    """The public id of a contest that opens so much later."""

    def made() -> str:
        with app.app_context():
            now = clock.now()
            contest = make_contest(db.session, host="region:630000", by=cast.province, now=now, opens_at=now + left)
            db.session.commit()
            return contest.public_id

    return aside(made)


def seconds_of(text: str) -> int:
    """“2 天 03:04:05” as seconds."""
    found = re.fullmatch(r"(?:(\d+) 天 )?(\d\d):(\d\d):(\d\d)", text.strip())
    assert found, text
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


@pytest.mark.parametrize("days_off", [-1, 1])
def test_a_device_whose_clock_is_a_day_off_counts_right(
    app: Flask, cast: Cast, chromium: Browser, server: str, days_off: int
) -> None:
    public_id = opening_in(app, cast, timedelta(days=2))
    page = chromium.new_context(base_url=server, viewport=PHONE, locale="zh-CN").new_page()
    page.add_init_script(A_DAY_OFF % days_off)
    page.goto(f"/c/{public_id}")
    ticks = page.locator("[data-count]")
    expect(ticks).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    left = seconds_of(ticks.inner_text())
    assert timedelta(days=1, hours=23) < timedelta(seconds=left) <= timedelta(days=2)
    first = ticks.inner_text()
    expect(ticks).not_to_have_text(first)  # it ticks


def test_at_the_end_the_page_asks_what_comes_next(app: Flask, cast: Cast, chromium: Browser, server: str) -> None:
    public_id = opening_in(app, cast, timedelta(days=2))
    page = chromium.new_context(base_url=server, viewport=PHONE, locale="zh-CN").new_page()
    page.add_init_script("Math.random = () => 0;")
    page.goto(f"/c/{public_id}")
    expect(page.locator(".public-count__what")).to_contain_text("离开始还有")

    def opened() -> None:
        with app.app_context():
            for group in db.session.query(Contest).one().groups:
                group.sitting.opens_at = clock.now() - timedelta(minutes=1)
            db.session.commit()
        app.extensions["shared_cache"]._kept.clear()  # the page is up to a second old

    aside(opened)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the device woke up
    expect(page.locator(".public-count__what")).to_contain_text("正在进行", timeout=20_000)


def test_without_script_the_sentence_stands(app: Flask, cast: Cast, chromium: Browser, server: str) -> None:
    public_id = opening_in(app, cast, timedelta(days=2))
    context = chromium.new_context(base_url=server, viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/c/{public_id}")
    expect(page.locator("[data-count-plain]")).to_contain_text("1 天 23 小时")
    expect(page.locator("[data-count]")).to_be_hidden()
