"""What a run saw: how long each act took, what went wrong, and the CPU and memory of who did the work."""

import os
import resource
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Recorder:
    """Seconds per act, errors by act and kind. ``acts`` that were repeated count until they succeeded."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def done(self, act: str, seconds: float) -> None:
        self.seconds[act].append(seconds)

    def error(self, act: str, kind: object, example: str = "") -> None:
        """Note a reply that was not the wanted one, or none."""
        self.errors[f"{act}: {kind}"] += 1
        self.examples.setdefault(f"{act}: {kind}", example[:300])

    def row(self, act: str) -> str:
        """A line of a Markdown table: number, p50, p95, p99 and longest in milliseconds."""
        values = sorted(self.seconds[act])
        shown = " | ".join(f"{milliseconds(values, part):,.0f}" for part in (0.5, 0.95, 0.99, 1.0))
        return f"| {act} | {len(values):,} | {shown} |"

    def p95(self, act: str) -> float:
        """Milliseconds within which 95 of 100 were done."""
        return milliseconds(sorted(self.seconds[act]), 0.95)


def milliseconds(values: list[float], part: float) -> float:
    """The part-quantile of sorted seconds, in milliseconds; nan of nothing."""
    if not values:
        return float("nan")
    return 1000 * values[min(len(values) - 1, int(part * len(values)))]


@dataclass(frozen=True)
class Cost:
    """CPU seconds so far, by who spent them."""

    server: float
    nginx: float
    database: float
    client: float

    def since(self, earlier: "Cost", seconds: float) -> str:
        """Cores in use between two looks, as a row of a table."""
        parts = zip(self._all(), earlier._all(), strict=True)
        return " | ".join(f"{(now - then) / seconds:.2f}" for now, then in parts)

    def _all(self) -> tuple[float, ...]:
        return (self.server, self.nginx, self.database, self.client)


def cost(server: list[int], nginx: list[int]) -> Cost:
    """CPU of these process trees, of all PostgreSQL processes on the machine, and of this client."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(_cpu(server), _cpu(nginx), _cpu(_named("postgres")), usage.ru_utime + usage.ru_stime)


def memory(pids: list[int]) -> float:
    """Resident megabytes of these processes together (pages that they share count once for each)."""
    return sum(_number(Path(f"/proc/{pid}/statm"), 1) for pid in pids) * PAGE / 2**20


def _cpu(pids: list[int]) -> float:
    """User and system seconds of processes, those of children that have ended included."""
    return sum(_times(pid) for pid in pids) / TICKS


def _times(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(value) for value in fields[11:15])


def _number(path: Path, place: int) -> int:
    try:
        return int(path.read_text().split()[place])
    except OSError:
        return 0


def _named(name: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            if path.read_text().strip() == name:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def machine() -> str:
    """The machine in general terms."""
    total = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return f"{os.cpu_count()} cores, {total:.0f} GiB of memory, load {os.getloadavg()[0]:.1f} at the start"
