"""The product's own server on a database of the tests: started as in production, and killed in parts."""

import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.faults.product import Arena
from tests.processes import (
    born,
    children,
    command_of,
    descendants,
    end_with_parent,
    free_port,
    is_alive,
    is_free,
    send,
    thread_count,
    wait_until,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
HELPERS = re.compile(r"multiprocessing\.(resource_tracker|forkserver)")  # beside the workers, by Python's version
SERVING_THREADS = 3  # a web worker that still imports the application has one


class Server:
    """``python -m quiz.serve``: supervisor, granian's master, its web workers, the worker process."""

    def __init__(self, arena: Arena, *, processes: int = 2, threads: int = 4, **environment: str) -> None:
        self.arena = arena
        self.port = free_port()
        self.processes = processes
        self._environment = {
            **arena.environment, "PORT": str(self.port), "WEB_PROCESSES": str(processes), "WEB_THREADS": str(threads),
            **environment,
        }  # fmt: skip
        self._log = arena.folder / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def spawn(self) -> None:
        """Start without waiting."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "quiz.serve"], cwd=ROOT, env=self._environment, stdout=log, stderr=log,
                preexec_fn=end_with_parent(signal.SIGTERM),
            )  # fmt: skip

    def start(self) -> None:
        """Start, and wait until all web workers serve."""
        self.spawn()
        wait_until(self._is_up_or_ended, "the server is up", 90)
        wait_until(self.is_whole, "all web workers serve", 90)

    def _is_up_or_ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None or self.answers()

    def answers(self) -> bool:
        """Whether somebody answers at the address."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    def output(self) -> str:
        """What the processes have printed."""
        return self._log.read_text(errors="replace")

    def master(self) -> int | None:
        """granian's own process."""
        return next((pid for pid in self._parts() if " granian " in command_of(pid)), None)

    def job_worker(self) -> int | None:
        """The process that closes attempts and tallies."""
        return next((pid for pid in self._parts() if command_of(pid).rstrip().endswith(" worker")), None)

    def _parts(self) -> list[int]:
        return children(self.process.pid) if self.process is not None else []

    def web_workers(self) -> list[int]:
        """Web workers that serve, the oldest first."""
        master = self.master()
        found = [pid for pid in descendants(master) if not HELPERS.search(command_of(pid))] if master else []
        serving = [pid for pid in found if is_alive(pid) and thread_count(pid) >= SERVING_THREADS]
        return sorted(serving, key=lambda pid: (born(pid), pid))

    def supervisor(self) -> int | None:
        """``quiz.serve`` itself."""
        return self.process.pid if self.process is not None else None

    def is_whole(self) -> bool:
        """Whether all web workers serve; AssertionError when the supervisor has ended."""
        assert self.process is not None and self.process.poll() is None, f"it ended: {self.output()[-2000:]}"
        return len(self.web_workers()) == self.processes

    def signal_workers(self, number: int) -> None:
        """Send one signal to every web worker (SIGSTOP, SIGCONT)."""
        for pid in self.web_workers():
            send(pid, number)

    def is_running(self) -> bool:
        """Whether the supervisor still is there."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End all of it, as Ctrl-C would; what does not end is killed."""
        if self.process is None:
            return
        below = descendants(self.process.pid)
        for pid in below:
            send(pid, signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in below:
            if self._is_ours(pid):
                send(pid, signal.SIGKILL)
        self.process = None

    def _is_ours(self, pid: int) -> bool:
        """Whether a process is one of this server's: numbers of processes are given again."""
        with suppress(OSError):
            return f"PORT={self.port}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return False

    def restart_after_end(self) -> None:
        """What a service manager does when the supervisor has ended: all of it goes, then it is started anew."""
        assert self.process is not None
        self.process.wait(timeout=60)
        wait_until(lambda: is_free(self.port), "what was killed lets the port go")
        self.spawn()
        wait_until(self._is_up_or_ended, "the server is up again", 90)
