"""Failed verifications of a source are counted within a window."""

from datetime import UTC, datetime, timedelta

from quiz.awards.limit import WINDOW, FailureLimit

NOW = datetime(2026, 6, 26, tzinfo=UTC)


def test_after_the_most_a_source_waits_and_others_do_not():
    limit = FailureLimit(most=3)
    assert [limit.failed("a", NOW) for _ in range(5)] == [False, False, False, True, True]
    assert not limit.failed("b", NOW)


def test_a_new_window_forgets():
    limit = FailureLimit(most=1)
    limit.failed("a", NOW)
    assert limit.failed("a", NOW + WINDOW - timedelta(seconds=1))
    assert not limit.failed("a", NOW + WINDOW)
