"""Reads of promotions: the candidates of a stage, its decisions and runs, and the names in a run."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, defer

from quiz.accounts.models import Enrolment, User
from quiz.attempts.models import Attempt, AttemptStatus, ResultChange
from quiz.contests.models import Contest, Entry, Team, TeamMember
from quiz.contests.queries import window_of
from quiz.contests.remarks.queries import is_applying
from quiz.contests.rules import ContestGroupKind, group_order
from quiz.errors import NotFoundError
from quiz.jobs.models import Job
from quiz.jobs.queries import latest_job
from quiz.promotion.models import (
    OPEN_STATES,
    Playoff,
    PromotionDecision,
    PromotionPlan,
    PromotionRemark,
    PromotionRun,
    RunState,
    TeamDecision,
)
from quiz.promotion.rules import Candidate, DecisionKind, Decisions, Outcome, Plan, Quota, Tie, UnitLevel, Verdict
from quiz.promotion.winning import Sat
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard
from quiz.rankings.queries import IS_VALID
from quiz.regions.models import Region, School, SchoolClass

BATCH = 5000


@dataclass(frozen=True)
class Placed:
    """A candidate with the school and class of the result."""

    candidate: Candidate
    school_id: int
    class_id: int


def plan_of(session: Session, contest: Contest) -> Plan:
    """The declared way of promotion; a group that came later has the seats of the others, the default before any has some."""
    stored = session.get(PromotionPlan, contest.id)
    plan = Plan() if stored is None else Plan.from_dict(stored.settings)
    usual = next(iter(plan.quotas.values()), Quota())
    quotas = {group.kind.value: plan.quotas.get(group.kind.value, usual) for group in contest.groups}
    return Plan(plan.level, plan.ties, quotas)


def is_declared(session: Session, contest: Contest) -> bool:
    """Whether somebody has saved a way of promotion for this stage."""
    return session.get(PromotionPlan, contest.id) is not None


def is_settled(session: Session, contest: Contest, now: datetime) -> bool:
    """Whether nothing can change by itself any more: the window is over, all is closed, folded and marked again."""
    sittings = [group.sitting_id for group in contest.groups]
    grace = max(group.sitting.grace_seconds for group in contest.groups)
    if now < window_of(contest)[1] + timedelta(seconds=grace) or is_applying(session, contest.id):
        return False
    going = sa.select(Attempt.id).where(
        Attempt.sitting_id.in_(sittings), Attempt.status == AttemptStatus.IN_PROGRESS
    )  # fmt: skip
    waiting = sa.select(ResultChange.id).where(ResultChange.sitting_id.in_(sittings), ~ResultChange.is_folded)
    return session.scalar(going.limit(1)) is None and session.scalar(waiting.limit(1)) is None


def decisions_of(session: Session, contest: Contest) -> Decisions:
    """The decisions that stand, by user id."""
    query = sa.select(PromotionDecision.user_id, PromotionDecision.kind, PromotionDecision.decided_at).where(
        PromotionDecision.contest_id == contest.id, PromotionDecision.revoked_at.is_(None)
    )
    return standing(session, contest, session.execute(query.order_by(PromotionDecision.id)).all())


def standing(session: Session, contest: Contest, rows: Sequence[Any]) -> Decisions:
    """Decisions from rows (pupil or team, kind, when), with the play-offs of which one of them is the result."""
    kinds = {key: kind for key, kind, _at in rows}
    decided = {key: at for key, kind, at in rows if kind is DecisionKind.PLAYOFF_WON}
    if not decided:
        return Decisions(kinds)
    settled = session.scalars(
        sa.select(Playoff)
        .where(Playoff.contest_id == contest.id, Playoff.settled_at.is_not(None))
        .order_by(Playoff.settled_at, Playoff.id)
    ).all()
    users: dict[int, set[int]] = defaultdict(set)
    table: Any = Team if contest.is_by_teams else Entry
    who = Team.origin_id if contest.is_by_teams else Entry.user_id
    there: Any = sa.select(table.contest_id, who).where(table.contest_id.in_([one.sat_as_id for one in settled]))
    for sat_as_id, key in session.execute(there):
        users[sat_as_id].add(key)
    sat = [Sat(frozenset(users[one.sat_as_id]), one.seats, frozenset(one.winners)) for one in settled]
    recorded = {(key, one.settled_at) for one in settled for key in one.winners}
    return Decisions(kinds, sat, [key for key, at in decided.items() if (key, at) not in recorded])


def disqualified(session: Session, contest: Contest) -> set[int]:
    """The pupils who were disqualified, alone or with their team."""
    if not contest.is_by_teams:
        return {user for user, kind in decisions_of(session, contest).items() if kind is DecisionKind.DISQUALIFIED}
    query = sa.select(TeamMember.user_id).join(TeamDecision, TeamDecision.team_id == TeamMember.team_id)
    stands = (TeamDecision.revoked_at.is_(None), TeamDecision.kind == DecisionKind.DISQUALIFIED)
    return set(session.scalars(query.where(TeamDecision.contest_id == contest.id, *stands)))


@dataclass(frozen=True)
class DecisionLine:
    """A decision with the names in it."""

    decision: PromotionDecision | TeamDecision
    user_public_id: str
    name: str
    class_id: int | None
    by: str


def decision_lines(session: Session, contest: Contest) -> list[DecisionLine]:
    """All decisions of a stage, those revoked too, the latest first."""
    by = aliased(User)
    query = (
        sa.select(PromotionDecision, User.public_id, User.name, Enrolment.class_id, by.name)
        .join(User, User.id == PromotionDecision.user_id)
        .join(by, by.id == PromotionDecision.decided_by)
        .outerjoin(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
        .where(PromotionDecision.contest_id == contest.id)
        .order_by(PromotionDecision.id.desc())
    )
    return [DecisionLine(*row) for row in session.execute(query)]


def decided_about(session: Session, contest: Contest, user_public_id: str) -> int | None:
    """The pupil with this public id, if anything was ever decided about them in the stage."""
    query = sa.select(User.id).join(PromotionDecision, PromotionDecision.user_id == User.id)
    return session.scalar(
        query.where(PromotionDecision.contest_id == contest.id, User.public_id == user_public_id).limit(1)
    )


def basis_of(session: Session, contest: Contest, plan: Plan) -> str:
    """A digest of what a promotion is computed from: the results as they stand, the plan, the decisions that stand.

    The sums tell whether any result, pupil or school is another one; they do not change when the standings are only
    written again.
    """
    key, user = PupilStanding.order_key, PupilStanding.user_id % 1009
    query = (
        sa.select(
            StandingBoard.group_kind, sa.func.count(), sa.func.sum(key), sa.func.sum(key % 1000003 * user),
            sa.func.sum(PupilStanding.school_id * user),
        )
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(ContestTally, IS_VALID)
        .where(StandingBoard.contest_id == contest.id)
        .group_by(StandingBoard.group_kind)
        .order_by(StandingBoard.group_kind)
    )  # fmt: skip
    results = [(row[0], *map(int, row[1:])) for row in session.execute(query)]
    return digest(results, plan, decisions_of(session, contest))


def digest(results: Sequence[tuple[Any, ...]], plan: Plan, named: Decisions) -> str:
    """What results, plan and decisions have in common with others only where they are the same."""
    decisions: list[Any] = sorted((key, kind.value) for key, kind in named.items())
    decisions += [(sorted(one.users), one.seats, sorted(one.winners)) for one in named.sat]
    decisions += named.by_hand
    return sha256(repr((results, json.dumps(plan.to_dict(), sort_keys=True), decisions)).encode()).hexdigest()


UNIT_COLUMNS: dict[UnitLevel, Any] = {
    UnitLevel.WHOLE: sa.literal(""),
    UnitLevel.PREFECTURE: sa.func.coalesce(School.prefecture_id, School.county_id),
    UnitLevel.COUNTY: School.county_id,
    UnitLevel.SCHOOL: sa.cast(School.id, sa.String),
    UnitLevel.CLASS: sa.cast(PupilStanding.class_id, sa.String),
}


def candidates(session: Session, tally: ContestTally, group: str, level: UnitLevel) -> Iterator[Placed]:
    """Everybody of a group with a counting result, best first."""
    query = (
        sa.select(
            PupilStanding.user_id, UNIT_COLUMNS[level], PupilStanding.order_key, Attempt.closed_at,
            PupilStanding.school_id, PupilStanding.class_id,
        )
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(Attempt, Attempt.id == PupilStanding.attempt_id)
        .join(School, School.id == PupilStanding.school_id)
        .where(
            StandingBoard.contest_id == tally.contest_id, StandingBoard.generation == tally.generation,
            StandingBoard.group_kind == group,
        )
        .order_by(PupilStanding.order_key, PupilStanding.user_id)
        .execution_options(yield_per=BATCH)
    )  # fmt: skip
    for user_id, unit, order_key, closed_at, school_id, class_id in session.execute(query):
        handed_in = closed_at.timestamp() if closed_at else 0.0
        yield Placed(Candidate(user_id, unit, order_key, handed_in), school_id, class_id)


def summary(verdicts: dict[str, Sequence[Verdict]], keys: Mapping[int, Any]) -> dict[str, Any]:
    """The numbers of a run: by group how many of each outcome, and by unit participants, seats, who went through, the line.

    ``keys`` are the order keys by user id, of teams pairs (score with a minus before it, seconds); a unit's line is the
    worst key that went through by the result.
    """
    groups = {group: dict(Counter(one.outcome.value for one in rows)) for group, rows in verdicts.items()}
    units = []
    for group, rows in verdicts.items():
        by_unit: dict[str, list[Verdict]] = defaultdict(list)
        for one in rows:
            by_unit[one.unit].append(one)
        for unit, members in sorted(by_unit.items()):
            through = [one for one in members if one.outcome is Outcome.THROUGH]
            by_result = [
                keys[one.user_id] for one in through if one.reason.value not in ("host_seed", "wild_card", "revived")
            ]
            units.append(
                {
                    "group": group, "unit": unit, "participants": len(members), "seats": members[0].seats,
                    "through": len(through), "line": max(by_result, default=None),
                    "undecided": sum(one.outcome is Outcome.UNDECIDED for one in members),
                }
            )  # fmt: skip
    return {"groups": groups, "units": units}


def tie_row(group: str, tie: Tie, placed: Mapping[int, Any]) -> dict[str, Any]:
    """An open tie as a run's summary holds it (of pupils or teams); ``unit`` is empty where several units are in it."""
    units = {placed[one].candidate.unit for one in tie.users}
    return {
        "group": group, "unit": units.pop() if len(units) == 1 else "", "users": list(tie.users), "seats": tie.seats
    }  # fmt: skip


