"""An uploaded roster between upload and confirmation."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from quiz.db import Base, enum_column
from quiz.jobs.models import Job, JobState
from quiz.regions.models import School


class ImportStatus(StrEnum):
    QUEUED = "queued"
    READY = "ready"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class RosterImport(Base):
    """One upload. The file is dropped once read, rows and plan once confirmed, discarded or a week old.

    ``class_ids`` lists the classes that a teacher imports for; None means the whole school.
    """

    __tablename__ = "roster_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=lambda: secrets.token_urlsafe(9))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    class_ids: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    filename: Mapped[str] = mapped_column(sa.String(120))
    status: Mapped[ImportStatus] = mapped_column(enum_column(ImportStatus, "status"), default=ImportStatus.QUEUED)
    job_id: Mapped[int | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    file_data: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    rows: Mapped[list[dict[str, Any]] | None] = mapped_column(sa.JSON(none_as_null=True), deferred=True)
    plan: Mapped[list[dict[str, Any]] | None] = mapped_column(sa.JSON(none_as_null=True), deferred=True)
    plan_digest: Mapped[str | None] = mapped_column(sa.String(64))
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)  # counts, ignored columns, or why it was refused

    school: Mapped[School] = relationship()
    is_job_failed: Mapped[bool] = column_property(
        sa.exists().where(Job.id == job_id, Job.state == JobState.FAILED).correlate_except(Job)
    )

    @property
    def is_given_up(self) -> bool:
        """Whether its preview failed so often that it is not tried again."""
        return self.status == ImportStatus.QUEUED and self.is_job_failed
