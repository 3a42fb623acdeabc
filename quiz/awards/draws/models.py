"""Prize draws and their tickets."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.awards.draws.rules import DrawState, Who
from quiz.db import Base, enum_column


class PrizeDraw(Base):
    """A draw among those who took part in a stage. ``seed`` is shown to nobody before it is drawn.

    ``public_value`` is a number that nobody can know when the draw is announced (``public_source`` says which), so that not even
    who keeps the seed can choose the outcome.
    """

    __tablename__ = "prize_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    who: Mapped[Who] = mapped_column(enum_column(Who, "who"))
    prizes: Mapped[list[dict[str, Any]]]
    state: Mapped[DrawState] = mapped_column(enum_column(DrawState, "state"), default=DrawState.ANNOUNCED)
    commitment: Mapped[str] = mapped_column(sa.String(64))
    seed: Mapped[str] = mapped_column(sa.String(64))
    public_source: Mapped[str] = mapped_column(sa.String(120))
    public_value: Mapped[str] = mapped_column(sa.String(80), default="")
    tickets: Mapped[int] = mapped_column(default=0)
    tickets_digest: Mapped[str] = mapped_column(sa.String(64), default="")
    announced_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    announced_at: Mapped[datetime]
    drawn_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    drawn_at: Mapped[datetime | None]


class DrawTicket(Base):
    """A pupil's ticket; ``place`` counts the winners from 1."""

    __tablename__ = "draw_ticket"
    __table_args__ = (
        sa.UniqueConstraint("draw_id", "user_id"),
        sa.Index("ix_draw_ticket_place", "draw_id", "place"),
    )

    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("prize_draw.id"), primary_key=True, autoincrement=False)
    ticket: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    place: Mapped[int | None]
    prize: Mapped[str | None] = mapped_column(sa.String(40))
