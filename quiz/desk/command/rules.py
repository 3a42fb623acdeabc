"""Rules of the command board, pure: steps of colour, where tiles lie, the forecast, what deserves a look.

Participants are pupils with a counting result, as the boards count them; days are those of school time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from quiz.clock import LOCAL_ZONE
from quiz.rankings.profiles import round_half_up
from quiz.rankings.rules import MOST_UNITS, SMALLEST_UNIT, upper_part

STEPS = (25, 50, 75, 95)  # per cent at which a tile changes its colour, from step 1 to step 5
PACE_DAYS = 3  # the forecast goes by the last three whole days
DAY_SECONDS = 86400
QUICK = timedelta(minutes=4)  # a whole school within this time of its first start deserves a look
QUICK_LEAST = 5  # pupils; a smaller school may well be through in four minutes
FEW = 5  # participants of a school, below which it is worth asking
FEW_LEAST = 20  # expected pupils, from which so few are remarkable
FEW_AFTER = timedelta(days=1)  # from the opening; before, few is usual
MIDNIGHT_REST = timedelta(minutes=5)  # papers closed by their deadline at midnight are in the database by then

#: Region → column and row of what lies in it, roughly as it lies. A schema, not a map: it shows no border and no size.
LAYOUTS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "630000": {
        "632200": (3, 1),  # 海北
        "632800": (1, 2),  # 海西
        "632500": (2, 2),  # 海南
        "630100": (3, 2),  # 西宁
        "630200": (4, 2),  # 海东
        "632700": (1, 3),  # 玉树
        "632600": (2, 3),  # 果洛
        "632300": (3, 3),  # 黄南
    }
}


class ForecastKind(StrEnum):
    """What can be said of the end."""

    NOBODY = "nobody"  # nobody is expected
    DONE = "done"  # all expected have taken part
    OVER = "over"  # the contest is over
    TOO_LITTLE = "too_little"  # fewer than three whole days have been counted
    STILL = "still"  # nobody came in the last three days
    PACE = "pace"


@dataclass(frozen=True)
class Forecast:
    """``remaining`` expected pupils at ``three_days`` participants in three days; ``at_close`` and the day that all are in."""

    kind: ForecastKind
    remaining: int = 0
    three_days: int = 0
    at_close: int = 0
    all_by: date | None = None

    @property
    def pace(self) -> int:
        """Participants a day, a half rounded up."""
        return round_half_up(self.three_days, PACE_DAYS)


@dataclass(frozen=True)
class Count:
    """Pupils of a place who have taken part, of those expected."""

    pupils: int
    expected: int

    @property
    def per_cent(self) -> int | None:
        """Whole per cent, a half rounded up; None where nobody is expected."""
        return round_half_up(self.pupils * 100, self.expected) if self.expected else None

    @property
    def step(self) -> int:
        """0 for nobody yet, then 1 to 5 by share; never 5 by rounding alone."""
        if not self.pupils or not self.expected:
            return 0
        return 1 + sum(self.pupils * 100 >= bound * self.expected for bound in STEPS)


def place_tiles(region_id: str, codes: Collection[str]) -> dict[str, tuple[int, int]]:
    """Where the tiles of a region lie as (column, row); empty where no layout fits, then they follow in code order."""
    layout = LAYOUTS.get(region_id, {})
    return {code: layout[code] for code in codes} if codes and set(codes) <= layout.keys() else {}


def fit_for_guests(counts: Sequence[Count]) -> list[int]:
    """Which schools a screen on a wall may show, as places in ``counts``, the largest share first.

    As on a public board: the upper half, ties together or not at all, none with fewer than five participants.
    """
    begun = [at for at, one in enumerate(counts) if one.pupils and one.expected]
    order = sorted(begun, key=lambda at: Fraction(counts[at].pupils, counts[at].expected), reverse=True)
    shares = [Fraction(counts[at].pupils, counts[at].expected) for at in order]
    ranks = {at: shares.index(share) + 1 for at, share in zip(order, shares, strict=True)}
    large = [at for at in order if counts[at].pupils >= SMALLEST_UNIT]
    return upper_part(large, size=len(order), most=MOST_UNITS, rank_of=lambda at: ranks[at])


def local_day(at: datetime) -> date:
    """The day of a moment in school time."""
    return at.astimezone(LOCAL_ZONE).date()


def day_starts(day: date) -> datetime:
    """The first moment of a day in school time."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)


def whole_days(opens_at: datetime, closes_at: datetime, now: datetime) -> list[date]:
    """The days of a contest that are over and can be counted for good: from its first to yesterday or its last."""
    first = local_day(opens_at)
    last = min(local_day(now - MIDNIGHT_REST) - timedelta(days=1), local_day(closes_at))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def newcomers(
    pupils: int, days: Sequence[tuple[date, int]] | None, *, closes_at: datetime, now: datetime
) -> int | None:
    """Participants since midnight: all, less those of the whole days; None while those are not counted.

    A paper that was open at the end may be closed after midnight, but none later than the day after: from then on nobody
    is new, whatever the days have left out.
    """
    if local_day(now - MIDNIGHT_REST) > local_day(closes_at) + timedelta(days=1):
        return 0
    return None if days is None else max(0, pupils - sum(number for _, number in days))


def forecast(
    count: Count, remaining: int, days: Sequence[tuple[date, int]] | None, *, opens_at: datetime, closes_at: datetime,
    now: datetime,
) -> Forecast:  # fmt: skip
    """What the pace of the last three whole days comes to. ``days``: participants of each day, None if not counted.

    ``remaining``: the pupils who are missing, added up school by school. More than were expected of one school do not stand
    in for another. The day of the opening is no whole one, unless it began with it. It knows neither weekends nor holidays,
    and the page says so.
    """
    if not count.expected:
        return Forecast(ForecastKind.NOBODY)
    if not remaining:
        return Forecast(ForecastKind.DONE)
    if now >= closes_at:
        return Forecast(ForecastKind.OVER, remaining)
    whole = [number for day, number in days or () if day_starts(day) >= opens_at]
    if len(whole) < PACE_DAYS:
        return Forecast(ForecastKind.TOO_LITTLE, remaining)
    three = sum(whole[-PACE_DAYS:])
    if not three:
        return Forecast(ForecastKind.STILL, remaining)
    more = three * int((closes_at - now).total_seconds()) // (PACE_DAYS * DAY_SECONDS)
    needed = -(-remaining * PACE_DAYS * DAY_SECONDS // three)  # seconds, rounded up
    return Forecast(
        ForecastKind.PACE, remaining, three, min(count.expected, count.pupils + more),
        local_day(now + timedelta(seconds=needed)) if needed < 3650 * DAY_SECONDS else None,
    )  # fmt: skip


def is_quick(first_start: datetime, closings: Sequence[datetime], expected: int) -> bool:
    """Whether all expected pupils of a school had handed in within four minutes of its first start.

    ``closings``: the first hand-in of each pupil. Once true it stays true, whoever tries again later.
    """
    within = sum(closed <= first_start + QUICK for closed in closings)
    return expected >= QUICK_LEAST and within >= expected


def asks_for_few(opens_at: datetime, now: datetime) -> bool:
    """Whether it is late enough to ask about schools with few participants."""
    return now >= opens_at + FEW_AFTER
