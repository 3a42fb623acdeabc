"""Something about a published item that a person must look at."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base, enum_column
from quiz.items.concerns.rules import ConcernKind, ConcernOutcome

PROGRAM = 0  # raised by nobody: a unique index would not compare NULLs
_OPEN = sa.text("settled_at IS NULL")


class ItemConcern(Base):
    """One concern about an item's version, open until ``settled_at``.

    ``raised_by`` is 0 where the program raised it (an amended law, a review date);
    one person, or the program, has one open concern of a kind about an item.
    """

    __tablename__ = "item_concern"
    __table_args__ = (
        sa.Index(
            "uq_item_concern_open", "item_id", "kind", "raised_by", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        sa.Index("ix_item_concern_queue", "settled_at", "raised_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=lambda: secrets.token_urlsafe(9))
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("item.id"), index=True)
    version: Mapped[int]
    kind: Mapped[ConcernKind] = mapped_column(enum_column(ConcernKind, "kind"))
    text: Mapped[str] = mapped_column(sa.String(500), default="")
    raised_by: Mapped[int] = mapped_column(default=PROGRAM)
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None]
    outcome: Mapped[ConcernOutcome | None] = mapped_column(enum_column(ConcernOutcome, "outcome"))
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
