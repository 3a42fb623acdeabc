"""Processes that end with the tests: free ports, waiting without guessing, children that die with their parent."""

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
GONE = ""
STILL = {"T", "t", "Z", "X", GONE}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def wait_until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Look every few hundredths of a second until ``condition`` holds; AssertionError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)


def end_with_parent(number: int = signal.SIGKILL) -> Callable[[], None]:
    """A ``preexec_fn``: the kernel ends the child when its parent dies, so that nothing is left behind."""
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)

    return ask


def children(pid: int) -> list[int]:
    """Direct children of a process; none when it is gone."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    return [one for child in children(pid) for one in (child, *descendants(child))]


def command_of(pid: int) -> str:
    """The command line of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def thread_count(pid: int) -> int:
    """How many threads a process has; 0 when it is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def born(pid: int) -> int:
    """When a process began, in ticks since the machine did; 0 when it is gone. (Numbers begin anew: they do not tell.)"""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    return state_of(Path(f"/proc/{pid}")) not in {"Z", GONE}


def state_of(entry: Path) -> str:
    """The kernel's letter for what a process or thread does, by its folder in /proc."""
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return GONE


def send(pid: int, number: int) -> bool:
    """Send a signal; whether there was somebody to receive it. After a SIGSTOP the process does stand still.

    The kernel tells one thread to stop, and that one the others: until it had its turn, they would take requests.
    """
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    if number == signal.SIGSTOP:
        wait_until(lambda: stands_still(pid), f"process {pid} stands still")
    return True


def stands_still(pid: int) -> bool:
    """Whether no thread of a process runs: all are stopped, or it has ended."""
    try:
        states = [state_of(task) for task in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return set(states) <= STILL
