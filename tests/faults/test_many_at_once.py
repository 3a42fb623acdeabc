"""Every pupil taps start fifty times at the same moment, then hands in fifty times: one attempt, one score, equal answers."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.ledger import Ledger
from tests.faults.product import Arena, Ticket
from tests.faults.pupils import Device, HttpReply, Pupil
from tests.faults.scale import IS_WHOLE, SCALE
from tests.faults.server import Server
from tests.faults.test_kills import check, settle

PUPILS_SIDE_BY_SIDE = 2


def test_many_starts_and_submits_at_once(arena: Arena, note: Callable[..., None]) -> None:
    contest, tickets, ledger = arena.open_contest(), arena.tickets(SCALE.pupils_at_once), Ledger()
    begun = time.monotonic()
    with Server(arena) as server:

        def sit(ticket: Ticket) -> None:
            storm = Storm(server, contest, ticket, ledger)
            storm.start()
            storm.pupil.answer(1)
            storm.pupil.answer(2)
            storm.submit()
            storm.pupil.device.close()

        with ThreadPoolExecutor(PUPILS_SIDE_BY_SIDE) as pool:
            list(pool.map(sit, tickets))
        settle(arena, IS_WHOLE)
    check(arena, ledger)
    stored = arena.attempts()
    assert len(stored) == len(tickets) and {row.status for row in stored} == {"submitted"}
    count = SCALE.pupils_at_once * SCALE.starts_at_once
    note("many", pupils=len(tickets), starts=count, submits=count, seconds=round(time.monotonic() - begun))


class Storm:
    """Fifty devices of one pupil."""

    def __init__(self, server: Server, contest: str, ticket: Ticket, ledger: Ledger) -> None:
        self.ports, self.contest = [server.port], contest
        self.pupil = Pupil(self.ports, ticket, ledger)

    def at_once(self, send: Callable[[Device], HttpReply]) -> list[HttpReply]:
        """All devices send at the same moment."""
        ready = threading.Barrier(SCALE.starts_at_once)

        def press(_number: int) -> HttpReply:
            device = Device(self.ports, self.pupil.device.cookie)
            ready.wait()
            reply = send(device)
            device.close()
            return reply

        with ThreadPoolExecutor(SCALE.starts_at_once) as pool:
            return list(pool.map(press, range(SCALE.starts_at_once)))

    def start(self) -> None:
        rules = self.pupil.device.request("GET", f"/contests/{self.contest}", form="")
        form = f"csrf_token={Pupil.token_of(rules.body)}"
        replies = self.at_once(lambda device: device.request("POST", f"/contests/{self.contest}/start", form=form))
        assert {(reply.status, reply.headers.get("location")) for reply in replies} == {
            (303, replies[0].headers["location"])
        }
        self.pupil.start(self.contest)  # the fifty-first, from which the paper is read

    def submit(self) -> None:
        path, token = f"/attempts/{self.pupil.attempt}/submit", self.pupil.token
        replies = self.at_once(lambda device: device.request("POST", path, data={}, token=token))
        assert all((reply.status, reply.body) == (200, replies[0].body) for reply in replies), replies
        self.pupil.submit()
