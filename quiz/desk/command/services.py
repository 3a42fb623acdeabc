"""The worker's counts for command boards: a day once it is over, a school once it is complete. Pages only read them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.attempts.queries import CLOSED
from quiz.contests.models import Contest, ContestGroup
from quiz.desk.command import rules
from quiz.desk.command.queries import PUPILS_EXPECTED, units_of
from quiz.desk.models import ContestSurvey
from quiz.rankings.gathering import groups_of_all
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.rules import ALL, BoardLevel
from quiz.rankings.services import rebuild
from quiz.rankings.services.lease import only_reading
from quiz.regions.models import School

AFTERWARDS = timedelta(days=2)  # in which the last days of a contest are counted
MOST_SCHOOLS = 50  # looked at in one go, so that the tally does not wait
MOST_QUICK = 200  # kept; the board names five


def due(session: Session, now: datetime) -> list[int]:
    """Contests of regions that are running, or ended lately and may not be counted to the end."""
    open_ = sa.select(ContestGroup.contest_id).join(ContestGroup.sitting)
    open_ = open_.where(Sitting.opens_at <= now, Sitting.closes_at >= now - AFTERWARDS)
    query = sa.select(Contest.id).where(
        Contest.host_region_id.is_not(None), Contest.published_at.is_not(None), Contest.cancelled_at.is_(None),
        Contest.id.in_(open_), Contest.playoff_of_id.is_(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Contest.id)))


def survey(session: Session, *, contest_id: int, now: datetime) -> None:
    """Count what can be counted for good since the last time: at most one day and some schools. Ends transactions.

    A contest that was never tallied is, so that the board says before the first hand-in who is expected.
    """
    session.commit()
    if not session.scalar(sa.select(ContestTally.generation).where(ContestTally.contest_id == contest_id)):
        rebuild(session, contest_id=contest_id, now=now)
    session.commit()
    with only_reading():
        contest = session.get_one(Contest, contest_id)
        stored = _stored(session, contest_id)
        day = _next_day(contest, stored, now)
        counted = None if day is None else first_closings(session, contest, day)
        schools = _complete_schools(session, contest_id, stored.looked_at if stored else ())
        quick = _quick_schools(session, contest, schools)
        session.rollback()
    if day is None and not schools:
        return
    stored = _stored(session, contest_id)
    if stored is None:
        stored = ContestSurvey(contest_id=contest_id, surveyed_at=now, days={}, quick=[], looked_at=[])
        session.add(stored)
    stored.surveyed_at = now
    if day is not None and counted is not None:
        stored.days = {**stored.days, day.isoformat(): counted}
    if schools:
        stored.quick = list({one["school_id"]: one for one in (*stored.quick, *quick)}.values())[-MOST_QUICK:]
        stored.looked_at = sorted({*stored.looked_at, *schools})
    session.flush()


def _stored(session: Session, contest_id: int) -> ContestSurvey | None:
    query = sa.select(ContestSurvey).where(ContestSurvey.contest_id == contest_id)
    return session.scalar(query.options(undefer(ContestSurvey.looked_at)))


def _sittings(contest: Contest) -> list[int]:
    return [group.sitting_id for group in groups_of_all(contest)]


def _next_day(contest: Contest, stored: ContestSurvey | None, now: datetime) -> date | None:
    sittings = [group.sitting for group in contest.groups]
    days = rules.whole_days(min(one.opens_at for one in sittings), max(one.closes_at for one in sittings), now)
    return next((day for day in days if stored is None or stored.counted(day) is None), None)


def first_closings(session: Session, contest: Contest, day: date) -> dict[str, int]:
    """Pupils whose first hand-in was on this day, by the county of their school. One scan of the contest's attempts."""
    first = (
        sa.select(sa.func.min(Attempt.closed_at).label("closed_at"), sa.func.min(Attempt.school_id).label("school_id"))
        .where(Attempt.sitting_id.in_(_sittings(contest)), Attempt.status.in_(CLOSED))
        .group_by(Attempt.user_id)
        .subquery()
    )
    begins, ends = rules.day_starts(day), rules.day_starts(day + timedelta(days=1))
    query = (
        sa.select(School.county_id, sa.func.count())
        .select_from(first)
        .join(School, School.id == first.c.school_id)
        .where(first.c.closed_at >= begins, first.c.closed_at < ends)
        .group_by(School.county_id)
    )
    return {county: number for county, number in session.execute(query)}


def _complete_schools(session: Session, contest_id: int, looked_at: Collection[int]) -> dict[int, int]:
    """Schools in which all expected pupils have taken part and that nobody has looked at: id → expected pupils."""
    tally = session.get(ContestTally, contest_id)
    if tally is None:
        return {}
    query = sa.select(UnitStanding.school_id, PUPILS_EXPECTED).where(*units_of(
        tally, UnitStanding.category == ALL, UnitStanding.level == BoardLevel.SCHOOL.value,
        UnitStanding.pupils >= rules.QUICK_LEAST, UnitStanding.pupils >= PUPILS_EXPECTED,
    ))  # fmt: skip
    known = set(looked_at)
    found = {school: expected for school, expected in session.execute(query) if school not in known}
    return dict(sorted(found.items())[:MOST_SCHOOLS])


def _quick_schools(session: Session, contest: Contest, schools: dict[int, int]) -> list[dict[str, int]]:
    """Those of the schools that were through within minutes of their first start."""
    if not schools:
        return []
    is_closed = sa.case((Attempt.status.in_(CLOSED), Attempt.closed_at))
    query = (
        sa.select(Attempt.school_id, sa.func.min(Attempt.started_at), sa.func.min(is_closed))
        .where(
            Attempt.sitting_id.in_(_sittings(contest)), Attempt.school_id.in_(schools),
            Attempt.status != AttemptStatus.VOIDED,
        )
        .group_by(Attempt.school_id, Attempt.user_id)
    )  # fmt: skip
    starts: dict[int, datetime] = {}
    closings: dict[int, list[datetime]] = {}
    for school, started, closed in session.execute(query):
        starts[school] = min(started, starts.get(school, started))
        if closed is not None:
            closings.setdefault(school, []).append(closed)
    return [
        {"school_id": school, "pupils": expected}
        for school, expected in schools.items()
        if school in starts and rules.is_quick(starts[school], closings.get(school, ()), expected)
    ]
