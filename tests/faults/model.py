"""The specification of an attempt's life, in plain Python: what the server must answer and what must be stored.

Read it from top to bottom; the state machine of test_state_machine.py does everything to the product and to this
model, and compares. Nothing here is imported from the product. Times are aware datetimes, scores hundredths.

1. A sitting is open from ``opens_at`` on and no longer at ``closes_at``. Of one pupil's attempts at most one is open, and
   there are at most ``allowed``.
2. The deadline is written at the start: the duration, but not beyond the window. Only staff move it, and only while the
   attempt is open and not past its deadline and grace.
3. An answer counts when it arrives before the deadline and its grace have passed. Its number was not used before, and no
   higher one was used for its position. Else 409, or 410 once nothing is taken any more.
4. An answer that is already stored under its number is told the very same as the first time, for ever.
5. An ended login does nothing: 401. A stranger finds nothing: 404. What no page sends is refused: 422.
6. An attempt is closed once: by the pupil, or at its deadline with what was saved, whoever notices.
7. The score is the share of items answered exactly right, by the keys that hold now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

GRACE = timedelta(seconds=5)
DURATION = timedelta(seconds=600)
SWEEP_MARGIN = timedelta(seconds=3)  # the sweeper leaves time to a save that arrived at the last moment and waits
ALLOWED = 2


class Told(NamedTuple):
    """Status and the parts of a reply that must be equal."""

    status: int
    content: dict[str, Any]


class Row(NamedTuple):
    """One line of the log."""

    seq: int
    position: int
    choices: tuple[str, ...]


@dataclass
class AttemptModel:
    """One attempt: its paper (item ids by position), its log in the order of arrival, its end."""

    public_id: str
    paper: Mapping[int, str]
    started_at: datetime
    deadline_at: datetime
    log: list[Row] = field(default_factory=list)
    told: dict[int, Told] = field(default_factory=dict)  # by number: what the first request was told
    extra: timedelta = timedelta()
    status: str = "in_progress"
    closed_at: datetime | None = None
    elapsed: int | None = None

    @property
    def is_open(self) -> bool:
        return self.status == "in_progress"

    def is_late(self, now: datetime) -> bool:
        """Whether what arrives now is too late."""
        return now > self.deadline_at + GRACE

    def takes_answers(self, now: datetime) -> bool:
        return self.is_open and not self.is_late(now)

    @property
    def answers(self) -> dict[int, tuple[str, ...]]:
        """What stands: of each position the highest number; an empty answer is none."""
        latest = {row.position: row.choices for row in sorted(self.log)}
        return {position: choices for position, choices in sorted(latest.items()) if choices}

    @property
    def next_seq(self) -> int:
        return max((row.seq for row in self.log), default=0) + 1

    def save(self, row: Row, now: datetime) -> Told:
        """One answer arrives."""
        if row in self.log:
            return self.told[row.seq]
        if not self.takes_answers(now):
            return self._tell(410, "closed", row)
        if any(one.seq == row.seq or (one.position == row.position and one.seq > row.seq) for one in self.log):
            return self._tell(409, "stale", row)
        self.log.append(row)
        self.told[row.seq] = self._tell(200, "saved", row)
        return self.told[row.seq]

    def _tell(self, status: int, word: str, row: Row) -> Told:
        stands = list(self.answers.get(row.position, ()))
        content = {"status": word, "seq": row.seq, "next_seq": self.next_seq, "choices": stands}
        return Told(status, content | {"answered": len(self.answers), "total": len(self.paper)})

    def look(self, now: datetime) -> Told:
        """The page asks what the server holds."""
        if not self.takes_answers(now):
            return Told(410, {"status": "closed"})
        answers = {str(position): list(choices) for position, choices in self.answers.items()}
        left = max(0.0, (self.deadline_at - now).total_seconds())
        content = {"status": "open", "answers": answers, "answered": len(answers), "next_seq": self.next_seq}
        return Told(200, content | {"remaining_seconds": left})

    def submit(self, now: datetime) -> None:
        """Hand in; after the end it changes nothing."""
        if self.is_open and self.is_late(now):
            self.expire()
        elif self.is_open:
            self.status, self.closed_at = "submitted", now
            self.elapsed = int(min(now - self.started_at, DURATION + self.extra).total_seconds())

    def expire(self) -> None:
        """The deadline closes it, whenever that is noticed; the whole time counts."""
        self.status, self.closed_at = "expired", self.deadline_at
        self.elapsed = int((DURATION + self.extra).total_seconds())

    def extend(self, seconds: int, now: datetime) -> bool:
        """Staff give more time, also beyond the window; whether that was possible."""
        if not self.takes_answers(now):
            return False
        self.extra += timedelta(seconds=seconds)
        self.deadline_at += timedelta(seconds=seconds)
        return True


@dataclass
class SittingModel:
    """One pupil in one sitting. ``keys`` are the right choices by item id, as they hold now."""

    opens_at: datetime
    closes_at: datetime
    keys: dict[str, frozenset[str]] = field(default_factory=dict)
    attempts: list[AttemptModel] = field(default_factory=list)

    @property
    def current(self) -> AttemptModel | None:
        """The attempt in progress."""
        return next((one for one in self.attempts if one.is_open), None)

    def may_start(self, now: datetime) -> AttemptModel | bool:
        """The attempt that a start leads to, or whether it makes a new one."""
        if not self.opens_at <= now < self.closes_at:
            return False
        if self.current is not None and not self.current.is_late(now):
            return self.current
        return len(self.attempts) < ALLOWED

    def start(self, public_id: str, paper: Mapping[int, str], now: datetime) -> AttemptModel:
        """A new attempt; one whose time has run out unnoticed is closed first."""
        if self.current is not None:
            self.current.expire()
        made = AttemptModel(public_id, paper, now, min(now + DURATION, self.closes_at))
        self.attempts.append(made)
        return made

    def sweep(self, now: datetime) -> int:
        """Close what is past its deadline and grace; returns how many."""
        due = [one for one in self.attempts if one.is_open and one.is_late(now - SWEEP_MARGIN)]
        for one in due:
            one.expire()
        return len(due)

    def score(self, attempt: AttemptModel) -> int | None:
        """None while it is open; else the share of right items, a half rounded up."""
        if attempt.is_open:
            return None
        answers, count = attempt.answers, len(attempt.paper)
        right = sum(frozenset(answers.get(at, ())) == self.keys[item] for at, item in attempt.paper.items())
        return (right * 20000 + count) // (2 * count)
