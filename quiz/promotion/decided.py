"""What decisions of people have in common, whether about pupils or about teams."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import enum_column
from quiz.promotion.rules import DecisionKind

STANDS = sa.text("revoked_at IS NULL")


class Decided:
    """The columns of a decision, whomever it is about; at most one stands at a time, none is ever removed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    kind: Mapped[DecisionKind] = mapped_column(enum_column(DecisionKind, "kind"))
    reason: Mapped[str] = mapped_column(sa.String(200))
    decided_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    revoked_at: Mapped[datetime | None]
