"""An uploaded file of questions between upload and confirmation."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column

from quiz.db import Base, enum_column
from quiz.jobs.models import Job, JobState


class ItemImportStatus(StrEnum):
    QUEUED = "queued"
    READY = "ready"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class ItemImport(Base):
    """One upload. The file is dropped once read, the found questions once confirmed, discarded or a week old.

    ``found`` lists what the dry run read: per question its content, place in the file, doubts, near-duplicates.
    ``summary`` holds counts, problems of questions that were not taken, and notes, or why the file was refused.
    """

    __tablename__ = "item_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=lambda: secrets.token_urlsafe(9))
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    filename: Mapped[str] = mapped_column(sa.String(120))
    format: Mapped[str] = mapped_column(sa.String(24))
    status: Mapped[ItemImportStatus] = mapped_column(
        enum_column(ItemImportStatus, "status"), default=ItemImportStatus.QUEUED
    )
    job_id: Mapped[int | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    file_data: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    found: Mapped[list[dict[str, Any]] | None] = mapped_column(sa.JSON(none_as_null=True), deferred=True)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)

    is_job_failed: Mapped[bool] = column_property(
        sa.exists().where(Job.id == job_id, Job.state == JobState.FAILED).correlate_except(Job)
    )

    @property
    def is_given_up(self) -> bool:
        """Whether its preview failed so often that it is not tried again."""
        return self.status == ItemImportStatus.QUEUED and self.is_job_failed
