"""The history of consents. Rows are only ever added; the newest of a pupil counts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.publication.rules import ConsentChannel, ConsentState
from quiz.db import Base, enum_column


class PublicationConsent(Base):
    """What pupil and guardian said about the full name in public, when, through whom, to which text.

    ``pupil_agrees`` and ``guardian_agrees`` are None where only the whole is known: a “no” of a class list or a roster,
    a withdrawal, an answer taken back.
    """

    __tablename__ = "publication_consent"
    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'agreed') = (pupil_agrees IS TRUE AND guardian_agrees IS TRUE)", name="both_agree"
        ),
        sa.Index("ix_publication_consent_newest", "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    state: Mapped[ConsentState] = mapped_column(enum_column(ConsentState, "state"))
    pupil_agrees: Mapped[bool | None]
    guardian_agrees: Mapped[bool | None]
    channel: Mapped[ConsentChannel] = mapped_column(enum_column(ConsentChannel, "channel"))
    text_version: Mapped[str] = mapped_column(sa.String(8))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
