"""Practice runs, the mistake notebook and spaced reviews. All of it belongs to one pupil and is shown to no one else."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.db import Base, enum_column


class PracticeSource(StrEnum):
    """Where a run's items come from."""

    TOPIC = "topic"  # one topic of the bank, or all of them
    MISTAKES = "mistakes"
    REVIEW = "review"


class PracticeRun(Base):
    """One practice of a few items. ``items`` is [{position, item_id, version, order}], positions from 1."""

    __tablename__ = "practice_run"
    __table_args__ = (sa.Index("ix_practice_run_user", "user_id", "started_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    source: Mapped[PracticeSource] = mapped_column(enum_column(PracticeSource, "source"))
    topic: Mapped[str | None] = mapped_column(sa.String(16))  # None: all topics
    items: Mapped[list[dict[str, Any]]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class PracticeAnswer(Base):
    """The first answer to an item of a run; later ones change nothing."""

    __tablename__ = "practice_answer"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "position"),
        sa.Index("ix_practice_answer_seen", "user_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("practice_run.id"))
    position: Mapped[int]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("item.id"))
    choices: Mapped[list[str]]
    outcome: Mapped[str] = mapped_column(sa.String(8))  # practice/rules.py: Outcome
    answered_at: Mapped[datetime]


class Mistake(Base):
    """An item in a pupil's notebook: opens on a wrong answer, closes by the rule in practice/rules.py."""

    __tablename__ = "mistake"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "item_id"),
        sa.CheckConstraint("wrong_count >= 1", name="wrong_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("item.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    wrong_count: Mapped[int]
    right_days: Mapped[int] = mapped_column(default=0)  # days with a right answer since the last wrong one
    last_right_on: Mapped[date | None]  # school day in China
    last_answer_at: Mapped[datetime]


class ReviewCard(Base):
    """The memory state (FSRS) of one pupil for one item; ``due_at`` is when it should be asked again."""

    __tablename__ = "review_card"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "item_id"),
        sa.Index("ix_review_card_due", "user_id", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("item.id"))
    state: Mapped[int]  # fsrs.State
    stability: Mapped[float]  # days until recall falls to the desired retention
    difficulty: Mapped[float]  # FSRS difficulty 1–10, not the item's
    due_at: Mapped[datetime]
    last_review_at: Mapped[datetime]


class ReviewLog(Base):
    """One review of a card; at most one per school day counts, so that repeating at once is no review."""

    __tablename__ = "review_log"
    __table_args__ = (sa.UniqueConstraint("card_id", "reviewed_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(sa.ForeignKey("review_card.id"))
    rating: Mapped[int]  # fsrs.Rating
    reviewed_on: Mapped[date]
    reviewed_at: Mapped[datetime]