def runs_of(session: Session, contest: Contest) -> list[PromotionRun]:
    """The runs of a stage, the latest first; their summaries have a line for every unit and stay behind."""
    query = sa.select(PromotionRun).where(PromotionRun.contest_id == contest.id).options(defer(PromotionRun.summary))
    return list(session.scalars(query.order_by(PromotionRun.id.desc())))


def open_run(session: Session, contest: Contest) -> PromotionRun | None:
    """The run that is neither published nor given up."""
    query = sa.select(PromotionRun).where(PromotionRun.contest_id == contest.id, PromotionRun.state.in_(OPEN_STATES))
    return session.scalar(query)


def published_run(session: Session, contest: Contest) -> PromotionRun | None:
    """The run whose pupils are in the next stage now."""
    query = sa.select(PromotionRun).where(
        PromotionRun.contest_id == contest.id, PromotionRun.state == RunState.PUBLISHED
    )
    return session.scalar(query.order_by(PromotionRun.published_at.desc(), PromotionRun.id.desc()).limit(1))


def get_run(session: Session, contest: Contest, public_id: str) -> PromotionRun:
    """One run of the stage; else NotFoundError."""
    query = sa.select(PromotionRun).where(PromotionRun.contest_id == contest.id, PromotionRun.public_id == public_id)
    found = session.scalar(query)
    if found is None:
        raise NotFoundError("没有找到这次晋级试算。")
    return found


