"""The script of a reveal, pure: which screen comes when.

From the lowest tier to the highest, group after group, and within each from the last place to the first. A tier is shown
in screens of a few names, the highest ones name by name; those who share a rank appear together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

MOST_ON_SCREEN = 12  # names that can be read from the last row of a hall
MOST_SINGLE = 5  # tiers that may be revealed name by name
SAMPLES = 15  # names of a tier in a rehearsal where no number says how many


class StepKind(StrEnum):
    OPENING = "opening"
    TIER = "tier"  # announces a tier: its name and how many receive it
    NAMES = "names"  # some of a tier
    SINGLE = "single"  # one place of a tier
    CLOSING = "closing"


class RevealState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"  # gone through to the end
    STOPPED = "stopped"  # given up before


@dataclass(frozen=True)
class Honour:
    """An award as the script needs it; ``position`` orders the tiers, the highest first."""

    id: int
    tier: str
    position: int
    group: str | None
    rank: int | None
    place: int
    of: str = "pupil"  # whom it honours, a value of TierKind


@dataclass(frozen=True)
class Step:
    """One screen. ``tone`` is gold, silver or lake; ``part`` of ``parts`` where a tier needs several screens; ``of`` is whom
    the tier honours."""

    kind: StepKind
    tier: str = ""
    tone: str = "lake"
    group: str | None = None
    count: int = 0
    rank: int | None = None
    part: int = 1
    parts: int = 1
    ids: tuple[int, ...] = ()
    of: str = "pupil"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**self.__dict__, "kind": self.kind.value, "ids": list(self.ids)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Step":
        """The inverse of to_dict()."""
        return cls(**{**data, "kind": StepKind(data["kind"]), "ids": tuple(data["ids"])})


def script(honours: Sequence[Honour], singles: int, group_order: Sequence[str]) -> list[Step]:
    """All screens of a reveal. ``singles`` is how many of the highest tiers are revealed place by place."""
    tiers = sorted({(one.position, one.tier) for one in honours})
    steps = [Step(StepKind.OPENING)]
    for at in range(len(tiers) - 1, -1, -1):
        mine = [one for one in honours if (one.position, one.tier) == tiers[at]]
        tone = ("gold", "silver")[at] if at < 2 else "lake"
        steps.append(Step(StepKind.TIER, tiers[at][1], tone, count=len(mine)))
        order = {group: number for number, group in enumerate(group_order)}
        groups = sorted({one.group for one in mine}, key=lambda group: order.get(group or "", -1))
        for group in groups:
            some = sorted((one for one in mine if one.group == group), key=_order)
            base = Step(StepKind.NAMES, tiers[at][1], tone, group, len(some), of=some[0].of)
            steps += _singles(base, some) if at < singles else _screens(base, some)
    return [*steps, Step(StepKind.CLOSING)]


def _order(one: Honour) -> tuple[bool, int, int]:
    """By rank; those who were named off the board come last."""
    return one.rank is None, one.rank or 0, one.place


def _screens(base: Step, honours: Sequence[Honour], kind: StepKind = StepKind.NAMES) -> list[Step]:
    """Screens of about equal size, the last places first; within a screen the best comes first."""
    parts = -(-len(honours) // MOST_ON_SCREEN)
    edges = [len(honours) * part // parts for part in range(parts + 1)]
    shown = [honours[edges[part] : edges[part + 1]] for part in range(parts - 1, -1, -1)]
    return [
        replace(base, kind=kind, part=part, parts=parts, ids=tuple(one.id for one in some))
        for part, some in enumerate(shown, start=1)
    ]


def _singles(base: Step, honours: Sequence[Honour]) -> Iterator[Step]:
    places = [list(some) for _rank, some in groupby(honours, key=lambda one: one.rank or -one.place)]
    for some in reversed(places):
        yield from _screens(replace(base, rank=some[0].rank), some, StepKind.SINGLE)


def nameless(honours: Sequence[Honour]) -> list[Honour]:
    """The same honours with numbers of samples for ids: a rehearsal has the very steps of the reveal, and names nobody."""
    return [replace(one, id=number) for number, one in enumerate(honours, start=1)]


def samples(tiers: Sequence[tuple[str, int, str | None, int | None, str]]) -> list[Honour]:
    """Honours for a rehearsal: of every tier (name, position, group, number, of whom) as many as it may have, two of them tied."""
    found: list[Honour] = []
    for name, position, group, number, of in tiers:
        for at in range(1, min(number or SAMPLES, 40) + 1):
            found.append(Honour(len(found) + 1, name, position, group, 2 if at == 3 else at, at, of))
    return found
