"""State and window are derived from facts."""

from datetime import UTC, datetime, timedelta

import pytest

from quiz.contests.rules import (
    Timing,
    check_publishable,
    check_timing,
    contest_state,
    default_timing,
    parse_place,
    published_timing,
)
from quiz.errors import DomainError

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # 10:00 in Qinghai
HOUR = timedelta(hours=1)
STATES = [
    (None, None, NOW, "draft"),
    (NOW, None, NOW - timedelta(seconds=1), "announced"),
    (NOW, None, NOW, "running"),
    (NOW, None, NOW + HOUR - timedelta(seconds=1), "running"),
    (NOW, None, NOW + HOUR, "finished"),
    (NOW, NOW, NOW + HOUR, "cancelled"),
    (None, NOW, NOW, "cancelled"),
]


@pytest.mark.parametrize(("published_at", "cancelled_at", "now", "state"), STATES)
def test_state_follows_from_the_facts(published_at, cancelled_at, now, state):
    found = contest_state(
        published_at=published_at, cancelled_at=cancelled_at, opens_at=NOW, closes_at=NOW + HOUR, now=now
    )
    assert found == state


WRONG = [
    (Timing(NOW, NOW, 600), "closes_at"),
    (Timing(NOW, NOW + timedelta(days=121), 600), "closes_at"),
    (Timing(NOW, NOW + timedelta(minutes=9), 600), "closes_at"),
    (Timing(NOW, NOW + HOUR, 0), "duration_minutes"),
    (Timing(NOW, NOW + timedelta(days=9), 5 * 3600), "duration_minutes"),
    (Timing(NOW, NOW + HOUR, 600, attempts_allowed=11), "attempts_allowed"),
    (Timing(NOW, NOW + HOUR, 600, attempts_allowed=2, release_keys="at_once"), "release_keys"),
]


@pytest.mark.parametrize(("timing", "field"), WRONG)
def test_a_wrong_timing_names_its_field(timing, field):
    with pytest.raises(DomainError) as caught:
        check_timing(timing)
    assert caught.value.field == field


def test_a_window_that_is_over_or_nearly_over_cannot_be_published():
    timing = Timing(NOW, NOW + HOUR, 600)
    check_publishable(timing, NOW + timedelta(minutes=50))
    for late in (timedelta(minutes=51), HOUR):
        with pytest.raises(DomainError):
            check_publishable(timing, NOW + late)


def test_a_window_that_starts_at_publication_keeps_its_length():
    timing = Timing(NOW, NOW + timedelta(minutes=40), 600, starts_at_publication=True)
    later = published_timing(timing, NOW + HOUR)
    assert (later.opens_at, later.closes_at) == (NOW + HOUR, NOW + HOUR + timedelta(minutes=40))


@pytest.mark.parametrize("template", ["class_quiz", "school_contest", "national_pattern", "custom"])
def test_every_default_can_be_published_as_it_is(template):
    check_publishable(published_timing(default_timing(template, 3600, NOW), NOW), NOW)


def test_school_time_is_meant():
    timing = default_timing("school_contest", 3600, NOW)
    assert timing.opens_at == datetime(2026, 6, 2, 0, 0, tzinfo=UTC)  # 08:00 tomorrow


@pytest.mark.parametrize("text", ["", "region:63", "school:", "school:x", "class:-1", "planet:630000", "class:٣"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(DomainError):
        parse_place(text)
