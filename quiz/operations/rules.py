"""What makes the site ready, and what only deserves a look: thresholds and verdicts, pure.

Only what keeps a web process from serving truthfully is a failure. A dead worker, an old backup or an unreachable
cache are warnings there: taking the answering pages away would make each of them worse. A contest is called ready
only when nothing that its sitting depends on is amiss, the worker included.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

WORKER_SILENT = timedelta(seconds=60)
QUEUE_OLD = timedelta(seconds=60)
OVERDUE = timedelta(seconds=60)  # an attempt open so long after its end waits for a worker that does not come
BACKUP_OLD = timedelta(hours=26)  # a nightly one, with two hours to run late
DISK_LOW, DISK_FULL = 2 * 1024**3, 200 * 1024**2  # bytes free


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One thing looked at. ``state`` picks its words (labels.py), ``facts`` fills them."""

    name: str
    level: Level
    state: str = "ok"
    facts: Mapping[str, Any] = field(default_factory=dict)


def verdict(checks: Iterable[Check]) -> Level:
    """The worst of all."""
    found = {check.level for check in checks}
    return Level.FAIL if Level.FAIL in found else Level.WARN if Level.WARN in found else Level.OK


def migrations(found: str | None, head: str) -> Check:
    """The schema must be exactly the one that the code was written for."""
    facts = {"found": found or "—", "wanted": head}
    return Check("migrations", Level.OK if found == head else Level.FAIL, "ok" if found == head else "other", facts)


def durability(problems: Sequence[str]) -> Check:
    """Whether an acknowledged answer survives a power cut."""
    if problems:
        return Check("durability", Level.FAIL, "weak", {"problems": "; ".join(problems)})
    return Check("durability", Level.OK)


def worker(last_sign: datetime | None, now: datetime) -> Check:
    """Whether the worker has shown a sign of life lately."""
    if last_sign is None:
        return Check("worker", Level.WARN, "never")
    seconds = max(0, int((now - last_sign).total_seconds()))
    is_silent = now - last_sign > WORKER_SILENT
    return Check("worker", Level.WARN if is_silent else Level.OK, "silent" if is_silent else "ok", {"seconds": seconds})


def queue(waiting: int, oldest: datetime | None, failed: int, now: datetime) -> Check:
    """Whether background work is done as it comes; ``failed`` counts jobs given up within a day."""
    seconds = 0 if oldest is None else max(0, int((now - oldest).total_seconds()))
    facts = {"waiting": waiting, "seconds": seconds, "failed": failed}
    if oldest is not None and now - oldest > QUEUE_OLD:
        return Check("queue", Level.WARN, "old", facts)
    return Check("queue", Level.WARN, "failed", facts) if failed else Check("queue", Level.OK, "ok", facts)


def overdue(count: int) -> Check:
    """Attempts that should have been closed a minute ago."""
    return Check("overdue", Level.WARN if count else Level.OK, "some" if count else "ok", {"count": count})


def cache(health: str) -> Check:
    """The shared cache only makes things faster: off is fine, away is a warning."""
    is_away = health == "unreachable"
    return Check("cache", Level.WARN if is_away else Level.OK, health)


def disk(free: int) -> Check:
    """Bytes free where the database file lies."""
    facts = {"free": f"{free / 1024**3:.1f} GB"}
    if free < DISK_FULL:
        return Check("disk", Level.FAIL, "full", facts)
    return Check("disk", Level.WARN, "low", facts) if free < DISK_LOW else Check("disk", Level.OK, "ok", facts)


def backup(last: datetime | None, now: datetime) -> Check:
    """How old the last copy is."""
    if last is None:
        return Check("backup", Level.WARN, "never")
    hours = int((now - last).total_seconds() // 3600)
    is_old = now - last > BACKUP_OLD
    return Check("backup", Level.WARN if is_old else Level.OK, "old" if is_old else "ok", {"hours": hours, "at": last})


#: What a sitting depends on: with one of these amiss no contest is called ready.
SITTING_NEEDS = ("database", "migrations", "durability", "worker", "queue", "overdue", "disk")


def hindrances(checks: Iterable[Check]) -> list[Check]:
    """The checks that keep every contest from being ready; failed jobs of old do not."""
    return [
        check
        for check in checks
        if check.level is not Level.OK
        and check.name in SITTING_NEEDS
        and (check.name, check.state) != ("queue", "failed")
    ]


@dataclass(frozen=True)
class ContestFacts:
    """What readiness needs to know of one published contest. ``lacking`` names what the bank lacks, in words."""

    lacking: Sequence[Any]
    pupils: int
    without_slip: int  # pupils without a slip that lasts until the end
    window_seconds: int
    duration_seconds: int


def contest_checks(facts: ContestFacts) -> list[Check]:
    """What of the contest itself is amiss; FAIL keeps it from being ready, WARN is said and left to people."""
    found = [Check("bank", Level.FAIL, "short", {"error": error}) for error in facts.lacking]
    if not facts.pupils:
        found.append(Check("pupils", Level.FAIL, "none"))
    if facts.window_seconds < facts.duration_seconds:
        minutes = {"window": facts.window_seconds // 60, "duration": facts.duration_seconds // 60}
        found.append(Check("window", Level.WARN, "short", minutes))
    if facts.pupils and facts.without_slip:
        found.append(Check("slips", Level.WARN, "missing", {"count": facts.without_slip, "pupils": facts.pupils}))
    return found


def is_ready(site: Iterable[Check], own: Iterable[Check]) -> bool:
    """Whether a contest may be called ready."""
    return not hindrances(site) and all(check.level is not Level.FAIL for check in own)
