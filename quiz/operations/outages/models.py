"""Outages that were given back. Rows are never changed: they are what an appeal is answered with."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base


class Outage(Base):
    """One act. ``place`` as addresses write it (``school:12``), None for the whole contest.

    ``key`` comes from the form, so that pressing twice is one act. ``pupils`` is how many open attempts got time,
    ``cut_off`` how many had been closed by their deadline because of the outage and stayed closed.
    """

    __tablename__ = "outage"
    __table_args__ = (
        sa.CheckConstraint("ended_at > began_at", name="period"),
        sa.CheckConstraint("seconds > 0", name="seconds"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    place: Mapped[str | None] = mapped_column(sa.String(24))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    seconds: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(200))
    pupils: Mapped[int]
    cut_off: Mapped[int]
    closes_at: Mapped[datetime | None]  # the new end of the window, None where it did not move
    given_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    given_at: Mapped[datetime]
