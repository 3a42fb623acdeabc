"""Award tiers, who was named by hand, lists of awards, the awards, and files of certificates."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quiz.accounts.models import new_public_id
from quiz.attempts.models import BigId
from quiz.awards.draws.models import DrawTicket as DrawTicket  # part of the schema
from quiz.awards.draws.models import PrizeDraw as PrizeDraw
from quiz.awards.reveal.models import AwardReveal as AwardReveal
from quiz.awards.reveal.models import RevealStep as RevealStep
from quiz.awards.rules import CODE_LENGTH, Tier, TierKind, TierWay, new_code
from quiz.db import Base, enum_column


class AwardSetting(Base):
    """What all certificates of a contest share. ``next_number`` is the next serial's; the prefix stays once one is given.

    ``verify_address`` is printed and in the QR code; ``issuers`` has a line for each organisation.
    """

    __tablename__ = "award_setting"

    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), primary_key=True, autoincrement=False)
    prefix: Mapped[str] = mapped_column(sa.String(26), unique=True)
    issuers: Mapped[str] = mapped_column(sa.String(400))
    verify_address: Mapped[str] = mapped_column(sa.String(160))
    signed_on: Mapped[date | None]  # printed; None: the day of issue
    next_number: Mapped[int] = mapped_column(default=1)


class AwardTier(Base):
    """One tier of a contest (rules.Tier); ``position`` orders them, the highest first."""

    __tablename__ = "award_tier"

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(20))
    kind: Mapped[TierKind] = mapped_column(enum_column(TierKind, "kind"))
    group_kind: Mapped[str | None] = mapped_column(sa.String(16))
    way: Mapped[TierWay] = mapped_column(enum_column(TierWay, "way"))
    amount: Mapped[int | None]

    def rule(self) -> Tier:
        """The tier as the rules take it."""
        return Tier(self.id, self.name, self.kind, self.group_kind, self.way, self.amount)


class AwardNominee(Base):
    """Somebody named for a tier by decision: a pupil or teacher, a school or a team."""

    __tablename__ = "award_nominee"
    __table_args__ = (
        sa.UniqueConstraint("tier_id", "user_id"),
        sa.UniqueConstraint("tier_id", "school_id"),
        sa.Index("uq_award_nominee_team", "tier_id", "team_id", unique=True),
        sa.CheckConstraint(
            "(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN school_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN team_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="whom",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tier_id: Mapped[int] = mapped_column(sa.ForeignKey("award_tier.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contest_team.id"))
    reason: Mapped[str] = mapped_column(sa.String(200))
    named_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    named_at: Mapped[datetime]


class DraftState(StrEnum):
    COMPUTING = "computing"
    READY = "ready"  # waits for the second person
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"  # could not be computed; ``error`` says why


OPEN_STATES = (DraftState.COMPUTING, DraftState.READY)
_OPEN_SQL = sa.text("state IN ('computing', 'ready')")


class AwardDraft(Base):
    """A list of awards: computed for one person, issued by another. At most one of a contest is open at a time.

    ``summary`` has numbers by tier and ids of those whose names cannot be printed; ``tally_number`` says from which
    standings it was computed.
    """

    __tablename__ = "award_draft"
    __table_args__ = (
        sa.Index("uq_award_draft_open", "contest_id", unique=True, sqlite_where=_OPEN_SQL, postgresql_where=_OPEN_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    state: Mapped[DraftState] = mapped_column(enum_column(DraftState, "state"), default=DraftState.COMPUTING)
    requested_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    requested_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]
    tally_number: Mapped[int | None]
    summary: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    error: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


_VALID = "number IS NOT NULL AND revoked_at IS NULL"
_VALID_PERSON = sa.text(f"{_VALID} AND user_id IS NOT NULL")
_VALID_TEAM = sa.text(f"{_VALID} AND team_id IS NOT NULL")
_VALID_SCHOOL = sa.text(f"{_VALID} AND kind = 'school'")


class Award(Base):
    """An award, of a list until it has a number, issued from then on. What is printed is kept as it was printed.

    ``value`` is a score or index in hundredths or an instructor's points, ``rank`` within the group; both are None for
    those who were named off the board. ``reason`` holds what explains it (labels.reason). ``class_id`` and ``school_id``
    are those of the counted attempt. A team's ``reason`` also keeps its ``members`` as they are printed, pairs (user id,
    name), and its ``instructor``; its value is the average of its members.
    """

    __tablename__ = "award"
    __table_args__ = (
        sa.UniqueConstraint("contest_id", "number"),
        sa.UniqueConstraint("draft_id", "place"),
        sa.Index(
            "uq_award_person", "contest_id", "kind", "user_id", unique=True, sqlite_where=_VALID_PERSON,
            postgresql_where=_VALID_PERSON,
        ),
        sa.Index(
            "uq_award_team", "contest_id", "team_id", unique=True, sqlite_where=_VALID_TEAM, postgresql_where=_VALID_TEAM,
        ),
        sa.Index(
            "uq_award_school", "contest_id", "school_id", unique=True, sqlite_where=_VALID_SCHOOL,
            postgresql_where=_VALID_SCHOOL,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    draft_id: Mapped[int | None] = mapped_column(sa.ForeignKey("award_draft.id"))  # None: issued again
    place: Mapped[int]  # in the list, from 1
    kind: Mapped[TierKind] = mapped_column(enum_column(TierKind, "kind"))
    tier: Mapped[str] = mapped_column(sa.String(20))
    tier_position: Mapped[int]
    group_kind: Mapped[str | None] = mapped_column(sa.String(16))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contest_team.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    school: Mapped[str] = mapped_column(sa.String(80))
    title: Mapped[str] = mapped_column(sa.String(120))
    issuers: Mapped[str] = mapped_column(sa.String(400))
    rank: Mapped[int | None]
    is_tied: Mapped[bool] = mapped_column(default=False)
    value: Mapped[int | None]
    reason: Mapped[dict[str, Any]]
    check_code: Mapped[str] = mapped_column(sa.String(CODE_LENGTH), unique=True, default=new_code)
    number: Mapped[int | None]
    issued_at: Mapped[datetime | None]
    signed_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    revoke_reason: Mapped[str | None] = mapped_column(sa.String(200))
    replaces_id: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("award.id"), unique=True)

    @property
    def members(self) -> list[tuple[int, str]]:
        """The members of a team as they are printed: (user id, name)."""
        return [(user_id, name) for user_id, name in self.reason.get("members", ())]

    @property
    def instructor(self) -> str:
        """The teachers whom a team named."""
        return str(self.reason.get("instructor", ""))

    @property
    def further_names(self) -> str:
        """What is printed of people beside the recipient's name."""
        return "".join(name for _, name in self.members) + self.instructor


