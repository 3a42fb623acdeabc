"""Audit entries, each with the hash of the one before it, so that a removed or changed row shows; and past proofs of them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base


class AuditEntry(Base):
    """One administrative act, named ``subject:object:action`` (for instance ``teacher:pin:reset``)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_of_actor", "actor_id", "id"),
        sa.Index("ix_audit_entry_of_object", "object_type", "object_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]  # no foreign key: the log outlives accounts
    action: Mapped[str] = mapped_column(sa.String(80), index=True)
    object_type: Mapped[str] = mapped_column(sa.String(40))
    object_id: Mapped[str] = mapped_column(sa.String(64))
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


class AuditCheck(Base):
    """One proof of the chain. ``last_id`` and ``last_hash`` are where it ended; ``broken_id`` is the first row that did not fit.

    The chain alone cannot tell that its newest rows were cut off; the end of an earlier proof can.
    """

    __tablename__ = "audit_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime]
    entries: Mapped[int]
    last_id: Mapped[int | None]
    last_hash: Mapped[str | None] = mapped_column(sa.String(64))
    broken_id: Mapped[int | None]
