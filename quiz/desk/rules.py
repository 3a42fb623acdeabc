"""Rules of the desk, pure: reading what a person typed into the wizard."""

from dataclasses import dataclass

from quiz.contests.rules import ContestGroupKind, Place

CLASSES = "classes"  # host of a teacher: the first of the chosen classes


@dataclass(frozen=True)
class HostOption:
    """A place from which the actor may hold a contest: ``region:…``, ``school:…``, or CLASSES for own classes."""

    value: str
    label: str


@dataclass(frozen=True)
class PlaceOption:
    """A place that may be ticked, with the groups that it has (empty: not looked up)."""

    place: Place
    label: str
    groups: tuple[ContestGroupKind, ...] = ()


def school_lines(text: str) -> list[tuple[int, str]]:
    """Lines of codes or names as people paste them: (line number from 1, text), empty ones left out."""
    lines = enumerate(text.replace("，", "\n").replace(",", "\n").splitlines(), start=1)
    return [(number, line.strip()) for number, line in lines if line.strip()]


def host_of(host: str, places: tuple[Place, ...]) -> str:
    """The host as a place: a teacher's contest is managed from the first class chosen."""
    classes = [str(place) for place in places if place.kind == "class"]
    return classes[0] if host == CLASSES and classes else host
