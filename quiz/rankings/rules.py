"""Rules of rankings, pure: who is ahead of whom, who shares a rank, what a board shows and when.

Ranks are always computed from scratch. Equal rows share a rank and the next one is skipped (1-2-2-4).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

Row = TypeVar("Row")

MOST_PEOPLE = 100  # of a board for pupils and the public
MOST_UNITS = 50
SMALLEST_UNIT = 5  # a unit with fewer participants is not shown there: its figures would be somebody's score
PUBLIC_FOR = timedelta(days=30)  # a list of minors is taken down when it has served its purpose
BANDS = (1, 5, 10, 20, 30, 40, 50)  # “top … per cent”; below the middle no band is named


class BoardLevel(StrEnum):
    """What the rows of a board are."""

    PUPIL = "pupil"
    CLASS = "class"
    SCHOOL = "school"
    COUNTY = "county"
    PREFECTURE = "prefecture"


UNIT_LEVELS = (BoardLevel.CLASS, BoardLevel.SCHOOL, BoardLevel.COUNTY, BoardLevel.PREFECTURE)
ALL = "all"  # the category of unit standings that counts every group and kind of school


@dataclass(frozen=True)
class SortKey:
    """One link of a tie-break chain: an attribute, and whether more is better."""

    attribute: str
    descending: bool


#: Score, then seconds by the server's clock, then the rank is shared. Printed on every board of pupils.
PUPIL_CHAIN = (SortKey("score", descending=True), SortKey("elapsed_seconds", descending=False))
#: The index, then the rank is shared. Printed on every board of units.
UNIT_CHAIN = (SortKey("index", descending=True),)


@dataclass(frozen=True)
class Ranked(Generic[Row]):
    """A row with its rank (from 1); tied when another row has the same one."""

    row: Row
    rank: int
    is_tied: bool


def rank(rows: Iterable[Row], chain: Sequence[SortKey]) -> list[Ranked[Row]]:
    """Rank rows by a chain of integer attributes, best first; rows equal in all of them share a rank."""
    keyed = sorted(((_key(row, chain), row) for row in rows), key=lambda pair: pair[0])
    counts: dict[tuple[int, ...], int] = {}
    first: dict[tuple[int, ...], int] = {}
    for place, (key, _) in enumerate(keyed, start=1):
        counts[key] = counts.get(key, 0) + 1
        first.setdefault(key, place)
    return [Ranked(row, first[key], counts[key] > 1) for key, row in keyed]


def _key(row: Any, chain: Sequence[SortKey]) -> tuple[int, ...]:
    return tuple(-getattr(row, link.attribute) if link.descending else getattr(row, link.attribute) for link in chain)


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


MOST_WAIT = timedelta(minutes=5)
ROWS_PER_SECOND = 1000  # stored rows for which a second of pause between two tallies is fair


def next_tally_at(tallied_at: datetime, stored: int) -> datetime:
    """The earliest moment of another tally: small contests at once, large ones after a pause of up to minutes.

    ``stored`` counts the rows that a tally writes; while it writes them, SQLite lets nobody else write.
    """
    return tallied_at + min(MOST_WAIT, timedelta(seconds=stored // ROWS_PER_SECOND))
