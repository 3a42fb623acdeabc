"""Reads for a bulletin: the stored standings of one level, and whether they are the last word."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt, AttemptStatus, ResultChange
from quiz.contests.models import Contest
from quiz.contests.queries import get_managed
from quiz.contests.remarks.queries import is_applying
from quiz.errors import NotFoundError
from quiz.rankings import queries as rankings
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.profiles import Figures
from quiz.rankings.rules import ALL, BoardLevel
from quiz.regions.rules import Scope
from quiz.reports.bulletin.rules import Line


def get_contest(session: Session, public_id: str, scope: Scope) -> Contest:
    """A published contest hosted within the scope; else NotFoundError. A cancelled one has no bulletin."""
    contest = get_managed(session, public_id, scope)
    if contest.published_at is None or contest.cancelled_at is not None:
        raise NotFoundError("这场比赛没有通报：它还没有发布，或者已经取消。")
    return contest


def lines_of(session: Session, tally: ContestTally, level: BoardLevel, at: datetime) -> list[Line]:
    """Every unit of a level in order of rank, and at the level of prefectures the counties that have none."""
    lines = _lines(rankings.all_lines(session, tally, level, at))
    if level != BoardLevel.PREFECTURE:
        return _plain(lines)
    query = rankings.units_query(tally, level=BoardLevel.COUNTY, category=ALL)
    alone = session.scalars(query.where(UnitStanding.prefecture_id.is_(None))).all()
    unranked = [rankings.RankedUnit(unit, None, False) for unit in alone]
    return _plain(lines + _lines(rankings.unit_lines(session, unranked, BoardLevel.COUNTY, at)))


def _plain(lines: list[Line]) -> list[Line]:
    """Without the name of what they lie in where that is the same for all."""
    is_common = len({line.within for line in lines}) == 1
    return [replace(line, within="") for line in lines] if is_common else lines


def _lines(units: Sequence[rankings.UnitLine]) -> list[Line]:
    return [
        Line(
            one.name, one.within, Figures.from_dict(one.figures), one.figures["source"], one.index, one.rank, one.is_tied
        )
        for one in units
    ]  # fmt: skip


def is_settled(session: Session, contest: Contest, now: datetime) -> bool:
    """Whether the numbers can no longer change by themselves: windows are over, papers closed, folded in and marked again."""
    sittings = [group.sitting for group in contest.groups]
    if any(now < one.closes_at + timedelta(seconds=one.grace_seconds) for one in sittings):
        return False
    if is_applying(session, contest.id):
        return False
    ids = [one.id for one in sittings]
    going = sa.select(Attempt.id).where(Attempt.sitting_id.in_(ids), Attempt.status == AttemptStatus.IN_PROGRESS)
    waiting = sa.select(ResultChange.id).where(ResultChange.sitting_id.in_(ids), ~ResultChange.is_folded)
    return session.execute(going.limit(1)).first() is None and session.execute(waiting.limit(1)).first() is None
