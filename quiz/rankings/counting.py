"""Which attempt of a pupil counts, for a few pupils or a million: pure arrays, by each sitting's policy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quiz.attempts.rules import FULL_SCORE
from quiz.rankings.rules import MOST_SECONDS, SECONDS_BITS

Integers = npt.NDArray[np.int64]
#: The columns of closed attempts as gathering.attempts_query reads them.
SITTING, USER, ATTEMPT, SCHOOL, CLASS, SCORE, SECONDS, NUMBER = range(8)


@dataclass(frozen=True)
class SittingFacts:
    """A sitting of the contest: its group, which attempt counts (best, first, last), the mark to pass in hundredths.

    Without ``compares_time`` equal scores share a rank, whatever time they took.
    """

    id: int
    group: str
    counting: str
    pass_hundredths: int
    compares_time: bool = True


@dataclass(frozen=True)
class Results:
    """The counting results, one row per pupil and sitting, in columns. ``group`` is the place in the list of sittings."""

    group: Integers
    user: Integers
    attempt: Integers
    school: Integers
    school_class: Integers
    key: Integers
    passed: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.user)

    @property
    def loss(self) -> Integers:
        """What each lacks to the full score, in hundredths."""
        return self.key >> SECONDS_BITS

    def of(self, rows: npt.NDArray[np.bool_] | Integers) -> "Results":
        """Some of the rows."""
        return Results(
            self.group[rows], self.user[rows], self.attempt[rows], self.school[rows], self.school_class[rows],
            self.key[rows], self.passed[rows],
        )  # fmt: skip


def counting_results(attempts: Integers, sittings: Sequence[SittingFacts]) -> Results:
    """The counting attempt of every pupil among closed attempts.

    Best: highest score, then fewest seconds, then the earlier one.
    """
    ids = np.array([sitting.id for sitting in sittings], np.int64)
    order = np.argsort(ids)
    group = order[np.searchsorted(ids[order], attempts[:, SITTING])] if len(attempts) else attempts[:, SITTING]
    rows = _first_of_each(attempts, group, [sitting.counting for sitting in sittings])
    attempts, group = attempts[rows], group[rows]
    score = attempts[:, SCORE]
    pass_marks = np.array([sitting.pass_hundredths for sitting in sittings], np.int64)
    compares_time = np.array([sitting.compares_time for sitting in sittings], np.bool_)
    seconds = np.minimum(attempts[:, SECONDS], MOST_SECONDS) * compares_time[group]
    return Results(
        group=group, user=attempts[:, USER], attempt=attempts[:, ATTEMPT], school=attempts[:, SCHOOL],
        school_class=attempts[:, CLASS],
        key=(FULL_SCORE - score << SECONDS_BITS) | seconds,
        passed=score >= pass_marks[group] if len(group) else np.zeros(0, np.bool_),
    )  # fmt: skip


def _first_of_each(attempts: Integers, group: Integers, counting: Sequence[str]) -> Integers:
    """The rows of the counting attempts."""
    owner = group << 32 | attempts[:, USER]
    plain = np.argsort(owner, kind="stable")
    if not (np.diff(owner[plain]) == 0).any():
        return plain  # the usual case: nobody has two
    is_best = np.array([policy == "best" for policy in counting])[group]
    is_last = np.array([policy == "last" for policy in counting])[group]
    number = np.where(is_last, -attempts[:, NUMBER], attempts[:, NUMBER])
    seconds, loss = np.where(is_best, attempts[:, SECONDS], 0), np.where(is_best, -attempts[:, SCORE], 0)
    order = np.lexsort((number, seconds, loss, owner))
    firsts: Integers = order[np.append(True, np.diff(owner[order]) != 0)]
    return firsts
