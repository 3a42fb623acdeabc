"""A reveal, and its screens as they were laid down when it began."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.awards.reveal.rules import RevealState
from quiz.db import Base, enum_column

_RUNNING = sa.text("state = 'running'")


class AwardReveal(Base):
    """One reveal of a contest's awards; ``step`` is the screen that the hall sees. At most one of a contest is running.

    ``lifts_freeze`` and ``releases``: what happens when it ends. A rehearsal shows samples and changes nothing.
    """

    __tablename__ = "award_reveal"
    __table_args__ = (
        sa.Index("uq_award_reveal_running", "contest_id", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        sa.Index("ix_award_reveal_newest", "contest_id", "id"),
        sa.CheckConstraint("step >= 0 AND step < steps", name="step"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    state: Mapped[RevealState] = mapped_column(enum_column(RevealState, "state"), default=RevealState.RUNNING)
    is_rehearsal: Mapped[bool]
    step: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int]
    lifts_freeze: Mapped[bool]
    releases: Mapped[bool]
    started_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    started_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]


class RevealStep(Base):
    """One screen: rules.Step as JSON. Names are looked up when it is shown, so that a consent withdrawn masks at once."""

    __tablename__ = "reveal_step"

    reveal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("award_reveal.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[dict[str, Any]]
