"""Rules of sittings and attempts: phases, deadlines, what is visible when, and marking. Pure.

Marking is a function of the paper snapshot, the current answers, the item versions and RULES_VERSION alone, so
every score can be recomputed. Points and scores are integer hundredths, a paper's score is 0–10000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from question_bank.kinds import MarkingPolicy, kind_of
from question_bank.kinds.base import round_half_up
from question_bank.model import Item

RULES_VERSION = 1  # raise it when marking changes; mark_paper must go on marking the older ones
FULL_SCORE = 10000
SWEEP_MARGIN = timedelta(seconds=3)  # a save that arrived in time may still be waiting for the row
MAX_SEQ = 100_000  # no number of a save is higher, whatever the paper
SAVES_PER_ITEM, MIN_SAVES = 50, 1000  # far more than a person changes an answer; a script must not fill the disk


class Phase(StrEnum):
    """Where a sitting's window stands."""

    BEFORE = "before"
    OPEN = "open"
    AFTER = "after"
    CANCELLED = "cancelled"


class SittingPolicy(Protocol):
    """What the rules need to know of a sitting."""

    closes_at: datetime
    grace_seconds: int
    release_results: Any
    release_keys: Any
    results_released_at: datetime | None
    keys_released_at: datetime | None


class AttemptState(Protocol):
    """What the rules need to know of an attempt."""

    status: Any
    closed_at: datetime | None


def phase(opens_at: datetime, closes_at: datetime, cancelled_at: datetime | None, now: datetime) -> Phase:
    """The phase of a window: it is open from ``opens_at`` on, and no longer at ``closes_at``."""
    if cancelled_at is not None:
        return Phase.CANCELLED
    if now < opens_at:
        return Phase.BEFORE
    return Phase.OPEN if now < closes_at else Phase.AFTER


def deadline(started_at: datetime, duration_seconds: int, extra_seconds: int, closes_at: datetime) -> datetime:
    """When an attempt that starts now must end: after its time, but not after the window."""
    return min(started_at + timedelta(seconds=duration_seconds + extra_seconds), closes_at)


def is_late(deadline_at: datetime, grace_seconds: int, now: datetime) -> bool:
    """Whether something arriving now is too late, the declared grace included."""
    return now > deadline_at + timedelta(seconds=grace_seconds)


def most_saves(items: int) -> int:
    """How many answers an attempt at a paper of so many items takes, changes included: the highest number of a save."""
    return min(max(SAVES_PER_ITEM * items, MIN_SAVES), MAX_SEQ)


def elapsed_seconds(started_at: datetime, submitted_at: datetime, allowed_seconds: int) -> int:
    """Whole seconds from start to submit by the server's clock, at most the time that was allowed."""
    return max(0, min(int((submitted_at - started_at).total_seconds()), allowed_seconds))


def visible_from(
    sitting: SittingPolicy, policy: str, released_at: datetime | None, closed_at: datetime
) -> datetime | None:
    """From when something may be seen by the owner of an attempt closed at ``closed_at``; None: not yet known.

    "After the window" means after its grace too: until then somebody may still be answering.
    """
    if policy == "at_once":
        return closed_at
    if policy == "after_close":
        return max(closed_at, sitting.closes_at + timedelta(seconds=sitting.grace_seconds))
    return None if released_at is None else max(closed_at, released_at)


def results_visible_from(sitting: SittingPolicy, attempt: AttemptState) -> datetime | None:
    """When the owner may see the score of a closed attempt; None while it is open, voided or not released."""
    if attempt.closed_at is None or attempt.status not in ("submitted", "expired"):
        return None
    return visible_from(sitting, sitting.release_results, sitting.results_released_at, attempt.closed_at)


