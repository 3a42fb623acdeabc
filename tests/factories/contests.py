"""Contests made and sat through the real services."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, RoleGrant, User
from quiz.accounts.rules import Actor, Grant
from quiz.attempts import services as attempts
from quiz.attempts.models import Attempt
from quiz.contests import services
from quiz.contests.models import Contest
from quiz.contests.rules import Basics, ContestGroupKind, Timing, parse_place
from tests.factories.sittings import answer

ROWS: tuple[Mapping[str, Any], ...] = ({"kinds": ["single"], "count": 4, "points": 2500},)


def actor_of(session: Session, user_id: int) -> Actor:
    """The user as an actor, as the loader would build it."""
    user = session.get_one(User, user_id)
    grants = session.query(RoleGrant).filter_by(user_id=user_id, revoked_at=None)
    place = session.query(Enrolment).filter_by(user_id=user_id, ended_at=None).one_or_none()
    return Actor(
        user_id=user_id, public_id=user.public_id, name=user.name, kind=user.kind.value, session_id="", version=1,
        grants=tuple(Grant(one.role.value, one.region_id, one.school_id, one.class_id) for one in grants),
        school_id=place.school_id if place else None, class_id=place.class_id if place else None,
    )  # fmt: skip


def make_contest(
    session: Session,
    *,
    host: str,
    by: int,
    now: datetime,
    places: Sequence[str] = (),
    groups: Sequence[str] = ("junior",),
    opens_at: datetime | None = None,
    hours: float = 2,
    rows: Sequence[Mapping[str, Any]] = ROWS,
    is_published: bool = True,
    **policy: Any,
) -> Contest:
    """A contest that opened a minute ago, four items in ten minutes, unless said otherwise."""
    actor = actor_of(session, by)
    opens = opens_at or now - timedelta(minutes=1)
    basics = Basics(
        "custom", "六二六禁毒知识竞赛", parse_place(host),
        tuple(parse_place(place) for place in places or [host]), tuple(ContestGroupKind(one) for one in groups),
    )  # fmt: skip
    timing = Timing(opens, opens + timedelta(hours=hours), 600, **policy)
    contest = services.create_contest(session, actor=actor, basics=basics, timing=timing, rows=rows, now=now)
    if is_published:
        services.publish(session, actor=actor, contest=contest, now=opens - timedelta(hours=1))
    return contest


def enter(session: Session, contest: Contest, user_id: int, now: datetime) -> Attempt:
    """Start an attempt as a pupil."""
    actor = actor_of(session, user_id)
    return services.enter_and_start(session, contest_public_id=contest.public_id, actor=actor, now=now)


def take(session: Session, contest: Contest, user_id: int, *, right: int, now: datetime, seconds: int = 60) -> Attempt:
    """A whole attempt with the first ``right`` items right, submitted after ``seconds``."""
    attempt = enter(session, contest, user_id, now)
    done = now + timedelta(seconds=seconds)
    answer(session, attempt, right=right, now=done)
    return attempts.submit_attempt(session, attempt_public_id=attempt.public_id, user_id=user_id, now=done)
