"""Re-marks of a contest's papers after a key was found wrong, and every score that changed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.attempts.models import BigId
from quiz.db import Base, enum_column


class RemarkState(StrEnum):
    COUNTING = "counting"  # the rehearsal is under way
    READY = "ready"  # the report waits for the second person
    APPLYING = "applying"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"  # the version cannot be used; ``error`` says why


OPEN_STATES = (RemarkState.COUNTING, RemarkState.READY, RemarkState.APPLYING)
_OPEN_SQL = sa.text("state IN ('counting', 'ready', 'applying')")


class Remark(Base):
    """One item of a contest's papers marked by another version; at most one at a time is under way in a contest.

    ``report`` is what services.reports builds (numbers only, no names).
    """

    __tablename__ = "remark"
    __table_args__ = (
        sa.Index("uq_remark_open", "contest_id", unique=True, sqlite_where=_OPEN_SQL, postgresql_where=_OPEN_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("item.id"))
    version: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[RemarkState] = mapped_column(enum_column(RemarkState, "state"), default=RemarkState.COUNTING)
    requested_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    requested_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    error: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


class RemarkChange(Base):
    """One attempt whose score a re-mark changes; scores in hundredths, ranks within the group.

    Ranks are None where the attempt does not count. ``is_applied``: the attempt has the new score.
    """

    __tablename__ = "remark_change"
    __table_args__ = (sa.UniqueConstraint("remark_id", "attempt_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    remark_id: Mapped[int] = mapped_column(sa.ForeignKey("remark.id"))
    attempt_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("attempt.id"))
    before: Mapped[int]
    after: Mapped[int]
    rank_before: Mapped[int | None]
    rank_after: Mapped[int | None]
    is_applied: Mapped[bool] = mapped_column(default=False)
