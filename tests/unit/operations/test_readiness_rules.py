"""When the site is ready, and when a contest may be called so."""

from datetime import UTC, datetime, timedelta

import pytest

from quiz.operations import rules
from quiz.operations.rules import Check, ContestFacts, Level

NOW = datetime(2026, 6, 26, 8, tzinfo=UTC)
SOUND = ContestFacts(lacking=(), pupils=10, without_slip=0, window_seconds=3600, duration_seconds=1800)


@pytest.mark.parametrize(
    ("seconds", "level"), [(None, Level.WARN), (0, Level.OK), (60, Level.OK), (61, Level.WARN), (-5, Level.OK)]
)
def test_worker(seconds: int | None, level: Level) -> None:
    sign = None if seconds is None else NOW - timedelta(seconds=seconds)
    assert rules.worker(sign, NOW).level is level


@pytest.mark.parametrize(
    ("age", "failed", "level", "state"),
    [
        (None, 0, Level.OK, "ok"),
        (60, 0, Level.OK, "ok"),
        (61, 0, Level.WARN, "old"),
        (61, 3, Level.WARN, "old"),
        (None, 3, Level.WARN, "failed"),
    ],
)
def test_queue(age: int | None, failed: int, level: Level, state: str) -> None:
    oldest = None if age is None else NOW - timedelta(seconds=age)
    check = rules.queue(5, oldest, failed, NOW)
    assert (check.level, check.state) == (level, state)


@pytest.mark.parametrize(
    ("free", "level"), [(10 * 1024**3, Level.OK), (1024**3, Level.WARN), (199 * 1024**2, Level.FAIL)]
)
def test_disk(free: int, level: Level) -> None:
    assert rules.disk(free).level is level


@pytest.mark.parametrize(("hours", "level"), [(None, Level.WARN), (25, Level.OK), (27, Level.WARN)])
def test_backup(hours: int | None, level: Level) -> None:
    last = None if hours is None else NOW - timedelta(hours=hours)
    assert rules.backup(last, NOW).level is level


@pytest.mark.parametrize(
    ("check", "is_ready"),
    [
        (rules.worker(None, NOW), False),
        (rules.durability(["fsync is off"]), False),
        (rules.overdue(1), False),
        (rules.queue(1, NOW - timedelta(hours=1), 0, NOW), False),
        (rules.queue(0, None, 4, NOW), True),
        (rules.cache("unreachable"), True),
        (rules.backup(None, NOW), True),
        (rules.disk(1024**3), False),
        (Check("database", Level.FAIL, "away"), False),
    ],
)
def test_what_keeps_a_contest_from_being_ready(check: Check, is_ready: bool) -> None:
    assert rules.is_ready([Check("database", Level.OK), check], rules.contest_checks(SOUND)) is is_ready


@pytest.mark.parametrize(
    ("changes", "is_ready"),
    [
        ({}, True),
        ({"lacking": ("too few",)}, False),
        ({"pupils": 0}, False),
        ({"without_slip": 10}, True),
        ({"window_seconds": 60}, True),
    ],
)
def test_what_of_the_contest_itself_does(changes: dict[str, object], is_ready: bool) -> None:
    facts = ContestFacts(**{**SOUND.__dict__, **changes})  # type: ignore[arg-type]
    assert rules.is_ready([], rules.contest_checks(facts)) is is_ready


def test_the_verdict_is_the_worst() -> None:
    assert rules.verdict([]) is Level.OK
    assert rules.verdict([rules.cache("unreachable"), rules.overdue(0)]) is Level.WARN
    assert rules.verdict([rules.cache("unreachable"), rules.durability(["x"])]) is Level.FAIL
