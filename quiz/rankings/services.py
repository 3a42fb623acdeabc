"""Write standings: recompute them all, store them as a new generation, make it the valid one."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.db import insert_into
from quiz.errors import NotFoundError
from quiz.rankings.gathering import gather
from quiz.rankings.models import ContestTally, PupilStanding, UnitStanding
from quiz.rankings.profiles import profile_of
from quiz.rankings.rules import BoardLevel
from quiz.rankings.standings import Place, PupilRow, UnitRow, pupil_rows, unit_rows

BATCH = 1000
Values = dict[str, Any]


def rebuild(session: Session, *, contest_id: int, now: datetime) -> ContestTally:
    """Recompute the standings of a contest from its counting attempts and make them valid, in one transaction.

    Two tallies at once write one after the other, so the later one has seen everything the earlier one saw.
    Raises NotFoundError for an unknown contest.
    """
    contest = session.get(Contest, contest_id)
    if contest is None:
        raise NotFoundError("没有找到这场比赛。")
    tally = _lock(session, contest_id, now)
    pupils, units = recompute(session, contest)
    for model in (PupilStanding, UnitStanding):  # the valid generation stays for readers under way
        outdated = model.contest_id == contest_id, model.generation != tally.generation
        session.execute(sa.delete(model).where(*outdated))
    mark = {"contest_id": contest_id, "generation": tally.generation + 1}
    _insert(session, PupilStanding, (mark | row for row in pupils))
    _insert(session, UnitStanding, (mark | row for row in units))
    tally.generation += 1
    tally.tallied_at, tally.counted = now, len(pupils)
    session.flush()
    return tally


def recompute(session: Session, contest: Contest) -> tuple[list[Values], list[Values]]:
    """The standings as they must be now: column values of PupilStanding and of UnitStanding."""
    facts = gather(session, contest)
    profile = profile_of(contest.ranking_profile)
    return (
        [_pupil_values(row) for row in pupil_rows(facts)],
        [_unit_values(row) for row in unit_rows(facts, profile)],
    )


def _lock(session: Session, contest_id: int, now: datetime) -> ContestTally:
    """The tally row, made if need be, locked until the end of the transaction."""
    first = {"contest_id": contest_id, "generation": 0, "tallied_at": now, "counted": 0}
    session.execute(insert_into(session, ContestTally).values(**first).on_conflict_do_nothing())
    query = sa.select(ContestTally).where(ContestTally.contest_id == contest_id).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one()


def _insert(session: Session, model: type[PupilStanding] | type[UnitStanding], rows: Iterable[Values]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        session.execute(sa.insert(model), batch)


def _pupil_values(row: PupilRow) -> Values:
    result, school = row.result, row.school
    values: Values = {
        "group_kind": result.group,
        "user_id": result.user_id,
        "attempt_id": result.attempt_id,
        "class_id": result.class_id,
        "school_id": result.school_id,
        "school_kind": school.kind,
        "county_id": school.county_id,
        "prefecture_id": school.prefecture_id,
        "score": result.score,
        "elapsed_seconds": result.elapsed_seconds,
    }
    for level in BoardLevel:
        values |= _place_values(level, row.places.get(level))
    return values


def _place_values(level: BoardLevel, place: Place | None) -> Values:
    prefix = "" if level == BoardLevel.PUPIL else f"{level.value}_"
    tied = "is_tied" if level == BoardLevel.PUPIL else f"{prefix}tied"
    return {
        f"{prefix}rank": place.rank if place else None,
        tied: place.is_tied if place else False,
        f"{prefix}size": place.size if place else None,
    }


def _unit_values(row: UnitRow) -> Values:
    return {
        "category": row.category,
        "level": row.level.value,
        "unit_id": row.unit_id,
        "school_id": row.school_id,
        "county_id": row.county_id,
        "prefecture_id": row.prefecture_id,
        "pupils": row.figures.pupils,
        "figures": row.figures.to_dict() | {"source": row.source},
        "index": row.index,
        "rank": row.rank,
        "is_tied": row.is_tied,
    }
