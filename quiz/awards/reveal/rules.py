"""The script of a reveal, pure: which screen comes when.

From the lowest tier to the highest, group after group, and within each from the last place to the first. A tier is shown
in screens of a few names, name by name, or not at all, as the organiser chose; those who share a rank appear together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

MOST_ON_SCREEN = 12  # names that can be read from the last row of a hall
SAMPLES = 15  # names of a tier in a rehearsal where no number says how many


class StepKind(StrEnum):
    OPENING = "opening"
    TIER = "tier"  # announces a tier: its name and how many receive it
    NAMES = "names"  # some of a tier
    SINGLE = "single"  # one place of a tier
    CLOSING = "closing"


class Showing(StrEnum):
    """How a tier is shown."""

    SINGLE = "single"  # place by place
    SCREENS = "screens"  # some names at a time
    NOT = "not"  # left out of the hall's screen


TierKey = tuple[int, str]  # a tier's position and name
Showings = Mapping[TierKey, Showing]


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


def tiers_in(honours: Sequence[Honour]) -> list[TierKey]:
    """The tiers of which there is something to show, the highest first."""
    return sorted({(one.position, one.tier) for one in honours})


def usual(tiers: Sequence[TierKey]) -> dict[TierKey, Showing]:
    """How tiers are shown if nobody says otherwise: the highest place by place, the others in screens."""
    return {tier: Showing.SCREENS if at else Showing.SINGLE for at, tier in enumerate(tiers)}


def script(honours: Sequence[Honour], showings: Showings, group_order: Sequence[str]) -> list[Step]:
    """All screens of a reveal. A tier of which nothing is said is shown in screens."""
    tiers = tiers_in(honours)
    steps = [Step(StepKind.OPENING)]
    for at in range(len(tiers) - 1, -1, -1):
        mine = [one for one in honours if (one.position, one.tier) == tiers[at]]
        tone = ("gold", "silver")[at] if at < 2 else "lake"
        steps += tier_steps(mine, tone, showings.get(tiers[at], Showing.SCREENS), group_order)
    return [*steps, Step(StepKind.CLOSING)]


def tier_steps(mine: Sequence[Honour], tone: str, showing: Showing, group_order: Sequence[str]) -> list[Step]:
    """The screens of one tier: what it is, then group after group."""
    if showing is Showing.NOT:
        return []
    tier = mine[0].tier
    steps = [Step(StepKind.TIER, tier, tone, count=len(mine))]
    order = {group: number for number, group in enumerate(group_order)}
    for group in sorted({one.group for one in mine}, key=lambda group: order.get(group or "", -1)):
        some = sorted((one for one in mine if one.group == group), key=_order)
        base = Step(StepKind.NAMES, tier, tone, group, len(some), of=some[0].of)
        steps += _singles(base, some) if showing is Showing.SINGLE else _screens(base, some)
    return steps


@dataclass(frozen=True)
class TierChoice:
    """A tier on the form: how many it honours, how it is shown, and the steps of every way to show it."""

    key: TierKey
    count: int
    chosen: Showing
    steps: Mapping[Showing, int]

    @property
    def field(self) -> str:
        """The name of its field; it says which tier was meant, even if another one was issued since."""
        return f"tier-{self.key[0]}-{self.key[1]}"


def choices(honours: Sequence[Honour], sent: Mapping[str, str]) -> list[TierChoice]:
    """The tiers, the highest first, as the ``sent`` form chose; else as usual."""
    found = []
    for key, chosen in usual(tiers_in(honours)).items():
        mine = [one for one in honours if (one.position, one.tier) == key]
        steps = {way: len(tier_steps(mine, "", way, ())) for way in Showing}
        plain = TierChoice(key, len(mine), chosen, steps)
        said = sent.get(plain.field, "")
        found.append(replace(plain, chosen=Showing(said)) if said in list(Showing) else plain)
    return found


def steps_of(tiers: Sequence[TierChoice]) -> int:
    """How many steps the choice gives, with the opening and the closing."""
    return 2 + sum(tier.steps[tier.chosen] for tier in tiers)


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
