"""Those who were named by hand: who of them can receive an award, and what a list says of one off the board that was read."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import User
from quiz.awards.models import AwardNominee
from quiz.awards.team_places import disqualified_teams
from quiz.contests.models import Contest, Entry
from quiz.db import in_batches
from quiz.promotion.queries import disqualified
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard
from quiz.rankings.queries import IS_VALID, own_rank
from quiz.rankings.rules import BoardLevel, order_key
from quiz.regions.models import School


def fit(session: Session, contest: Contest, tier_ids: Sequence[int]) -> tuple[list[AwardNominee], list[AwardNominee]]:
    """Who was named for these tiers, and those of them who were disqualified: they receive nothing."""
    users, teams = disqualified(session, contest), disqualified_teams(session, contest)
    nominees = session.scalars(
        sa.select(AwardNominee).where(AwardNominee.tier_id.in_(tier_ids)).order_by(AwardNominee.id)
    ).all()
    left_out = [one for one in nominees if one.user_id in users or one.team_id in teams]
    return [one for one in nominees if one not in left_out], left_out


def person(session: Session, contest: Contest, user_id: int) -> dict[str, Any]:
    """The columns of somebody as far as whom the board was not read: with the rank among those left, where there is one."""
    query = (
        sa.select(User.name, School.name, Entry.class_id, Entry.school_id)
        .join(Entry, Entry.user_id == User.id)
        .join(School, School.id == Entry.school_id)
        .where(User.id == user_id, Entry.contest_id == contest.id)
    )
    name, school, class_id, school_id = session.execute(query).one()
    return {"name": name, "school": school, "class_id": class_id, "school_id": school_id} | _standing(
        session, contest, user_id
    )


def _standing(session: Session, contest: Contest, user_id: int) -> dict[str, Any]:
    """Rank, whether it is shared, and score, as if who was disqualified had never been there."""
    own = own_rank(session, contest.id, user_id)
    if own is None:
        return {"rank": None, "is_tied": False, "value": None}
    place, key = own.places[BoardLevel.PUPIL], order_key(own.score, own.elapsed_seconds)
    out = _keys(session, contest, own.group_kind, PupilStanding.user_id, disqualified(session, contest))
    sharing = len(_keys(session, contest, own.group_kind, PupilStanding.order_key, [key])) if place.is_tied else 1
    return {
        "rank": place.rank - sum(one < key for one in out), "is_tied": sharing - out.count(key) > 1, "value": own.score,
    }  # fmt: skip


def _keys(session: Session, contest: Contest, group: str, column: Any, values: Iterable[int]) -> list[int]:
    """The order keys on a group's board of the rows that have one of these values."""
    query = (
        sa.select(PupilStanding.order_key)
        .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
        .join(ContestTally, IS_VALID)
        .where(StandingBoard.contest_id == contest.id, StandingBoard.group_kind == group)
    )
    return [key for some in in_batches(values) for key in session.scalars(query.where(column.in_(some)))]
