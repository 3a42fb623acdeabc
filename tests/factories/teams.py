"""A contest by teams: registered through the services, sat through them, and further pupils for its schools."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from quiz import clock
from quiz.accounts.models import Enrolment, User, UserKind
from quiz.contests import services as contests
from quiz.contests.models import Contest
from quiz.contests.teams import services
from quiz.contests.teams.models import Team
from quiz.contests.teams.rules import StageUnit, Unit
from quiz.contests.teams.services import TeamInput
from quiz.db import db
from quiz.rankings.services import rebuild
from tests.cast import CREATED, Cast
from tests.factories.contests import actor_of, make_contest, take

HOUR = timedelta(hours=1)
PAIRS = Unit(StageUnit.TEAM, size=2, reserves=1, per_school=2)


@dataclass
class Arena:
    """A stage by teams that opens in an hour, and pupils whom the cast lacks (all in the junior group)."""

    contest: int
    public_id: str
    more_a: list[int]  # of class A2
    more_b: list[int]  # of class B1


def arena(app: Flask, cast: Cast, *, unit: Unit = PAIRS, groups: tuple[str, ...] = ("junior",)) -> Arena:
    """A province's contest by teams. Nobody has registered."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, opens_at=now + HOUR, groups=groups,
            is_published=False,
        )  # fmt: skip
        actor, timing = actor_of(db.session, cast.province), contests.timing_of(contest)
        contests.change_timing(db.session, actor=actor, contest=contest, timing=timing, unit=unit, now=now)
        contests.publish(db.session, actor=actor, contest=contest, now=now)
        more_a = [_pupil(cast.school_a, cast.class_a2, f"2024021{n}", f"甲{n}") for n in range(4)]
        more_b = [_pupil(cast.school_b, cast.class_b1, f"2024011{n}", f"乙{n}") for n in range(4)]
        db.session.commit()
        return Arena(contest.id, contest.public_id, more_a, more_b)


def _pupil(school: int, school_class: int, number: str, name: str) -> int:
    user = User(kind=UserKind.PUPIL, name=name, secret_hash="-", created_at=CREATED)
    db.session.add(user)
    db.session.flush()
    db.session.add(
        Enrolment(user_id=user.id, school_id=school, class_id=school_class, student_number=number, started_at=CREATED)
    )
    return user.id


def register(cast: Cast, contest: Contest, name: str, *pupils: int, reserves: tuple[int, ...] = ()) -> Team:
    """Register a team by the administrator (in an application context)."""
    enrolled = {
        one.user_id: one for one in db.session.query(Enrolment).filter(Enrolment.user_id.in_([*pupils, *reserves]))
    }
    school = enrolled[pupils[0]].school.code
    values = TeamInput(
        name, "", "\n".join(enrolled[one].student_number for one in pupils),
        "\n".join(enrolled[one].student_number for one in reserves), school,
    )  # fmt: skip
    return services.register(
        db.session, actor=actor_of(db.session, cast.admin), contest=contest, values=values, now=clock.now()
    )


def begin(contest: Contest, hours: float = 2) -> None:
    """Move the window so that the stage opened a minute ago."""
    now = clock.now()
    for group in contest.groups:
        group.sitting.opens_at, group.sitting.closes_at = now - timedelta(minutes=1), now + timedelta(hours=hours)
    db.session.flush()


def sat(app: Flask, contest_id: int, results: dict[int, tuple[int, int]]) -> None:
    """Results as user id → (right of four, seconds), in a window that is over by then; and the standings of them."""
    with app.app_context():
        contest, now = db.session.get_one(Contest, contest_id), clock.now()
        opens = now - 5 * HOUR
        for group in contest.groups:
            group.sitting.opens_at, group.sitting.closes_at = opens, opens + 2 * HOUR
        db.session.flush()
        for user_id, (right, seconds) in results.items():
            take(db.session, contest, user_id, right=right, seconds=seconds, now=opens + HOUR)
        rebuild(db.session, contest_id=contest.id, now=now)
        db.session.commit()
