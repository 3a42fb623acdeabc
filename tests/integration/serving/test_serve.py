"""``python -m quiz.serve``: starts server and worker on a prepared database, and Ctrl-C stops all of it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quiz.serve import is_loopback
from tests.processes import free_port
from tests.world import DemoWorld

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def environment(demo_world: DemoWorld) -> dict[str, str]:
    """The environment of a served demonstration."""
    demo_world.reset()
    return {
        **os.environ,
        "INSTANCE_PATH": str(demo_world.folder),
        "DATABASE_URL": demo_world.url,
        "PORT": str(free_port()),
        "WEB_PROCESSES": "1",
    }


@contextmanager
def served(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "quiz.serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until_up(port: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
                assert reply.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    """All processes below one (Linux)."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *descendants(int(child))]
    return found


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_one_signal_stops_server_and_worker(environment: dict[str, str], number: signal.Signals) -> None:
    with served(environment) as process:
        wait_until_up(environment["PORT"])
        children = descendants(process.pid)
        assert len(children) >= 3  # granian, its worker, ours
        process.send_signal(number)
        assert process.wait(timeout=40) == 0
        assert not [pid for pid in children if alive(pid)]
        assert process.stdout is not None
        assert f"http://127.0.0.1:{environment['PORT']}" in process.stdout.read()


def test_a_killed_supervisor_leaves_nothing_behind(environment: dict[str, str]) -> None:
    with served(environment) as process:
        wait_until_up(environment["PORT"])
        children = descendants(process.pid)
        process.kill()
        deadline = time.monotonic() + 40
        while any(alive(pid) for pid in children) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not [pid for pid in children if alive(pid)]


def test_a_demonstration_is_not_served_beyond_this_machine(environment: dict[str, str]) -> None:
    reply = subprocess.run(
        [sys.executable, "-m", "quiz.serve"], cwd=ROOT,
        env={**environment, "HOST": "0.0.0.0", "SECRET_KEY": "t" * 40}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert reply.returncode == 1
    assert "DEMO_PUBLIC=1" in reply.stderr
    assert "Traceback" not in reply.stderr


def test_a_port_in_use_is_said_and_nothing_is_left_running(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["PORT"])))
        taken.listen()
        reply = subprocess.run(
            [sys.executable, "-m", "quiz.serve"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
    assert reply.returncode == 1
    assert "PORT=" in reply.stderr


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("192.0.2.1", False), ("::", False)],
)
def test_loopback_addresses(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_workers_of_a_killed_server_do_not_keep_the_port(environment: dict[str, str]) -> None:
    with served(environment) as process:
        wait_until_up(environment["PORT"])
        workers = [pid for child in descendants(process.pid) for pid in descendants(child)]
        masters = {int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) for pid in workers}
        for master in masters:
            os.kill(master, signal.SIGKILL)
        assert process.wait(timeout=30) != 0
        assert not [pid for pid in workers if alive(pid)]
