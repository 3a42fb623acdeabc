"""Reads of outages: what was given back before, who would get time, who had been cut off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.attempts.services import going_on
from quiz.contests.models import Contest
from quiz.contests.rules import Place, parse_place, scope_of
from quiz.contests.services import lies_within
from quiz.operations.outages.models import Outage
from quiz.operations.outages.rules import Period, seconds_left
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import schools_within

MOST_NAMED = 200


@dataclass(frozen=True)
class Share:
    """One area (None: everybody) and the seconds that it is to get; of several that hold a pupil the first counts."""

    place: Place | None
    seconds: int


@dataclass(frozen=True)
class CutOff:
    """A pupil whose attempt the deadline closed in or after the outage; it stays closed."""

    name: str
    class_id: int
    class_name: SchoolClass
    school: str
    deadline_at: datetime


@dataclass(frozen=True)
class Preview:
    """What giving back would do now. ``fewer``: some areas get less, having got a part of it before.

    ``closes_at`` and ``new_closes_at`` are the end, now and then, of the groups whose window moves.
    """

    pupils: int
    seconds: int
    fewer: bool
    cut_off: int
    named: Sequence[CutOff]
    closes_at: datetime
    new_closes_at: datetime | None  # None: the window does not move

    @property
    def does_something(self) -> bool:
        """Whether anybody gets anything."""
        return self.pupils > 0 or self.new_closes_at is not None


def outages_of(session: Session, contest: Contest) -> list[Outage]:
    """What was given back in a contest, the latest first."""
    query = sa.select(Outage).where(Outage.contest_id == contest.id).order_by(Outage.given_at.desc(), Outage.id.desc())
    return list(session.scalars(query))


def place_of(outage: Outage) -> Place | None:
    """The area of an act; None for the whole contest."""
    return None if outage.place is None else parse_place(outage.place)


def contains(session: Session, outer: Place | None, inner: Place | None) -> bool:
    """Whether one area holds the other."""
    if outer is None:
        return True
    return inner is not None and lies_within(session, inner, scope_of((outer,)))


def shares(session: Session, contest: Contest, place: Place | None, period: Period) -> list[Share]:
    """What each area within ``place`` is still to get of a period, the narrowest areas first."""
    acts = [
        (place_of(act), (act.began_at, act.ended_at))
        for act in outages_of(session, contest)
        if act.began_at < period[1] and act.ended_at > period[0]
    ]
    areas = [place]
    for area, _ in acts:
        if area not in areas and contains(session, place, area):
            areas.append(area)
    depth = {area: sum(contains(session, other, area) for other in areas) for area in areas}
    areas.sort(key=lambda area: -depth[area])
    return [
        Share(area, seconds_left(period, [given for where, given in acts if contains(session, where, area)]))
        for area in areas
    ]


def conditions(found: Sequence[Share]) -> list[tuple[sa.ColumnElement[bool], int]]:
    """The shares as conditions on attempts."""
    return [(inside(share.place), share.seconds) for share in found]


def inside(place: Place | None) -> sa.ColumnElement[bool]:
    """SQL: the attempt was begun in the area."""
    if place is None:
        return sa.true()
    if place.kind == "class":
        return Attempt.class_id == place.number
    if place.kind == "school":
        return Attempt.school_id == place.number
    return Attempt.school_id.in_(sa.select(School.id).where(schools_within(scope_of((place,)))))


def preview(
    session: Session, *, contest: Contest, place: Place | None, period: Period, now: datetime, even_late: bool = False
) -> Preview:
    """What giving back would do now; changes nothing."""
    found = shares(session, contest, place, period)
    pupils = 0
    for sitting in sittings_of(contest):
        where = going_on(
            sitting, conditions(found), began_at=period[0], ended_at=period[1], now=now, even_late=even_late
        )
        pupils += session.scalar(sa.select(sa.func.count()).select_from(Attempt).where(*where)) or 0
    cut_off, named = cut_off_by(session, contest, place, period, now, even_late=even_late)
    moves = moved_sittings(contest, place, found, period, now, even_late=even_late)
    closes_at = max(sitting.closes_at for sitting in moves or sittings_of(contest))
    return Preview(
        pupils=pupils,
        seconds=found[-1].seconds,
        fewer=any(share.seconds < found[-1].seconds for share in found),
        cut_off=cut_off,
        named=named,
        closes_at=closes_at,
        new_closes_at=closes_at + timedelta(seconds=found[-1].seconds) if moves else None,
    )


def sittings_of(contest: Contest) -> list[Sitting]:
    """The sittings of a contest, always in the same order: whoever locks them takes turns."""
    return sorted((group.sitting for group in contest.groups), key=lambda sitting: sitting.id)


def moved_sittings(
    contest: Contest, place: Place | None, found: Sequence[Share], period: Period, now: datetime, *,
    even_late: bool = False,
) -> list[Sitting]:  # fmt: skip
    """The sittings whose window ends later: where all of a contest was away while it was open, and it is not over yet.

    A window that is over does not open again: keys may be out. ``even_late``: the caller knows that they are not.
    """
    if place is not None or found[-1].seconds <= 0:
        return []
    return [
        sitting
        for sitting in sittings_of(contest)
        if sitting.opens_at < period[1]
        and sitting.closes_at > period[0]
        and (sitting.closes_at > now or even_late)
        and sitting.cancelled_at is None
    ]


def cut_off_by(
    session: Session, contest: Contest, place: Place | None, period: Period, now: datetime, *, even_late: bool = False
) -> tuple[int, list[CutOff]]:
    """Attempts that their deadline ended since the outage began: how many, and the first of them by name."""
    over = Attempt.status == AttemptStatus.EXPIRED
    waiting = sa.and_(Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at < now - timedelta(seconds=5))
    where = (
        Attempt.sitting_id.in_([sitting.id for sitting in sittings_of(contest)]),
        Attempt.started_at < period[1],
        Attempt.deadline_at >= period[0],
        over if even_late else sa.or_(over, waiting),
        inside(place),
    )
    count = session.scalar(sa.select(sa.func.count()).select_from(Attempt).where(*where)) or 0
    query = (
        sa.select(User.name, Attempt.class_id, SchoolClass, School.name.label("school"), Attempt.deadline_at)
        .select_from(Attempt)
        .join(User, User.id == Attempt.user_id)
        .join(SchoolClass, SchoolClass.id == Attempt.class_id)
        .join(School, School.id == Attempt.school_id)
        .where(*where)
        .order_by(School.name, Attempt.class_id, Attempt.id)
        .limit(MOST_NAMED)
    )
    return count, [CutOff(*row) for row in session.execute(query)] if count else []
