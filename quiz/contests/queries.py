"""Reads of contests. What lies outside the actor's places is never returned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quiz.accounts.models import User
from quiz.accounts.rules import Actor
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.attempts.rules import phase
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest, ContestGroup, ContestPlace, Entry
from quiz.contests.rules import ContestGroupKind, ContestState, band_of, contest_state, group_of
from quiz.contests.teams.queries import of_pupil, reserve_stages
from quiz.contests.teams.rules import StageUnit
from quiz.contests.windows import Window, Windows, whole
from quiz.errors import DomainError, NotFoundError
from quiz.papers.queries import shortages_in_band
from quiz.papers.rules import parse_rows
from quiz.regions.models import Region, School, SchoolClass
from quiz.regions.queries import classes_within, regions_within, schools_within
from quiz.regions.rules import Scope, grade_of

WITH_GROUPS = (
    selectinload(Contest.groups).selectinload(ContestGroup.sitting).selectinload(Sitting.paper_spec),
    selectinload(Contest.places),
)
#: What a pupil's pages show, in two questions instead of five: at the bell everybody opens them.
WITH_SITTINGS = selectinload(Contest.groups).options(
    joinedload(ContestGroup.sitting, innerjoin=True).joinedload(Sitting.paper_spec, innerjoin=True)
)


@dataclass(frozen=True)
class PupilContest:
    """A contest as one pupil meets it. ``open_attempt`` is the public id of the attempt that can be continued."""

    contest: Contest
    group: ContestGroup
    sitting: Sitting
    phase: str  # before, open, after, cancelled
    attempts_used: int
    open_attempt: str | None
    last_attempt: str | None
    is_reserve: bool = False  # of a team: waits until somebody drops out

    @property
    def attempts_left(self) -> int:
        """How many more may be started."""
        if self.is_reserve:
            return 0
        return max(0, self.sitting.attempts_allowed - self.attempts_used)


@dataclass(frozen=True)
class StaffContest:
    """A contest in a staff list. ``entered`` counts the entries within the viewer's scope."""

    contest: Contest
    state: ContestState
    is_host: bool
    entered: int

    @property
    def sitting(self) -> Sitting:
        """Any of the sittings: all but the window is the same for all groups."""
        return self.contest.groups[0].sitting

    @property
    def window(self) -> Window:
        """From the first opening to the last closing."""
        return window_of(self.contest)


def windows_of(contest: Contest) -> Windows:
    """When each group may answer."""
    return {group.kind: Window(group.sitting.opens_at, group.sitting.closes_at) for group in contest.groups}


def window_of(contest: Contest) -> Window:
    """From the first opening to the last closing of a contest's sittings."""
    return whole(windows_of(contest))


def state_of(contest: Contest, now: datetime) -> ContestState:
    """The derived state of a stored contest."""
    opens_at, closes_at = window_of(contest)
    return contest_state(
        published_at=contest.published_at,
        cancelled_at=contest.cancelled_at,
        opens_at=opens_at,
        closes_at=closes_at,
        now=now,
    )


def opening_of(contest: Contest, now: datetime) -> datetime | None:
    """When the first group may begin, if that is still to come: until then nobody is late."""
    opens_at = window_of(contest).opens_at
    return opens_at if now < opens_at and contest.cancelled_at is None else None


def _inside(scope: Scope, region: Any, school: Any, school_class: Any) -> sa.ColumnElement[bool]:
    """SQL: the place named by three columns (two of them NULL) lies in the scope."""
    if scope.everywhere:
        return sa.true()
    return sa.or_(
        region.in_(sa.select(Region.id).where(regions_within(scope))),
        school.in_(sa.select(School.id).where(schools_within(scope))),
        school_class.in_(sa.select(SchoolClass.id).join(SchoolClass.school).where(classes_within(scope))),
    )


