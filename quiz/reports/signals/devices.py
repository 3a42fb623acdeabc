"""Many accounts on one device, pure: what is said of a device, and what looks like a computer room.

Families share a phone, schools share a room: only four accounts and more are spoken of. Where pupils of one school sat
one after another in lesson time, each as long as answering takes, it is a room or a shared computer; all such devices of a school
become one line that describes them. A school that declared its room is left out altogether.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha256
from typing import Any

from quiz.clock import LOCAL_ZONE
from quiz.reports.signals.rules import Signal, SignalKind

FEWEST_ACCOUNTS = 4
LESSONS = (time(7, 30), time(18, 30))  # on working days and Saturdays made up for a holiday
FULL_SECONDS_PER_ITEM = 8  # as long as reading and choosing takes
ROOM, MIXED = "room", "mixed"


@dataclass(frozen=True)
class Use:
    """One closed attempt on a device."""

    user_id: int
    class_id: int
    school_id: int
    began_at: datetime
    ended_at: datetime
    seconds: int
    items: int


@dataclass(frozen=True)
class Found:
    """A signal and the class under which it is listed: that with the most accounts."""

    class_id: int
    signal: Signal


def device_signals(devices: Mapping[str, Sequence[Use]], rooms: Collection[int]) -> list[Found]:
    """The signals of a contest. ``devices`` is mark → attempts, ``rooms`` the schools that sit in a declared one."""
    by_school: dict[int, list[Sequence[Use]]] = {}
    found: list[Found] = []
    for uses in devices.values():
        if len({use.user_id for use in uses}) < FEWEST_ACCOUNTS or {use.school_id for use in uses} <= set(rooms):
            continue
        if looks_like_a_room(uses):
            by_school.setdefault(uses[0].school_id, []).append(uses)
        else:
            found.append(_mixed(uses))
    return [*found, *(_room(school_id, some) for school_id, some in sorted(by_school.items()))]


def looks_like_a_room(uses: Sequence[Use]) -> bool:
    """One school, one after another, in lesson time, each with a sitting of full length."""
    ordered = sorted(uses, key=lambda use: use.began_at)
    one_by_one = all(after.began_at >= before.ended_at for before, after in zip(ordered, ordered[1:], strict=False))
    is_full = all(use.seconds >= use.items * FULL_SECONDS_PER_ITEM for use in uses)
    return one_by_one and is_full and len({use.school_id for use in uses}) == 1 and all(map(_in_lessons, uses))


def _in_lessons(use: Use) -> bool:
    begun, ended = use.began_at.astimezone(LOCAL_ZONE), use.ended_at.astimezone(LOCAL_ZONE)
    return (
        begun.weekday() != 6
        and begun.date() == ended.date()
        and LESSONS[0] <= begun.time() <= ended.time() <= LESSONS[1]
    )


def _mixed(uses: Sequence[Use]) -> Found:
    users = sorted({use.user_id for use in uses})
    ordered = sorted(uses, key=lambda use: use.began_at)
    at_once = sum(after.began_at < before.ended_at for before, after in zip(ordered, ordered[1:], strict=False))
    shortest = min(uses, key=lambda use: use.seconds)
    evidence: dict[str, Any] = {
        "use": MIXED, "users": users, "accounts": len(users), "at_once": at_once,
        "classes": len({use.class_id for use in uses}), "schools": len({use.school_id for use in uses}),
        "began_at": ordered[0].began_at.isoformat(), "ended_at": max(use.ended_at for use in uses).isoformat(),
        "shortest": shortest.seconds, "items": shortest.items,
    }  # fmt: skip
    about = sha256(",".join(map(str, users)).encode()).hexdigest()[:16]  # not the mark: that is erased earlier
    return Found(_class_of(uses), Signal(SignalKind.ONE_DEVICE, (users[0],), evidence, about))


def _room(school_id: int, devices: Sequence[Sequence[Use]]) -> Found:
    uses = [use for some in devices for use in some]
    evidence = {
        "use": ROOM, "devices": len(devices), "accounts": len({use.user_id for use in uses}),
        "classes": len({use.class_id for use in uses}), "shortest": min(use.seconds for use in uses),
    }  # fmt: skip
    users = (min(use.user_id for use in uses),)
    return Found(_class_of(uses), Signal(SignalKind.ONE_DEVICE, users, evidence, f"school-{school_id}"))


def _class_of(uses: Iterable[Use]) -> int:
    pupils = {use.user_id: use.class_id for use in uses}
    [(class_id, _count)] = Counter(sorted(pupils.values())).most_common(1)
    return class_id
