"""The tally: fold the results that have changed into the valid standings. Its cost follows the changes, not the standings.

For every pupil concerned the stored result is compared with what the attempts say now, so folding a change twice does
nothing the second time. Rows, histograms, units, the tally and the notes of the changes move in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.attempts.models import Attempt, ResultChange
from quiz.attempts.rules import FULL_SCORE
from quiz.contests.models import Contest, ContestGroup
from quiz.db import in_batches
from quiz.rankings.counting import Results, SittingFacts, counting_results
from quiz.rankings.expected.services import look_again_from
from quiz.rankings.gathering import attempts_query, gather, schools_of, sittings_of
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard, UnitStanding
from quiz.rankings.pools import pools_of
from quiz.rankings.rules import gathering_due, score_of
from quiz.rankings.services import cells, units
from quiz.rankings.services.lease import is_building, lock, only_reading
from quiz.rankings.standings import SchoolFacts

MOST_CHANGES = 1000  # folded in one transaction; on SQLite it holds the only writer meanwhile
SOME = 400  # pupils looked up by one statement
TABLE: sa.Table = PupilStanding.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Row:
    """A pupil's counting result as pupil_standing holds it."""

    group: str
    key: int
    user_id: int
    attempt_id: int
    school_id: int
    class_id: int


@dataclass(frozen=True)
class Folded:
    """How many changes a fold took, and whether the contest must be rebuilt because a school has moved."""

    changes: int
    needs_rebuild: bool = False


@dataclass(frozen=True)
class Look:
    """A look at the rosters. ``plan`` is None when nothing has changed since the last one.

    ``seen`` is the digest that stood in the tally: another one by now says that somebody has asked for a new look since.
    """

    digest: str
    plan: units.Refresh | None
    has_moved: bool = False
    seen: str | None = None


def fold(session: Session, *, contest_id: int, now: datetime, limit: int = MOST_CHANGES) -> Folded:
    """Fold up to ``limit`` waiting changes of a contest; the caller commits. Ends the session's transaction first.

    A contest that was never tallied needs a rebuild. Two tallies at once follow one another.
    """
    look = _look(session, contest_id, now)
    contest = session.get_one(Contest, contest_id)
    tally = lock(session, contest_id, now)
    if tally.generation == 0 or (look is not None and look.has_moved):
        return Folded(0, needs_rebuild=True)
    sittings = sittings_of(contest)
    changes = _waiting(session, sittings, limit)
    if not changes and look is None:
        return Folded(0)
    users = sorted({change.user_id for change in changes})
    is_unexpected = replace_results(session, contest, tally.generation, sittings, users)
    if look is not None and look.plan is not None and look.plan.generation == tally.generation:
        units.refresh(session, contest, look.plan)
    if is_unexpected:  # rare, so what it reads may keep others waiting
        expected = gather(session, contest)
        plan = units.plan_refresh(session, contest, tally.generation, expected)
        if plan is None:
            session.rollback()
            return Folded(0, needs_rebuild=True)
        units.refresh(session, contest, plan)
        look = Look(expected.digest, plan, seen=tally.facts_digest)
    if look is not None and look.seen == tally.facts_digest:
        tally.gathered_at, tally.facts_digest = now, look.digest
    _done(session, tally, [change.id for change in changes], now)
    if users or (look is not None and look.plan is not None):
        look_again_from(session, contest_id)
    left = session.scalar(_unfolded(sittings).with_only_columns(sa.func.min(ResultChange.changed_at)))
    tally.number += 1
    tally.tallied_at = now if left is None else max(tally.tallied_at, min(left, now))
    session.flush()
    return Folded(len(changes))


def _look(session: Session, contest_id: int, now: datetime) -> Look | None:
    """Look at the rosters if it is time and there is a reason: changes wait, or came after the last look.

    Reads only, in a transaction of its own.
    """
    session.commit()
    with only_reading():
        contest, tally = session.get_one(Contest, contest_id), session.get(ContestTally, contest_id)
        if tally is None or not _is_due(session, tally, sittings_of(contest), now):
            session.rollback()
            return None
        seen = tally.facts_digest
        expected = gather(session, contest)
        plan = None
        has_moved = False
        if expected.digest != seen:
            plan = units.plan_refresh(session, contest, tally.generation, expected)
            has_moved = plan is None
        session.rollback()
    return Look(expected.digest, plan, has_moved, seen)


def _is_due(session: Session, tally: ContestTally, sittings: Sequence[SittingFacts], now: datetime) -> bool:
    session.refresh(tally)
    if tally.generation == 0:
        return False
    is_seen = tally.gathered_at is not None and tally.gathered_at >= tally.tallied_at
    if is_seen and session.execute(_unfolded(sittings).limit(1)).first() is None:
        return False
    rows = sa.select(sa.func.count()).where(
        UnitStanding.contest_id == tally.contest_id, UnitStanding.generation == tally.generation
    )
    return gathering_due(tally.gathered_at, session.scalar(rows) or 0, now)


def _unfolded(sittings: Sequence[SittingFacts]) -> sa.Select[Any]:
    ids = [sitting.id for sitting in sittings]
    query: Any = sa.select(ResultChange.id, ResultChange.user_id).where(
        ResultChange.sitting_id.in_(ids), ~ResultChange.is_folded
    )
    found: sa.Select[Any] = query
    return found


def _waiting(session: Session, sittings: Sequence[SittingFacts], limit: int) -> Sequence[Any]:
    return session.execute(_unfolded(sittings).order_by(ResultChange.id).limit(limit)).all()


