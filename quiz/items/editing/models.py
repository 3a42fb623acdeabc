"""A draft is a copy of an item that may change until two people have checked it; then it becomes a version."""

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.db import Base, enum_column
from quiz.items.editing.rules import OPEN_STAGES, DraftStage, EventAction

_OPEN = sa.text("stage IN ({})".format(", ".join(f"'{stage.value}'" for stage in OPEN_STAGES)))


class ItemDraft(Base):
    """One draft. ``item_id`` is empty for a new item until it is published; an item has one open draft at most.

    ``content`` is question_bank's JSON and may be incomplete. ``revision`` rises with every change: a form that was
    opened before somebody else's change is refused.
    """

    __tablename__ = "item_draft"
    __table_args__ = (
        sa.Index("uq_item_draft_open", "item_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_item_draft_stage", "stage", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=lambda: secrets.token_urlsafe(9))
    item_id: Mapped[str | None] = mapped_column(sa.String(24))  # no foreign key: the item may not be there yet
    base_version: Mapped[int | None]
    content: Mapped[dict[str, Any]]
    stage: Mapped[DraftStage] = mapped_column(enum_column(DraftStage, "stage"), default=DraftStage.DRAFT)
    revision: Mapped[int] = mapped_column(default=0)
    is_from_bank: Mapped[bool] = mapped_column(default=False)
    import_id: Mapped[int | None] = mapped_column(index=True)
    import_place: Mapped[str | None] = mapped_column(sa.String(60))
    created_by: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    source_checked_by: Mapped[int | None]
    safety_checked_by: Mapped[int | None]

    events: Mapped[list["DraftEvent"]] = relationship(back_populates="draft", order_by="DraftEvent.id")


class DraftEvent(Base):
    """One step or remark in the history of a draft, never changed."""

    __tablename__ = "draft_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(sa.ForeignKey("item_draft.id"), index=True)
    action: Mapped[EventAction] = mapped_column(enum_column(EventAction, "action"))
    actor_id: Mapped[int | None]
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(sa.String(1000), default="")

    draft: Mapped[ItemDraft] = relationship(back_populates="events")
