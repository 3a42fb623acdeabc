"""Many accounts on one device: described for a person; a room is a room."""

from datetime import datetime, timedelta

import pytest

from quiz.clock import LOCAL_ZONE
from quiz.reports.signals.devices import FEWEST_ACCOUNTS, MIXED, ROOM, Use, device_signals, looks_like_a_room

MONDAY = datetime(2026, 6, 22, 9, 0, tzinfo=LOCAL_ZONE)


def uses(count, *, at=MONDAY, apart=20, seconds=600, school=lambda n: 1, class_of=lambda n: 10):
    return [
        Use(n, class_of(n), school(n), at + timedelta(minutes=apart * n), at + timedelta(minutes=apart * n, seconds=seconds),
            seconds, 20)
        for n in range(count)
    ]  # fmt: skip


def test_a_family_is_not_spoken_of():
    assert device_signals({"m": uses(FEWEST_ACCOUNTS - 1)}, ()) == []
    again = [*uses(3), *uses(3, at=MONDAY + timedelta(days=1))]  # three children, twice each
    assert device_signals({"m": again}, ()) == []


def test_a_room_of_the_school_is_one_line_that_describes():
    devices = {f"m{n}": uses(4, class_of=lambda n: 10 + n % 2) for n in range(30)}
    [found] = device_signals(devices, ())
    assert found.signal.evidence["use"] == ROOM and found.signal.evidence["devices"] == 30
    assert found.signal.key == "one_device:school-1"


@pytest.mark.parametrize(
    "some",
    [
        uses(5, apart=5),  # at the same time on one device
        uses(5, seconds=60),  # far too short
        uses(5, at=MONDAY.replace(hour=21)),  # at night
        uses(5, at=MONDAY - timedelta(days=1)),  # on a Sunday
        uses(5, school=lambda n: 1 + n % 2),  # of two schools
    ],
)
def test_what_does_not_look_like_a_room_is_listed_by_itself(some):
    assert not looks_like_a_room(some)
    [found] = device_signals({"m": some}, ())
    assert found.signal.evidence["use"] == MIXED and found.signal.evidence["accounts"] == 5
    assert "m" not in found.signal.key.split(":")[1]  # the mark is not kept with the signal


def test_numbers_of_a_device():
    [found] = device_signals({"m": uses(5, apart=5, seconds=360)}, ())
    evidence = found.signal.evidence
    assert (evidence["at_once"], evidence["shortest"], evidence["items"], evidence["users"]) == (
        4,
        360,
        20,
        [0, 1, 2, 3, 4],
    )


def test_a_declared_room_is_left_out_unless_others_used_it_too():
    assert device_signals({"m": uses(9, apart=1)}, {1}) == []
    assert len(device_signals({"m": uses(9, school=lambda n: 1 + n % 2)}, {1})) == 1
