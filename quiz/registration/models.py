"""Invitations to register, and who came by them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.accounts.models import User
from quiz.contests.models import Contest
from quiz.db import Base
from quiz.regions.models import School, SchoolClass
from quiz.registration.rules import LinkState, link_state


class RegistrationLink(Base):
    """An invitation of one unit (or of a school's parents) to one contest, as a link and a QR code.

    ``code`` is 160 random bits, kept in clear: it opens an empty form and nothing that is stored, and who holds it must be
    able to print it again. ``class_id`` None with ``asks_class``: people choose theirs.
    """

    __tablename__ = "registration_link"
    __table_args__ = (sa.CheckConstraint("most BETWEEN 1 AND 2000 AND registered BETWEEN 0 AND most", name="places"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id", ondelete="CASCADE"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"))
    asks_class: Mapped[bool]
    most: Mapped[int]
    registered: Mapped[int] = mapped_column(default=0)  # who came and was not removed
    closes_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    closed_at: Mapped[datetime | None]

    contest: Mapped[Contest] = relationship()
    school: Mapped[School] = relationship()
    school_class: Mapped[SchoolClass | None] = relationship()

    def state(self, now: datetime) -> LinkState:
        """Whether it admits people at a moment."""
        return link_state(
            closed_at=self.closed_at, closes_at=self.closes_at, registered=self.registered, most=self.most, now=now
        )


class Registration(Base):
    """One person who came by an invitation. ``form_key`` is that of the form: a second click finds the first one's row."""

    __tablename__ = "registration"
    __table_args__ = (sa.Index("ix_registration_link_id", "link_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("registration_link.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), unique=True)
    form_key: Mapped[str] = mapped_column(sa.String(32), unique=True)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))

    link: Mapped[RegistrationLink] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
