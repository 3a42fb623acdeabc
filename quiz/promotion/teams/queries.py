"""Reads of promotions of teams: the same questions as quiz.promotion.queries, by the same names, asked of teams."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quiz.accounts.models import User
from quiz.attempts.rules import FULL_SCORE
from quiz.contests.models import Contest, ContestGroup, Entry, Team, TeamMember
from quiz.errors import NotFoundError
from quiz.promotion.models import PromotionRun
from quiz.promotion.queries import Change, DecisionLine, Impact, begun, digest, in_group_order, standing
from quiz.promotion.rules import Candidate, Decisions, Outcome, Plan, UnitLevel
from quiz.promotion.teams.models import TeamDecision, TeamRemark
from quiz.rankings.models import ContestTally
from quiz.rankings.queries import tally_of
from quiz.rankings.team_boards import TeamBoard
from quiz.regions.models import Region, School

SECONDS_BITS = 24  # of ten members' seconds together


@dataclass(frozen=True)
class PlacedTeam:
    """A team as a candidate, with its sums."""

    candidate: Candidate
    score: int
    seconds: int


def decisions_of(session: Session, contest: Contest) -> Decisions:
    """The decisions that stand, by team id."""
    query = sa.select(TeamDecision.team_id, TeamDecision.kind, TeamDecision.decided_at).where(
        TeamDecision.contest_id == contest.id, TeamDecision.revoked_at.is_(None)
    )
    return standing(session, contest, session.execute(query.order_by(TeamDecision.id)).all())


def decision_lines(session: Session, contest: Contest) -> list[DecisionLine]:
    """All decisions of a stage, those revoked too, the latest first."""
    by = aliased(User)
    query = (
        sa.select(TeamDecision, Team.public_id, Team.name, sa.null(), by.name)
        .join(Team, Team.id == TeamDecision.team_id)
        .join(by, by.id == TeamDecision.decided_by)
        .where(TeamDecision.contest_id == contest.id)
        .order_by(TeamDecision.id.desc())
    )
    return [DecisionLine(*row) for row in session.execute(query)]


def decided_about(session: Session, contest: Contest, public_id: str) -> int | None:
    """The team with this public id, if anything was ever decided about it in the stage."""
    query = sa.select(Team.id).join(TeamDecision, TeamDecision.team_id == Team.id)
    return session.scalar(query.where(TeamDecision.contest_id == contest.id, Team.public_id == public_id).limit(1))


def basis_of(session: Session, contest: Contest, plan: Plan) -> str:
    """A digest of what a promotion of teams is computed from: their sums and members, the plan, the decisions."""
    tally = tally_of(session, contest.id)
    results: list[tuple[Any, ...]] = []
    for group in contest.groups if tally is not None else ():
        sums = TeamBoard(session, tally, group).sums() if tally is not None else None
        if sums is None:
            continue
        query = sa.select(sums.c.team_id, sums.c.score, sums.c.seconds, sums.c.results).order_by(sums.c.team_id)
        results += [(group.kind.value, *map(int, row)) for row in session.execute(query)]
    seats = sa.select(TeamMember.team_id, TeamMember.user_id).where(
        TeamMember.contest_id == contest.id, ~TeamMember.is_reserve
    )
    results += [tuple(row) for row in session.execute(seats.order_by(TeamMember.team_id, TeamMember.user_id))]
    return digest(results, plan, decisions_of(session, contest))


def order_key(size: int, score: int, seconds: int) -> int:
    """The order of teams of ``size``: higher sum of scores first, then fewer seconds; a smaller key is better."""
    return size * FULL_SCORE - score << SECONDS_BITS | seconds


_UNITS: dict[UnitLevel, Any] = {
    UnitLevel.WHOLE: sa.literal(""),
    UnitLevel.PREFECTURE: sa.func.coalesce(School.prefecture_id, School.county_id),
    UnitLevel.COUNTY: School.county_id,
    UnitLevel.SCHOOL: sa.cast(School.id, sa.String),
}


def candidates(
    session: Session, contest: Contest, tally: ContestTally, group: ContestGroup, level: UnitLevel
) -> list[PlacedTeam]:
    """Every team of a group of which somebody has a result, best first. A cut-off is about the average of its members."""
    sums = TeamBoard(session, tally, group).sums()
    query = (
        sa.select(Team.id, _UNITS[level], sums.c.score, sums.c.seconds, sums.c.handed_in)
        .join(sums, sums.c.team_id == Team.id)
        .join(School, School.id == Team.school_id)
        .where(sums.c.results > 0)
        .order_by(sums.c.rank, Team.id)
    )
    found = []
    for team_id, unit, score, seconds, handed_in in session.execute(query):
        score, seconds = int(score), int(seconds)
        key = order_key(contest.team_size, score, seconds)
        at = handed_in.timestamp() if handed_in else 0.0
        found.append(PlacedTeam(Candidate(team_id, unit, key, at, score // contest.team_size), score, seconds))
    return found


@dataclass(frozen=True)
class TeamRemarkLine:
    """A team's verdict with the names in it."""

    remark: TeamRemark
    public_id: str
    name: str
    school: str
    county: str


