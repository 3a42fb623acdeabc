"""What is known while the story is told, and the own reckoning: who goes through, from what was answered alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.cast import Cast
from tests.factories.province import Pupil
from tests.integration.promotion.counting import the_first
from tests.journeys.sixty.clerk import Clerk
from tests.journeys.sixty.people import BY_NAME, COUNTY, EVERYBODY, Someone, points
from tests.journeys.stage import Stage

ITEMS = 10
TITLE = "青海省“6·26”禁毒知识竞赛"
NAMES = ("校级初赛", "县级复赛", "市州级复赛", "省级决赛")


@dataclass
class Telling:
    """Addresses, devices, and what has been decided."""

    stage: Stage
    cast: Cast
    pupils: dict[str, Pupil]
    stages: list[str] = field(default_factory=list)  # public ids
    pages: dict[str, Page] = field(default_factory=dict)
    devices: dict[str, Clerk] = field(default_factory=dict)
    corrected: dict[str, str] = field(default_factory=dict)  # stem → the right text now

    def points(self, one: Someone) -> int:
        return points(one, self.corrected)

    def results(self, some: Iterable[Someone]) -> dict[int, tuple[int, int]]:
        """Hundredths and seconds, by the user's id."""
        return {self.pupils[one.name].user_id: (self.points(one) * 100, one.seconds) for one in some}


def unit_of(one: Someone, level: str) -> tuple[str, str]:
    """The group, and the unit that has seats of its own."""
    unit = {"school": one.school, "county": COUNTY[one.school], "prefecture": one.prefecture}[level]
    return one.group, unit


def go_through(
    story: Telling, some: Iterable[Someone], level: str, seats: int, *, out: Collection[Someone] = (),
    revived: Collection[Someone] = (),
) -> list[Someone]:  # fmt: skip
    """The first of every unit with all who are equal to the last, none of ``out``; ``revived`` besides."""
    units = defaultdict(list)
    for one in some:
        if one not in out:
            units[unit_of(one, level)].append(one)
    ids = {story.pupils[one.name].user_id: one for one in EVERYBODY}
    found = {one.name for one in revived}
    for members in units.values():
        results = story.results(members)
        found |= {ids[user].name for user in the_first(results, results, seats)}
    return [one for name, one in BY_NAME.items() if name in found]
