"""``python -m quiz.serve``: the production server and its worker, started and stopped as one.

HOST (default 127.0.0.1), PORT (8000), WEB_PROCESSES (one per core, at most 4) and WEB_THREADS (4) come from the
environment. A database with demonstration accounts is not served beyond this machine unless DEMO_PUBLIC=1:
their PIN is known to everybody.
"""

import ctypes
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType

from quiz.app import create_app
from quiz.config import ROOT
from quiz.db import db, durability_problems, write_intent

STOP_SECONDS = 15
RESTART_SECONDS = 2.0
PR_SET_PDEATHSIG = 1


def main() -> int:
    """Check, start, watch and stop; returns the exit code."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    if problem := _refusal(host, port):
        print(problem, file=sys.stderr)
        return 1
    supervisor = Supervisor(_server_command(host, port), _worker_command())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, supervisor.stop)
    return supervisor.run(host, port)


def is_loopback(host: str) -> bool:
    """Whether a listening address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal(host: str, port: int) -> str | None:
    """Why the site must not start now, in words that say what to do; None when it may."""
    app = create_app()
    with app.app_context():
        from quiz.accounts.queries import has_demo_accounts

        write_intent.set(False)  # looking only: never wait for, nor keep, the writer's place
        if has_demo_accounts(db.session) and not is_loopback(host) and not app.config["DEMO_PUBLIC"]:
            return (
                f"This database holds demonstration accounts whose PIN is public, so it is not served on {host}.\n"
                "Use HOST=127.0.0.1, start with an empty database (DEMO=0 INSTANCE_PATH=... make run), or accept it: DEMO_PUBLIC=1."
            )
        if problems := durability_problems(db.engine):
            return "The database would lose acknowledged answers at a power cut:\n" + "\n".join(problems)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"Cannot listen on {host}:{port} ({error.strerror}). Choose another: PORT=8080 make run"
    return None


def _server_command(host: str, port: int) -> list[str]:
    processes = os.environ.get("WEB_PROCESSES") or str(min(4, os.cpu_count() or 1))
    threads = os.environ.get("WEB_THREADS", "4")
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", processes, "--blocking-threads", threads, "--backlog", "2048", "--http", "1", "--no-ws",
        "--respawn-failed-workers", "--workers-kill-timeout", "10s", "--log-level", "warning", "wsgi:app",
    ]  # fmt: skip


def _worker_command() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]


def _die_with_parent() -> None:
    """Ask the kernel to end this child when the supervisor is killed (Linux; elsewhere nothing happens)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Two children: the web server, whose end is the end, and the worker, which is started again."""

    def __init__(self, server: list[str], worker: list[str]) -> None:
        self._commands = {"server": server, "worker": worker}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False

    def stop(self, _signal: int | None = None, _frame: FrameType | None = None) -> None:
        """Ask for the end (signal handler)."""
        self._stopping = True

    def run(self, host: str, port: int) -> int:
        """Run until stopped or until the web server ends by itself."""
        for name in self._commands:
            self._start(name)
        announced = False
        try:
            while not self._stopping:
                time.sleep(0.1)
                announced = announced or self._announce(host, port)
                code = self._children["server"].poll()
                if code is not None:
                    print(f"The web server ended with code {code}.", file=sys.stderr)
                    return code or 1
                if self._children["worker"].poll() is not None and not self._stopping:
                    print("The worker ended and is started again.", file=sys.stderr)
                    time.sleep(RESTART_SECONDS)
                    self._start("worker")
            return 0
        finally:
            self._end_children()

    def _start(self, name: str) -> None:
        # Children get a session of their own: Ctrl-C reaches this process alone, which then stops them in order.
        self._children[name] = subprocess.Popen(  # noqa: S603 - fixed commands of our own
            self._commands[name], cwd=ROOT, start_new_session=True, preexec_fn=_die_with_parent
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
