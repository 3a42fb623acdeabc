"""Items of the bank as the application uses them: a published version never changes, a new one supersedes it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.db import Base, enum_column
from quiz.items.concerns.models import ItemConcern as ItemConcern  # part of the schema
from quiz.items.editing.models import ItemDraft as ItemDraft  # part of the schema
from quiz.items.importing.models import ItemImport as ItemImport  # part of the schema


class ItemStatus(StrEnum):
    PUBLISHED = "published"
    RETIRED = "retired"


class Item(Base):
    """An item by its stable id (``law-0001``). What papers are drawn by is repeated from the current version.

    ``is_local``: made, changed or retired here, so that a sync leaves it alone. ``synced_hash`` is the content hash
    that the content folder had when it was last looked at; None for an item that is not in the folder.
    """

    __tablename__ = "item"

    id: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    current_version: Mapped[int]
    status: Mapped[ItemStatus] = mapped_column(enum_column(ItemStatus, "status"), default=ItemStatus.PUBLISHED)
    kind: Mapped[str] = mapped_column(sa.String(16))
    topic: Mapped[str] = mapped_column(sa.String(16), index=True)
    subtopic: Mapped[str] = mapped_column(sa.String(40))
    difficulty: Mapped[int]
    bands: Mapped[list[str]]
    is_local: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    synced_hash: Mapped[str | None] = mapped_column(sa.String(64))

    versions: Mapped[list["ItemVersion"]] = relationship(back_populates="item", order_by="ItemVersion.version")


class ItemVersion(Base):
    """The full content of an item at one version, as question_bank's own JSON (key and explanation included)."""

    __tablename__ = "item_version"
    __table_args__ = (sa.UniqueConstraint("item_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("item.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    published_at: Mapped[datetime]
    published_by: Mapped[int | None]  # no foreign key: versions outlive accounts; None for the content folder

    item: Mapped[Item] = relationship(back_populates="versions")


class BankState(Base):
    """One row whose revision rises with every change, so that processes know when their catalogue is stale."""

    __tablename__ = "bank_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
