"""The acknowledgement follows the disk: seen in the system calls on SQLite, in the settings on PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.faults.acts import durability_of, setting_of_the_app
from tests.faults.databases import Databases
from tests.faults.ledger import Ledger
from tests.faults.product import Arena
from tests.faults.pupils import Pupil
from tests.faults.scale import SCALE
from tests.faults.server import ROOT, Server
from tests.faults.tracing import TraceEvent, build_shim, find_tracer, read_shim, read_strace, strace, too_early


def test_the_rule_that_reads_a_trace() -> None:
    """The judge itself: a wait before the request, or for another file, is none."""
    request, reply, sync = TraceEvent("request", "7"), TraceEvent("reply", "7"), TraceEvent("sync", "/x/a-wal")
    assert too_early([request, sync, reply], "-wal") == (1, [])
    assert too_early([sync, request, reply], "-wal") == (1, [1])
    assert too_early([request, TraceEvent("sync", "/x/a"), reply], "-wal") == (1, [1])
    assert too_early([request, sync, reply, request, reply], "-wal") == (2, [2])


@pytest.mark.only_on("sqlite")
def test_sqlite_waits_for_the_disk_before_it_says_saved(arena: Arena, note: Callable[..., None]) -> None:
    tracer = find_tracer(arena.folder)
    if tracer is None:
        assert os.environ.get("CI") != "true", "CI must have strace or a C compiler"
        pytest.skip("neither strace nor a C compiler")
    watch = build_shim(arena.folder) if tracer == "shim" else {}
    ledger, [ticket] = Ledger(), arena.tickets(1)
    with Server(arena, processes=1, **watch) as server:
        pupil = Pupil([server.port], ticket, ledger)
        pupil.start(arena.open_contest())
        if tracer == "strace":
            with strace(server.web_workers()[0], arena.folder) as log:
                for _ in range(SCALE.traced_saves):
                    pupil.answer()
            events = read_strace(log)
        else:
            for _ in range(SCALE.traced_saves):
                pupil.answer()
            events = read_shim(arena.folder / "shim.log")
        pupil.device.close()
    answered, early = too_early(events, "-wal")
    assert answered == SCALE.traced_saves, f"{answered} saves seen by {tracer}"
    assert not early, f"said “saved” before the disk had it: {early[:10]}"
    ledger.compare(arena.log())
    note("disk", seen_by=tracer, saves=answered, acknowledged_before_the_disk=len(early))


@pytest.mark.parametrize("scope", ["ROLE postgres", "DATABASE {database}"])
@pytest.mark.only_on("postgresql")
def test_postgresql_that_does_not_wait_is_noticed(
    arena: Arena, databases: Databases, note: Callable[..., None], scope: str
) -> None:
    """Also when only the role or the database is told not to wait: what counts is what our own connection gets."""
    whom = scope.format(database=arena.url.rpartition("/")[2])
    assert setting_of_the_app(arena, "synchronous_commit") == "on" and setting_of_the_app(arena, "fsync") == "on"
    assert durability_of(arena) == []
    databases.cluster.run(f"ALTER {whom} SET synchronous_commit = off")
    try:
        assert any("synchronous_commit" in problem for problem in durability_of(arena))
        assert_refuses_to_serve(arena)
    finally:
        databases.cluster.run(f"ALTER {whom} RESET synchronous_commit")
    assert durability_of(arena) == []
    note("disk", noticed=f"synchronous_commit off for {whom.split()[0].lower()}", server="refuses to start")


def assert_refuses_to_serve(arena: Arena) -> None:
    """``python -m quiz.serve`` says why and ends."""
    command = [sys.executable, "-m", "quiz.serve"]
    reply = subprocess.run(command, cwd=ROOT, env=arena.environment, capture_output=True, text=True, timeout=60)
    assert reply.returncode != 0
    assert "synchronous_commit is off" in reply.stderr and "Traceback" not in reply.stderr