def remark_lines(
    session: Session, run: PromotionRun, *, group: str = "", unit: str = "", outcomes: Iterable[Outcome] = (),
    text: str = "",
) -> sa.Select[Any]:  # fmt: skip
    """Every team in a run, by group and result, narrowed as asked; ``text`` is part of a team's or school's name."""
    query: Any = (
        sa.select(TeamRemark, Team.public_id, Team.name, School.name, Region.name)
        .join(Team, Team.id == TeamRemark.team_id)
        .join(School, School.id == Team.school_id)
        .join(Region, Region.id == School.county_id)
        .where(TeamRemark.run_id == run.id)
        .order_by(in_group_order(TeamRemark.group_kind), TeamRemark.position)
    )
    if group:
        query = query.where(TeamRemark.group_kind == group)
    if unit:
        query = query.where(TeamRemark.unit_id == unit)
    if wanted := list(outcomes):
        query = query.where(TeamRemark.outcome.in_(wanted))
    if text:
        is_named = (Team.name.contains(text, autoescape=True), School.name.contains(text, autoescape=True))
        query = query.where(sa.or_(*is_named))
    found: sa.Select[Any] = query
    return found


def get_candidate(session: Session, run: PromotionRun, public_id: str) -> TeamRemarkLine:
    """One team of a run; else NotFoundError."""
    row = session.execute(remark_lines(session, run).where(Team.public_id == public_id)).first()
    if row is None:
        raise NotFoundError("没有找到这个队。")
    return TeamRemarkLine(*row)


def through(session: Session, run: PromotionRun) -> set[int]:
    """The teams that go on."""
    query = sa.select(TeamRemark.team_id).where(TeamRemark.run_id == run.id, TeamRemark.outcome == Outcome.THROUGH)
    return set(session.scalars(query))


def in_next(session: Session, run: PromotionRun) -> dict[int, set[int]]:
    """Team of this stage → its pupils in the next one, of those that are there now."""
    after = session.get_one(Contest, run.next_stage_id)
    query: Any
    if after.is_by_teams:
        query = (
            sa.select(Team.origin_id, TeamMember.user_id)
            .join(TeamMember, TeamMember.team_id == Team.id)
            .where(Team.contest_id == after.id, Team.withdrawn_at.is_(None), Team.origin_id.is_not(None))
        )
    else:
        here = sa.and_(Entry.user_id == TeamMember.user_id, Entry.contest_id == after.id, Entry.withdrawn_at.is_(None))
        query = sa.select(TeamMember.team_id, Entry.user_id).join(Entry, here)
        query = query.where(TeamMember.contest_id == run.contest_id, ~TeamMember.is_reserve)
    found: dict[int, set[int]] = defaultdict(set)
    for team_id, user_id in session.execute(query):
        found[team_id].add(user_id)
    return found


def change_of(session: Session, run: PromotionRun) -> Change:
    """A run against the next stage as it is: ids of teams of this stage. One of whose pupils any has begun is kept."""
    on, present = through(session, run), in_next(session, run)
    leaving = present.keys() - on
    pupils = {user_id for team_id in leaving for user_id in present[team_id]}
    has_begun: set[int] = set()
    if pupils:
        has_begun = set(session.scalars(begun(session, run.next_stage_id))) & pupils
    kept = {team_id for team_id in leaving if present[team_id] & has_begun}
    return Change(frozenset(on - present.keys()), frozenset(leaving - kept), frozenset(kept))


def impact_of(session: Session, run: PromotionRun, most: int = 200) -> Impact:
    """change_of() as a page shows it."""
    found = change_of(session, run)
    numbers = (len(found.entering), len(found.leaving), len(found.kept))
    return Impact(*numbers, sorted(found.leaving)[:most], sorted(found.kept)[:most])


def people(session: Session, team_ids: Iterable[int]) -> dict[int, tuple[str, int | None]]:
    """The names of teams, for the few that a change concerns."""
    query = sa.select(Team.id, Team.name).where(Team.id.in_(list(team_ids)))
    return {team_id: (name, None) for team_id, name in session.execute(query)}
