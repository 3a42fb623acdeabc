"""The stored expected numbers of a contest, and the pupils who are excused from it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base, enum_column
from quiz.rankings.expected.rules import ExcuseKind


class ExpectedCount(Base):
    """One count of the pupils of a contest; that with the highest number is valid, the others say what was before.

    ``counted_at`` is the moment whose enrolments were counted. ``made_by`` is None for the worker's first count.
    """

    __tablename__ = "expected_count"
    __table_args__ = (sa.UniqueConstraint("contest_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id", ondelete="CASCADE"))
    number: Mapped[int]
    counted_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(sa.String(60), default="")
    schools: Mapped[int] = mapped_column(default=0)
    classes: Mapped[int] = mapped_column(default=0)
    pupils: Mapped[int] = mapped_column(default=0)  # reported figures where a school has given them, else enrolled


class ExpectedClass(Base):
    """How many pupils of a class were enrolled at the count. A class is in one group of a contest."""

    __tablename__ = "expected_class"

    contest_id: Mapped[int] = mapped_column(
        sa.ForeignKey("contest.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"), primary_key=True, autoincrement=False)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    group_kind: Mapped[str] = mapped_column(sa.String(16))
    pupils: Mapped[int]


class ExpectedHeadcount(Base):
    """The figure that a school had reported for the grades of a group at the count; it goes before its classes."""

    __tablename__ = "expected_headcount"

    contest_id: Mapped[int] = mapped_column(
        sa.ForeignKey("contest.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), primary_key=True, autoincrement=False)
    group_kind: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    pupils: Mapped[int]


class Excuse(Base):
    """A pupil who is not expected in one contest, until it is withdrawn. Who sits all the same is expected again."""

    __tablename__ = "expected_excuse"
    __table_args__ = (
        sa.Index(
            "uq_expected_excuse_current",
            "contest_id",
            "user_id",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    kind: Mapped[ExcuseKind] = mapped_column(enum_column(ExcuseKind, "kind"))
    reason: Mapped[str] = mapped_column(sa.String(60))
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    withdrawn_at: Mapped[datetime | None]
