"""Signals that a scan has found, and what a person made of them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.db import Base, enum_column
from quiz.reports.signals.rules import SignalKind


class SignalScan(Base):
    """The latest scan of a contest."""

    __tablename__ = "signal_scan"

    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    scanned_at: Mapped[datetime | None]
    sheets: Mapped[int] = mapped_column(default=0)  # attempts looked at


class ComputerRoom(Base):
    """A school says that its pupils sit a contest in a computer room: many accounts on one device are no signal there."""

    __tablename__ = "computer_room"

    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(sa.String(200))
    declared_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    declared_at: Mapped[datetime]


class IntegritySignal(Base):
    """One signal. ``evidence`` is what rules.Signal says; ``looked_by`` has written the latest note on it."""

    __tablename__ = "integrity_signal"
    __table_args__ = (sa.UniqueConstraint("contest_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"), index=True)
    kind: Mapped[SignalKind] = mapped_column(enum_column(SignalKind, "kind"))
    key: Mapped[str] = mapped_column(sa.String(60))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    other_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    evidence: Mapped[dict[str, Any]]
    found_at: Mapped[datetime]
    looked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    looked_at: Mapped[datetime | None]


class SignalNote(Base):
    """What a person made of a signal, never changed: whoever looks later writes another one."""

    __tablename__ = "signal_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    signal_id: Mapped[int] = mapped_column(sa.ForeignKey("integrity_signal.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(sa.String(300))
    by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime]
