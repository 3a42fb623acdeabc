"""Rules of the expected numbers, pure: when pupils are counted, why one is not expected, what people should look at."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from quiz.clock import LOCAL_ZONE
from quiz.errors import DomainError

MOST_REASON = 60  # characters
UNUSUAL_PER_CENT = 5  # a school that excuses more of its pupils is listed for people to look at
UNUSUAL_LEAST = 2  # one pupil of a small school tells nothing
EARLIEST = timedelta(days=366)  # before the opening


class ExcuseKind(StrEnum):
    """Why a pupil is not expected in one contest."""

    ABSENT = "absent"  # on leave, in hospital
    EXEMPT = "exempt"
    MOVED = "moved"  # to another school since the count


KINDS = tuple(ExcuseKind)
Excused = tuple[int, int, int]  # how many by kind, in the order of KINDS
NOBODY: Excused = (0, 0, 0)


def added(one: Excused, other: Excused) -> Excused:
    """Both together."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


@dataclass(frozen=True)
class Numbers:
    """How many pupils of a place are expected: the enrolled (or reported) ones less the excused."""

    counted: int = 0
    excused: Excused = NOBODY

    @property
    def expected(self) -> int:
        """Never less than nobody."""
        return max(0, self.counted - sum(self.excused))

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(self.counted + other.counted, added(self.excused, other.excused))


def count_moment(expected_on: date | None, opens_at: datetime) -> datetime:
    """When the pupils of a contest are counted: as the chosen day begins, else as the day of the opening ends (school time).

    Schools still bring their rosters on the first morning; who comes with them was meant to take part.
    """
    if expected_on is None:
        expected_on = opens_at.astimezone(LOCAL_ZONE).date() + timedelta(days=1)
    return datetime.combine(expected_on, time(), tzinfo=LOCAL_ZONE)


def check_day(day: date, opens_at: datetime, closes_at: datetime) -> None:
    """Raise DomainError for a count day long before the contest or after it."""
    moment = count_moment(day, opens_at)
    if moment >= closes_at:
        raise DomainError("统计日要在比赛结束以前，请改统计日，或者留空。", field="expected_on")
    if moment < opens_at - EARLIEST:
        raise DomainError("统计日最早在比赛开始前一年，请改统计日，或者留空。", field="expected_on")


def check_reason(reason: str) -> str:
    """The reason without outer white space; DomainError for none and for a long one."""
    reason = reason.strip()
    if not reason:
        raise DomainError("请写明原因，例如“住院，有请假条”。", field="reason")
    if len(reason) > MOST_REASON:
        raise DomainError("原因最多 60 个字，请缩短。不要写病情细节。", field="reason")
    return reason


def is_unusual(numbers: Numbers) -> bool:
    """Whether so many are excused that somebody should look at it. Nothing follows from it by itself."""
    excused = sum(numbers.excused)
    return excused >= UNUSUAL_LEAST and excused * 100 > UNUSUAL_PER_CENT * numbers.counted
