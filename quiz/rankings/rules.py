"""Rules of rankings, pure: who is ahead of whom, what a board shows and when.

A rank is one more than the number of those ahead, so equal rows share it and the next one is skipped (1-2-2-4).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from quiz.attempts.rules import FULL_SCORE

Row = TypeVar("Row")

MOST_PEOPLE = 100  # of a board for pupils and the public
MOST_UNITS = 50
SMALLEST_UNIT = 5  # a unit with fewer participants is not shown there: its figures would be somebody's score
PUBLIC_FOR = timedelta(days=30)  # a list of minors is taken down when it has served its purpose
BANDS = (1, 5, 10, 20, 30, 40, 50)  # “top … per cent”; below the middle no band is named

SECONDS_BITS = 17
MOST_SECONDS = (1 << SECONDS_BITS) - 1  # a day and a half; no attempt may last longer


class BoardLevel(StrEnum):
    """What the rows of a board are."""

    PUPIL = "pupil"
    CLASS = "class"
    SCHOOL = "school"
    COUNTY = "county"
    PREFECTURE = "prefecture"


UNIT_LEVELS = (BoardLevel.CLASS, BoardLevel.SCHOOL, BoardLevel.COUNTY, BoardLevel.PREFECTURE)
ALL = "all"  # the category of unit standings that counts every group and kind of school


def upper_half(size: int) -> int:
    """The last rank that lies in the upper half of ``size`` rows (the middle one of an odd number belongs to it)."""
    return -(-size // 2)


def upper_part(rows: Sequence[Row], *, size: int, most: int, rank_of: Callable[[Row], int]) -> list[Row]:
    """The rows of a public board: ranks in the upper half of ``size``, at most ``most``.

    Rows that share a rank are shown together or not at all. ``rows`` are in order of rank.
    """
    shown = [row for row in rows if rank_of(row) <= upper_half(size)]
    if len(shown) <= most:
        return shown
    cut = rank_of(shown[most])
    return [row for row in shown[:most] if rank_of(row) < cut]


def band(place: int, size: int) -> int | None:
    """“You are in the top … per cent”; None below the middle, where no number would encourage."""
    if size < 1 or place > upper_half(size):
        return None
    return next((per_cent for per_cent in BANDS if place * 100 <= per_cent * size), BANDS[-1])


class SittingFacts(Protocol):
    """What visibility needs to know of a sitting."""

    opens_at: datetime
    closes_at: datetime
    grace_seconds: int
    release_results: Any
    results_released_at: datetime | None
    cancelled_at: datetime | None


def results_open(sitting: SittingFacts, now: datetime) -> bool:
    """Whether results of a sitting may be seen by everybody who took part."""
    if sitting.cancelled_at is not None or now < sitting.opens_at:
        return False
    if sitting.release_results == "at_once":
        return True
    if sitting.release_results == "after_close":
        return now >= _end(sitting)
    return sitting.results_released_at is not None and sitting.results_released_at <= now


def is_frozen(freezes_at: datetime | None, unfreezes_at: datetime | None, now: datetime) -> bool:
    """Whether boards show the standings as of ``freezes_at`` to everybody but those who manage the contest."""
    return freezes_at is not None and freezes_at <= now and (unfreezes_at is None or now < unfreezes_at)


class PublicBoard(StrEnum):
    """What the public finds at the address of a board."""

    EARLY = "early"
    OPEN = "open"
    EXPIRED = "expired"


def public_board(sittings: Sequence[SittingFacts], now: datetime) -> PublicBoard:
    """Public while all windows are over and all results released, and for PUBLIC_FOR after the last window."""
    if not all(results_open(sitting, now) and now >= _end(sitting) for sitting in sittings):
        return PublicBoard.EARLY
    last = max(_end(sitting) for sitting in sittings)
    return PublicBoard.OPEN if now < last + PUBLIC_FOR else PublicBoard.EXPIRED


def _end(sitting: SittingFacts) -> datetime:
    """The end of the window, grace included: until then somebody may still be answering."""
    return sitting.closes_at + timedelta(seconds=sitting.grace_seconds)


MOST_PAUSE = timedelta(minutes=1)
UNITS_PER_SECOND = 1000  # unit rows for which a second of pause between two looks at the rosters is fair


def gathering_due(gathered_at: datetime | None, units: int, now: datetime) -> bool:
    """Whether classes, enrolments and headcounts must be looked at again: they take a scan of the rosters.

    In a contest of few units with every tally, in a province's once a minute.
    """
    pause = min(MOST_PAUSE, timedelta(seconds=units // UNITS_PER_SECOND))
    return gathered_at is None or gathered_at + pause <= now


def order_key(score: int, elapsed_seconds: int) -> int:
    """The tie-break chain of pupils as one number, smaller is better: what is lost of the full score, then seconds.

    Where time is not compared, the seconds are 0 in every key.
    """
    return FULL_SCORE - score << SECONDS_BITS | min(elapsed_seconds, MOST_SECONDS)


def loss_of(key: int) -> int:
    """What a result lacks to the full score, in hundredths."""
    return key >> SECONDS_BITS


def score_of(key: int) -> int:
    """The score in an order key, in hundredths."""
    return FULL_SCORE - loss_of(key)


def seconds_of(key: int) -> int:
    """The seconds in an order key."""
    return key & MOST_SECONDS
