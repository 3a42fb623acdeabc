"""``python -m quiz.serve [all|web|worker]``: the production server and its worker, started and stopped as one.

``all`` (the default) is a whole site; ``web`` and ``worker`` are the halves that service managers start on their own.
HOST (default 127.0.0.1), PORT (8000), WEB_PROCESSES (one per core, at most 4) and WEB_THREADS (see WEB_THREADS below)
come from the environment. SIGTERM and SIGINT stop in order: requests in hand are finished. SIGHUP takes new code in:
each web process is replaced by one that was started first, and the worker is started again after its job.
A database with demonstration accounts is not served beyond this machine unless DEMO_PUBLIC=1: their PIN is known to
everybody.
"""

import argparse
import ctypes
import ipaddress
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType

import sqlalchemy as sa
from flask import Flask

from quiz.app import create_app
from quiz.config import ROOT
from quiz.db import db, durability_problems, write_intent

STOP_SECONDS = 15
RESTART_SECONDS = 2.0
PR_SET_PDEATHSIG = 1
WEB_THREADS = 4  # requests at work at once in a process; measured in docs/adr/0017
#: How long the old process of a reload goes on beside its successor, which reads the bank and imports meanwhile.
OVERLAP_SECONDS = 8
#: Connections a process keeps open at once; the next ones wait in the kernel's line (LINE) until one is closed.
CONNECTIONS = 4096
LINE = 4096


def main() -> int:
    """Check, start, watch and stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m quiz.serve", description="Serve the site.")
    parser.add_argument("part", nargs="?", choices=["all", "web", "worker"], default="all")
    part = parser.parse_args().part
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    if problem := _refusal(part, host, port):
        print(problem, file=sys.stderr)
        return 1
    commands = {"server": server_command(host, port), "worker": _worker_command()}
    wanted = {"all": ("server", "worker"), "web": ("server",), "worker": ("worker",)}[part]
    supervisor = Supervisor({name: commands[name] for name in wanted})
    _allow_many_connections()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, supervisor.stop)
    signal.signal(signal.SIGHUP, supervisor.reload)
    return supervisor.run(host, port)


def is_loopback(host: str) -> bool:
    """Whether a listening address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal(part: str, host: str, port: int) -> str | None:
    """Why the site must not start now, in words that say what to do; None when it may."""
    if part != "worker" and (problem := shared_key_problem(os.environ, host)):
        return problem
    app = create_app()
    with app.app_context():
        from quiz.accounts.queries import has_demo_accounts

        write_intent.set(False)  # looking only: never wait for, nor keep, the writer's place
        if problem := _schema_problem(app):
            return problem
        if has_demo_accounts(db.session) and not is_loopback(host) and not app.config["DEMO_PUBLIC"]:
            return (
                f"This database holds demonstration accounts whose PIN is public, so it is not served on {host}.\n"
                "Use HOST=127.0.0.1, start with an empty database (DEMO=0 INSTANCE_PATH=... make run), or accept it: DEMO_PUBLIC=1."
            )
        if problems := durability_problems(db.engine):
            return "The database would lose acknowledged answers at a power cut:\n" + "\n".join(problems)
    return None if part == "worker" else _port_problem(host, port)


def _schema_problem(app: Flask) -> str | None:
    """Whether the database is empty, or of another version of the program (a database made for tests names none)."""
    names = sa.inspect(db.engine).get_table_names()
    if "user_account" not in names:
        return "The database is empty. Prepare it first: flask --app wsgi seed (DEMO=0 without demonstration data)."
    if "alembic_version" not in names:
        return None
    logging.getLogger("alembic").setLevel(logging.WARNING)
    alembic = app.extensions["alembic"]
    found = {script.revision for script in alembic.current()}
    wanted = {script.revision for script in alembic.heads()}
    if found == wanted:
        return None
    return f"The database's schema is {sorted(found)}, this program needs {sorted(wanted)}: run flask --app wsgi seed first."


def shared_key_problem(environment: Mapping[str, str], host: str) -> str | None:
    """Why cookies might be signed with different keys.

    A PostgreSQL site that other machines can reach is one of several, or will be; each would make a key of its own
    and sign everybody out who comes from another.
    """
    is_shared = environment.get("DATABASE_URL", "").startswith("postgresql") and not is_loopback(host)
    if not is_shared or environment.get("SECRET_KEY"):
        return None
    return (
        f"Listening on {host} over PostgreSQL, the site may run on several hosts, and all must sign cookies with the same key.\n"
        "Set SECRET_KEY to the same value on each (at least 32 characters; a single host that ran before keeps its own:\n"
        "SECRET_KEY=$(cat instance/secret_key))."
    )


