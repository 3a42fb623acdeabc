"""Contests, their groups and places, and who entered."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.accounts.models import new_public_id
from quiz.attempts.models import Sitting
from quiz.contests.notices.models import ContestNotice as ContestNotice  # part of the schema
from quiz.contests.organisers import Organisers
from quiz.contests.remarks.models import Remark as Remark
from quiz.contests.remarks.models import RemarkChange as RemarkChange
from quiz.contests.rules import ADULT_GROUPS
from quiz.contests.rules import ContestGroupKind as ContestGroupKind
from quiz.contests.teams.models import Team as Team
from quiz.contests.teams.models import TeamChange as TeamChange
from quiz.contests.teams.models import TeamMember as TeamMember
from quiz.contests.teams.rules import StageUnit, Unit
from quiz.db import Base, enum_column


class Contest(Base):
    """A contest of one class or of schools, or one stage of it. It is managed from its host place; a draft until published.

    A contest of several stages is one row for each, with its own groups, windows, entries and standings; the later ones
    name the first (docs/adr/0020). Who takes part in a later stage has an entry there, written by the promotion. A play-off
    is a row beside the order of stages (docs/adr/0025); those who are tied have an entry there.
    """

    __tablename__ = "contest"
    __table_args__ = (
        sa.CheckConstraint(
            "(CASE WHEN host_region_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN host_school_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN host_class_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="host",
        ),
        sa.CheckConstraint("(first_stage_id IS NULL) = (stage_number = 1)", name="stage"),
        sa.CheckConstraint("playoff_of_id IS NULL OR first_stage_id IS NULL", name="playoff"),
        sa.Index("uq_contest_stage", "first_stage_id", "stage_number", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    first_stage_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contest.id"))  # of a later stage
    stage_number: Mapped[int] = mapped_column(default=1, server_default="1")
    stage_name: Mapped[str] = mapped_column(
        sa.String(20), default="", server_default=""
    )  # empty where the contest has one stage only
    playoff_of_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("contest.id"), index=True
    )  # of a play-off: the stage whose tie it decides
    title: Mapped[str] = mapped_column(sa.String(80))
    theme: Mapped[str] = mapped_column(sa.String(120), default="")
    organisers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # Organisers.to_dict()
    notice: Mapped[str] = mapped_column(sa.Text, default="")
    host_region_id: Mapped[str | None] = mapped_column(sa.ForeignKey("region.id"))
    host_school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    host_class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"))
    template: Mapped[str] = mapped_column(sa.String(20), default="custom")  # of the wizard; the paper may differ since
    starts_at_publication: Mapped[bool] = mapped_column(default=False)  # the window begins when it is published
    unit: Mapped[StageUnit] = mapped_column(
        enum_column(StageUnit, "unit"), default=StageUnit.PUPIL, server_default=StageUnit.PUPIL.value
    )  # who competes
    team_size: Mapped[int] = mapped_column(default=3, server_default="3")
    team_reserves: Mapped[int] = mapped_column(default=1, server_default="1")
    teams_per_school: Mapped[int] = mapped_column(default=1, server_default="1")
    ranking_profile: Mapped[str] = mapped_column(sa.String(20), default="average")
    #: The contest that progress is measured against; it was over before this one began.
    earlier_contest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contest.id"))
    expected_on: Mapped[date | None]  # the day as whose beginning pupils are counted; None: when the contest opens
    has_public_board: Mapped[bool] = mapped_column(default=False)
    has_public_page: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # of the first stage
    awards_listed_at: Mapped[datetime | None]  # since when the list of award winners is public
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    @property
    def organiser(self) -> str:
        """The hosting organisations in one line; empty where none is named."""
        return "、".join(Organisers.from_dict(self.organisers or {}).host)

    @property
    def is_by_promotion(self) -> bool:
        """Whether only those with an entry may take part."""
        return self.first_stage_id is not None or self.playoff_of_id is not None

    @property
    def has_named_pupils(self) -> bool:
        """Whether it is known by name who is expected: by promotion, or in teams."""
        return self.is_by_promotion or self.is_by_teams

    @property
    def compares_time(self) -> bool:
        """Whether the shorter time ranks first between equal scores (the same for all groups)."""
        return self.groups[0].sitting.compares_time

    @property
    def unit_rule(self) -> Unit:
        """The unit as the rules take it."""
        return Unit(self.unit, self.team_size, self.team_reserves, self.teams_per_school)

    @property
    def is_by_teams(self) -> bool:
        """Whether only members of its teams may start."""
        return self.unit is not StageUnit.PUPIL

    @property
    def is_for_adults(self) -> bool:
        """Whether only adults take part: its pages then speak of people and units, not of pupils and schools."""
        return all(group.kind in ADULT_GROUPS for group in self.groups)

    groups: Mapped[list["ContestGroup"]] = relationship(
        back_populates="contest", order_by="ContestGroup.id", cascade="all, delete-orphan"
    )
    places: Mapped[list["ContestPlace"]] = relationship(cascade="all, delete-orphan", order_by="ContestPlace.id")


class ContestGroup(Base):
    """A group of a contest with its sitting: its own band, paper specification and policy."""

    __tablename__ = "contest_group"
    __table_args__ = (sa.UniqueConstraint("contest_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    kind: Mapped[ContestGroupKind] = mapped_column(enum_column(ContestGroupKind, "kind"))
    sitting_id: Mapped[int] = mapped_column(sa.ForeignKey("sitting.id"), unique=True)

    contest: Mapped[Contest] = relationship(back_populates="groups")
    sitting: Mapped[Sitting] = relationship()


class ContestPlace(Base):
    """A place whose pupils may enter: a region, a school or a class."""

    __tablename__ = "contest_place"
    __table_args__ = (
        sa.CheckConstraint(
            "(CASE WHEN region_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN school_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="place",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    region_id: Mapped[str | None] = mapped_column(sa.ForeignKey("region.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"))


class Entry(Base):
    """One participant of a contest's stage, written at the first start (before, to grant extra time or by promotion).

    ``withdrawn_at``: the place in a later stage was taken back; who has begun keeps the attempts, none begins anew.
    """

    __tablename__ = "entry"
    __table_args__ = (sa.UniqueConstraint("contest_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("contest_group.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"))
    extra_seconds: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
