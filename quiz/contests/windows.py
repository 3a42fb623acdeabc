"""Windows of a stage: one for all groups, or one for each group (docs/adr/0029). Pure.

Windows are kept as the sittings of the groups have them, by kind of group; the window of the whole stage runs from the first
opening to the last closing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from quiz.clock import LOCAL_ZONE

GAP_DAYS = 7  # proposed between two stages: time to promote and to tell the schools
EARLIEST_HOUR, LATEST_HOUR, USUAL_HOUR = 7, 20, 8  # of local time, at which a proposed stage may open


class Window(NamedTuple):
    """From when to when a group may answer (UTC); open at ``opens_at``, no longer at ``closes_at``."""

    opens_at: datetime
    closes_at: datetime

    @property
    def length(self) -> timedelta:
        """How long it is open."""
        return self.closes_at - self.opens_at


Windows = Mapping[str, Window]  # by the kind of a group (rules.ContestGroupKind)


def whole(windows: Windows) -> Window:
    """From the first opening to the last closing."""
    return Window(min(one.opens_at for one in windows.values()), max(one.closes_at for one in windows.values()))


def differ(windows: Windows) -> bool:
    """Whether the groups have windows of their own."""
    return len(set(windows.values())) > 1


def shape(windows: Windows) -> Mapping[str, tuple[timedelta, timedelta]]:
    """When each group opens after the first one, and for how long: equal for windows that were only moved."""
    begin = whole(windows).opens_at
    return {kind: (one.opens_at - begin, one.length) for kind, one in windows.items()}


def beginning(windows: Windows, opens_at: datetime, *, at_least: timedelta = timedelta()) -> Windows:
    """The same windows moved so that the first opens at ``opens_at``, none shorter than ``at_least``."""
    shift = opens_at - whole(windows).opens_at
    return {
        kind: Window(one.opens_at + shift, one.opens_at + shift + max(one.length, at_least))
        for kind, one in windows.items()
    }


def proposed_after(windows: Windows) -> datetime:
    """When the stage after one with these windows opens unless somebody says otherwise: a week after its last day.

    At the hour at which this stage opens, which nobody has to think about again; in the morning where that is at night.
    """
    opens_at, closes_at = (at.astimezone(LOCAL_ZONE) for at in whole(windows))
    hour = opens_at.hour if EARLIEST_HOUR <= opens_at.hour <= LATEST_HOUR else USUAL_HOUR
    day = closes_at + timedelta(days=GAP_DAYS)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)
