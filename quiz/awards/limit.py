"""A limit on failed verifications of one source, kept in the process: a page that only reads must not write.

It keeps a script from asking thousands of times; a code of 140 bits is not guessed anyway. What is genuine is shown to a
limited source too, so that a school behind one address is never locked out by one of its own.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
MOST_FAILURES = 30
MOST_SOURCES = 10_000


class FailureLimit:
    """Counts failures by source within a window."""

    def __init__(self, most: int = MOST_FAILURES, window: timedelta = WINDOW) -> None:
        self._most, self._window = most, window
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def failed(self, source: str, now: datetime) -> bool:
        """Count a failure; whether the source has had too many."""
        with self._lock:
            began, count = self._counts.pop(source, (now, 0))
            if began <= now - self._window:
                began, count = now, 0
            self._counts[source] = (began, count + 1)
            while len(self._counts) > MOST_SOURCES:
                self._counts.popitem(last=False)
            return count >= self._most

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counts.clear()
