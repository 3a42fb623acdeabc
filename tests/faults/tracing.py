"""What a serving process asks of the kernel: requests that come in, waits for the disk, replies that go out, in order.

With strace where tracing is permitted, else with a preloaded shim (shim.c) that notes the same. FAULTS_TRACER chooses.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.processes import end_with_parent, wait_until

CALLS = "read,recvfrom,recvmsg,readv,fsync,fdatasync,write,writev,sendto,sendmsg"
LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<fd>\d+)<(?P<what>[^>]*)>(?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)$")


class TraceEvent(NamedTuple):
    """``request`` and ``reply`` name the connection, ``sync`` the file that is on the disk now."""

    what: str
    where: str


def find_tracer(folder: Path) -> str | None:
    """``strace`` where it works, ``shim`` where a C compiler is, else None."""
    wish = os.environ.get("FAULTS_TRACER")
    if wish != "shim" and shutil.which("strace") and _may_attach(folder):
        return "strace"
    return "shim" if wish != "strace" and (shutil.which("cc") or shutil.which("gcc")) else None


def _may_attach(folder: Path) -> bool:
    """Whether a process of ours that is no child of strace's may be watched."""
    with subprocess.Popen(["sleep", "30"], preexec_fn=end_with_parent()) as sleeper:
        command = ["timeout", "2", "strace", "-o", folder / "probe", "-p", str(sleeper.pid)]
        said = subprocess.run(command, capture_output=True).stderr
        sleeper.kill()
    return b"attached" in said


def build_shim(folder: Path) -> dict[str, str]:
    """Compile it; the environment of a server that is to be watched."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler is not None
    library = folder / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "FAULTS_SHIM": str(folder / "shim.log")}


@contextmanager
def strace(pid: int, folder: Path) -> Iterator[Path]:
    """Watch a running process; gives the file that is written."""
    log = folder / "strace.log"
    command = ["strace", "-f", "-y", "-s", "120", "-e", f"trace={CALLS}", "-o", str(log), "-p", str(pid)]
    with (folder / "strace.err").open("wb") as said:
        process = subprocess.Popen(command, stderr=said, preexec_fn=end_with_parent())
        wait_until(lambda: b"attached" in (folder / "strace.err").read_bytes(), "strace is attached", 20)
        yield log
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def read_shim(log: Path) -> list[TraceEvent]:
    """The events of the shim's file."""
    return [TraceEvent(*line.split(" ", 1)) for line in log.read_text().splitlines()]


def read_strace(log: Path) -> list[TraceEvent]:
    """The events of strace's file. A call that was interrupted in the file counts where it ended (a reply: where it began)."""
    events: list[TraceEvent] = []
    begun: dict[str, tuple[str, str, str]] = {}
    for line in log.read_text(errors="replace").splitlines():
        if found := LINE.match(line):
            call, fd, what, rest = found["call"], found["fd"], found["what"], found["rest"]
            if "<unfinished" in rest and not call.startswith(("write", "send")):
                begun[found["pid"]] = (call, fd, what)
                continue
        elif (found := RESUMED.match(line)) and found["pid"] in begun:
            call, fd, what = begun.pop(found["pid"])
            rest = found["rest"]
        else:
            continue
        if event := _event(call, fd, what, rest):
            events.append(event)
    return events


def _event(call: str, fd: str, what: str, rest: str) -> TraceEvent | None:
    if call in {"fsync", "fdatasync"}:
        return TraceEvent("sync", what) if rest.rstrip().endswith("= 0") else None
    if "POST /attempts/" in rest and "/answers " in rest:
        return TraceEvent("request", fd)
    if call.startswith(("write", "send")) and "HTTP/1.1 200" in rest:
        return TraceEvent("reply", fd)
    return None


def too_early(events: list[TraceEvent], file: str) -> tuple[int, list[int]]:
    """How many saves were answered, and which of them (by number) before the file had been waited for since they came."""
    came: dict[str, bool] = {}  # connection → whether the disk was waited for since its request
    answered, early = 0, []
    for event in events:
        if event.what == "request":
            came[event.where] = False
        elif event.what == "sync" and event.where.endswith(file):
            came = dict.fromkeys(came, True)
        elif event.what == "reply" and event.where in came:
            answered += 1
            if not came.pop(event.where):
                early.append(answered)
    return answered, early