def keys_visible_from(
    sitting: SittingPolicy, attempt: AttemptState, answering_until: datetime | None
) -> datetime | None:
    """When the owner may see keys and explanations of a closed attempt; None while that is not known.

    ``answering_until``: until when somebody of the sitting may still answer (queries.answering_until). Somebody
    with extra time may go on beyond the window; whoever has finished must not be able to tell. Only "at once",
    chosen with open eyes, does not wait.
    """
    if attempt.closed_at is None or attempt.status not in ("submitted", "expired"):
        return None
    since = visible_from(sitting, sitting.release_keys, sitting.keys_released_at, attempt.closed_at)
    if since is None or answering_until is None or sitting.release_keys == "at_once":
        return since
    return max(since, answering_until)


def results_visible(sitting: SittingPolicy, attempt: AttemptState, now: datetime) -> bool:
    """Whether the owner may see the score now."""
    since = results_visible_from(sitting, attempt)
    return since is not None and since <= now


def keys_visible(
    sitting: SittingPolicy, attempt: AttemptState, now: datetime, answering_until: datetime | None
) -> bool:
    """Whether the owner may see keys and explanations now; see keys_visible_from."""
    since = keys_visible_from(sitting, attempt, answering_until)
    return since is not None and since <= now


def mark_paper(
    paper: Sequence[Mapping[str, Any]],
    answers: Mapping[int, Sequence[str]],
    items: Mapping[int, Item],
    rules_version: int = RULES_VERSION,
) -> tuple[int, list[dict[str, Any]]]:
    """Score (0–10000, a half rounded up) and marks of a paper snapshot.

    ``answers`` and ``items`` are by position; a position without an answer earns nothing. Raises ValueError for
    a rules version that is not known here.
    """
    if rules_version != RULES_VERSION:
        raise ValueError(f"unknown rules version {rules_version}")
    marks = [_mark(entry, answers.get(entry["position"], ()), items[entry["position"]]) for entry in paper]
    total = sum(entry["points"] for entry in paper)
    awarded = sum(mark["awarded"] for mark in marks)
    return (round_half_up(awarded * FULL_SCORE, total) if total else 0), marks


def _mark(entry: Mapping[str, Any], answer: Sequence[str], item: Item) -> dict[str, Any]:
    mark = kind_of(item).mark(item, tuple(answer), entry["points"], MarkingPolicy(entry.get("partial", False)))
    return {
        "position": entry["position"], "awarded": mark.awarded, "points": entry["points"],
        "is_correct": mark.is_correct,
    }  # fmt: skip


def unfinished(
    paper: Sequence[Mapping[str, Any]], answers: Mapping[int, Sequence[str]], items: Mapping[int, Item]
) -> tuple[list[int], list[int]]:
    """The positions without an answer, and those answered only in part (rows not chosen, blanks not filled)."""
    unanswered = [entry["position"] for entry in paper if entry["position"] not in answers]
    half = [at for at, given in sorted(answers.items()) if not kind_of(items[at]).is_complete(items[at], tuple(given))]
    return unanswered, half


@dataclass(frozen=True)
class TopicResult:
    """How an attempt went in one topic; points in hundredths, ``correct`` of ``count`` items fully right."""

    topic: str
    count: int
    correct: int
    awarded: int
    points: int

    @property
    def percent(self) -> int:
        """Whole per cent of the topic's points, a half rounded up."""
        return round_half_up(self.awarded * 100, self.points) if self.points else 0


def topic_results(marks: Sequence[Mapping[str, Any]], items: Mapping[int, Item]) -> list[TopicResult]:
    """Marks gathered by topic, in the order in which topics first appear in the paper; ``items`` by position."""
    gathered: dict[str, list[Mapping[str, Any]]] = {}
    for mark in marks:
        gathered.setdefault(items[mark["position"]].topic, []).append(mark)
    return [
        TopicResult(
            topic=topic,
            count=len(found),
            correct=sum(bool(mark["is_correct"]) for mark in found),
            awarded=sum(mark["awarded"] for mark in found),
            points=sum(mark["points"] for mark in found),
        )
        for topic, found in gathered.items()
    ]
