"""When the pupils of a contest are counted: as the day of the opening ends, or as a chosen day begins, in school time."""

from datetime import UTC, date, datetime

import pytest

from quiz.rankings.expected.rules import count_moment


@pytest.mark.parametrize(
    ("opens_at", "counted_at"),
    [
        (datetime(2026, 6, 20, 0, tzinfo=UTC), datetime(2026, 6, 20, 16, tzinfo=UTC)),  # 08:00 at school
        (datetime(2026, 6, 20, 15, 59, tzinfo=UTC), datetime(2026, 6, 20, 16, tzinfo=UTC)),  # a minute before midnight
        (datetime(2026, 6, 20, 16, tzinfo=UTC), datetime(2026, 6, 21, 16, tzinfo=UTC)),  # at midnight
    ],
)
def test_rosters_of_the_first_day_are_in_the_count(opens_at: datetime, counted_at: datetime) -> None:
    assert count_moment(None, opens_at) == counted_at


def test_a_chosen_day_counts_as_it_begins() -> None:
    opens_at = datetime(2026, 6, 20, tzinfo=UTC)
    assert count_moment(date(2026, 6, 15), opens_at) == datetime(2026, 6, 14, 16, tzinfo=UTC)
