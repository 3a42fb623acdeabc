"""Numbers for Prometheus, counted in every process, added up when somebody asks.

Each process writes to files of its own (prometheus_client's multi-process mode), in a numbered place that it holds with
a file lock as long as it lives. A process that comes after takes the place over and counts on, so nothing is lost by a
reload and the folder does not grow. The files' space is taken at the start: on a full disk a mapped file would end the
process that touches it.

Without METRICS_TOKEN nothing is counted and every call returns at once.
"""

import fcntl
import glob
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

log = logging.getLogger(__name__)
FILE_BYTES = 2 * 1024 * 1024
KINDS = ("counter", "histogram", "gauge_all")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
MOST_PLACES = 256


class _Place:
    """The numbered place of this process; a forked child takes one of its own at its first count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._number = -1
        self._lock: Any = None

    def __call__(self) -> int:
        if self._pid != os.getpid():
            self._number, self._lock = self._take()
            self._pid = os.getpid()
        return self._number

    def _take(self) -> tuple[int, Any]:
        for number in range(MOST_PLACES):
            lock = (self._folder / f"place_{number}.lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            for kind in KINDS:
                with (self._folder / f"{kind}_{number}.db").open("ab") as file:
                    os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
            return number, lock
        raise OSError("no place for this process's metrics")


class _Counting:
    """The counted numbers; labels' children are kept, so that counting is a look-up and two memory writes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        values.ValueClass = values.MultiProcessValue(_Place(folder))  # type: ignore[no-untyped-call]
        registry = None
        self.folder = folder
        self.requests = Counter(
            "qingyuan_requests", "Requests answered, by route template and status class.",
            ["route", "method", "status"], registry=registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "qingyuan_request_seconds", "Time from a request's arrival to its answer.", ["route", "method"],
            buckets=BUCKETS, registry=registry,
        )  # fmt: skip
        self.saves = Counter(
            "qingyuan_saves",
            "Answers sent: saved (acknowledged), stale, closed, failed.",
            ["status"],
            registry=registry,
        )
        self.events = Counter("qingyuan_events", "Starts, submits and refusals.", ["event"], registry=registry)
        self.samples = Gauge(
            "qingyuan_process", "What a process held at its last request.", ["name"], multiprocess_mode="all",
            registry=registry,
        )  # fmt: skip
        self.children: dict[Any, Any] = {}

    def child(self, metric: Any, *labels: str) -> Any:
        key = (metric, *labels)
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = metric.labels(*labels)
        return found


_counting: _Counting | None = None
_samplers: dict[str, Callable[[], float]] = {}
#: Endpoint rules whose answers mean something: route → function of the status that counts it.
_meanings: dict[tuple[str, str], Callable[[int], None]] = {}


def init_app(app: Flask) -> None:
    """Begin to count when a token is set."""
    if app.config.get("METRICS_TOKEN"):
        start(Path(app.config["METRICS_FOLDER"]))


def start(folder: Path) -> None:
    """Count in files of this folder from now on; a folder that cannot be used is reported and nothing is counted."""
    global _counting
    if _counting is None or _counting.folder != folder:
        try:
            _counting = _Counting(folder)
        except OSError as error:
            log.error("no metrics: %s cannot be used (%s)", "the metrics folder", error.strerror)  # noqa: TRY400
            _counting = None


def stop() -> None:
    """Count no longer (tests)."""
    global _counting
    _counting = None


def is_counting() -> bool:
    """Whether anything is counted in this process."""
    return _counting is not None


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request; ``route`` is the rule, never the address."""
    counting = _counting
    if counting is None:
        return
    try:
        _observe(counting, route, method, status, seconds)
    except OSError:  # a forked process found no place: the request matters more than its number
        stop()


def _observe(counting: _Counting, route: str, method: str, status: int, seconds: float) -> None:
    counting.child(counting.requests, route, method, f"{status // 100}xx").inc()
    counting.child(counting.seconds, route, method).observe(seconds)
    meaning = _meanings.get((method, route))
    if meaning is not None:
        meaning(status)
    for name, sampler in _samplers.items():
        counting.child(counting.samples, name).set(sampler())


def count_save(status: str) -> None:
    """Count one answer sent: ``saved``, ``stale``, ``closed`` or ``failed``. For every way an answer may come in."""
    counting = _counting
    if counting is not None:
        counting.child(counting.saves, status).inc()


def count_event(event: str) -> None:
    """Count a start, a submit, a refusal."""
    counting = _counting
    if counting is not None:
        counting.child(counting.events, event).inc()


def sample(name: str, function: Callable[[], float]) -> None:
    """Note a number of this process (pool use, say) at the end of every request; it must cost next to nothing."""
    _samplers[name] = function


def means(method: str, route: str, count: Callable[[int], None]) -> None:
    """Call ``count(status)`` for each answer of a route."""
    _meanings[method, route] = count


def exposition(*collectors: Any) -> bytes:
    """Everything counted by all processes, and what the collectors find now, as Prometheus reads it."""
    registry = CollectorRegistry()
    if _counting is not None:
        _forget_the_dead(_counting.folder)
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)


def _forget_the_dead(folder: Path) -> None:
    """What a process held is nothing once it has ended; what it counted stays."""
    for path in glob.glob(str(folder / "gauge_all_*.db")):
        number = path.rpartition("_")[2].removesuffix(".db")
        with (folder / f"place_{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            os.unlink(path)
