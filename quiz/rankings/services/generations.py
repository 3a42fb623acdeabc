"""A generation of standings: written in slices, each a transaction of its own, and removed again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.db import in_batches
from quiz.rankings.bulk import write_integers, write_rows
from quiz.rankings.models import PupilStanding, StandingBoard, StandingCell, UnitStanding
from quiz.rankings.recomputing import Standings
from quiz.rankings.services import units
from quiz.rankings.services.folding import boards_of

ROWS = 25_000  # written in one transaction
Slice = Callable[[], AbstractContextManager[None]]


def write_generation(
    session: Session, contest_id: int, generation: int, standings: Standings, begin: Slice
) -> None:  # fmt: skip
    """Write all rows of a generation; ``begin`` wraps one transaction."""
    with begin():
        boards = boards_of(session, contest_id, generation, standings.groups)
    results = standings.results
    numbers = np.array([boards[group] for group in standings.groups], np.int64)
    columns = (
        numbers[results.group], results.key, results.user, results.attempt, results.school, results.school_class
    )  # fmt: skip
    rows = np.column_stack(columns) if len(results) else np.zeros((0, 6), np.int64)
    names = ("board_id", "order_key", "user_id", "attempt_id", "school_id", "class_id")
    for at in range(0, len(rows), ROWS):
        with begin():
            write_integers(session, _table(PupilStanding), names, rows[at : at + ROWS])
    columns_of_cells = ("contest_id", "generation", "pool", "part", "counts")
    for some in in_batches(standings.cells, ROWS):
        with begin():
            mark = (contest_id, generation)
            write_rows(session, _table(StandingCell), columns_of_cells, ((*mark, *cell) for cell in some))
    for some_units in in_batches(standings.units, ROWS):
        with begin():
            units.write_units(session, contest_id, generation, some_units)


def sweep_generations(
    session: Session, contest_id: int, is_outdated: Callable[[Any], sa.ColumnElement[bool]]
) -> None:  # fmt: skip
    """Remove the rows of generations for which ``is_outdated`` (given their column) is true; commits, a slice at a time."""
    for model in (UnitStanding, StandingCell):
        _sweep(session, model, model.contest_id == contest_id, is_outdated(model.generation))
    boards = sa.select(StandingBoard.id).where(
        StandingBoard.contest_id == contest_id, is_outdated(StandingBoard.generation)
    )
    for board in list(session.scalars(boards)):
        _sweep(session, PupilStanding, PupilStanding.board_id == board)
        session.execute(sa.delete(StandingBoard).where(StandingBoard.id == board))
        session.commit()


def _sweep(session: Session, model: Any, *outdated: sa.ColumnElement[bool]) -> None:
    """In slices on SQLite, which has one writer; on PostgreSQL at once: nobody waits for it.

    There the slices' subquery would be joined by reading all rows for each: how many are new the planner cannot know.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.delete(model).where(*outdated), execution_options={"synchronize_session": False})
        session.commit()
        return
    keys = tuple(_table(model).primary_key.columns)
    some = sa.select(*keys).where(*outdated).limit(ROWS)
    while True:
        found = session.execute(sa.delete(model).where(sa.tuple_(*keys).in_(some)), execution_options={
            "synchronize_session": False
        })  # fmt: skip
        session.commit()
        if not found.rowcount:  # type: ignore[attr-defined]
            return


def _table(model: Any) -> sa.Table:
    found: sa.Table = model.__table__
    return found