def job_of(session: Session, run: PromotionRun) -> Job | None:
    """The background job of a run, for its progress."""
    return latest_job(session, f"promotion:{run.id}")


@dataclass(frozen=True)
class RemarkLine:
    """A verdict with the names in it."""

    remark: PromotionRemark
    user_public_id: str
    name: str
    number: str | None
    school: str
    school_class: SchoolClass


def in_group_order(column: Any) -> sa.ColumnElement[int]:
    """SQL: sorts groups as contests.rules.group_order() does."""
    return sa.case({kind.value: group_order(kind) for kind in ContestGroupKind}, value=column)


def remark_lines(
    session: Session,
    run: PromotionRun,
    *,
    group: str = "",
    unit: str = "",
    outcomes: Iterable[Outcome] = (),
    text: str = "",
) -> sa.Select[Any]:
    """Everybody in a run, by group and result, narrowed as asked; ``text`` is a name or student number."""
    query: Any = (
        sa.select(
            PromotionRemark,
            User.public_id,
            User.name,
            Enrolment.student_number,
            School.name.label("school"),
            SchoolClass,
        )
        .join(User, User.id == PromotionRemark.user_id)
        .join(School, School.id == PromotionRemark.school_id)
        .join(SchoolClass, SchoolClass.id == PromotionRemark.class_id)
        .outerjoin(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
        .where(PromotionRemark.run_id == run.id)
        .order_by(in_group_order(PromotionRemark.group_kind), PromotionRemark.order_key, PromotionRemark.user_id)
    )
    if group:
        query = query.where(PromotionRemark.group_kind == group)
    if unit:
        query = query.where(PromotionRemark.unit_id == unit)
    if wanted := list(outcomes):
        query = query.where(PromotionRemark.outcome.in_(wanted))
    if text:
        query = query.where(sa.or_(User.name == text, Enrolment.student_number == text))
    found: sa.Select[Any] = query
    return found


def get_candidate(session: Session, run: PromotionRun, user_public_id: str) -> RemarkLine:
    """One pupil of a run; else NotFoundError."""
    row = session.execute(remark_lines(session, run).where(User.public_id == user_public_id)).first()
    if row is None:
        raise NotFoundError("没有找到这名学生。")
    return RemarkLine(*row)


def unit_names(session: Session, level: UnitLevel, ids: Iterable[str], now: datetime) -> dict[str, str]:
    """What people call the units of a level."""
    wanted = sorted(set(ids) - {""})
    if level in (UnitLevel.PREFECTURE, UnitLevel.COUNTY):
        rows = session.execute(sa.select(Region.id, Region.name).where(Region.id.in_(wanted)))
        return {one: name for one, name in rows}
    if level is UnitLevel.SCHOOL:
        found = session.execute(sa.select(School.id, School.name).where(School.id.in_([int(one) for one in wanted])))
        return {str(one): name for one, name in found}
    if level is UnitLevel.CLASS:
        query = sa.select(SchoolClass, School.name).join(SchoolClass.school)
        rows_ = session.execute(query.where(SchoolClass.id.in_([int(one) for one in wanted])))
        return {str(one.id): f"{school} {one.label(now)}" for one, school in rows_}
    return {}


@dataclass(frozen=True)
class Change:
    """What publishing a run would change in the next stage: user ids."""

    entering: frozenset[int]
    leaving: frozenset[int]
    kept: frozenset[int]  # would leave, but have begun to answer there


def change_of(session: Session, run: PromotionRun) -> Change:
    """A run against the entries of the next stage as they are."""
    through = set(
        session.scalars(
            sa.select(PromotionRemark.user_id).where(
                PromotionRemark.run_id == run.id, PromotionRemark.outcome == Outcome.THROUGH
            )
        )
    )
    entered = set(
        session.scalars(
            sa.select(Entry.user_id).where(Entry.contest_id == run.next_stage_id, Entry.withdrawn_at.is_(None))
        )
    )
    leaving = entered - through
    has_begun: set[int] = set()
    if leaving:
        has_begun = set(session.scalars(begun(session, run.next_stage_id).where(Attempt.user_id.in_(leaving))))
    return Change(frozenset(through - entered), frozenset(leaving - has_begun), frozenset(leaving & has_begun))


@dataclass(frozen=True)
class Impact:
    """The same for a page: how many, and the first ones by id of those who would lose their place or keep it."""

    entering: int
    leaving: int
    kept: int
    leaving_ids: list[int]
    kept_ids: list[int]


def impact_of(session: Session, run: PromotionRun, most: int = 200) -> Impact:
    """change_of() counted by the database: hundreds of thousands may go through, and a page names a few of them."""
    entry, remark = Entry.__table__.alias("entry_now"), PromotionRemark.__table__.alias("remark")
    is_through = sa.and_(remark.c.run_id == run.id, remark.c.outcome == Outcome.THROUGH)
    is_entered = sa.and_(entry.c.contest_id == run.next_stage_id, entry.c.withdrawn_at.is_(None))
    is_same = entry.c.user_id == remark.c.user_id
    entering = sa.select(remark.c.user_id).where(is_through, ~sa.exists().where(is_entered, is_same))
    away = sa.select(entry.c.user_id).where(is_entered, ~sa.exists().where(is_through, is_same))
    has_begun = entry.c.user_id.in_(begun(session, run.next_stage_id))

    def counted(query: sa.Select[Any]) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0

    def some(query: sa.Select[Any]) -> list[int]:
        return list(session.scalars(query.order_by(entry.c.user_id).limit(most)))

    leaving, kept = away.where(~has_begun), away.where(has_begun)
    return Impact(counted(entering), counted(leaving), counted(kept), some(leaving), some(kept))


def begun(session: Session, contest_id: int) -> sa.Select[Any]:
    """Pupils with an attempt in a stage."""
    contest = session.get_one(Contest, contest_id)
    sittings = [group.sitting_id for group in contest.groups]
    return sa.select(Attempt.user_id).where(Attempt.sitting_id.in_(sittings), Attempt.status != AttemptStatus.VOIDED)


def people(session: Session, user_ids: Iterable[int]) -> dict[int, tuple[str, int | None]]:
    """Name and class id by user id, for the few that a change concerns."""
    query = sa.select(User.id, User.name, Enrolment.class_id).outerjoin(
        Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None))
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query.where(User.id.in_(list(user_ids))))}
