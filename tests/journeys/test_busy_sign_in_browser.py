"""So many sign in at once that one has to wait: the page says so and sends the form again by itself."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from quiz.accounts import secrets
from quiz.accounts.secrets import HashGate
from tests.cast import PIN, Cast
from tests.journeys.browser import PHONE, chromium, server

__all__ = ["chromium", "server"]  # fixtures

pytestmark = pytest.mark.browser


def test_a_pupil_who_must_wait_gets_in_without_pressing_again(
    app: Flask, cast: Cast, chromium: Browser, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = HashGate(slots=1, waiting=0, patience_seconds=5)
    monkeypatch.setattr(secrets, "gate", line)
    page = chromium.new_context(base_url=server, viewport=PHONE, locale="zh-CN").new_page()
    page.goto("/sign-in?school=6301030001")
    page.get_by_label("学号").fill("20240101")
    page.get_by_label("口令").fill(PIN)
    with line.entered():
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("现在登录的人很多")
        expect(page.get_by_role("status").filter(has_text="几秒后会自动再试")).to_be_visible()
        expect(page.get_by_label("口令")).to_have_value(PIN)
    expect(page.get_by_role("heading", level=1)).to_have_text("今天", timeout=20_000)
