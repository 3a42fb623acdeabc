"""Reads of play-offs: those of a stage, the ties that need one, and how one stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.contests.models import Contest, Entry, Team, TeamMember
from quiz.contests.playoffs import Member
from quiz.errors import NotFoundError
from quiz.promotion import queries as of_pupils
from quiz.promotion.models import PromotionRemark, PromotionRun
from quiz.promotion.playoffs.models import Playoff
from quiz.promotion.playoffs.rules import PlayoffState, Proposal, places, propose
from quiz.promotion.rules import DecisionKind
from quiz.promotion.teams import queries as of_teams
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard
from quiz.rankings.queries import IS_VALID, tally_of
from quiz.rankings.rules import score_of, seconds_of
from quiz.rankings.team_boards import TeamBoard, Term
from quiz.regions.models import School

OUT_OF_IT = (DecisionKind.DISQUALIFIED, DecisionKind.WITHDRAWN)


@dataclass(frozen=True)
class PlayoffLine:
    """A play-off with the contest in which it is sat."""

    playoff: Playoff
    contest: Contest

    @property
    def public_id(self) -> str:
        """What addresses and reasons call it."""
        return self.contest.public_id


def playoffs_of(session: Session, contest: Contest) -> list[PlayoffLine]:
    """All play-offs of a stage, the latest first."""
    query = sa.select(Playoff, Contest).join(Contest, Contest.id == Playoff.sat_as_id)
    rows = session.execute(query.where(Playoff.contest_id == contest.id).order_by(Playoff.id.desc()))
    return [PlayoffLine(*row) for row in rows]


def get_playoff(session: Session, contest: Contest, public_id: str) -> PlayoffLine:
    """One play-off of the stage; else NotFoundError."""
    query = sa.select(Playoff, Contest).join(Contest, Contest.id == Playoff.sat_as_id)
    row = session.execute(query.where(Playoff.contest_id == contest.id, Contest.public_id == public_id)).first()
    if row is None:
        raise NotFoundError("没有找到这次加赛。")
    return PlayoffLine(*row)


def ties_of(run: PromotionRun) -> list[dict[str, Any]]:
    """The ties of a trial that need a play-off: group, unit, users (or ids of teams), seats."""
    found: list[dict[str, Any]] = (run.summary or {}).get("ties", [])
    return found


def open_for(session: Session, contest: Contest, keys: Sequence[int]) -> PlayoffLine | None:
    """The play-off of exactly these pupils (or teams of the stage) that is announced and not settled."""
    for line in playoffs_of(session, contest):
        if line.playoff.state is PlayoffState.OPEN and line.contest.cancelled_at is None:
            table: Any = Team if contest.is_by_teams else Entry
            who = Team.origin_id if contest.is_by_teams else Entry.user_id
            if set(session.scalars(sa.select(who).where(table.contest_id == line.contest.id))) == set(keys):
                return line
    return None


def members_of(session: Session, run: PromotionRun, users: Sequence[int]) -> list[Member]:
    """The pupils of a tie, with the school and class of their results."""
    query = sa.select(PromotionRemark.user_id, PromotionRemark.school_id, PromotionRemark.class_id)
    rows = session.execute(query.where(PromotionRemark.run_id == run.id, PromotionRemark.user_id.in_(users)))
    return [Member(*row) for row in rows]


def members_of_teams(session: Session, team_ids: Sequence[int]) -> list[Member]:
    """The members of tied teams, without their reserves."""
    query = (
        sa.select(TeamMember.user_id, Team.school_id, TeamMember.class_id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(Team.id.in_(team_ids), ~TeamMember.is_reserve)
        .order_by(TeamMember.user_id)
    )
    return [Member(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class TiedLine:
    """One of a tie with the school: a pupil of a class, or a team."""

    name: str
    school: str
    class_id: int | None = None


def tied_lines(session: Session, contest: Contest, run: PromotionRun, keys: Sequence[int]) -> list[TiedLine]:
    """Those of a tie of a trial, by id."""
    query: Any = sa.select(Team.name, School.name).join(School, School.id == Team.school_id)
    query = query.where(Team.id.in_(keys)).order_by(Team.id)
    if not contest.is_by_teams:
        query = (
            sa.select(User.name, School.name, PromotionRemark.class_id)
            .join(PromotionRemark, PromotionRemark.user_id == User.id)
            .join(School, School.id == PromotionRemark.school_id)
            .where(PromotionRemark.run_id == run.id, User.id.in_(keys))
            .order_by(User.id)
        )
    return [TiedLine(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class ResultLine:
    """A pupil in a play-off, or a team by its id in the stage, with what its members add. ``is_out`` by a decision made since.

    ``order_key`` is None for who did not sit it, a team of which nobody did. ``place`` is among those who can win.
    """

    key: int
    public_id: str  # of a team, in the play-off
    name: str
    school: str
    order_key: int | None
    score: int | None
    seconds: int | None
    is_out: bool
    place: tuple[int, bool] | None = None  # the rank, and whether it is shared
    terms: Sequence[Term] = ()


def results_of(session: Session, line: PlayoffLine) -> list[ResultLine]:
    """Everybody who may sit it (or the teams), best first."""
    stage = session.get_one(Contest, line.playoff.contest_id)
    lines = _teams(session, line, stage) if stage.is_by_teams else _pupils(session, line, stage)
    found = places({one.key: one.order_key for one in lines if one.order_key is not None and not one.is_out})
    return [replace(one, place=found.get(one.key)) for one in lines]


def _pupils(session: Session, line: PlayoffLine, stage: Contest) -> list[ResultLine]:
    standing = (
        sa.select(PupilStanding.user_id, PupilStanding.order_key)
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(ContestTally, IS_VALID)
        .where(StandingBoard.contest_id == line.contest.id)
        .subquery()
    )
    key = standing.c.order_key
    query = (
        sa.select(Entry.user_id, User.public_id, User.name, School.name, key)
        .join(User, User.id == Entry.user_id)
        .join(School, School.id == Entry.school_id)
        .outerjoin(standing, standing.c.user_id == Entry.user_id)
        .where(Entry.contest_id == line.contest.id, Entry.withdrawn_at.is_(None))
        .order_by(key.is_(None), key, Entry.user_id)
    )
    named = of_pupils.decisions_of(session, stage)
    return [
        ResultLine(
            user_id, public_id, name, school, own, None if own is None else score_of(own),
            None if own is None else seconds_of(own), named.get(user_id) in OUT_OF_IT,
        )
        for user_id, public_id, name, school, own in session.execute(query)
    ]  # fmt: skip


def _teams(session: Session, line: PlayoffLine, stage: Contest) -> list[ResultLine]:
    """By the board of teams of the play-off; the sums are read by one tally, which a caller who decides by them holds."""
    board = TeamBoard(session, tally_of(session, line.contest.id), line.contest.groups[0])
    rows, named = board.rows(), of_teams.decisions_of(session, stage)
    terms = board.terms_of([row.team_id for row in rows])
    origins: dict[int, int] = {
        team_id: origin_id or 0
        for team_id, origin_id in session.execute(
            sa.select(Team.id, Team.origin_id).where(Team.contest_id == line.contest.id)
        )
    }
    return [
        ResultLine(
            origins[row.team_id], row.public_id, row.name, row.school,
            of_teams.order_key(stage.team_size, row.score, row.seconds) if row.results else None,
            row.score, row.seconds, named.get(origins[row.team_id]) in OUT_OF_IT, terms=terms[row.team_id],
        )
        for row in rows
    ]  # fmt: skip


def proposal_of(line: PlayoffLine, results: Sequence[ResultLine]) -> Proposal:
    """Who wins by the standing of the play-off."""
    keys = {one.key: one.order_key for one in results if one.order_key is not None and not one.is_out}
    return propose(line.playoff.seats, keys)
