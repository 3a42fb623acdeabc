"""How a stage promotes, what people decided about single pupils, and the runs with everybody's verdict."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.db import Base, enum_column
from quiz.promotion.decided import STANDS, Decided
from quiz.promotion.playoffs.models import Playoff as Playoff  # part of the schema
from quiz.promotion.rules import Outcome, Reason
from quiz.promotion.teams.models import TeamDecision as TeamDecision
from quiz.promotion.teams.models import TeamRemark as TeamRemark


class PromotionPlan(Base):
    """The declared way from a stage to the next; ``settings`` is rules.Plan as JSON."""

    __tablename__ = "promotion_plan"

    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    settings: Mapped[dict[str, Any]]
    changed_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    changed_at: Mapped[datetime]


class PromotionDecision(Decided, Base):
    """What a person decided about one pupil of a stage."""

    __tablename__ = "promotion_decision"
    __table_args__ = (
        sa.Index(
            "uq_promotion_decision_stands", "contest_id", "user_id", unique=True,
            sqlite_where=STANDS, postgresql_where=STANDS,
        ),
    )  # fmt: skip

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))


class RunState(StrEnum):
    COUNTING = "counting"  # the trial is being computed
    READY = "ready"  # waits for the second person
    CONFIRMED = "confirmed"
    PUBLISHED = "published"  # its pupils have their entries in the next stage
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"  # could not be computed; ``error`` says why


OPEN_STATES = (RunState.COUNTING, RunState.READY, RunState.CONFIRMED)
_OPEN = sa.text("state IN ('counting', 'ready', 'confirmed')")


class PromotionRun(Base):
    """One trial of a promotion, and what became of it; at most one is open for a stage.

    ``basis`` is a digest of what it was computed from: standings, plan and decisions. ``summary`` holds numbers only:
    ``groups`` → outcome → how many, ``units`` as queries.summary writes them, ``ties`` with the ids of those in them.
    """

    __tablename__ = "promotion_run"
    __table_args__ = (
        sa.Index("uq_promotion_run_open", "contest_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    next_stage_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    state: Mapped[RunState] = mapped_column(enum_column(RunState, "state"), default=RunState.COUNTING)
    plan: Mapped[dict[str, Any]]
    basis: Mapped[str] = mapped_column(sa.String(64))
    summary: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    error: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    published_at: Mapped[datetime | None]


class PromotionRemark(Base):
    """One pupil's verdict in a run: rules.Verdict with the result it came from. School and class are the result's."""

    __tablename__ = "promotion_remark"
    __table_args__ = (sa.Index("ix_promotion_remark_list", "run_id", "group_kind", "outcome", "order_key"),)

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("promotion_run.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    group_kind: Mapped[str] = mapped_column(sa.String(16))
    unit_id: Mapped[str] = mapped_column(sa.String(20))
    school_id: Mapped[int]
    class_id: Mapped[int]
    order_key: Mapped[int]
    place: Mapped[int | None]
    seats: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    reason: Mapped[Reason] = mapped_column(enum_column(Reason, "reason"))
    number: Mapped[int | None]  # of a reserve within the unit
