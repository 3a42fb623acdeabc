"""Contests with any number of results, written as attempts that have been marked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, User, UserKind
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.contests.models import Contest, ContestGroup, ContestGroupKind, ContestPlace
from quiz.rankings.services import rebuild
from tests.cast import Cast
from tests.factories.sittings import make_sitting, sit

LONG_SCHOOL = "海西蒙古族藏族自治州大柴旦行政委员会第一中学"


@dataclass
class Arena:
    """One contest with its sittings by group; ``now`` is the moment of the test."""

    session: Session
    contest: Contest
    sittings: dict[str, Sitting]
    now: datetime

    def pupil(self, name: str, class_id: int, school_id: int, number: str) -> int:
        """A new pupil of a class."""
        user = User(kind=UserKind.PUPIL, name=name, created_at=self.now)
        self.session.add(user)
        self.session.flush()
        self.session.add(
            Enrolment(
                user_id=user.id, school_id=school_id, class_id=class_id, student_number=number, started_at=self.now
            )
        )  # fmt: skip
        return user.id

    def result(self, user_id: int, score: int, seconds: int, group: str = "junior", number: int = 1) -> Attempt:
        """A submitted attempt with this score (hundredths) and time."""
        place = self.session.query(Enrolment).filter_by(user_id=user_id, ended_at=None).one()
        started = self.sittings[group].opens_at + timedelta(minutes=1)
        attempt = Attempt(
            sitting_id=self.sittings[group].id, user_id=user_id, school_id=place.school_id, class_id=place.class_id,
            number=number, status=AttemptStatus.SUBMITTED, paper=[], marks=[], rules_version=1, started_at=started,
            deadline_at=started + timedelta(minutes=10), closed_at=started + timedelta(seconds=seconds),
            elapsed_seconds=seconds, score=score,
        )  # fmt: skip
        self.session.add(attempt)
        self.session.flush()
        return attempt

    def tally(self) -> str:
        """Rebuild the standings, commit, and give the contest's public id."""
        rebuild(self.session, contest_id=self.contest.id, now=self.now)
        self.session.commit()
        return self.contest.public_id


def make_arena(
    session: Session,
    cast: Cast,
    now: datetime,
    *,
    groups: tuple[str, ...] = ("junior",),
    place: dict[str, Any] | None = None,
    host: dict[str, Any] | None = None,
    is_over: bool = True,
    profile: str = "national",
    has_public_board: bool = False,
    **policy: Any,
) -> Arena:
    """A published contest of Qinghai, over since yesterday or running since yesterday."""
    opens, closes = now - timedelta(days=2), now + timedelta(days=-1 if is_over else 1)
    contest = Contest(
        title="禁毒知识竞赛", created_by=cast.province, created_at=opens, published_at=opens, ranking_profile=profile,
        has_public_board=has_public_board, **(host or {"host_region_id": "630000"}),
        places=[ContestPlace(**(place or {"region_id": "630000"}))],
    )  # fmt: skip
    session.add(contest)
    sittings = {}
    for group in groups:
        band = group if group in ("primary", "junior") else "senior"
        sittings[group] = make_sitting(session, opens_at=opens, closes_at=closes, band=band, **policy)
        session.add(ContestGroup(contest=contest, kind=ContestGroupKind(group), sitting=sittings[group]))
    session.flush()
    return Arena(session, contest, sittings, now)


def sat_arena(session: Session, cast: Cast, now: datetime) -> Arena:
    """A running contest that three have really sat, not tallied yet: 卓玛 all right, 李明 and 才让·多杰 three of five."""
    arena = make_arena(session, cast, now, is_over=False)
    for user, right in ((cast.zhuoma, 5), (cast.liming, 3), (cast.cairang, 3)):
        sit(session, arena.sittings["junior"], user, right=right, started_at=now - timedelta(hours=1))
    session.commit()
    return arena


def fill(arena: Arena, cast: Cast) -> dict[str, int]:
    """Eight results in school A and two in school B, ties included; returns user ids by name."""
    users = {"卓玛": cast.zhuoma, "李明": cast.liming, "欧阳小雪": cast.ouyang, "王芳": cast.wangfang}
    users |= {"才让·多杰": cast.cairang}
    for number, name in enumerate(["甲一一", "乙二二", "丙三三", "丁四四"]):
        users[name] = arena.pupil(name, cast.class_a2, cast.school_a, f"2024020{number + 5}")
    users["戊五五"] = arena.pupil("戊五五", cast.class_b1, cast.school_b, "20240177")
    scores = {
        "李明": (10000, 300), "卓玛": (9000, 200), "甲一一": (9000, 200), "欧阳小雪": (9000, 250), "王芳": (8000, 100),
        "乙二二": (7000, 100), "才让·多杰": (6000, 100), "丙三三": (5000, 100), "丁四四": (4000, 100), "戊五五": (3000, 100),
    }  # fmt: skip
    for name, (score, seconds) in scores.items():
        arena.result(users[name], score, seconds)
    return users
