"""The tally row: locked for a change of standings, leased for a rebuild that writes in many transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.db import insert_into, write_intent
from quiz.errors import ConflictError
from quiz.rankings.models import ContestTally

LEASE = timedelta(minutes=2)  # a rebuild silent for longer was killed


def lock(session: Session, contest_id: int, now: datetime) -> ContestTally:
    """The tally row, made if need be, locked until the end of the transaction."""
    query = sa.select(ContestTally).where(ContestTally.contest_id == contest_id).with_for_update()
    query = query.execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is not None:
        return found
    first = {"contest_id": contest_id, "generation": 0, "number": 0, "tallied_at": now, "counted": 0}
    session.execute(insert_into(session, ContestTally).values(**first).on_conflict_do_nothing())
    return session.execute(query).scalar_one()


def is_building(tally: ContestTally, now: datetime) -> bool:
    """Whether a rebuild is under way and alive."""
    return tally.building is not None and tally.building_at is not None and tally.building_at > now - LEASE


def take(session: Session, contest_id: int, now: datetime) -> int | None:
    """Lease the next generation to the caller; None while somebody else's rebuild is alive. The caller commits."""
    tally = lock(session, contest_id, now)
    if is_building(tally, now):
        return None
    tally.building = max(tally.generation, tally.building or 0) + 1
    tally.building_at = now
    session.flush()
    return tally.building


def keep(session: Session, contest_id: int, generation: int, now: datetime) -> ContestTally:
    """Lock the tally and renew the lease; raises ConflictError when it was taken over by another rebuild."""
    tally = lock(session, contest_id, now)
    if tally.building != generation:
        raise ConflictError("另一次重算已经接手，这一次停下。")
    tally.building_at = now
    session.flush()
    return tally


@contextmanager
def only_reading() -> Iterator[None]:
    """Begin transactions that only read: on SQLite others may write meanwhile. End the one inside before the block ends."""
    intent = write_intent.set(False)
    try:
        yield
    finally:
        write_intent.reset(intent)
