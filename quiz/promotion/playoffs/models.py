"""A play-off of a stage and what it decided."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.db import Base, enum_column
from quiz.promotion.playoffs.rules import PlayoffState


class Playoff(Base):
    """One play-off of a stage (``contest_id``), sat as a contest of its own (``sat_as_id``); its public id is that contest's.

    ``seats`` are to be won by those with an entry there, or by the teams there; ``winners`` are the user ids that were
    recorded, of teams their ids in the stage.
    """

    __tablename__ = "playoff"

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    sat_as_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), unique=True)
    state: Mapped[PlayoffState] = mapped_column(enum_column(PlayoffState, "state"), default=PlayoffState.OPEN)
    group_kind: Mapped[str] = mapped_column(sa.String(16))
    unit_id: Mapped[str] = mapped_column(sa.String(20))  # empty: several units
    seats: Mapped[int]
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    settled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    settled_at: Mapped[datetime | None]
    winners: Mapped[list[Any]] = mapped_column(default=list)
