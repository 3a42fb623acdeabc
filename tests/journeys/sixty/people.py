"""Sixty pupils of five schools in three groups, ten of each group in a school, and how well each does.

Unit by unit: 城中区清源实验学校 has pupils of the primary and the junior group, the others of one group each. The sixty stand
beside the cast's own pupils, who do not come.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, User, UserKind
from quiz.regions.models import School, SchoolClass, SchoolKind
from quiz.regions.rules import cohort_of
from tests.cast import _CHEAP, CREATED, PIN, Cast
from tests.factories.province import Pupil
from tests.journeys.answers import choice_for

A, B = "城中区清源实验学校", "格尔木市昆仑初级中学"
C, D, E = "城西区清源高级中学", "格尔木市清源高级中学", "格尔木市清源小学"
_SURNAMES, _GIVEN = "陈刘杨黄赵张周吴徐孙胡朱", ("文静", "志强", "晓红", "雪莲", "海龙")
SIZE = 10  # pupils of a unit, two surnames
UNITS = (("primary", A), ("junior", A), ("junior", B), ("senior", C), ("senior", D), ("primary", E))
CODES = {A: "6301030001", B: "6328010001", C: "6301040003", D: "6328010003", E: "6328010002"}
COUNTY = {A: "630103", B: "632801", C: "630104", D: "632801", E: "632801"}
GROUP_WORDS = {"primary": "小学组", "junior": "初中组", "senior": "高中组"}
#: What the cast's schools have reported; the others have not, so who is enrolled is counted.
REPORTED = {A: 130, B: 60}
CAST_PUPILS = 6
#: How many of ten items each of a unit knows in the first stage; the fourth and the fifth are equal, but not in the senior group.
KNOWS = (10, 9, 8, 7, 7, 6, 5, 4, 3, 2)
KNOWS_SENIOR = (10, 9, 8, 7, 6, 5, 5, 4, 3, 2)


@dataclass
class Someone:
    """A pupil, with what was answered in the stage that is on: stem → the chosen text."""

    name: str
    group: str
    school: str
    number: str
    place: int  # within the unit
    answered: dict[str, str] = field(default_factory=dict)
    seconds: int = 0

    @property
    def masked(self) -> str:
        return f"{self.name[0]}*{self.name[2]}"

    @property
    def prefecture(self) -> str:
        return COUNTY[self.school][:4] + "00"


def everybody() -> list[Someone]:
    """All sixty, unit by unit."""
    found = []
    for unit, (group, school) in enumerate(UNITS):
        names = [surname + given for surname in _SURNAMES[2 * unit : 2 * unit + 2] for given in _GIVEN]
        found += [
            Someone(name, group, school, f"2026{unit}{place:03d}", place) for place, name in enumerate(names)
        ]  # fmt: skip
    return found


EVERYBODY = everybody()
BY_NAME = {one.name: one for one in EVERYBODY}
HERO = EVERYBODY[10]  # the best of the junior group, at a computer; wins in the end
TIED = EVERYBODY[54]  # in primary school, exactly as good as the last one with a seat
QUITTER = EVERYBODY[30]  # the best of the senior group; withdraws
STAND_IN = EVERYBODY[34]  # the fifth there
ON_PHONE = EVERYBODY[49]  # the last of the senior group; appeals
CHEAT = EVERYBODY[20]  # the best of the other junior school; disqualified
IN_BROWSERS = (HERO, TIED, QUITTER, ON_PHONE)


def plan(one: Someone, stage: int) -> tuple[int, int]:
    """(items known of ten, seconds taken) in a stage; chance with a fixed beginning after the first."""
    if stage == 1 and one.group == "senior":
        return KNOWS_SENIOR[one.place], 60 + 20 * (one.place % 3)
    if stage == 1:
        return KNOWS[one.place], 60 + 20 * ((3 if one.place == 4 else one.place) % 3)
    if one is HERO:
        return 10, 60
    chance = random.Random(f"{stage} {one.name}")
    return chance.randint(3, 9), 60 + 20 * chance.randint(0, 2)


def points(one: Someone, corrected: dict[str, str]) -> int:
    """Out of a hundred, ten an item; ``corrected`` are the items whose key was changed: stem → the right text now."""
    return 10 * sum(
        text == corrected.get(stem, choice_for(stem, is_right=True)) for stem, text in one.answered.items()
    )  # fmt: skip


def build(session: Session, cast: Cast, now: datetime) -> dict[str, Pupil]:
    """Write the schools that the cast lacks, the classes and the sixty; name → where the pupil stands."""
    schools, pin = {A: cast.school_a, B: cast.school_b}, _CHEAP.hash(PIN)
    for name, kind in ((C, SchoolKind.SENIOR), (D, SchoolKind.SENIOR), (E, SchoolKind.PRIMARY)):
        row = School(
            code=CODES[name], name=name, kind=kind, county_id=COUNTY[name], prefecture_id=COUNTY[name][:4] + "00",
            province_id="630000",
        )  # fmt: skip
        session.add(row)
        session.flush()
        schools[name] = row.id
    classes = {("primary", A): cast.class_a5, ("junior", A): cast.class_a1, ("junior", B): cast.class_b1}
    for group, name in UNITS:
        grade, entry = {"primary": (5, 1), "junior": (8, 7), "senior": (11, 10)}[group]
        if (group, name) not in classes:
            room = SchoolClass(
                school_id=schools[name], name="1班", cohort_year=cohort_of(grade, entry, now), entry_grade=entry
            )
            session.add(room)
            session.flush()
            classes[group, name] = room.id
    found = {}
    for one in EVERYBODY:
        user = User(kind=UserKind.PUPIL, name=one.name, secret_hash=pin, created_at=CREATED)
        session.add(user)
        session.flush()
        class_id = classes[one.group, one.school]
        session.add(
            Enrolment(
                user_id=user.id, school_id=schools[one.school], class_id=class_id, student_number=one.number,
                started_at=CREATED,
            )
        )  # fmt: skip
        found[one.name] = Pupil(
            user.id, one.group, schools[one.school], class_id, COUNTY[one.school], one.prefecture
        )  # fmt: skip
    session.commit()
    return found
