"""What pupils sent and what they were told. It lives in the test's process, which survives every kill."""

import threading
from collections import Counter
from typing import Any

from tests.faults.product import LogRow

Key = tuple[str, int]  # attempt, sequence number
Answer = tuple[int, tuple[str, ...]]  # position, choices


def comparable(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply without what alone may differ between two equal ones: the time that is left."""
    return {name: value for name, value in reply.items() if name != "remaining_seconds"}


class Ledger:
    """Every request for an answer and every acknowledgement; complaints are what must never happen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: dict[Key, Answer] = {}
        self.acknowledged: dict[Key, dict[str, Any]] = {}
        self.submitted: dict[str, str] = {}  # attempt → address of its result
        self.started: dict[int, set[str]] = {}  # user → attempts
        self.troubles: Counter[str] = Counter()  # requests that had to be sent again, by what came instead
        self.complaints: list[str] = []

    def send(self, attempt: str, seq: int, position: int, choices: tuple[str, ...]) -> None:
        """Note an answer before it is sent."""
        with self._lock:
            self.sent[attempt, seq] = (position, choices)

    def acknowledge(self, attempt: str, seq: int, reply: dict[str, Any]) -> None:
        """Note a "saved"; it must name what was sent, and be equal to an earlier one of the same number."""
        with self._lock:
            position, choices = self.sent[attempt, seq]
            if (reply["status"], reply["seq"], tuple(reply["choices"])) != ("saved", seq, choices):
                self.complaints.append(f"{attempt} {seq}: sent {position} {choices}, told {reply}")
            first = self.acknowledged.setdefault((attempt, seq), comparable(reply))
            if first != comparable(reply):
                self.complaints.append(f"{attempt} {seq}: first told {first}, then {reply}")

    def trouble(self, what: str) -> None:
        """Note a request that must be repeated."""
        with self._lock:
            self.troubles[what] += 1

    def complain(self, what: str) -> None:
        """Note what must never happen."""
        with self._lock:
            self.complaints.append(what)

    def start(self, user_id: int, attempt: str) -> None:
        """Note the attempt that a start led to."""
        with self._lock:
            self.started.setdefault(user_id, set()).add(attempt)

    def submit(self, attempt: str, address: str) -> None:
        """Note that an attempt was taken in."""
        with self._lock:
            if self.submitted.setdefault(attempt, address) != address:
                self.complaints.append(f"{attempt}: result at {self.submitted[attempt]}, then at {address}")

    @property
    def retries(self) -> int:
        """How many requests were sent again."""
        return sum(self.troubles.values())

    def current(self, attempt: str) -> dict[int, tuple[str, ...]]:
        """The answers that stand, going by what was acknowledged."""
        numbers = sorted(seq for one, seq in self.acknowledged if one == attempt)
        return dict(self.sent[attempt, seq] for seq in numbers)

    def compare(self, log: list[LogRow]) -> None:
        """The log holds every acknowledged answer with its content, each once, and nothing that nobody sent."""
        assert not self.complaints, self.complaints[:5]
        stored: dict[Key, Answer] = {}
        for row in log:
            assert (row.attempt, row.seq) not in stored, f"stored twice: {row}"
            stored[row.attempt, row.seq] = (row.position, row.choices)
        lost = [key for key in self.acknowledged if stored.get(key) != self.sent[key]]
        assert not lost, f"{len(lost)} acknowledged answers are lost or changed: {lost[:5]}"
        phantoms = [key for key, answer in stored.items() if self.sent.get(key) != answer]
        assert not phantoms, f"{len(phantoms)} stored answers were never sent so: {phantoms[:5]}"