class BatchState(StrEnum):
    MAKING = "making"
    READY = "ready"
    REFUSED = "refused"


_MAKING_SQL = sa.text("state = 'making'")


class CertificateBatch(Base):
    """The certificates of up to MOST_IN_BATCH awards of a kind, as files; made by a job, part by part.

    ``left_out`` lists awards whose certificate cannot be printed: pairs (public id of the award, letters).
    """

    __tablename__ = "certificate_batch"
    __table_args__ = (
        sa.Index(
            "uq_certificate_batch_making", "contest_id", "kind", "first_number", unique=True,
            sqlite_where=_MAKING_SQL, postgresql_where=_MAKING_SQL,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"), index=True)
    kind: Mapped[TierKind] = mapped_column(enum_column(TierKind, "kind"))
    first_number: Mapped[int]
    last_number: Mapped[int]
    count: Mapped[int]
    state: Mapped[BatchState] = mapped_column(enum_column(BatchState, "state"), default=BatchState.MAKING)
    requested_by: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    requested_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    left_out: Mapped[list[Any]] = mapped_column(default=list)
    error: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


class CertificatePart(Base):
    """One PDF of a batch."""

    __tablename__ = "certificate_part"

    batch_id: Mapped[int] = mapped_column(
        sa.ForeignKey("certificate_batch.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pages: Mapped[int]
    last_number: Mapped[int]  # of the awards that were looked at
    data: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
