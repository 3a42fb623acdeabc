"""Disk full, database locked, away or out of connections: an honest 503, nothing half said, and it heals by itself."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.faults.acts import held_connection, held_writer, limited_app
from tests.faults.databases import Databases
from tests.faults.inside import InsideDevice
from tests.faults.ledger import Ledger
from tests.faults.product import COOKIE, Arena
from tests.faults.pupils import HttpReply, Pupil
from tests.faults.server import Server
from tests.faults.test_kills import check, settle
from tests.journeys.browser import CHROMIUM, PHONE, aside


def assert_honest(reply: HttpReply) -> None:
    """503, when to come back, JSON for scripts, a page for people, and nothing of the inside."""
    assert reply.status == 503, reply
    assert int(reply.headers["retry-after"]) >= 1
    if reply.headers["content-type"] == "application/json":
        assert set(reply.body) == {"error", "message", "request_id"} and reply.body["error"] == 503
    else:
        assert "<h1>" in reply.body and reply.headers["content-type"].startswith("text/html")
    for word in ("Traceback", "sqlite", "psycopg", "OperationalError", "INSERT", "SELECT"):
        assert word not in str(reply.body), word


@contextmanager
def broken(arena: Arena, server: Server, databases: Databases) -> Iterator[None]:
    """No room for a single byte on SQLite; PostgreSQL stopped."""
    if arena.is_sqlite:
        kept = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in server.web_workers()}
        for pid, (_soft, hard) in kept.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
        yield
        for pid, limits in kept.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    else:
        databases.cluster.stop("fast")
        yield
        databases.cluster.start()


def test_pupils_are_told_the_truth_and_nothing_is_lost(
    arena: Arena, databases: Databases, note: Callable[..., None]
) -> None:
    contest, tickets, ledger = arena.open_contest(), arena.tickets(6), Ledger()
    refusals = 0
    with Server(arena) as server:
        pupils = [Pupil([server.port], ticket, ledger) for ticket in tickets]
        for pupil in pupils:
            pupil.start(contest)
            pupil.answer(1)
        for round_number in range(2, 5):
            with broken(arena, server, databases):
                for pupil in pupils:
                    assert_honest(pupil.send(pupil.seq + 1, round_number, pupil.choices[round_number][:1]))
                    assert_honest(pupil.send_submit())
                    refusals += 2
                if not arena.is_sqlite:
                    assert_honest(pupils[0].device.request("GET", f"/attempts/{pupils[0].attempt}", form=""))
                    assert_honest(pupils[0].device.request("GET", "/", form=""))
            for pupil in pupils:
                pupil.answer(round_number, pupil.choices[round_number][:1])
        for pupil in pupils:
            pupil.submit()
            pupil.device.close()
        settle(arena, is_whole=False)
    check(arena, ledger)
    what = "disk full" if arena.is_sqlite else "PostgreSQL stopped"
    note("unavailable", what=what, honest_refusals=refusals, answers_acknowledged=len(ledger.acknowledged))


class Inside:
    """A pupil before an application of its own whose database can be limited."""

    def __init__(self, arena: Arena, **limits: object) -> None:
        self.arena = arena
        self.app = limited_app(arena, **limits)
        [self.ticket] = arena.tickets(1)
        self.pupil = Pupil([], self.ticket, Ledger())
        self.pupil.device = InsideDevice(self.app, self.ticket.cookie)  # type: ignore[assignment]
        self.pupil.start(arena.open_contest())

    def refused(self) -> None:
        """An answer and a page are refused honestly, and nothing is stored."""
        before = self.arena.log()
        assert_honest(self.pupil.send(self.pupil.seq + 1, 1, self.pupil.choices[1][:1]))
        assert self.arena.log() == before

    def served(self) -> None:
        """An answer is saved."""
        self.pupil.answer(1, self.pupil.choices[1][:1])


@pytest.mark.only_on("sqlite")
def test_a_full_disk_saves_nothing_and_says_so(arena: Arena, note: Callable[..., None]) -> None:
    """SQLite's own limit of pages, which fails in the statement; the limit of the file above fails in the commit."""
    room = {"pages": 10**9}
    inside = Inside(arena, pragma=lambda: f"max_page_count={room['pages']}")
    inside.served()
    room["pages"] = 1  # fewer than there are: SQLite takes what it has and gives no more
    seen = 0
    for _ in range(400):  # until the pages at hand are full
        reply = inside.pupil.send(inside.pupil.seq + 1, 1, inside.pupil.choices[1][:1])
        if reply.status != 200:
            break
        inside.pupil.seq += 1
        seen += 1
    assert_honest(reply)
    inside.refused()
    room["pages"] = 10**9
    inside.served()
    note("unavailable", what="no page left", answers_before_it_was_full=seen)


def test_a_pool_without_a_connection_says_so(arena: Arena, note: Callable[..., None]) -> None:
    inside = Inside(arena, pool_size=1, max_overflow=0, pool_timeout=0.3)
    inside.served()
    with held_connection(inside.app):
        for _ in range(3):
            inside.refused()
    inside.served()
    note("unavailable", what="pool exhausted", honest_refusals=3)


@pytest.mark.only_on("sqlite")
def test_a_locked_database_says_so(arena: Arena, note: Callable[..., None]) -> None:
    """Somebody holds what a save needs for longer than anybody waits."""
    inside = Inside(arena, pragma=lambda: "busy_timeout=200")
    inside.served()
    with held_writer(arena):
        inside.refused()
    inside.served()
    note("unavailable", what="locked by another writer", honest_refusals=1)


@pytest.mark.browser
def test_the_page_keeps_the_answer_and_saves_it_later(
    arena: Arena, databases: Databases, note: Callable[..., None]
) -> None:
    [ticket] = arena.tickets(1)
    pupil = Pupil([], ticket, Ledger())
    pupil.device = InsideDevice(arena.app, ticket.cookie)  # type: ignore[assignment]
    pupil.start(arena.open_contest())
    with Server(arena) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        address = f"http://127.0.0.1:{server.port}"
        context = browser.new_context(base_url=address, locale="zh-CN", viewport=PHONE)
        context.add_cookies([{"name": COOKIE, "value": ticket.cookie.partition("=")[2], "url": address}])
        page = context.new_page()
        page.goto(f"/attempts/{pupil.attempt}")
        page.keyboard.press("a")
        expect(page.locator(".save-state")).to_have_text("已保存 1/10", timeout=15_000)
        with broken(arena, server, databases):
            page.keyboard.press("ArrowRight")
            page.keyboard.press("b")
            expect(page.locator(".save-state")).to_have_text("未保存，请保持页面打开", timeout=15_000)
            expect(page.get_by_text("服务器有点忙")).to_be_visible()
            expect(page.locator("#q-2 input:checked")).to_have_count(1)
            waiting = page.evaluate("Object.values(localStorage).join()")
            assert '"2":' in waiting, waiting
        expect(page.locator(".save-state")).to_have_text("已保存 2/10", timeout=60_000)
        expect(page.get_by_text("服务器有点忙")).to_be_hidden()
        browser.close()
    assert [(row.seq, row.position) for row in aside(arena.log)] == [(1, 1), (2, 2)]
    note("unavailable", what="in the browser", answers_kept_on_the_device_and_saved_later=1)
