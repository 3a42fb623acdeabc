"""Sittings, attempts and the append-only answer log."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.accounts.models import new_public_id
from quiz.db import Base, enum_column
from quiz.papers.models import PaperSpec

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class AttemptStatus(StrEnum):
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"  # by the pupil
    EXPIRED = "expired"  # by its deadline, with what was saved
    VOIDED = "voided"


class Counting(StrEnum):
    """Which of several attempts counts."""

    BEST = "best"
    FIRST = "first"
    LAST = "last"


class Release(StrEnum):
    """When something becomes visible to pupils."""

    AT_ONCE = "at_once"  # as soon as the attempt is closed
    AFTER_CLOSE = "after_close"  # when the sitting's window has closed
    MANUAL = "manual"  # when staff release it


class Sitting(Base):
    """One paper specification, window, duration and policy (场次). Times are UTC, points and scores hundredths."""

    __tablename__ = "sitting"
    __table_args__ = (
        sa.CheckConstraint("closes_at > opens_at", name="window"),
        sa.CheckConstraint("duration_seconds > 0", name="duration"),
        sa.CheckConstraint("attempts_allowed BETWEEN 1 AND 10", name="attempts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    title: Mapped[str] = mapped_column(sa.String(80))
    band: Mapped[str] = mapped_column(sa.String(10))
    paper_spec_id: Mapped[int] = mapped_column(sa.ForeignKey("paper_spec.id"), index=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    duration_seconds: Mapped[int]
    grace_seconds: Mapped[int] = mapped_column(
        default=5
    )  # for requests in flight at the deadline; declared in the rules
    attempts_allowed: Mapped[int] = mapped_column(default=1)
    counting: Mapped[Counting] = mapped_column(enum_column(Counting, "counting"), default=Counting.BEST)
    has_common_items: Mapped[bool] = mapped_column(
        default=False
    )  # the same items for all, each in an order of their own
    compares_time: Mapped[bool] = mapped_column(
        default=True, server_default=sa.true()
    )  # between equal scores the shorter time ranks first; else they share a rank
    pass_hundredths: Mapped[int] = mapped_column(default=6000)
    release_results: Mapped[Release] = mapped_column(enum_column(Release, "release_results"), default=Release.AT_ONCE)
    release_keys: Mapped[Release] = mapped_column(enum_column(Release, "release_keys"), default=Release.AFTER_CLOSE)
    results_released_at: Mapped[datetime | None]
    keys_released_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    paper_spec: Mapped[PaperSpec] = relationship()


class Attempt(Base):
    """One pupil's try. ``paper`` is the snapshot without keys: [{position, item_id, version, points, order}], with
    ``partial`` where an answer right in part earns part of the points.

    ``marks`` (after closing) is [{position, awarded, points, is_correct}]; points and score in hundredths, the
    score normalised to 0–10000. School and class are those of the start. ``device_mark`` tells devices of one contest apart
    (quiz/web/device.py). ``reduced_at``: answers, marks and paper were erased, the score is what is left (retention).
    """

    __tablename__ = "attempt"
    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "user_id", "number"),
        sa.Index(
            "uq_attempt_open",
            "sitting_id",
            "user_id",
            unique=True,
            sqlite_where=sa.text("status = 'in_progress'"),
            postgresql_where=sa.text("status = 'in_progress'"),
        ),
        sa.Index(
            "ix_attempt_due",
            "deadline_at",
            sqlite_where=sa.text("status = 'in_progress'"),
            postgresql_where=sa.text("status = 'in_progress'"),
        ),
        sa.Index("ix_attempt_school", "sitting_id", "school_id", "class_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    sitting_id: Mapped[int] = mapped_column(sa.ForeignKey("sitting.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"))
    number: Mapped[int]
    status: Mapped[AttemptStatus] = mapped_column(enum_column(AttemptStatus, "status"))
    paper: Mapped[list[dict[str, Any]]]
    rules_version: Mapped[int]
    extra_seconds: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    elapsed_seconds: Mapped[
        int | None
    ]  # start to submit by the server's clock; the whole duration if the deadline closed it
    score: Mapped[int | None]
    marks: Mapped[list[dict[str, Any]] | None] = mapped_column(sa.JSON(none_as_null=True))
    device_mark: Mapped[str | None] = mapped_column(sa.String(16))
    reduced_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship()


class ItemResponse(Base):
    """One saved answer of the append-only log. ``seq`` counts per attempt, given by the client and checked here.

    ``number`` counts the attempt's rows from 1 without a gap. ``change`` is +1 when the row answers a position that was
    not answered, -1 when it clears one, else 0. ``answered`` and ``next_seq`` are what the device was told when the row
    was taken, so that a repeated request gets that reply for ever; scores follow from the choices alone.
    """

    __tablename__ = "item_response"
    __table_args__ = (
        sa.UniqueConstraint("attempt_id", "seq"),
        sa.UniqueConstraint("attempt_id", "number"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("attempt.id"))
    number: Mapped[int]
    seq: Mapped[int]
    position: Mapped[int]
    choices: Mapped[list[str]]
    arrived_at: Mapped[datetime]
    change: Mapped[int] = mapped_column(sa.SmallInteger)
    answered: Mapped[int] = mapped_column(sa.SmallInteger)
    next_seq: Mapped[int]


class ResultChange(Base):
    """A pupil's results in a sitting have changed; the tally folds it into the standings and removes it.

    Written in the transaction of the change, so none is lost and none is folded before it is true. No foreign keys: every
    submit would take their locks, and the row lives for a second.
    """

    __tablename__ = "result_change"
    __table_args__ = (sa.Index("ix_result_change_sitting", "sitting_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sitting_id: Mapped[int]
    user_id: Mapped[int]
    changed_at: Mapped[datetime]
    is_folded: Mapped[bool] = mapped_column(default=False)  # kept for a rebuild that is under way