def hosted_within(scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: the contest is managed from a place in the scope."""
    return _inside(scope, Contest.host_region_id, Contest.host_school_id, Contest.host_class_id)


def _above(session: Session, scope: Scope) -> Scope:
    """The scope's places and everything that contains them: a provincial contest concerns every class in it."""
    schools, regions = set(scope.schools), set(scope.regions)
    if scope.classes:
        schools |= set(session.scalars(sa.select(SchoolClass.school_id).where(SchoolClass.id.in_(scope.classes))))
    if schools:
        within = sa.select(School.county_id, School.prefecture_id, School.province_id).where(School.id.in_(schools))
        for row in session.execute(within):
            regions |= {row.county_id, row.prefecture_id or row.province_id, row.province_id}
    if scope.regions:
        above = sa.select(Region.prefecture_id, Region.province_id).where(Region.id.in_(scope.regions))
        for place in session.execute(above):
            regions |= {place.prefecture_id or place.province_id, place.province_id}
    return Scope(regions=frozenset(regions), schools=frozenset(schools), classes=scope.classes)


def concerns(session: Session, scope: Scope) -> sa.ColumnElement[bool]:
    """SQL: pupils of the scope may enter the contest (roughly: one of its places overlaps the scope)."""
    if scope.everywhere:
        return sa.true()
    above = _above(session, scope)
    overlap = sa.or_(
        _inside(scope, ContestPlace.region_id, ContestPlace.school_id, ContestPlace.class_id),
        ContestPlace.region_id.in_(above.regions),
        ContestPlace.school_id.in_(above.schools),
        ContestPlace.class_id.in_(above.classes),
    )
    return Contest.id.in_(sa.select(ContestPlace.contest_id).where(overlap))


def get_managed(session: Session, public_id: str, scope: Scope) -> Contest:
    """A contest hosted within the scope; else NotFoundError."""
    return _one(session, Contest.public_id == public_id, hosted_within(scope))


def get_visible(session: Session, public_id: str, scope: Scope) -> Contest:
    """A contest hosted within the scope, or a published one that pupils of the scope may enter; else NotFoundError."""
    seen = sa.or_(hosted_within(scope), sa.and_(Contest.published_at.is_not(None), concerns(session, scope)))
    return _one(session, Contest.public_id == public_id, seen)


def is_managed(session: Session, contest: Contest, scope: Scope) -> bool:
    """Whether the contest is hosted within the scope."""
    query = sa.select(Contest.id).where(Contest.id == contest.id, hosted_within(scope))
    return session.scalar(query) is not None


def require_managed(session: Session, contest: Contest, scope: Scope) -> None:
    """Raise NotFoundError for a contest that is not hosted within the scope: every organiser's act begins with it."""
    if not is_managed(session, contest, scope):
        raise NotFoundError("没有找到这场比赛。")


def _one(session: Session, *where: sa.ColumnElement[bool]) -> Contest:
    contest = session.scalar(sa.select(Contest).where(*where).options(*WITH_GROUPS))
    if contest is None:
        raise NotFoundError("没有找到这场比赛。")
    return contest


LIST_ORDER = [
    ContestState.RUNNING,
    ContestState.ANNOUNCED,
    ContestState.DRAFT,
    ContestState.FINISHED,
    ContestState.CANCELLED,
]


def contests_managed(session: Session, scope: Scope, now: datetime) -> list[StaffContest]:
    """Contests hosted within the scope or entered by its pupils: running first, then by time, newest first."""
    hosted = set(session.scalars(sa.select(Contest.id).where(hosted_within(scope))))
    seen = sa.or_(Contest.id.in_(hosted), sa.and_(Contest.published_at.is_not(None), concerns(session, scope)))
    contests = session.scalars(sa.select(Contest).where(seen).options(*WITH_GROUPS)).all()
    entered = _entered(session, scope)
    rows = [
        StaffContest(contest, state_of(contest, now), contest.id in hosted, entered.get(contest.id, 0))
        for contest in contests
    ]
    rows.sort(key=lambda row: (row.window.opens_at, row.contest.id), reverse=True)
    rows.sort(key=lambda row: LIST_ORDER.index(row.state))
    return rows


def _entered(session: Session, scope: Scope) -> dict[int, int]:
    query = sa.select(Entry.contest_id, sa.func.count()).where(Entry.withdrawn_at.is_(None)).group_by(Entry.contest_id)
    if not scope.everywhere:
        schools = sa.select(School.id).where(schools_within(scope))
        query = query.where(sa.or_(Entry.school_id.in_(schools), Entry.class_id.in_(scope.classes)))
    return dict(session.execute(query).all())


def _pupil_place(session: Session, actor: Actor) -> Any:
    return session.execute(
        sa.select(
            School.id.label("school_id"),
            School.kind,
            School.county_id,
            School.prefecture_id,
            School.province_id,
            SchoolClass.id.label("class_id"),
            SchoolClass.cohort_year,
            SchoolClass.entry_grade,
        )
        .join(SchoolClass, SchoolClass.school_id == School.id)
        .where(SchoolClass.id == actor.class_id, SchoolClass.is_active, School.is_active)
    ).first()


def contests_for_pupil(
    session: Session, actor: Actor, now: datetime, *, public_id: str | None = None
) -> list[PupilContest]:
    """Published contests that the pupil may enter or has entered: those that can be sat first, then by opening."""
    entries: dict[int, int] = dict(
        session.execute(
            sa.select(Entry.contest_id, Entry.group_id).where(
                Entry.user_id == actor.user_id, Entry.withdrawn_at.is_(None)
            )
        ).all()
    )
    found = _contests_open_to(session, actor, entries, public_id)
    attempts = _attempts_of(session, actor.user_id, [group.sitting_id for _, group in found])
    by_teams = [contest.id for contest, _ in found if contest.is_by_teams]
    reserve = reserve_stages(session, actor.user_id, by_teams) if by_teams else set()
    rows = [
        _pupil_contest(contest, group, attempts.get(group.sitting_id, ()), now, contest.id in reserve)
        for contest, group in found
    ]
    order = {"open": 0, "before": 1, "after": 2, "cancelled": 3}
    late_first = {"after", "cancelled"}
    rows.sort(key=lambda row: row.sitting.opens_at.timestamp() * (-1 if row.phase in late_first else 1))
    rows.sort(key=lambda row: order[row.phase])
    return rows


def contest_for_pupil(session: Session, actor: Actor, public_id: str, now: datetime) -> PupilContest:
    """One contest as the pupil meets it; NotFoundError when the pupil may not enter it."""
    rows = contests_for_pupil(session, actor, now, public_id=public_id)
    if not rows:
        raise NotFoundError("没有找到这场比赛。可能不是你的学校、班级或年级参加的比赛。")
    return rows[0]


_used, _going = (
    sa.select(sa.func.count()).where(
        Attempt.sitting_id == ContestGroup.sitting_id, Attempt.user_id == sa.bindparam("user_id"), condition
    ).scalar_subquery()
    for condition in (
        Attempt.status != AttemptStatus.VOIDED,
        sa.and_(Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at > sa.bindparam("now", type_=Attempt.deadline_at.type)),
    )
)  # fmt: skip
_FURTHER = (
    sa.select(Contest.public_id, _used, _going)
    .join(ContestGroup, ContestGroup.contest_id == Contest.id)
    .where(ContestGroup.sitting_id == sa.bindparam("sitting_id"))
)


def further_attempts(session: Session, sitting: Sitting, user_id: int, now: datetime) -> tuple[str, int] | None:
    """The contest of a sitting that the pupil has sat (its public id) and how many more attempts may begin now.

    Who has an attempt has entered, so nothing else is asked; none may begin while one is open. None for a sitting
    of no contest.
    """
    row = session.execute(_FURTHER, {"sitting_id": sitting.id, "user_id": user_id, "now": now}).first()
    if row is None:
        return None
    public_id, used, going = row
    is_free = pupil_phase(sitting, now) == "open" and not going
    return public_id, max(0, sitting.attempts_allowed - used) if is_free else 0


def _contests_open_to(
    session: Session, actor: Actor, entries: dict[int, int], public_id: str | None
) -> list[tuple[Contest, ContestGroup]]:
    place = _pupil_place(session, actor)
    may_enter: sa.ColumnElement[bool] = Contest.id.in_(list(entries))
    if place is not None:
        regions = [place.county_id, place.prefecture_id or place.province_id, place.province_id]
        reached = sa.or_(
            ContestPlace.region_id.in_(regions),
            ContestPlace.school_id == place.school_id,
            ContestPlace.class_id == place.class_id,
        )
        of_place = Contest.id.in_(sa.select(ContestPlace.contest_id).where(reached))
        may_enter = sa.or_(
            may_enter, sa.and_(of_place, Contest.first_stage_id.is_(None), Contest.playoff_of_id.is_(None))
        )
    may_enter = sa.or_(
        sa.and_(Contest.unit == StageUnit.PUPIL, may_enter),
        sa.and_(Contest.unit != StageUnit.PUPIL, of_pupil(actor.user_id, Contest.id).exists()),
    )
    query = sa.select(Contest).where(Contest.published_at.is_not(None), may_enter).options(WITH_SITTINGS)
    if public_id is not None:
        query = query.where(Contest.public_id == public_id)
    pairs = [(contest, _group_for(contest, place, entries.get(contest.id))) for contest in session.scalars(query)]
    return [
        (contest, group)
        for contest, group in pairs
        if group is not None and (contest.cancelled_at is None or contest.id in entries)
    ]


def _group_for(contest: Contest, place: Any, entered: int | None) -> ContestGroup | None:
    """The group that was entered, else the group of the pupil's grade on the day the contest opens."""
    for group in contest.groups:
        if entered is not None:
            if group.id == entered:
                return group
        elif place is not None:
            grade = grade_of(place.cohort_year, place.entry_grade, window_of(contest).opens_at)
            if group_of(place.kind, grade) == group.kind:
                return group
    return None


def _attempts_of(session: Session, user_id: int, sitting_ids: Sequence[int]) -> dict[int, list[Any]]:
    query = (
        sa.select(Attempt.sitting_id, Attempt.public_id, Attempt.number, Attempt.status, Attempt.deadline_at)
        .where(Attempt.user_id == user_id, Attempt.sitting_id.in_(sitting_ids))
        .order_by(Attempt.number)
    )
    rows: dict[int, list[Any]] = {}
    for row in session.execute(query):
        rows.setdefault(row.sitting_id, []).append(row)
    return rows


def _pupil_contest(
    contest: Contest, group: ContestGroup, attempts: Sequence[Any], now: datetime, is_reserve: bool
) -> PupilContest:
    sitting = group.sitting
    going = [a for a in attempts if a.status == AttemptStatus.IN_PROGRESS and a.deadline_at > now]
    over = [a for a in attempts if a not in going and a.status != AttemptStatus.VOIDED]
    return PupilContest(
        contest=contest,
        group=group,
        sitting=sitting,
        phase=pupil_phase(sitting, now),
        attempts_used=sum(a.status != AttemptStatus.VOIDED for a in attempts),
        open_attempt=going[-1].public_id if going else None,
        last_attempt=over[-1].public_id if over else None,
        is_reserve=is_reserve,
    )


def shortages_by_group(session: Session, contest: Contest) -> dict[ContestGroupKind, list[DomainError]]:
    """What the bank lacks for each group's papers, in words."""
    rows = parse_rows(contest.groups[0].sitting.paper_spec.rows)
    found = {}
    for group in contest.groups:
        found[group.kind] = [short.error() for short in shortages_in_band(session, rows, band_of(group.kind))]
    return found


def eligible_pupil(session: Session, contest: Contest, user_public_id: str, scope: Scope) -> Any:
    """The row (user_id, name, group) of a pupil of the scope who may enter; else NotFoundError."""
    rows = eligible_enrolments(contest, scope).subquery()
    query = sa.select(rows.c.user_id, User.name, rows.c.group).join(User, User.id == rows.c.user_id)
    found = session.execute(query.where(User.public_id == user_public_id)).first()
    if found is None:
        raise NotFoundError("没有找到这名学生。")
    return found


def pupil_phase(sitting: Sitting, now: datetime) -> str:
    """``before``, ``open``, ``after`` or ``cancelled``."""
    return phase(sitting.opens_at, sitting.closes_at, sitting.cancelled_at, now).value
