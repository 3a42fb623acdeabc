"""Stored standings. Everything here is derived: ``flask rankings rebuild`` makes it again from the answer log at any time.

No row holds a rank: a rank would have to be rewritten whenever somebody else does better. A rank is counted when it is
asked for, from the histograms in ``standing_cell`` (see docs/adr/0013). Every row belongs to a generation; a rebuild writes
the next one beside it, a tally changes the valid one. There are no foreign keys to pupils, attempts and places: a million
rows would pay for each, and the rebuild proves more than they would.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.attempts.models import BigId
from quiz.db import Base
from quiz.rankings.expected.models import Excuse as Excuse  # part of the schema
from quiz.rankings.expected.models import ExpectedClass as ExpectedClass
from quiz.rankings.expected.models import ExpectedCount as ExpectedCount
from quiz.rankings.expected.models import ExpectedHeadcount as ExpectedHeadcount


class ContestTally(Base):
    """Which generation of standings is valid, and as of when. Locked while standings are changed.

    ``number`` rises with every change, so two reads with the same number saw the same standings.
    """

    __tablename__ = "contest_tally"

    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    generation: Mapped[int]  # 0 before the first rebuild has finished
    number: Mapped[int] = mapped_column(default=0)
    tallied_at: Mapped[datetime]
    counted: Mapped[int]  # pupils with a counting result
    gathered_at: Mapped[datetime | None]  # when classes, enrolments and headcounts were last looked at
    facts_digest: Mapped[str | None] = mapped_column(sa.String(64))  # of what was seen then
    building: Mapped[int | None]  # the generation that a rebuild is writing now
    building_at: Mapped[datetime | None]  # its sign of life


class BoardFreeze(Base):
    """From when to when the boards of a contest stand still for all but those who manage it.

    ``generation`` (negative: no rebuild uses it) holds the standings as of ``freezes_at``, None until they are stored;
    nobody but the managers sees any standing in between. Lifted by hand, ``unfreezes_at`` is the moment of that.
    """

    __tablename__ = "board_freeze"
    __table_args__ = (sa.CheckConstraint("generation < 0", name="generation"),)

    contest_id: Mapped[int] = mapped_column(
        sa.ForeignKey("contest.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    freezes_at: Mapped[datetime]
    unfreezes_at: Mapped[datetime | None]
    generation: Mapped[int | None]
    counted: Mapped[int] = mapped_column(default=0)
    set_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    set_at: Mapped[datetime]


class StandingBoard(Base):
    """One group of a contest in one generation: the pupils who are ranked together."""

    __tablename__ = "standing_board"
    __table_args__ = (sa.UniqueConstraint("contest_id", "generation", "group_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    generation: Mapped[int]
    group_kind: Mapped[str] = mapped_column(sa.String(16))


class PupilStanding(Base):
    """A pupil's counting result, in the order of the board. ``order_key`` is rules.order_key(score, seconds).

    School and class are those of the attempt's start.
    """

    __tablename__ = "pupil_standing"
    __table_args__ = (
        sa.UniqueConstraint("board_id", "user_id"),
        {"sqlite_with_rowid": False},  # kept in the order of the key: a page of a board is one stretch of it
    )

    board_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt_id: Mapped[int] = mapped_column(BigId)
    school_id: Mapped[int]
    class_id: Mapped[int]


class StandingCell(Base):
    """How many pupils of a pool have which result (histograms.py). ``pool`` is pools.pool(group, level, unit).

    Small pools have one row, part WHOLE, by order key. Large ones have a row by loss (part WHOLE) and one row for every
    loss, by seconds: a rank reads two rows of a pool whatever its size.
    """

    __tablename__ = "standing_cell"

    contest_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pool: Mapped[str] = mapped_column(sa.String(48), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counts: Mapped[bytes] = mapped_column(sa.LargeBinary)


class UnitStanding(Base):
    """A class, school, county or prefecture in one category (``all``, a group, a kind of school).

    ``figures`` are those of profiles.Figures and ``source``; the index is in hundredths, None while nobody of the unit has
    taken part. ``school_kind`` is that of a school or of a class's school.
    """

    __tablename__ = "unit_standing"
    __table_args__ = (
        sa.Index("ix_unit_standing_board", "contest_id", "generation", "category", "level", "index_hundredths"),
    )

    contest_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    category: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    level: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    unit_id: Mapped[str] = mapped_column(
        sa.String(20), primary_key=True
    )  # a region's code, the id of a school or class
    school_id: Mapped[int | None]
    school_kind: Mapped[str | None] = mapped_column(sa.String(16))
    county_id: Mapped[str | None] = mapped_column(sa.String(6))
    prefecture_id: Mapped[str | None] = mapped_column(sa.String(6))
    pupils: Mapped[int]  # who took part
    figures: Mapped[dict[str, Any]]
    index: Mapped[int | None] = mapped_column("index_hundredths")
