"""Numbers that are asked for when somebody scrapes, never counted on the way: what the database holds now."""

from collections.abc import Iterable
from datetime import timedelta

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from quiz import clock
from quiz.operations import queries

HELP = {
    "qingyuan_open_attempts": "Attempts in progress.",
    "qingyuan_overdue_attempts": "Attempts whose deadline passed ten seconds ago and that are still open.",
    "qingyuan_jobs_due": "Background jobs that wait though their time has come.",
    "qingyuan_jobs_oldest_seconds": "How long the oldest of them has waited.",
    "qingyuan_jobs_failed_today": "Background jobs given up within a day.",
    "qingyuan_worker_silent_seconds": "Time since the worker's last sign of life.",
    "qingyuan_tally_age_seconds": "Age of the oldest standings of a running contest.",
    "qingyuan_backup_age_seconds": "Age of the last backup.",
}


def database_numbers(session: Session) -> dict[str, float]:
    """Name → value; numbers that do not exist yet are left out."""
    now = clock.now()
    due, oldest = queries.queue_state(session, now)
    sign, backup = queries.worker_sign(session), queries.mark(session, "backup")
    found = {
        "qingyuan_open_attempts": queries.open_attempts(session),
        "qingyuan_overdue_attempts": queries.overdue(session, now, timedelta(seconds=10)),
        "qingyuan_jobs_due": due,
        "qingyuan_jobs_oldest_seconds": 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
        "qingyuan_jobs_failed_today": queries.failed_jobs(session, now),
        "qingyuan_worker_silent_seconds": None if sign is None else (now - sign).total_seconds(),
        "qingyuan_tally_age_seconds": queries.oldest_tally(session, now),
        "qingyuan_backup_age_seconds": None if backup is None else (now - backup.at).total_seconds(),
    }
    return {name: float(value) for name, value in found.items() if value is not None}


class DatabaseCollector:
    """Hands the numbers of one scrape to the registry; None: the database was away."""

    def __init__(self, numbers: dict[str, float] | None, cache: str) -> None:
        self._numbers = numbers
        self._cache = cache

    def collect(self) -> Iterable[Metric]:
        """As prometheus_client calls it."""
        up = "qingyuan_database_up", "Whether the database answered within three seconds."
        yield GaugeMetricFamily(*up, value=float(self._numbers is not None))
        state = GaugeMetricFamily("qingyuan_cache", "State of the shared cache.", labels=["state"])
        for name in ("off", "ok", "unreachable"):
            state.add_metric([name], float(self._cache == name))
        yield state
        for name, value in (self._numbers or {}).items():
            yield GaugeMetricFamily(name, HELP[name], value=value)
