"""Notices. A row is never removed: the log names it, and what once stood in public can be looked up."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.db import Base


class ContestNotice(Base):
    """A notice of a contest, always of its first stage: notices are for everybody who has to do with it.

    ``key`` comes from the form, so that pressing twice is one notice. ``revision`` grows with every change.
    """

    __tablename__ = "contest_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(60))
    text: Mapped[str] = mapped_column(sa.Text)
    is_pinned: Mapped[bool]
    revision: Mapped[int] = mapped_column(default=1)
    published_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    published_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def lines(self) -> list[str]:
        """The text line by line, empty lines left out: pages make a paragraph of each."""
        return [line for line in self.text.splitlines() if line.strip()]
