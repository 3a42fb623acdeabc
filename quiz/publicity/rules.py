"""Rules of the public page, pure: what is counted down to, what the whole contest is at, how long winners are listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from quiz.contests.rules import ContestState
from quiz.rankings.rules import PUBLIC_FOR


class Line(Protocol):
    """A stage with its state and window."""

    @property
    def state(self) -> ContestState: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


@dataclass(frozen=True)
class Moment:
    """The next thing that happens: ``index`` is the stage's, ``is_end`` tells a closing from an opening."""

    index: int
    at: datetime
    is_end: bool


def next_moment(lines: Sequence[Line]) -> Moment | None:
    """The end of the stage that runs, else the beginning of the next announced one; None when nothing is ahead."""
    for state, is_end in ((ContestState.RUNNING, True), (ContestState.ANNOUNCED, False)):
        found = [
            Moment(index, line.closes_at if is_end else line.opens_at, is_end)
            for index, line in enumerate(lines)
            if line.state is state
        ]
        if found:
            return min(found, key=lambda moment: moment.at)
    return None


def whole_state(lines: Sequence[Line]) -> ContestState:
    """What the contest is at as a whole. Its first stage cancelled is the contest cancelled."""
    if lines[0].state is ContestState.CANCELLED:
        return ContestState.CANCELLED
    states = {line.state for line in lines}
    for state in (ContestState.RUNNING, ContestState.ANNOUNCED):
        if state in states:
            return state
    return ContestState.FINISHED


def is_listed(listed_at: datetime | None, now: datetime) -> bool:
    """Whether the list of award winners is public: as long as a public board, then it has served its purpose."""
    return listed_at is not None and listed_at <= now < listed_at + PUBLIC_FOR
