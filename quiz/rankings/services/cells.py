"""Histograms of pools: add and take away results, reading and writing only the rows concerned."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.db import in_batches, insert_into
from quiz.rankings import histograms
from quiz.rankings.models import StandingCell
from quiz.rankings.pools import FLAT, WHOLE, level_of
from quiz.rankings.rules import loss_of, seconds_of

TABLE: sa.Table = StandingCell.__table__  # type: ignore[assignment]
SOME = 400  # rows looked up by one statement
Changes = dict[tuple[str, int], dict[int, int]]  # by pool and part: what is added to the count of a key


def add(changes: Changes, pools: Iterable[str], key: int, number: int) -> None:
    """Note that ``number`` results (-1: one less) with this order key are added to these pools."""
    for name in pools:
        if level_of(name) in FLAT:
            _add(changes, name, WHOLE, key, number)
        else:
            _add(changes, name, WHOLE, loss_of(key), number)
            _add(changes, name, loss_of(key), seconds_of(key), number)


def _add(changes: Changes, name: str, part: int, key: int, number: int) -> None:
    counts = changes.setdefault((name, part), {})
    counts[key] = counts.get(key, 0) + number


def apply(session: Session, contest_id: int, generation: int, changes: Changes) -> None:
    """Write the noted changes; raises ValueError when a count would fall below 0 (then nothing may be committed)."""
    stored = _stored(session, contest_id, generation, sorted(changes))
    mark = {"contest_id": contest_id, "generation": generation}
    written: list[dict[str, object]] = []
    emptied: list[dict[str, object]] = []
    for (name, part), counts in changes.items():
        data = histograms.write(histograms.changed(histograms.read(stored.get((name, part))), counts))
        if data == stored.get((name, part), histograms.EMPTY):
            continue
        row = mark | {"pool": name, "part": part}
        (written if data else emptied).append(row | {"counts": data})
    _write(session, written)
    _remove(session, emptied)


def _stored(
    session: Session, contest_id: int, generation: int, keys: list[tuple[str, int]]
) -> dict[tuple[str, int], bytes]:
    """The rows of these pools and parts. Asked pool by pool: a pool's parts lie side by side."""
    by_pool: dict[str, list[int]] = {}
    for name, part in keys:
        by_pool.setdefault(name, []).append(part)
    query = sa.select(TABLE.c.pool, TABLE.c.part, TABLE.c.counts).where(
        TABLE.c.contest_id == contest_id, TABLE.c.generation == generation
    )
    wholes = [name for name, parts in by_pool.items() if WHOLE in parts]
    found: dict[tuple[str, int], bytes] = {}
    for some in in_batches(wholes, SOME):
        rows = session.execute(query.where(TABLE.c.part == WHOLE, TABLE.c.pool.in_(some)))
        found |= {(row.pool, row.part): row.counts for row in rows}
    for name, parts in by_pool.items():
        split = [part for part in parts if part != WHOLE]
        for some_parts in in_batches(split, SOME):
            rows = session.execute(query.where(TABLE.c.pool == name, TABLE.c.part.in_(some_parts)))
            found |= {(row.pool, row.part): row.counts for row in rows}
    return found


def _write(session: Session, rows: list[dict[str, object]]) -> None:
    if rows:
        insert = insert_into(session, TABLE)
        keys = list(TABLE.primary_key.columns)
        statement = insert.on_conflict_do_update(index_elements=keys, set_={"counts": insert.excluded.counts})
        session.connection().execute(statement, rows)


def _remove(session: Session, rows: list[dict[str, object]]) -> None:
    if rows:
        columns = [column for column in TABLE.primary_key.columns]
        statement = sa.delete(TABLE).where(*(column == sa.bindparam(f"of_{column.name}") for column in columns))
        values = [{f"of_{column.name}": row[column.name] for column in columns} for row in rows]
        session.connection().execute(statement, values)
