"""What people decided about teams, and every team's verdict in a run."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base, enum_column
from quiz.promotion.decided import STANDS, Decided
from quiz.promotion.rules import Outcome, Reason


class TeamDecision(Decided, Base):
    """What a person decided about one team of a stage."""

    __tablename__ = "promotion_team_decision"
    __table_args__ = (
        sa.Index(
            "uq_promotion_team_decision_stands", "contest_id", "team_id", unique=True,
            sqlite_where=STANDS, postgresql_where=STANDS,
        ),
    )  # fmt: skip

    team_id: Mapped[int] = mapped_column(sa.ForeignKey("contest_team.id"))


class TeamRemark(Base):
    """One team's verdict in a run, with the sums it came from; ``position`` is its place in the order of its group."""

    __tablename__ = "promotion_team_remark"
    __table_args__ = (sa.Index("ix_promotion_team_remark_list", "run_id", "group_kind", "outcome", "position"),)

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("promotion_run.id"), primary_key=True, autoincrement=False)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("contest_team.id"), primary_key=True, autoincrement=False)
    group_kind: Mapped[str] = mapped_column(sa.String(16))
    unit_id: Mapped[str] = mapped_column(sa.String(20))
    position: Mapped[int]
    score: Mapped[int]  # the sum of the members' scores, in hundredths
    seconds: Mapped[int]
    place: Mapped[int | None]
    seats: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    reason: Mapped[Reason] = mapped_column(enum_column(Reason, "reason"))
    number: Mapped[int | None]  # of a reserve within the unit
