"""Only the server's time counts: workers that were stopped, clients with wrong clocks, a server's clock that is moved."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from quiz import clock
from tests.faults.inside import InsideDevice
from tests.faults.ledger import Ledger
from tests.faults.product import COOKIE, Arena, clock_at
from tests.faults.pupils import HttpReply, Pupil
from tests.faults.scale import IS_WHOLE
from tests.faults.server import Server
from tests.faults.test_kills import check, settle
from tests.journeys.browser import CHROMIUM, PHONE
from tests.processes import wait_until

GRACE = 1
SWEPT_WITHIN = 60  # seconds after its deadline an attempt is closed


def test_workers_stopped_across_the_deadline(arena: Arena, note: Callable[..., None]) -> None:
    """Requests wait in the socket while all web workers are stopped: what is read too late is refused, never half saved."""
    contest, ledger = arena.open_contest(grace_seconds=GRACE), Ledger()
    tickets = arena.tickets(40 if IS_WHOLE else 8)
    with Server(arena) as server:
        pupils = [Pupil([server.port], ticket, ledger) for ticket in tickets]
        for pupil in pupils:
            pupil.start(contest)
            pupil.answer(1, pupil.choices[1][:1])
        in_time = stopped(server, pupils, 2, until=time.time() + 1)
        assert {reply.status for reply in in_time} == {200}, "stopped for a moment before the deadline"
        for pupil in pupils:
            pupil.answer(3, pupil.choices[3][:1])
        deadline = arena.move_deadlines(1.5)
        late = stopped(server, pupils, 4, until=deadline.timestamp() + GRACE + 0.5)
        assert {(reply.status, reply.body["status"]) for reply in late} == {(410, "closed")}
        for pupil in pupils:
            assert pupil.send(pupil.seq + 2, 5, pupil.choices[5][:1]).status == 410
        seconds = wait_until_closed(arena, deadline)
        settle(arena, is_whole=False)
    for pupil in pupils:
        pupil.device.close()
    check(arena, ledger)
    for row in arena.attempts():
        assert (row.status, row.closed_at) == ("expired", deadline)
        assert row.score == arena.right_score(row.public_id, ledger.current(row.public_id))
        assert set(ledger.current(row.public_id)) == {1, 2, 3}
    note("deadline", what="web workers stopped across it", late_answers_refused=2 * len(pupils),
         earlier_answers_kept=len(ledger.acknowledged), last_closed_after_seconds=round(seconds, 1))  # fmt: skip


def stopped(server: Server, pupils: list[Pupil], position: int, until: float) -> list[HttpReply]:
    """All pupils send while the web workers are stopped, which go on at ``until``; the replies (noted when saved)."""
    replies: list[HttpReply] = []
    server.signal_workers(signal.SIGSTOP)

    def send(pupil: Pupil) -> None:
        pupil.seq += 1
        choices = tuple(pupil.choices[position][:1])
        pupil.ledger.send(pupil.attempt, pupil.seq, position, choices)
        reply = pupil.send(pupil.seq, position, choices)
        if reply.status == 200:
            pupil.ledger.acknowledge(pupil.attempt, pupil.seq, reply.body)
        replies.append(reply)

    threads = [threading.Thread(target=send, args=(pupil,)) for pupil in pupils]
    for thread in threads:
        thread.start()
    wait_until(lambda: time.time() >= until, "the moment has come")
    assert not replies, "a stopped worker answered"
    server.signal_workers(signal.SIGCONT)
    for thread in threads:
        thread.join(30)
    assert len(replies) == len(pupils)
    return replies


def wait_until_closed(arena: Arena, deadline: datetime) -> float:
    """Until no attempt is open; seconds since the deadline, which must be within the promise."""
    wait_until(lambda: all(row.closed_at for row in arena.attempts()), "all attempts are closed", SWEPT_WITHIN + 5)
    seconds = (clock.now() - deadline).total_seconds()
    assert seconds <= SWEPT_WITHIN, f"{seconds:.0f} s"
    return seconds


def test_two_sweepers_close_everything_once(arena: Arena, note: Callable[..., None]) -> None:
    contest, ledger = arena.open_contest(grace_seconds=GRACE, release_keys="at_once"), Ledger()
    tickets = arena.tickets(400 if IS_WHOLE else 40)
    for ticket in tickets:
        pupil = Pupil([], ticket, ledger)
        pupil.device = InsideDevice(arena.app, ticket.cookie)  # type: ignore[assignment]
        pupil.start(contest)
        pupil.answer(1)
    deadline = arena.move_deadlines(0)
    with ExitStack() as stack:
        for _ in range(2):  # each with a worker process of its own
            stack.enter_context(Server(arena, processes=1))
        seconds = wait_until_closed(arena, deadline)
        settle(arena, IS_WHOLE)
    check(arena, ledger)
    assert {row.status for row in arena.attempts()} == {"expired"}
    assert arena.jobs_made("practice.collect_mistakes") == len(tickets), "closed more or less than once"
    note("deadline", what="two sweepers at once", attempts_closed_once=len(tickets), seconds=round(seconds, 1))


class Clock:
    """The server's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = clock.now().replace(microsecond=0)

    def read(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hand_clock() -> Iterator[Clock]:
    """While the test runs, the product's clock in this process."""
    found = Clock()
    with clock_at(found.read):
        yield found


def seated(arena: Arena, contest: str) -> Pupil:
    """A pupil who has begun, in this process."""
    [ticket] = arena.tickets(1)
    pupil = Pupil([], ticket, Ledger())
    pupil.device = InsideDevice(arena.app, ticket.cookie)  # type: ignore[assignment]
    pupil.start(contest)
    return pupil


@pytest.mark.parametrize("off", [-86400, 86400])
def test_nothing_that_a_client_sends_moves_the_deadline(
    arena: Arena, hand_clock: Clock, off: int, note: Callable[..., None]
) -> None:
    pupil = seated(arena, arena.open_contest(duration_seconds=600, grace_seconds=GRACE))
    [before] = arena.attempts(pupil.user_id)
    theirs = hand_clock.now + timedelta(seconds=off)
    headers = {
        "Date": f"{theirs:%a, %d %b %Y %H:%M:%S} GMT", "X-Request-Start": f"t={theirs.timestamp():.0f}",
        "X-Timestamp": theirs.isoformat(), "If-Modified-Since": f"{theirs:%a, %d %b %Y %H:%M:%S} GMT",
    }  # fmt: skip
    names = ("now", "time", "arrived_at", "timestamp", "deadline_at", "remaining_seconds", "started_at")
    for name in names:
        assert pupil.send(1, 1, ["a"], **{name: theirs.isoformat()}).status == 400, f"{name} was taken"
    tried = len(names)
    for seconds, expected in ((0, 200), (601, 200), (602, 410)):
        hand_clock.now = before.started_at + timedelta(seconds=seconds)
        pupil.seq += 1
        tried += send_in_every_way(pupil, headers, theirs, expected)
    [after] = arena.attempts(pupil.user_id)
    assert (after.deadline_at, after.started_at) == (before.deadline_at, before.started_at)
    note("deadline", what=f"client's clock {off // 3600:+} h", requests_that_named_a_time=tried, deadline_moved=0)


def send_in_every_way(pupil: Pupil, headers: dict[str, str], theirs: datetime, expected: int) -> int:
    """The same answer as JSON and as a form, with times wherever a client could put one; how many were sent."""
    path = f"/attempts/{pupil.attempt}/answers"
    data: dict[str, Any] = {"seq": pupil.seq, "position": 1, "choices": pupil.choices[1][:1]}
    query = f"?now={theirs.timestamp():.0f}&arrived_at={theirs.timestamp():.0f}"
    reply = pupil.device.request("POST", path + query, data=data, token=pupil.token, **headers)
    assert reply.status == expected, reply
    form = f"seq={pupil.seq}&position=1&choices={pupil.choices[1][0]}&now={theirs.timestamp():.0f}&csrf_token={pupil.token}"
    reply = pupil.device.request("POST", path, form=form, token=pupil.token, **headers)
    assert reply.status == 303
    assert ("saved=1" in reply.headers["location"]) == (expected == 200), "the plain form leads to the result"
    return 2


def test_a_server_clock_that_jumps(arena: Arena, hand_clock: Clock, note: Callable[..., None]) -> None:
    """Forward: what is over is closed at its deadline. Back: nothing opens again, nothing is lost, no time is negative."""
    contest = arena.open_contest(duration_seconds=600, grace_seconds=GRACE)
    first, second = seated(arena, contest), seated(arena, contest)
    first.answer(1, first.choices[1][:1])
    second.answer(1, second.choices[1][:1])
    hand_clock.move(minutes=-90)
    second.answer(2, second.choices[2][:1])  # a clock set back takes no answer from anybody
    second.submit()
    hand_clock.move(minutes=90, hours=3)
    assert first.send(2, 2, first.choices[2][:1]).status == 410
    assert arena.sweep() == 1 and arena.sweep() == 0
    hand_clock.move(hours=-6)
    for pupil in (first, second):
        assert pupil.send(3, 3, pupil.choices[3][:1]).status == 410, "a closed paper opened again"
        pupil.ledger.compare([row for row in arena.log() if row.attempt == pupil.attempt])
    [expired], [submitted] = arena.attempts(first.user_id), arena.attempts(second.user_id)
    assert (expired.status, expired.closed_at, expired.elapsed_seconds) == ("expired", expired.deadline_at, 600)
    assert submitted.status == "submitted" and submitted.elapsed_seconds == 0
    for pupil, row in ((first, expired), (second, submitted)):
        assert row.score == arena.right_score(row.public_id, pupil.ledger.current(row.public_id))
    hand_clock.move(days=5)
    arena.run_jobs()
    arena.prove()
    note("deadline", what="server's clock moved", jumps="-90 min, +3 h, -6 h", answers_lost=0, opened_again=0)


@pytest.mark.browser
def test_a_phone_with_a_wrong_clock_shows_the_right_time_left(arena: Arena) -> None:
    """A day behind, a day ahead: the page counts by the server's time, and what it saves, counts."""
    contest = arena.open_contest(duration_seconds=600)
    pupils = {off: seated(arena, contest) for off in (-86400, 86400)}
    with Server(arena, processes=1) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        address = f"http://127.0.0.1:{server.port}"
        for off, pupil in pupils.items():
            context = browser.new_context(base_url=address, locale="zh-CN", viewport=PHONE)
            cookie = pupil.device.cookie.partition("=")[2]
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
            context.add_init_script(f"const real = Date.now; Date.now = () => real() + {off * 1000};")
            page = context.new_page()
            page.goto(f"/attempts/{pupil.attempt}")
            expect(page.locator(".countdown")).to_contain_text("09:")
            page.keyboard.press("a")
            expect(page.locator(".save-state")).to_have_text("已保存 1/10", timeout=15_000)
        browser.close()
