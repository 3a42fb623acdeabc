"""What the desk remembers of running contests: the slow counts of the command board, and who was reminded when."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base, enum_column


class ContestSurvey(Base):
    """Counts that take a scan of a contest's attempts, so the worker makes them and pages only read them. Derived data.

    ``days``: {day in school time: {county: pupils whose first hand-in was on it}}, whole days only, never changed later.
    ``quick``: schools that were through within minutes of their first start: [{school_id, pupils}], those who were expected.
    ``looked_at``: schools that were complete and have been looked at for that.
    """

    __tablename__ = "contest_survey"

    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    surveyed_at: Mapped[datetime]
    days: Mapped[dict[str, Any]]
    quick: Mapped[list[dict[str, Any]]]
    looked_at: Mapped[list[Any]] = mapped_column(deferred=True)

    def counted(self, day: date) -> dict[str, int] | None:
        """Participants of a day by county; None where it has not been counted yet."""
        found: dict[str, int] | None = self.days.get(day.isoformat())
        return found


class ReminderChannel(StrEnum):
    """How a school was reminded."""

    PHONE = "phone"
    MESSAGE = "message"
    LETTER = "letter"


class Reminder(Base):
    """A school was reminded of a contest. Rows are never changed: they say who has called whom."""

    __tablename__ = "reminder"
    __table_args__ = (sa.Index("ix_reminder_contest_id_school_id", "contest_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    reminded_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime]
    channel: Mapped[ReminderChannel] = mapped_column(enum_column(ReminderChannel, "channel"))
