"""Taking new code in while pupils answer, stopping with requests in hand, and starting on several hosts at once."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from quiz.config import ROOT
from quiz.serve import OVERLAP_SECONDS, server_command, server_environment, shared_key_problem
from tests.integration.serving.site import Instance, environment_of, instances
from tests.processes import descendants, free_port
from tests.world import POSTGRES, World


@pytest.fixture
def instance(world: World) -> Iterator[Instance]:
    """One web server over the test's database."""
    world.reset()
    with instances(1, environment_of(world)) as (found,):
        yield found


class Asker:
    """Asks again and again, each time on a new connection, until the end of the block; keeps what was not answered."""

    def __init__(self, port: int) -> None:
        self.port, self.answered, self.failures = port, 0, list[str]()
        self._is_over = threading.Event()

    def _ask(self) -> None:
        while not self._is_over.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("GET", "/healthz")
                status = connection.getresponse().status
                self.answered += status == 200
                if status != 200:
                    self.failures.append(str(status))
            except OSError as error:
                self.failures.append(type(error).__name__)
            finally:
                connection.close()
            time.sleep(0.02)

    @contextmanager
    def asking(self, threads: int) -> Iterator[None]:
        running = [threading.Thread(target=self._ask) for _ in range(threads)]
        for one in running:
            one.start()
        yield
        self._is_over.set()
        for one in running:
            one.join()


def test_sighup_replaces_the_processes_and_loses_no_request(instance: Instance) -> None:
    before, asker = set(instance.processes()), Asker(instance.port)
    with asker.asking(threads=4):
        time.sleep(1)
        instance.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + OVERLAP_SECONDS + 40
        while len(before & set(descendants(instance.process.pid))) > 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(1)
    after = set(instance.processes())
    assert after - before, "no process is new"
    assert asker.failures == []
    assert asker.answered > 50
    assert instance.process.poll() is None


def test_a_request_in_hand_is_finished_before_the_server_stops(instance: Instance) -> None:
    """Half of a body has arrived when the signal comes; the other half still gets its answer."""
    with socket.create_connection(("127.0.0.1", instance.port), timeout=30) as phone:
        phone.sendall(b"POST /sign-out HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n12345")
        time.sleep(1)
        instance.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        phone.sendall(b"67890")
        assert phone.recv(100).startswith(b"HTTP/1.1 ")
    assert instance.process.wait(timeout=40) == 0


def test_the_worker_is_started_again_by_sighup(world: World) -> None:
    world.reset()
    environment = environment_of(world)
    command = [sys.executable, "-m", "quiz.serve", "worker"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as process:
        try:
            first = _child_of(process.pid)
            time.sleep(6)  # until the worker has put its signal handlers in place
            process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 40
            while _child_of(process.pid) == first and time.monotonic() < deadline:
                time.sleep(0.2)
            assert _child_of(process.pid) != first
            process.send_signal(signal.SIGTERM)
            assert process.wait(40) == 0
        finally:
            process.kill()


def _child_of(pid: int) -> int:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if found := descendants(pid):
            return found[0]
        time.sleep(0.1)
    raise AssertionError("nothing was started")


@pytest.mark.parametrize(
    ("host", "url", "key", "is_refused"),
    [
        ("0.0.0.0", "postgresql+psycopg://x/y", "", True),
        ("10.0.0.11", "postgresql+psycopg://x/y", "", True),
        ("10.0.0.11", "postgresql+psycopg://x/y", "k" * 40, False),
        ("127.0.0.1", "postgresql+psycopg://x/y", "", False),
        ("0.0.0.0", "", "", False),
    ],
)
def test_several_hosts_must_share_a_key(host: str, url: str, key: str, is_refused: bool) -> None:
    problem = shared_key_problem({"DATABASE_URL": url, "SECRET_KEY": key}, host)
    assert ("SECRET_KEY" in (problem or "")) is is_refused


def run_serve(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "quiz.serve", "web"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_an_empty_database_is_said_to_be_empty(tmp_path: Path) -> None:
    reply = run_serve({**os.environ, "INSTANCE_PATH": str(tmp_path), "DATABASE_URL": "", "PORT": str(free_port())})
    assert reply.returncode == 1
    assert "seed" in reply.stderr
    assert "Traceback" not in reply.stderr


def test_a_schema_of_another_version_is_not_served(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "INSTANCE_PATH": str(tmp_path),
        "DATABASE_URL": "",
        "DEMO": "0",
        "PORT": str(free_port()),
    }
    with seed(environment) as prepared:
        prepared.communicate(timeout=180)
    assert prepared.returncode == 0
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'qingyuan.sqlite3'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    reply = run_serve(environment)
    assert reply.returncode == 1
    assert "0001" in reply.stderr
    assert "seed" in reply.stderr


def seed(environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "seed"], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def empty_database(world: World, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, on the engine of this round."""
    if world.engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = f"qingyuan_seed_{os.getpid()}"
    admin = sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield f"{POSTGRES}/{name}"
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def test_three_hosts_that_start_at_once_prepare_the_database_once(empty_database: str, tmp_path: Path) -> None:
    environment = {**os.environ, "INSTANCE_PATH": str(tmp_path), "DATABASE_URL": empty_database, "DEMO": "0"}
    started = [seed(environment) for _ in range(3)]
    said = [one.communicate(timeout=180)[1].decode() for one in started]
    assert [one.returncode for one in started] == [0, 0, 0], said
    engine = sa.create_engine(empty_database)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1
        assert (connection.exec_driver_sql("SELECT count(*) FROM item").scalar() or 0) > 700
    engine.dispose()


def test_only_the_web_processes_are_told_to_read_ahead() -> None:
    before = dict(os.environ)
    server_command("127.0.0.1", 8000)
    assert dict(os.environ) == before  # what this process runs (the worker, a seed) inherits nothing of it
    assert server_environment()["WARM"] == "1"


def test_the_web_server_finishes_requests_and_keeps_connections() -> None:
    command = server_command("127.0.0.1", 8000)
    assert "--no-http1-keep-alive" not in command
    assert command[command.index("--workers-kill-timeout") + 1] == "10s"
