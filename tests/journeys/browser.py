"""A real Chromium before the real application: a server in a thread, and pages signed in as members of the cast.

The browser comes from CHROMIUM_PATH (default /usr/bin/chromium); without one the tests are skipped. While it runs,
Playwright's event loop occupies the test's thread and Flask refuses to end an application context there, so a test
reads and writes the database through ``aside``.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from werkzeug.serving import make_server

from quiz import clock
from tests.signin import sign_in_as

CHROMIUM = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
PHONE: ViewportSize = {"width": 360, "height": 780}
COMPUTER: ViewportSize = {"width": 1366, "height": 768}
HALL: ViewportSize = {"width": 1920, "height": 1080}

#: ``enter(user_id)`` gives a new device on which that user is signed in.
Enter = Callable[..., BrowserContext]


Result = TypeVar("Result")


def aside(step: Callable[[], Result]) -> Result:
    """Run a step that needs an application context, in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(step).result()


def picture(page: Page, name: str) -> None:
    """With SHOTS set to a folder, the page as a picture in it: for the documentation, and to look at."""
    if folder := os.environ.get("SHOTS"):
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture
def chromium(app: Flask) -> Iterator[Browser]:
    """A browser, started once the database has been put in place."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application on a free port; gives its address."""
    running = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def enter(app: Flask, chromium: Browser, server: str) -> Iterator[Enter]:
    """Open devices; they are closed at the end of the test."""
    opened: list[BrowserContext] = []

    def device(user_id: int, **options: object) -> BrowserContext:
        context = chromium.new_context(
            base_url=server, locale="zh-CN", timezone_id="Asia/Shanghai", **{"viewport": PHONE, **options}
        )
        opened.append(context)
        sign_in_on(app, context, user_id, server)
        return context

    yield device
    for context in opened:
        context.close()


def sign_in_on(app: Flask, context: BrowserContext, user_id: int, server: str) -> None:
    """Put a new login of the user into the device's cookies."""
    client = aside(lambda: sign_in_as(app, user_id, clock.now()))
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server}])
