"""Appeals and their steps."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.appeals.rules import AppealKind, AppealState, StepKind
from quiz.db import Base, enum_column

_UNSETTLED = sa.text("state IN ('filed', 'proposed')")


class Appeal(Base):
    """What one pupil (or the school for one) wants looked at again in a stage; at most one is unsettled at a time.

    ``proposal`` is the answer that waits for the second person, ``answer`` the words that the pupil will read.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        sa.Index(
            "uq_appeal_unsettled", "contest_id", "user_id", unique=True,
            sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED,
        ),
        sa.CheckConstraint("proposal IS NULL OR proposal IN ('accepted', 'refused')", name="proposal"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    kind: Mapped[AppealKind] = mapped_column(enum_column(AppealKind, "kind"))
    state: Mapped[AppealState] = mapped_column(enum_column(AppealState, "state"), default=AppealState.FILED)
    proposal: Mapped[str | None] = mapped_column(sa.String(8))
    proposed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
    filed_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    filed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class AppealStep(Base):
    """One step of an appeal, never changed: who, when, what, in which words."""

    __tablename__ = "appeal_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), index=True)
    kind: Mapped[StepKind] = mapped_column(enum_column(StepKind, "kind"))
    text: Mapped[str] = mapped_column(sa.String(500))
    by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime]
