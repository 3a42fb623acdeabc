"""The site under load: a private database, web processes and the worker as production starts them, nginx if wanted."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bench.load import front
from bench.load.measure import Cost, cost, memory
from quiz.config import ROOT

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9")


@dataclass(frozen=True)
class Setup:
    """What is run: ``sqlite`` or ``postgresql``, how many web processes and threads, nginx before them, Redis beside."""

    engine: str
    processes: int
    threads: int = 0
    nginx: bool = False
    redis: bool = False

    def __str__(self) -> str:
        threads = f", {self.threads} threads each" if self.threads else ""
        parts = [f"{self.engine}, {self.processes} web process{'es' if self.processes > 1 else ''}{threads}, 1 worker"]
        parts += ["nginx in front (plain HTTP)"] if self.nginx else ["no nginx"]
        return ", ".join(parts + (["Redis"] if self.redis else []))


def site_arguments(parser: argparse.ArgumentParser, *, engine: str, processes: int) -> None:
    """The options that say what is run, with these defaults."""
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default=engine)
    parser.add_argument("--processes", type=int, default=processes)
    parser.add_argument("--threads", type=int, default=0, help="of each web process; 0: as the server's default says")
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("--nginx", action="store_true")
    parser.add_argument("--report", type=Path, help="write the report into this file too")


def chosen_setup(chosen: argparse.Namespace) -> Setup:
    """What these options say."""
    return Setup(chosen.engine, chosen.processes, chosen.threads, chosen.nginx, chosen.redis)


@dataclass
class Site:
    """A running site: where its front door is, and who works for it."""

    port: int
    environment: dict[str, str]
    url: str
    web: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    nginx: "subprocess.Popen[bytes] | None" = None

    def processes(self) -> list[int]:
        """All processes of ours: supervisors, web servers, worker."""
        return [pid for one in self.web for pid in _tree(one.pid)]

    def cost(self) -> Cost:
        """CPU so far."""
        return cost(self.processes(), _tree(self.nginx.pid) if self.nginx else [])

    def memory(self) -> float:
        """Megabytes of our processes."""
        return memory(self.processes())

    def command(self, *arguments: str) -> tuple[int, str]:
        """Run one of our commands on the site's database; exit code and what it printed."""
        reply = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        return reply.returncode, (reply.stdout + reply.stderr).strip()


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """The address of an empty private database, removed afterwards."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'qingyuan.sqlite3'}"
        return
    name = f"qingyuan_load_{os.getpid()}"
    _admin(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _admin(statement: str) -> None:
    engine = sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def prepared(setup: Setup) -> Iterator[Site]:
    """Database, schema, regions and bank, nothing running yet: build the pupils, then ``running``."""
    with tempfile.TemporaryDirectory(prefix="load-") as name, database(setup.engine, Path(name)) as url:
        environment = {
            **os.environ, "DATABASE_URL": url, "INSTANCE_PATH": name, "SECRET_KEY": "l" * 40, "DEMO": "0",
            "HOST": "127.0.0.1", "PROXY_HOPS": "1" if setup.nginx else "0",
            **({"WEB_THREADS": str(setup.threads)} if setup.threads else {}),
            **({"REDIS_URL": REDIS} if setup.redis else {}),
        }  # fmt: skip
        site = Site(0, environment, url)
        code, said = site.command("seed")
        if code:
            raise RuntimeError(said)
        yield site


@contextmanager
def running(site: Site, setup: Setup) -> Iterator[Site]:
    """Start the web processes, the worker and nginx; end all of it with the block."""
    with ExitStack() as stack:
        if setup.nginx:
            ports = [_free_port() for _ in range(setup.processes)]
            commands = [("web", port, 1) for port in ports]
            site.port = _free_port()
            folder = Path(site.environment["INSTANCE_PATH"]) / "nginx"
            site.nginx = stack.enter_context(
                front.serving(folder, http=site.port, https=0, backends=ports)
            ).process  # fmt: skip
        else:
            site.port = _free_port()
            commands = [("web", site.port, setup.processes)]
        for part, port, processes in [*commands, ("worker", 0, 1)]:
            site.web.append(stack.enter_context(_served(site, part, port, processes)))
        for _, port, _ in commands:
            _wait(port)
        time.sleep(2)  # until every process has imported the application
        yield site


@contextmanager
def _served(site: Site, part: str, port: int, processes: int) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**site.environment, "PORT": str(port), "WEB_PROCESSES": str(processes)}
    process = subprocess.Popen(
        [sys.executable, "-m", "quiz.serve", part], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(40)
        process.kill()
        process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
                if reply.status == 200:
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise RuntimeError("a web process did not come up") from None
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _tree(int(child)))]
