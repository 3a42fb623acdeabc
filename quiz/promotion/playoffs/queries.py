"""Reads of play-offs: those of a stage, the ties that need one, and how one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.contests.models import Contest, Entry
from quiz.contests.playoffs import Member
from quiz.errors import NotFoundError
from quiz.promotion.models import PromotionRemark, PromotionRun
from quiz.promotion.playoffs.models import Playoff
from quiz.promotion.playoffs.rules import PlayoffState, Proposal, propose
from quiz.promotion.queries import decisions_of
from quiz.promotion.rules import DecisionKind
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard
from quiz.rankings.queries import IS_VALID
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
    """The ties of a trial that need a play-off: group, unit, users, seats."""
    found: list[dict[str, Any]] = (run.summary or {}).get("ties", [])
    return found


def open_for(session: Session, contest: Contest, users: Sequence[int]) -> PlayoffLine | None:
    """The play-off of exactly these pupils that is announced and not settled."""
    for line in playoffs_of(session, contest):
        if line.playoff.state is PlayoffState.OPEN and line.contest.cancelled_at is None:
            entered = sa.select(Entry.user_id).where(Entry.contest_id == line.contest.id)
            if set(session.scalars(entered)) == set(users):
                return line
    return None


def members_of(session: Session, run: PromotionRun, users: Sequence[int]) -> list[Member]:
    """Those of a tie, with the school and class of their results."""
    query = sa.select(PromotionRemark.user_id, PromotionRemark.school_id, PromotionRemark.class_id)
    rows = session.execute(query.where(PromotionRemark.run_id == run.id, PromotionRemark.user_id.in_(users)))
    return [Member(*row) for row in rows]


@dataclass(frozen=True)
class ResultLine:
    """Somebody in a play-off; ``order_key`` is None for who did not sit it. ``is_out`` by a decision made since."""

    user_id: int
    name: str
    school: str
    order_key: int | None
    is_out: bool


def results_of(session: Session, line: PlayoffLine) -> list[ResultLine]:
    """Everybody who may sit it, best first."""
    standing = (
        sa.select(PupilStanding.user_id, PupilStanding.order_key)
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(ContestTally, IS_VALID)
        .where(StandingBoard.contest_id == line.contest.id)
        .subquery()
    )
    key = standing.c.order_key
    query = (
        sa.select(Entry.user_id, User.name, School.name, key)
        .join(User, User.id == Entry.user_id)
        .join(School, School.id == Entry.school_id)
        .outerjoin(standing, standing.c.user_id == Entry.user_id)
        .where(Entry.contest_id == line.contest.id, Entry.withdrawn_at.is_(None))
        .order_by(key.is_(None), key, Entry.user_id)
    )
    named = decisions_of(session, session.get_one(Contest, line.playoff.contest_id))
    return [
        ResultLine(user_id, name, school, order_key, named.get(user_id) in OUT_OF_IT)
        for user_id, name, school, order_key in session.execute(query)
    ]


def proposal_of(line: PlayoffLine, results: Sequence[ResultLine]) -> Proposal:
    """Who wins by the standing of the play-off."""
    keys = {one.user_id: one.order_key for one in results if one.order_key is not None and not one.is_out}
    return propose(line.playoff.seats, keys)
