"""How much of a time is still to be given back. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

LONGEST_OUTAGE = timedelta(hours=2)  # one act
LONGEST_TOTAL = timedelta(hours=4)  # all acts of a contest together
OLDEST = timedelta(hours=12)  # nobody is still answering who lost time longer ago

Period = tuple[datetime, datetime]


def seconds_left(period: Period, given: Iterable[Period]) -> int:
    """Whole seconds of a period that no earlier act has given back; overlapping acts count once."""
    began, ended = period
    left = ended - began
    at = began
    for start, end in sorted(given):
        start, end = max(start, at), min(end, ended)
        if end > start:
            left -= end - start
            at = end
    return int(left.total_seconds())
