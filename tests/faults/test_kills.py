"""Processes killed with SIGKILL while pupils save: nothing acknowledged is lost, nothing is stored that nobody sent."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

from tests.faults.ledger import Ledger
from tests.faults.product import Arena
from tests.faults.pupils import Crowd
from tests.faults.scale import IS_WHOLE, SCALE
from tests.faults.server import Server
from tests.processes import is_alive, send, wait_until

SERVERS = 2 if IS_WHOLE else 1  # behind one another as behind nginx: a pupil who is cut off connects to any
#: Enough for an hour: a slow machine takes seven seconds to bring a killed worker back.
PUPILS = 6000 if IS_WHOLE else 1500
PAUSE = 0.2 if IS_WHOLE else 0.05  # between two answers; some of the processor is left to those who start again


def test_nothing_is_lost_when_processes_are_killed(arena: Arena, note: Callable[..., None]) -> None:
    contest = arena.open_contest()
    tickets = arena.tickets(PUPILS)
    begun = time.monotonic()
    with ExitStack() as stack:
        servers = [stack.enter_context(Server(arena, processes=3, threads=2)) for _ in range(SERVERS)]
        crowd = stack.enter_context(Crowd([one.port for one in servers], contest, tickets, at_once=24, pause=PAUSE))
        kills = kill_in_turn(servers, crowd, SCALE.kills)
        crowd.finish()
        settle(arena, IS_WHOLE)
    ledger = crowd.ledger
    check(arena, ledger)
    assert ledger.retries, "no request was cut: the kills proved nothing"
    note(
        "kills", kills=sum(kills.values()), **kills, answers_acknowledged=len(ledger.acknowledged),
        requests_cut_and_repeated=ledger.retries, handed_in=len(ledger.submitted),
        seconds=round(time.monotonic() - begun),
    )  # fmt: skip


def kill_in_turn(servers: list[Server], crowd: Crowd, count: int) -> Counter[str]:
    """Mostly web workers; every fifth time the worker process, and granian's master or the supervisor now and then."""
    kills: Counter[str] = Counter()
    for number in range(1, count + 1):
        before = crowd.acknowledged
        wait_until(lambda: crowd.acknowledged > before or crowd.ledger.complaints, "answers are confirmed", 120)  # noqa: B023
        assert not crowd.ledger.complaints, crowd.ledger.complaints[:3]
        kills[kill_one(whole_one(servers), number, count)] += 1
    return kills


def whole_one(servers: list[Server]) -> Server:
    """A server whose web workers all serve: none is killed while it still starts."""
    found: list[Server] = []

    def look() -> bool:
        found[:] = [one for one in servers if one.is_whole()]
        return bool(found)

    wait_until(look, "the web workers of a server are back", 120)
    return random.choice(found)


def kill_one(server: Server, number: int, count: int) -> str:
    """Kill one process; what it was."""
    if number % max(4, count // 20) == 0:
        is_master = number % (2 * max(4, count // 20)) != 0
        kill(server.master() if is_master else server.supervisor())
        server.restart_after_end()
        return "masters" if is_master else "supervisors"
    if number % 5 == 0 and (worker := server.job_worker()):
        kill(worker)
        return "worker_processes"
    # granian takes a worker that dies twice within some seconds for a crash loop: take the one that lived longest.
    time.sleep(random.uniform(0, 0.05))  # at any point of a save
    kill(server.web_workers()[0])
    return "web_workers"


def kill(pid: int | None) -> None:
    """SIGKILL, and see it dead."""
    assert pid and send(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the killed process is gone")


def settle(arena: Arena, is_whole: bool) -> None:
    """Wait until the tally has seen everything; a job whose worker was killed is taken again after its silence."""
    if not is_whole:
        arena.let_heartbeats_run_out()
    wait_until(lambda: arena.unfinished_jobs() == 0, "the work in the background is done", 240)


def check(arena: Arena, ledger: Ledger) -> None:
    """What must be true after any fault."""
    ledger.compare(arena.log())
    assert all(len(attempts) == 1 for attempts in ledger.started.values()), "somebody was given two papers"
    stored = {row.public_id: row for row in arena.attempts()}
    assert len({row.user_id for row in stored.values()}) == len(stored), "two attempts of one pupil"
    for attempt in ledger.submitted:
        assert stored[attempt].status == "submitted"
        assert stored[attempt].score == arena.right_score(attempt, ledger.current(attempt))
    assert arena.failed_jobs() == []
    assert arena.integrity() == "ok"
    arena.prove()
