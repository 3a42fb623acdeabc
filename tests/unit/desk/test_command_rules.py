"""Rules of the command board: steps, tiles, forecast, what deserves a look; and that every tile can be read."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from quiz.desk.command.rules import (
    LAYOUTS,
    Count,
    ForecastKind,
    asks_for_few,
    day_starts,
    fit_for_guests,
    forecast,
    is_quick,
    local_day,
    newcomers,
    place_tiles,
    whole_days,
)
from quiz.regions.dataset import load_regions

CSS = Path(__file__).resolve().parents[3] / "static/css"
OPENS = datetime(2026, 6, 1, 0, tzinfo=UTC)  # 08:00 in school time
CLOSES = datetime(2026, 6, 14, 14, tzinfo=UTC)  # 22:00
NOW = datetime(2026, 6, 6, 2, tzinfo=UTC)  # 10:00 of the 6th


def days(*numbers: int) -> list[tuple[date, int]]:
    return [(date(2026, 6, 1) + timedelta(days=at), number) for at, number in enumerate(numbers)]


def reckon(count: Count, counted, now: datetime = NOW, *, remaining: int | None = None):
    missing = max(0, count.expected - count.pupils) if remaining is None else remaining
    return forecast(count, missing, counted, opens_at=OPENS, closes_at=CLOSES, now=now)


@pytest.mark.parametrize(
    ("pupils", "expected", "per_cent", "step"),
    [
        (0, 100, 0, 0), (1, 1000, 0, 1), (24, 100, 24, 1), (25, 100, 25, 2), (50, 100, 50, 3), (75, 100, 75, 4),
        (949, 1000, 95, 4), (95, 100, 95, 5), (130, 100, 130, 5), (0, 0, None, 0), (1, 200, 1, 1),
    ],
)  # fmt: skip
def test_a_tile_says_whole_per_cents_and_its_step_is_not_rounded(pupils, expected, per_cent, step):
    assert (Count(pupils, expected).per_cent, Count(pupils, expected).step) == (per_cent, step)


def test_tiles_lie_as_laid_out_and_no_two_at_one_spot():
    prefectures = {row.code for row in load_regions() if row.province == "630000" and row.level == "prefecture"}
    assert set(LAYOUTS["630000"]) == prefectures
    spots = place_tiles("630000", prefectures)
    assert len(set(spots.values())) == 8
    assert all(1 <= column <= 4 and 1 <= row <= 3 for column, row in spots.values())
    west, east = spots["632800"], spots["630200"]
    assert west[0] < spots["630100"][0] < east[0] and spots["632200"][1] < spots["630100"][1] < spots["632300"][1]


def test_without_a_layout_that_fits_all_tiles_follow_one_another():
    assert place_tiles("540000", ["540100"]) == {}
    assert place_tiles("630000", ["630100", "630999"]) == {}
    assert place_tiles("630000", []) == {}
    assert place_tiles("630000", ["630100"]) == {"630100": (3, 2)}


def test_a_wall_shows_the_upper_half_of_schools():
    counts = [Count(10, 100), Count(90, 100), Count(0, 50), Count(4, 4), Count(45, 50), Count(30, 100), Count(20, 100)]
    assert fit_for_guests(counts) == [1, 4]  # 4 of 4 are too few; of six that have begun three ranks are the upper half
    assert fit_for_guests([Count(5, 10), Count(5, 10)]) == [0, 1]
    assert fit_for_guests([Count(0, 10)]) == []


def test_the_whole_days_are_those_of_school_time():
    assert whole_days(OPENS, CLOSES, NOW) == [date(2026, 6, number) for number in range(1, 6)]
    late = datetime(2026, 6, 5, 16, 4, tzinfo=UTC)  # 00:04 of the 6th: a paper of the 5th may still be closed
    assert whole_days(OPENS, CLOSES, late)[-1] == date(2026, 6, 4)
    assert whole_days(OPENS, CLOSES, late + timedelta(minutes=1))[-1] == date(2026, 6, 5)
    assert whole_days(OPENS, CLOSES, CLOSES + timedelta(days=9))[-1] == date(2026, 6, 14)
    assert whole_days(OPENS, CLOSES, OPENS + timedelta(hours=3)) == []


def test_who_came_today_is_who_came_on_no_whole_day():
    def new(pupils: int, counted, now: datetime):
        return newcomers(pupils, counted, closes_at=CLOSES, now=now)

    assert new(17, days(5, 6), NOW) == 6
    assert new(10, days(5, 6), NOW) == 0, "who was counted and whose paper was made void since"
    assert new(17, None, NOW) is None
    night = CLOSES + timedelta(hours=2, minutes=10)  # 00:10 of the day after: a paper that was open at the end
    assert new(12, days(5, 6), night) == 1
    assert new(12, days(5, 6), night + timedelta(days=1)) == 0
    assert new(12, None, night + timedelta(days=1)) == 0


def test_the_forecast_is_the_pace_of_the_last_three_whole_days():
    found = reckon(Count(600, 1500), days(50, 500, 10, 20, 30))
    assert (found.kind, found.remaining, found.three_days, found.pace) == (ForecastKind.PACE, 900, 60, 20)
    assert found.at_close == 600 + 170  # 8.5 days of 20 a day
    assert found.all_by == local_day(NOW + timedelta(days=45))
    assert reckon(Count(1400, 1500), days(0, 0, 600, 600, 600)).at_close == 1500


def test_what_cannot_be_forecast_is_said():
    count = Count(10, 100)
    assert reckon(count, None).kind is ForecastKind.TOO_LITTLE
    assert reckon(count, days(5, 5)).kind is ForecastKind.TOO_LITTLE
    assert reckon(count, days(1, 2, 3)).kind is ForecastKind.TOO_LITTLE, "the day of the opening is not a whole one"
    assert reckon(count, days(9, 1, 2, 3)).three_days == 6
    assert reckon(count, days(9, 1, 0, 0, 0)).kind is ForecastKind.STILL
    assert reckon(Count(100, 100), None).kind is ForecastKind.DONE
    assert reckon(Count(120, 100), days(1, 1, 1)).remaining == 0
    assert reckon(Count(0, 0), None).kind is ForecastKind.NOBODY
    assert reckon(count, days(1, 1, 1), CLOSES).kind is ForecastKind.OVER
    assert reckon(Count(1, 10**9), days(0, 0, 0, 1)).all_by is None


def test_more_than_were_expected_of_one_school_do_not_stand_in_for_another():
    found = reckon(Count(105, 100), days(5, 10, 10, 10), remaining=20)
    assert (found.kind, found.remaining) == (ForecastKind.PACE, 20)


def test_a_day_that_the_contest_began_with_is_a_whole_one():
    found = forecast(Count(6, 100), 94, days(1, 2, 3), opens_at=day_starts(date(2026, 6, 1)), closes_at=CLOSES, now=NOW)
    assert (found.kind, found.three_days) == (ForecastKind.PACE, 6)


def test_a_school_is_quick_only_if_all_were_through_in_four_minutes():
    start = NOW
    closings = [start + timedelta(seconds=second) for second in (60, 100, 200, 239, 240)]
    assert is_quick(start, closings, 5)
    assert not is_quick(start, [*closings[:-1], start + timedelta(seconds=241)], 5)
    assert not is_quick(start, closings, 6)
    assert not is_quick(start, closings[:4], 4), "a small school may well be"
    assert is_quick(start, [*closings, start + timedelta(hours=3)], 5), "who tries again changes nothing"


def test_few_participants_are_no_news_on_the_first_day():
    assert not asks_for_few(OPENS, OPENS + timedelta(hours=23))
    assert asks_for_few(OPENS, OPENS + timedelta(hours=24))


# --- contrast -----------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["", '[data-theme="stage"] '])
@pytest.mark.parametrize("step", range(6))
def test_every_tile_has_a_contrast_of_four_and_a_half(theme, step):
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{6});", (CSS / "tokens.css").read_text()))
    rules = dict(re.findall(r"^(.*?\.tile--step\d) \{ (.*?) \}", (CSS / "command.css").read_text(), re.MULTILINE))
    rule = rules[f"{theme}.tile--step{step}"]
    pair = [tokens[re.search(rf"(?<![\w-]){name}: var\(--([\w-]+)\)", rule)[1]] for name in ("background", "color")]
    dark, light = sorted(luminance(one) for one in pair)
    assert (light + 0.05) / (dark + 0.05) >= 4.5, pair