def _done(session: Session, tally: ContestTally, ids: list[int], now: datetime) -> None:
    """Remove what has been folded, or mark it where a rebuild is under way that has not seen it."""
    keeps = is_building(tally, now)
    for some in in_batches(ids, SOME):
        mine = ResultChange.id.in_(some)
        session.execute(
            sa.update(ResultChange).where(mine).values(is_folded=True)
            if keeps
            else sa.delete(ResultChange).where(mine),
            execution_options={"synchronize_session": False},
        )


def replace_results(
    session: Session, contest: Contest, generation: int, sittings: Sequence[SittingFacts], users: Sequence[int]
) -> bool:
    """Bring these pupils' results in a generation up to date; whether somebody unexpected came or went.

    Adds the difference to ``counted`` of the tally if the generation is the valid one.
    """
    boards = boards_of(session, contest.id, generation, [sitting.group for sitting in sittings])
    changes: cells.Changes = {}
    sums: dict[tuple[str, int, int], units.Sums] = {}
    removed, added = _differences(session, boards, sittings, users)
    schools = schools_of(session, {row.school_id for row in (*removed, *added)})
    marks = {sitting.group: sitting.pass_hundredths for sitting in sittings}
    for rows, number in ((removed, -1), (added, 1)):
        for row in rows:
            school = schools[row.school_id]
            cells.add(changes, pools_of(row.group, school, row.class_id), row.key, number)
            place = (row.group, row.school_id, row.class_id)
            sums[place] = sums.get(place, units.Sums()) + _sums(row, number, marks[row.group])
    if not changes:
        return False
    _write(session, boards, removed, added)
    cells.apply(session, contest.id, generation, changes)
    tally = session.get_one(ContestTally, contest.id)
    tally.counted += len(added) - len(removed)
    return units.move(session, contest, generation, _class_changes(sums, schools))


def _class_changes(
    sums: dict[tuple[str, int, int], units.Sums], schools: dict[int, SchoolFacts]
) -> list[units.ClassChange]:
    return [units.ClassChange(group, schools[school], one, added) for (group, school, one), added in sums.items()]


def _sums(row: Row, number: int, pass_hundredths: int) -> units.Sums:
    score = score_of(row.key)
    return units.Sums(
        number, number * (score >= pass_hundredths), number * (score == FULL_SCORE), number * score
    )  # fmt: skip


def boards_of(session: Session, contest_id: int, generation: int, groups: Sequence[str]) -> dict[str, int]:
    """The ids of a generation's boards by group, made where they are missing. Call it with the tally locked."""
    query = sa.select(StandingBoard.group_kind, StandingBoard.id).where(
        StandingBoard.contest_id == contest_id, StandingBoard.generation == generation
    )
    found = {group: number for group, number in session.execute(query)}
    for group in groups:
        if group not in found:
            board = StandingBoard(contest_id=contest_id, generation=generation, group_kind=group)
            session.add(board)
            session.flush()
            found[group] = board.id
    return found


def _differences(
    session: Session, boards: dict[str, int], sittings: Sequence[SittingFacts], users: Sequence[int]
) -> tuple[list[Row], list[Row]]:
    """(rows that must go, rows that must come) for these pupils."""
    group_of = {board: group for group, board in boards.items()}
    stored: set[Row] = set()
    wanted: set[Row] = set()
    for some in in_batches(users, SOME):
        query = sa.select(TABLE).where(TABLE.c.board_id.in_(group_of), TABLE.c.user_id.in_(some))
        stored |= {Row(group_of[row[0]], *row[1:]) for row in session.execute(query)}
        rows = [tuple(row) for row in session.execute(attempts_query(sittings).where(Attempt.user_id.in_(some)))]
        attempts = np.array(rows, np.int64).reshape(-1, 8)
        wanted |= set(_rows(counting_results(attempts, sittings), sittings))
    return sorted(stored - wanted, key=_order), sorted(wanted - stored, key=_order)


def _order(row: Row) -> tuple[str, int, int]:
    return row.group, row.key, row.user_id


def _rows(results: Results, sittings: Sequence[SittingFacts]) -> list[Row]:
    columns = (results.group, results.key, results.user, results.attempt, results.school, results.school_class)
    return [Row(sittings[one[0]].group, *one[1:]) for one in zip(*(c.tolist() for c in columns), strict=True)]


def _write(session: Session, boards: dict[str, int], removed: Sequence[Row], added: Sequence[Row]) -> None:
    connection = session.connection()
    if removed:
        names = ("board_id", "order_key", "user_id")
        statement = sa.delete(TABLE).where(*(TABLE.c[name] == sa.bindparam(f"of_{name}") for name in names))
        connection.execute(
            statement,
            [{"of_board_id": boards[row.group], "of_order_key": row.key, "of_user_id": row.user_id} for row in removed],
        )
    if added:
        connection.execute(sa.insert(TABLE), [
            {"board_id": boards[row.group], "order_key": row.key, "user_id": row.user_id,
             "attempt_id": row.attempt_id, "school_id": row.school_id, "class_id": row.class_id}
            for row in added
        ])  # fmt: skip


def contests_waiting(session: Session, now: datetime, idle: timedelta) -> list[int]:
    """Contests with changes to fold, and those whose last look at the rosters is older than their last tally."""
    changed = sa.select(ContestGroup.contest_id).where(
        ContestGroup.sitting_id.in_(sa.select(ResultChange.sitting_id).where(~ResultChange.is_folded))
    )
    is_old = sa.and_(ContestTally.gathered_at < ContestTally.tallied_at, ContestTally.gathered_at < now - idle)
    stale = sa.select(ContestTally.contest_id).where(
        ContestTally.generation > 0, sa.or_(ContestTally.gathered_at.is_(None), is_old)
    )
    return sorted(set(session.scalars(changed)) | set(session.scalars(stale)))
