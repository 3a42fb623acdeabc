"""A database full of pupils who may enter one open contest; written into the product's own tables with bulk inserts."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, LoginSlip, Role, RoleGrant, User, UserKind, new_public_id
from quiz.accounts.rules import Actor, Grant
from quiz.contests.models import Contest
from quiz.contests.rules import Basics, ContestGroupKind, Timing, parse_place
from quiz.contests.services import create_contest, publish
from quiz.regions.models import Region, RegionLevel, School, SchoolClass, SchoolKind
from quiz.regions.rules import cohort_of

PIN = "246810"
CLASS_SIZE, CLASSES = 50, 8  # 400 pupils a school
#: Twenty items, a quarter of them scenarios.
ROWS = (
    {"kinds": ["single"], "count": 9, "points": 500},
    {"kinds": ["scenario"], "count": 5, "points": 500},
    {"kinds": ["true_false"], "count": 4, "points": 500},
    {"kinds": ["multiple"], "count": 2, "points": 500},
)


@dataclass(frozen=True)
class PupilCard:
    """What a pupil needs to sign in."""

    school: str
    number: str
    slip: str


@dataclass(frozen=True)
class Cohort:
    """Pupils, and the public id of the contest that is open to them."""

    pupils: list[PupilCard]
    contest: str


def build(session: Session, *, pupils: int, now: datetime, minutes: int) -> Cohort:
    """Write schools, classes, pupils with slips and PINs, and a contest of ``minutes``; the caller commits."""
    classes = _classes(session, -(-pupils // CLASS_SIZE), now)
    cards = _pupils(session, classes, pupils, now)
    return Cohort(cards, _contest(session, now, minutes))


def _classes(session: Session, count: int, now: datetime) -> list[tuple[int, str, int]]:
    """(school id, school code, class id) of so many classes in schools all over the province."""
    counties = session.execute(
        sa.select(Region.id, Region.prefecture_id).where(Region.level == RegionLevel.COUNTY).order_by(Region.rank)
    ).all()
    found = []
    for number in range(-(-count // CLASSES)):
        county = counties[number % len(counties)]
        school = School(
            code=f"{county.id}{7000 + number}", name=f"第{number + 1}初级中学", kind=SchoolKind.JUNIOR, county_id=county.id,
            prefecture_id=county.prefecture_id, province_id="630000", headcounts=[],
        )  # fmt: skip
        session.add(school)
        session.flush()
        for place in range(min(CLASSES, count - number * CLASSES)):
            row = SchoolClass(
                school_id=school.id, cohort_year=cohort_of(8, 7, now), entry_grade=7, name=f"{place + 1}班"
            )
            session.add(row)
            session.flush()
            found.append((school.id, school.code, row.id))
    return found


def _pupils(session: Session, classes: list[tuple[int, str, int]], count: int, now: datetime) -> list[PupilCard]:
    pin = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PIN)
    first = (session.scalar(sa.select(sa.func.max(User.id))) or 0) + 1
    users, enrolments, slips, cards = [], [], [], []
    for at in range(count):
        school_id, code, class_id = classes[at // CLASS_SIZE]
        token, number, user_id = secrets.token_urlsafe(20), f"{20240000 + at}", first + at
        users.append(_user(user_id, UserKind.PUPIL, f"学生{at}", now, secret_hash=pin))
        enrolments.append(
            {
                "user_id": user_id,
                "school_id": school_id,
                "class_id": class_id,
                "student_number": number,
                "started_at": now,
            }
        )
        slips.append(
            {"user_id": user_id, "token_hash": hashlib.sha256(token.encode()).hexdigest(), "created_at": now,
             "expires_at": now + timedelta(days=1)}
        )  # fmt: skip
        cards.append(PupilCard(code, number, token))
    for model, rows in ((User, users), (Enrolment, enrolments), (LoginSlip, slips)):
        session.execute(sa.insert(model), rows)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('user_account', 'id'), max(id)) FROM user_account")
        )
    return cards


def _user(user_id: int, kind: UserKind, name: str, now: datetime, **more: Any) -> dict[str, Any]:
    row = {
        "id": user_id, "public_id": new_public_id(), "kind": kind, "name": name, "must_change_secret": False,
        "session_version": 1, "is_active": True, "is_demo": False, "created_at": now,
    }  # fmt: skip
    return {**row, **more}


def _contest(session: Session, now: datetime, minutes: int) -> str:
    """A contest of the whole province for junior pupils, open since a minute, its paper lasting ``minutes``."""
    organiser = User(
        kind=UserKind.STAFF,
        name="省级组织者",
        username="bench",
        username_key="bench",
        created_at=now,
        session_version=1,
    )
    session.add(organiser)
    session.flush()
    session.add(RoleGrant(user_id=organiser.id, role=Role.PROVINCE_ORGANISER, region_id="630000", created_at=now))
    actor = Actor(
        user_id=organiser.id, public_id=organiser.public_id, name=organiser.name, kind="staff", session_id="", version=1,
        grants=(Grant(Role.PROVINCE_ORGANISER.value, region_id="630000"),),
    )  # fmt: skip
    province = parse_place("region:630000")
    basics = Basics("custom", "全省禁毒知识竞赛", province, (province,), (ContestGroupKind("junior"),))
    opens = now - timedelta(minutes=1)
    timing = Timing(opens, opens + timedelta(hours=12), minutes * 60)
    contest: Contest = create_contest(session, actor=actor, basics=basics, timing=timing, rows=ROWS, now=now)
    publish(session, actor=actor, contest=contest, now=opens - timedelta(hours=1))
    return contest.public_id
