"""Teams of a stage, their members, and what has been changed in them."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.db import Base, enum_column

_STANDS = sa.text("withdrawn_at IS NULL")


class Team(Base):
    """A school's team in a group of a stage. ``slot`` counts a school's teams, so that the database holds the limit.

    ``origin_id`` is the team of the stage before from which this one was promoted, in a play-off the tied team of its stage.
    ``withdrawn_at``: dissolved, or its place in a later stage was taken back.
    """

    __tablename__ = "contest_team"
    __table_args__ = (
        sa.Index(
            "uq_contest_team_name", "group_id", "name_key", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS
        ),
        sa.Index(
            "uq_contest_team_slot", "group_id", "school_id", "slot", unique=True,
            sqlite_where=_STANDS, postgresql_where=_STANDS,
        ),
        sa.UniqueConstraint("contest_id", "origin_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("contest_group.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    slot: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(20))
    name_key: Mapped[str] = mapped_column(sa.String(80))
    instructor: Mapped[str] = mapped_column(sa.String(40), default="")
    origin_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contest_team.id"))
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class TeamMember(Base):
    """A pupil of a team; each is in at most one team of a stage. Who was replaced becomes a reserve."""

    __tablename__ = "contest_team_member"
    __table_args__ = (sa.Index("uq_contest_team_member_pupil", "user_id", "contest_id", unique=True),)

    team_id: Mapped[int] = mapped_column(sa.ForeignKey("contest_team.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"))
    place: Mapped[int]  # from 1, members before reserves
    is_reserve: Mapped[bool] = mapped_column(default=False)


class ChangeKind(StrEnum):
    REGISTERED = "registered"
    CHANGED = "changed"
    DISSOLVED = "dissolved"
    STAND_IN = "stand_in"


class TeamChange(Base):
    """What was done to a team, by whom; none is ever changed or removed while the team's stage exists."""

    __tablename__ = "contest_team_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("contest_team.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(enum_column(ChangeKind, "kind"))
    out_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    in_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime]
