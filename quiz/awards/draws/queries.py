"""Reads of prize draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.attempts.models import Attempt
from quiz.awards.draws.models import DrawTicket, PrizeDraw
from quiz.awards.draws.rules import DrawState, Who, ticket
from quiz.contests.models import Contest
from quiz.errors import NotFoundError
from quiz.promotion.queries import disqualified
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard
from quiz.rankings.queries import IS_VALID
from quiz.rankings.rules import score_of
from quiz.regions.models import Region, School, SchoolClass

BATCH = 5000


def draws_of(session: Session, contest: Contest) -> list[PrizeDraw]:
    """The draws of a stage, the latest first."""
    query = sa.select(PrizeDraw).where(PrizeDraw.contest_id == contest.id)
    return list(session.scalars(query.order_by(PrizeDraw.id.desc())))


def get_draw(session: Session, contest: Contest, public_id: str) -> PrizeDraw:
    """One draw of the stage; else NotFoundError."""
    query = sa.select(PrizeDraw).where(PrizeDraw.contest_id == contest.id, PrizeDraw.public_id == public_id)
    return _found(session.scalar(query))


def get_public(session: Session, public_id: str) -> PrizeDraw:
    """A draw as anybody may look at it; a cancelled one is gone."""
    query = sa.select(PrizeDraw).where(PrizeDraw.public_id == public_id, PrizeDraw.state != DrawState.CANCELLED)
    return _found(session.scalar(query))


def _found(draw: PrizeDraw | None) -> PrizeDraw:
    if draw is None:
        raise NotFoundError("没有找到这次抽奖。")
    return draw


def eligible(session: Session, contest: Contest, draw: PrizeDraw) -> Iterator[tuple[str, int]]:
    """(ticket, user id) of everybody who takes part: a counted result, passed where that is asked, not disqualified."""
    passing = {group.kind.value: group.sitting.pass_hundredths for group in contest.groups}
    out = disqualified(session, contest)
    query = (
        sa.select(PupilStanding.user_id, PupilStanding.order_key, StandingBoard.group_kind, Attempt.public_id)
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(ContestTally, IS_VALID)
        .join(Attempt, Attempt.id == PupilStanding.attempt_id)
        .where(StandingBoard.contest_id == contest.id)
        .execution_options(yield_per=BATCH)
    )  # fmt: skip
    for user_id, key, group, attempt_id in session.execute(query):
        if user_id not in out and (draw.who is Who.ALL or score_of(key) >= passing[group]):
            yield ticket(draw.public_id, attempt_id), user_id


@dataclass(frozen=True)
class Winner:
    """A winner with the names in it."""

    place: int
    prize: str
    ticket: str
    user_id: int
    name: str
    school: str
    class_id: int
    school_class: SchoolClass


def winners_of(session: Session, draw: PrizeDraw) -> list[Winner]:
    """The winners in the order drawn, with school and class of the result."""
    query = (
        sa.select(
            DrawTicket.place, DrawTicket.prize, DrawTicket.ticket, DrawTicket.user_id, User.name,
            School.name.label("school"), SchoolClass.id, SchoolClass,
        )
        .join(User, User.id == DrawTicket.user_id)
        .join(StandingBoard, StandingBoard.contest_id == draw.contest_id)
        .join(ContestTally, IS_VALID)
        .join(PupilStanding, sa.and_(
            PupilStanding.board_id == StandingBoard.id, PupilStanding.user_id == DrawTicket.user_id
        ))
        .join(SchoolClass, SchoolClass.id == PupilStanding.class_id)
        .join(School, School.id == PupilStanding.school_id)
        .where(DrawTicket.draw_id == draw.id, DrawTicket.place.is_not(None))
        .order_by(DrawTicket.place)
    )  # fmt: skip
    found: Any = session.execute(query)
    return [Winner(*row) for row in found]


@dataclass(frozen=True)
class PublicWinner:
    """A winner as the public page needs it. School and county are None for a winner whose result does not count any more."""

    prize: str
    ticket: str
    user_id: int
    name: str
    school: str | None
    county: str | None


def public_winners(session: Session, draw: PrizeDraw) -> list[PublicWinner]:
    """Every winning ticket in the order drawn, whatever became of its result since: the list is a proof."""
    places = (
        sa.select(PupilStanding.user_id, PupilStanding.school_id)
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(ContestTally, IS_VALID)
        .where(StandingBoard.contest_id == draw.contest_id)
        .subquery()
    )
    query = (
        sa.select(
            DrawTicket.prize, DrawTicket.ticket, DrawTicket.user_id, User.name, School.name.label("school"), Region.name
        )
        .join(User, User.id == DrawTicket.user_id)
        .outerjoin(places, places.c.user_id == DrawTicket.user_id)
        .outerjoin(School, School.id == places.c.school_id)
        .outerjoin(Region, Region.id == School.county_id)
        .where(DrawTicket.draw_id == draw.id, DrawTicket.place.is_not(None))
        .order_by(DrawTicket.place)
    )  # fmt: skip
    found: Any = session.execute(query)
    return [PublicWinner(*row) for row in found]


def tickets_of(session: Session, draw: PrizeDraw) -> list[str]:
    """All tickets in order, as they are published."""
    query = sa.select(DrawTicket.ticket).where(DrawTicket.draw_id == draw.id).order_by(DrawTicket.ticket)
    return list(session.scalars(query))


def own_ticket(session: Session, draw: PrizeDraw, user_id: int) -> DrawTicket | None:
    """A pupil's ticket in a draw that was drawn."""
    query = sa.select(DrawTicket).where(DrawTicket.draw_id == draw.id, DrawTicket.user_id == user_id)
    return session.scalar(query)
