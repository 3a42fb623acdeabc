"""Stored standings: rows of the latest tally (and of the one before, for readers under way).

Standings are derived; ``flask rankings rebuild`` makes them again from the answer log at any time.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.attempts.models import BigId
from quiz.db import Base


class ContestTally(Base):
    """Which generation of standings is valid, and as of when. Locked while a tally is written."""

    __tablename__ = "contest_tally"

    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    generation: Mapped[int]  # 0 before the first tally
    tallied_at: Mapped[datetime]
    counted: Mapped[int]  # counting attempts


class PupilStanding(Base):
    """A pupil's result and ranks within the group. Score in hundredths; place ids are those of the attempt's start."""

    __tablename__ = "pupil_standing"
    __table_args__ = (
        sa.UniqueConstraint("contest_id", "generation", "user_id"),
        sa.Index("ix_pupil_standing_board", "contest_id", "generation", "group_kind", "rank"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    generation: Mapped[int]
    group_kind: Mapped[str] = mapped_column(sa.String(16))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    attempt_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("attempt.id"))
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_kind: Mapped[str] = mapped_column(sa.String(16))
    county_id: Mapped[str] = mapped_column(sa.String(6))
    prefecture_id: Mapped[str | None] = mapped_column(sa.String(6))
    score: Mapped[int]
    elapsed_seconds: Mapped[int]
    rank: Mapped[int]  # in the whole group
    is_tied: Mapped[bool]
    size: Mapped[int]
    class_rank: Mapped[int]
    class_tied: Mapped[bool]
    class_size: Mapped[int]
    school_rank: Mapped[int]
    school_tied: Mapped[bool]
    school_size: Mapped[int]
    county_rank: Mapped[int]
    county_tied: Mapped[bool]
    county_size: Mapped[int]
    prefecture_rank: Mapped[int | None]
    prefecture_tied: Mapped[bool]
    prefecture_size: Mapped[int | None]


class UnitStanding(Base):
    """A class, school, county or prefecture in one category (``all``, a group, a kind of school).

    ``figures`` are those of profiles.Figures and ``source``; the index is in hundredths. Index and rank are None
    while nobody of the unit has taken part.
    """

    __tablename__ = "unit_standing"
    __table_args__ = (
        sa.UniqueConstraint("contest_id", "generation", "category", "level", "unit_id"),
        sa.Index("ix_unit_standing_board", "contest_id", "generation", "category", "level", "rank"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    generation: Mapped[int]
    category: Mapped[str] = mapped_column(sa.String(16))
    level: Mapped[str] = mapped_column(sa.String(12))
    unit_id: Mapped[str] = mapped_column(sa.String(20))  # a region's code, or the id of a school or class
    school_id: Mapped[int | None]
    county_id: Mapped[str | None] = mapped_column(sa.String(6))
    prefecture_id: Mapped[str | None] = mapped_column(sa.String(6))
    pupils: Mapped[int]  # who took part
    figures: Mapped[dict[str, Any]]
    index: Mapped[int | None] = mapped_column("index_hundredths")
    rank: Mapped[int | None]
    is_tied: Mapped[bool]