def _port_problem(host: str, port: int) -> str | None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"Cannot listen on {host}:{port} ({error.strerror}). Choose another: PORT=8080 make run"
    return None


def server_command(host: str, port: int) -> list[str]:
    """The web server with its settings; WEB_PROCESSES and WEB_THREADS are the two that differ between machines."""
    processes = os.environ.get("WEB_PROCESSES") or str(min(4, os.cpu_count() or 1))
    threads = server_environment()["WEB_THREADS"]
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", processes, "--blocking-threads", threads, "--backlog", str(LINE), "--backpressure", str(CONNECTIONS),
        "--http", "1", "--no-ws", "--http1-header-read-timeout", "30000",
        "--respawn-failed-workers", "--respawn-interval", str(OVERLAP_SECONDS), "--workers-kill-timeout", "10s",
        "--log-level", "warning", "wsgi:app",
    ]  # fmt: skip


def server_environment() -> dict[str, str]:
    """What the web processes alone are told: how many threads they are, and to read the bank before the first pupil comes."""
    return {"WEB_THREADS": os.environ.get("WEB_THREADS") or str(WEB_THREADS), "WARM": os.environ.get("WARM", "1")}


def _allow_many_connections() -> None:
    """A connection is an open file, and the usual limit of 1,024 is less than a school at the bell."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _worker_command() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]


def _die_with_parent() -> None:
    """Ask the kernel to end this child when the supervisor is killed (Linux; elsewhere nothing happens)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """The children of a site: the web server, whose end is the end, and the worker, which is started again."""

    def __init__(self, commands: Mapping[str, list[str]]) -> None:
        self._commands = commands
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False
        self._reloading = False

    def stop(self, _signal: int | None = None, _frame: FrameType | None = None) -> None:
        """Ask for the end (signal handler)."""
        self._stopping = True

    def reload(self, _signal: int | None = None, _frame: FrameType | None = None) -> None:
        """Ask for new processes with the code that is on the disk now (signal handler)."""
        self._reloading = True

    def run(self, host: str, port: int) -> int:
        """Run until stopped or until the web server ends by itself."""
        for name in self._commands:
            self._start(name)
        announced = "server" not in self._commands
        try:
            while not self._stopping:
                time.sleep(0.1)
                announced = announced or self._announce(host, port)
                if self._reloading:
                    self._pass_reload_on()
                if (code := self._server_code()) is not None:
                    print(f"The web server ended with code {code}.", file=sys.stderr)
                    return code or 1
                self._keep_worker()
            return 0
        finally:
            self._end_children()

    def _pass_reload_on(self) -> None:
        """The web server replaces its processes one by one; the worker ends after its job and is started again."""
        self._reloading = False
        for name, number in (("server", signal.SIGHUP), ("worker", signal.SIGTERM)):
            if name in self._children:
                self._children[name].send_signal(number)

    def _server_code(self) -> int | None:
        return self._children["server"].poll() if "server" in self._children else None

    def _keep_worker(self) -> None:
        if "worker" not in self._children or self._children["worker"].poll() is None:
            return
        if self._children["worker"].returncode != 0:
            print("The worker ended and is started again.", file=sys.stderr)
            time.sleep(RESTART_SECONDS)
        if not self._stopping:
            self._start("worker")

    def _start(self, name: str) -> None:
        # Children get a session of their own: Ctrl-C reaches this process alone, which then stops them in order.
        environment = {**os.environ, **(server_environment() if name == "server" else {})}
        self._children[name] = subprocess.Popen(  # noqa: S603 - fixed commands of our own
            self._commands[name], cwd=ROOT, env=environment, start_new_session=True, preexec_fn=_die_with_parent
        )

    def _announce(self, host: str, port: int) -> bool:
        """Print the address once the server answers."""
        try:
            with socket.create_connection((host if host not in {"0.0.0.0", "::"} else "127.0.0.1", port), 0.2):  # noqa: S104
                pass
        except OSError:
            return False
        shown = f"[{host}]" if ":" in host else host
        print(f"\n  清源 Qingyuan: http://{shown}:{port}   (Ctrl-C stops it)\n", flush=True)
        return True

    def _end_children(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for child in self._children.values():  # what a child that was killed has left: it would keep the port
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
