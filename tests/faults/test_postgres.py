"""PostgreSQL stopped as by a power cut while pupils save: the application comes back by itself and nothing is missing."""

import time
from collections.abc import Callable

import pytest

from tests.faults.databases import Databases
from tests.faults.product import Arena
from tests.faults.pupils import Crowd
from tests.faults.scale import IS_WHOLE, SCALE
from tests.faults.server import Server
from tests.faults.test_kills import check, settle
from tests.processes import wait_until


@pytest.mark.only_on("postgresql")
def test_nothing_is_lost_when_postgresql_crashes(arena: Arena, databases: Databases, note: Callable[..., None]) -> None:
    contest, tickets = arena.open_contest(), arena.tickets(2000 if IS_WHOLE else 600)
    longest = 0.0
    with Server(arena) as server, Crowd([server.port], contest, tickets, at_once=16) as crowd:
        for _ in range(SCALE.database_stops):
            expect_answers(crowd)
            databases.cluster.stop("immediate")
            databases.cluster.start()
            up = time.monotonic()
            expect_answers(crowd)
            longest = max(longest, time.monotonic() - up)
        crowd.finish()
        settle(arena, IS_WHOLE)
        assert server.is_running(), "the application itself must not end"
    check(arena, crowd.ledger)
    assert crowd.ledger.retries, "nobody was cut off: the stops proved nothing"
    note(
        "postgres", immediate_stops=SCALE.database_stops, answers_acknowledged=crowd.acknowledged,
        requests_repeated=crowd.ledger.retries, handed_in=len(crowd.ledger.submitted),
        longest_until_saved_again_seconds=round(longest, 1),
    )  # fmt: skip


def expect_answers(crowd: Crowd, count: int = 20) -> None:
    """Wait until so many more answers are confirmed."""
    before = crowd.acknowledged
    wait_until(lambda: crowd.acknowledged >= before + count or crowd.ledger.complaints, "answers are confirmed", 60)
    assert not crowd.ledger.complaints, crowd.ledger.complaints[:3]
