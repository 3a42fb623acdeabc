"""Several reads that see one state of the database, so that no page mixes two tallies.

SQLite gives every transaction that only reads such a state; PostgreSQL does at REPEATABLE READ.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session


@contextmanager
def snapshot(session: Session) -> Iterator[Session]:
    """A session for the reads of one page; what it has given may be used afterwards."""
    engine = session.get_bind()
    if isinstance(engine, sa.Connection):
        engine = engine.engine
    if engine.dialect.name == "sqlite":
        yield session
        return
    with Session(engine.execution_options(isolation_level="REPEATABLE READ"), expire_on_commit=False) as found:
        yield found
