"""What was set, and every erasing that was asked for or done."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base, enum_column


class RetentionSetting(Base):
    """A length that differs from the usual one, or a daily duty switched on or off; in the unit of its kind."""

    __tablename__ = "retention_setting"

    kind: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    amount: Mapped[int]
    is_automatic: Mapped[bool]
    changed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    changed_at: Mapped[datetime]


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"


_RUNNING_SQL = sa.text("state = 'running'")


class RetentionRun(Base):
    """One erasing of a kind: rows older than ``before``, of which ``expected`` were there. At most one of a kind runs.

    ``asked_by`` is None for the daily duty and for the command.
    """

    __tablename__ = "retention_run"
    __table_args__ = (
        sa.Index(
            "uq_retention_run_running", "kind", unique=True, sqlite_where=_RUNNING_SQL, postgresql_where=_RUNNING_SQL
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(24))
    before: Mapped[datetime]
    state: Mapped[RunState] = mapped_column(enum_column(RunState, "state"), default=RunState.RUNNING)
    is_automatic: Mapped[bool] = mapped_column(default=False)
    expected: Mapped[int]
    erased: Mapped[int] = mapped_column(default=0)
    asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
