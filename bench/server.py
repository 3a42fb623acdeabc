"""Start a server as production does (granian, two processes of four threads), load it with wrk, count its CPU."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROCESSES, THREADS, CONNECTIONS = 2, 4, 32
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """What a round of load saw: replies per second, latencies in ms, CPU of the server per reply in microseconds."""

    rps: float
    p50: float
    p99: float
    cpu: float
    errors: int


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """CPU of the server's processes so far."""
        return sum(_cpu(pid) for pid in _tree(self.process.pid))


@contextmanager
def serving(target: str, processes: int = PROCESSES, threads: int = THREADS, **environment: str) -> Iterator[Server]:
    """Serve a WSGI target on a free port until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(processes), "--blocking-threads", str(threads), "--backlog", "2048", "--http", "1", "--no-ws",
        "--log-level", "warning", target,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env={**os.environ, "WARM": "1", "WEB_THREADS": str(threads), **environment}, start_new_session=True
    )
    try:
        _wait(port)
        time.sleep(
            8 if target == "wsgi:app" else 1.5
        )  # until every process has imported the application and read ahead
        yield Server(process, port)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not listen")


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _tree(int(child))
    return found


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def load(server: Server, script: Path, table: Path, *arguments: object, seconds: float = 3.0,
         connections: int = CONNECTIONS) -> Load:  # fmt: skip
    """One round of wrk with a Lua script of bench/wrk, which reads its requests from the table."""
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmarks need wrk as load generator:  sudo apt install wrk")
    before, begun = server.cpu_seconds(), time.monotonic()
    done = subprocess.run(
        ["wrk", "-t2", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "20s", "--latency", "-s", str(script),
         f"http://127.0.0.1:{server.port}", "--", str(table), *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    taken = time.monotonic() - begun
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return _parse(done.stdout, server.cpu_seconds() - before, taken)


def _parse(text: str, cpu: float, taken: float) -> Load:
    requests = int(_found(r"(\d+) requests in", text) or 0)
    errors = int(_found(r"Non-2xx or 3xx responses: (\d+)", text) or 0)
    errors += sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", text)))
    return Load(
        rps=float(_found(r"Requests/sec:\s+([\d.]+)", text) or 0), p50=_ms(_found(r"50%\s+(\S+)", text)),
        p99=_ms(_found(r"99%\s+(\S+)", text)), cpu=cpu / max(1, requests) * 1e6, errors=errors,
    )  # fmt: skip


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None


def _ms(text: str | None) -> float:
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text or "")
    return float(match[1]) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[match[2]] if match else 0.0
