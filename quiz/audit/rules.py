"""What of the log is asked for, pure: the filter, and where a page begins."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from quiz.clock import LOCAL_ZONE

PER_PAGE = 50
MOST_EXPORTED = 50_000


@dataclass(frozen=True)
class Wanted:
    """The filter. Days are local and both count; ``actors`` is None for everybody; texts are empty for everything."""

    since: date | None = None
    until: date | None = None
    actors: tuple[int, ...] | None = None
    prefix: str = ""
    object_type: str = ""
    object_id: str = ""


@dataclass(frozen=True)
class Cursor:
    """A page begins behind the entry with this id, going down; or up, when the previous page is asked for."""

    entry_id: int
    is_up: bool = False


def begins(day: date) -> datetime:
    """The moment at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)


def ends(day: date) -> datetime:
    """The moment at which a local day is over."""
    return begins(day + timedelta(days=1))
