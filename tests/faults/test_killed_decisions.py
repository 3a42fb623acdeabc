"""Killed in the middle of a trial, a publication, a list, an issue and a batch: all or nothing, and said again it is all there, once."""

import random
import signal
import time
from collections.abc import Callable

import pytest

from quiz.awards.models import BatchState, DraftState
from quiz.promotion.models import RunState
from tests.faults.deciding import THROUGH, Press, Stage, serials_in
from tests.faults.holding import held
from tests.faults.product import Arena
from tests.faults.server import Server
from tests.processes import born, is_alive, send, wait_until

Note = Callable[..., None]


@pytest.fixture
def stage(arena: Arena) -> Stage:
    """A stage that is over."""
    return Stage.build(arena)


def kill_worker(server: Server) -> None:
    """SIGKILL for the worker process; its supervisor starts another, which takes the job again after a silence."""
    pid = server.job_worker()
    assert pid and send(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the killed worker is gone")


def go_on(server: Server) -> None:
    """The silence is over, and there is a worker again."""
    wait_until(lambda: server.job_worker() is not None, "there is a worker again", 90)
    server.arena.let_heartbeats_run_out()


def kill_web(server: Server) -> None:
    """SIGKILL for the web process; a service manager starts all of it anew where the supervisor gives up."""
    (pid,) = server.web_workers()
    began = born(pid)
    assert began and send(pid, signal.SIGKILL)
    wait_until(lambda: not server.is_running() or _has_other(server, pid, began), "a web process serves again", 120)
    if not server.is_running():
        server.restart_after_end()
    wait_until(server.is_whole, "the web process serves", 90)


def _has_other(server: Server, pid: int, began: int) -> bool:
    return any((one, born(one)) != (pid, began) for one in server.web_workers())


def press_killed(server: Server, user_id: int, path: str, row: tuple[str, str, str]) -> None:
    """A button pressed by a user; the process is killed while it writes this row."""
    with held(server.arena, *row) as hold:
        press = Press(server, server.arena.login(user_id), path)
        hold.wait()
        kill_web(server)
        assert press.wait() is None, "nothing was acknowledged"


def pressed(server: Server, user_id: int, path: str) -> None:
    """The same button, unharmed."""
    reply = Press(server, server.arena.login(user_id), path).wait()
    assert reply is not None and reply.status == 303, reply


def test_a_trial_and_its_publication(stage: Stage, note: Note) -> None:
    arena, cast = stage.arena, stage.arena.cast
    with Server(arena, processes=1, threads=2) as server:
        with held(arena, "INSERT", "promotion_remark", f"NEW.user_id = {stage.users[200]}") as hold:
            stage.ask_for_trial()
            hold.wait()
            kill_worker(server)
        assert stage.run().state is RunState.COUNTING and stage.remarked() == []
        go_on(server)
        wait_until(lambda: stage.run().state is RunState.READY, "the trial is there", 120)
        assert stage.remarked() == stage.users

        stage.confirm_trial()
        path = f"/desk/promotion/{stage.public_id}/runs/{stage.run().public_id}/publish"
        rows = [
            ("INSERT", "entry", f"NEW.user_id = {stage.users[THROUGH // 2]}"),
            ("INSERT", "audit_entry", "NEW.action = 'contest:promotion:publish'"),  # the last thing that it writes
        ]
        for row in rows:
            press_killed(server, cast.province, path, row)
            assert stage.run().state is RunState.CONFIRMED and stage.entered() == set()
            assert stage.audited("contest:promotion:publish") == 0
        for _twice in range(2):
            pressed(server, cast.province, path)
            assert stage.run().state is RunState.PUBLISHED and stage.entered() == set(stage.users[:THROUGH])
            assert stage.audited("contest:promotion:publish") == 1
    assert arena.failed_jobs() == [] and arena.integrity() == "ok"
    note("decisions", kills=3, entries=THROUGH)


def test_a_list_its_issue_and_the_certificates(stage: Stage, note: Note) -> None:
    arena, cast, winners = stage.arena, stage.arena.cast, stage.users[:THROUGH]
    numbers = list(range(1, THROUGH + 1))
    with Server(arena, processes=1, threads=2) as server:
        with held(arena, "INSERT", "award", "NEW.place = 200") as hold:
            stage.ask_for_list()
            hold.wait()
            kill_worker(server)
        assert stage.draft().state is DraftState.COMPUTING and stage.awards() == []
        go_on(server)
        wait_until(lambda: stage.draft().state is DraftState.READY, "the list is there", 120)
        assert stage.awards() == [(user, None) for user in winners]

        path = f"/awards/{stage.public_id}/drafts/{stage.draft().public_id}/confirm"
        rows = [
            ("UPDATE", "award", f"NEW.place = {THROUGH // 2} AND NEW.number IS NOT NULL"),
            ("INSERT", "audit_entry", "NEW.action = 'contest:awards:issue'"),
        ]
        for row in rows:
            press_killed(server, cast.admin, path, row)
            assert stage.draft().state is DraftState.READY and stage.next_number() == 1
            assert stage.awards() == [(user, None) for user in winners] and stage.audited("contest:awards:issue") == 0
        for _twice in range(2):
            pressed(server, cast.admin, path)
            assert stage.draft().state is DraftState.ISSUED and stage.next_number() == THROUGH + 1
            assert stage.awards() == list(zip(winners, numbers, strict=True))
            assert stage.audited("contest:awards:issue") == 1

        with held(arena, "INSERT", "certificate_part", "NEW.part = 2") as hold:
            stage.ask_for_files()
            hold.wait()
            kill_worker(server)
        assert stage.batch().state is BatchState.MAKING
        first = stage.files()
        assert [len(pages) for pages in (serials_in(first, numbers),)] == [250], "the first file is whole"
        go_on(server)
        time.sleep(random.uniform(0, 1))  # at any moment of the second file, or behind it
        kill_worker(server)
        go_on(server)
        wait_until(lambda: stage.batch().state is BatchState.READY, "the files are there", 120)
        found = stage.files()
    assert found[0] == first[0] and len(found) == 2
    assert [len(serials) for serials in serials_in(found, numbers)] == [1] * THROUGH
    assert sorted(one for serials in serials_in(found, numbers) for one in serials) == [
        f"QH-2026-{number:06d}" for number in numbers
    ]
    assert arena.failed_jobs() == [] and arena.integrity() == "ok"
    note("decisions", kills=5, awards=THROUGH, certificates=THROUGH)
