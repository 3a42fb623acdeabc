"""Redis killed, hung and emptied while pupils save and read boards: it only ever makes things faster."""

import time
from collections.abc import Callable

import pytest

from tests.faults.product import Arena, Ticket
from tests.faults.pupils import Crowd, Device
from tests.faults.redis_server import RedisServer
from tests.faults.scale import IS_WHOLE, SCALE
from tests.faults.server import Server
from tests.faults.test_kills import check, settle
from tests.faults.test_postgres import expect_answers
from tests.processes import wait_until

LONGEST = 8  # seconds that a page may take while Redis hangs


def test_nothing_depends_on_redis(arena: Arena, note: Callable[..., None]) -> None:
    if not RedisServer.is_installed():
        pytest.skip("no Redis is installed here")
    contest = arena.open_contest()
    reader, *tickets = arena.tickets(2000 if IS_WHOLE else 600)
    slowest, pages = 0.0, 0
    with RedisServer(arena.folder) as redis, Server(arena, REDIS_URL=redis.url) as server:
        board = Board(server, reader, contest)
        with Crowd([server.port], contest, tickets, at_once=8, saves=30) as crowd:
            wait_until(lambda: len(crowd.ledger.submitted) > 3 or crowd.ledger.complaints, "some have handed in", 120)
            for _ in range(SCALE.redis_rounds):
                for harm, repair in (
                    (redis.kill, redis.start), (redis.hang, redis.wake), (lambda: redis.command("FLUSHALL"), None),
                ):  # fmt: skip
                    harm()
                    for _ in range(5):
                        expect_answers(crowd, 5)
                        slowest, pages = max(slowest, board.read()), pages + len(Board.PAGES)
                    if repair:
                        repair()
            crowd.finish()
        settle(arena, IS_WHOLE)
        board.read()
        used = redis.command("DBSIZE").decode().strip(":\r\n")
    check(arena, crowd.ledger)
    note(
        "redis", rounds_of_kill_hang_and_flush=SCALE.redis_rounds, answers_acknowledged=crowd.acknowledged,
        pages_read_meanwhile=pages, slowest_page_seconds=round(slowest, 2), keys_in_redis_at_the_end=int(used),
    )  # fmt: skip


class Board:
    """A pupil who looks at the standings."""

    PAGES = ("/rankings/{contest}", "/rankings/{contest}?level=school", "/contests/{contest}", "/me")

    def __init__(self, server: Server, ticket: Ticket, contest: str) -> None:
        self.device = Device([server.port], ticket.cookie)
        self.contest = contest

    def read(self) -> float:
        """Every page answers; the slowest one's seconds."""
        slowest = 0.0
        for page in self.PAGES:
            begun = time.monotonic()
            reply = self.device.request("GET", page.format(contest=self.contest), form="")
            slowest = max(slowest, time.monotonic() - begun)
            assert reply.status == 200, (page, reply.status, str(reply.body)[:300])
        assert slowest < LONGEST, f"a page took {slowest:.1f} s"
        return slowest
