"""Accounts: users, enrolments, sessions, slips, roles, throttles."""

import secrets
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.accounts.publication.models import PublicationConsent as PublicationConsent  # part of the schema
from quiz.accounts.roster.models import RosterImport as RosterImport  # part of the schema
from quiz.db import Base, enum_column
from quiz.regions.models import School, SchoolClass


def new_public_id() -> str:
    """A short random id for addresses; says nothing about order or number.

    None begins with a hyphen: on a command line it would be read as an option.
    """
    while (found := secrets.token_urlsafe(9)).startswith("-"):
        pass
    return found


class UserKind(StrEnum):
    PUPIL = "pupil"
    STAFF = "staff"


class Role(StrEnum):
    """Roles of staff; being a pupil is being enrolled."""

    ADMIN = "admin"
    EDITOR = "editor"
    PROVINCE_ORGANISER = "province_organiser"
    PREFECTURE_ORGANISER = "prefecture_organiser"
    COUNTY_ORGANISER = "county_organiser"
    SCHOOL_ADMIN = "school_admin"
    TEACHER = "teacher"


class User(Base):
    """A pupil or a member of staff. ``secret_hash`` is argon2id of the PIN or password, None until one is set."""

    __tablename__ = "user_account"
    __table_args__ = (sa.CheckConstraint("(kind = 'staff') = (username_key IS NOT NULL)", name="username"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(16), unique=True, default=new_public_id)
    kind: Mapped[UserKind] = mapped_column(enum_column(UserKind, "kind"))
    name: Mapped[str] = mapped_column(sa.String(60))
    username: Mapped[str | None] = mapped_column(sa.String(40))
    username_key: Mapped[str | None] = mapped_column(sa.String(40), unique=True)  # NFKC, trimmed, case-folded
    secret_hash: Mapped[str | None] = mapped_column(sa.String(160))
    must_change_secret: Mapped[bool] = mapped_column(default=False)
    session_version: Mapped[int] = mapped_column(default=1)  # raised to end all sessions at once
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]  # name, number and PIN of a pupil who left were erased; the id stands for them

    grants: Mapped[list["RoleGrant"]] = relationship(
        primaryjoin="and_(User.id == RoleGrant.user_id, RoleGrant.revoked_at.is_(None))", viewonly=True
    )


class RoleGrant(Base):
    """A role held at a place: nowhere (admin, editor), a region, a school or a class."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.CheckConstraint(
            "CASE WHEN role IN ('admin', 'editor') THEN region_id IS NULL AND school_id IS NULL AND class_id IS NULL "
            "WHEN role IN ('province_organiser', 'prefecture_organiser', 'county_organiser') "
            "THEN region_id IS NOT NULL AND school_id IS NULL AND class_id IS NULL "
            "WHEN role = 'school_admin' THEN school_id IS NOT NULL AND region_id IS NULL AND class_id IS NULL "
            "ELSE class_id IS NOT NULL AND region_id IS NULL AND school_id IS NULL END",
            name="place",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    region_id: Mapped[str | None] = mapped_column(sa.ForeignKey("region.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"), index=True)
    granted_by: Mapped[int | None]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Enrolment(Base):
    """A pupil's place in a school and class, from when to when; one current enrolment per pupil and per number."""

    __tablename__ = "enrolment"
    __table_args__ = (
        sa.Index(
            "uq_enrolment_current_number",
            "school_id",
            "student_number",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index(
            "uq_enrolment_current_user",
            "user_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_enrolment_class_current", "class_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"))
    student_number: Mapped[str] = mapped_column(sa.String(32))
    gender: Mapped[str | None] = mapped_column(sa.String(1))  # 男 or 女, as the roster says; used nowhere in scoring
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    school: Mapped[School] = relationship()
    school_class: Mapped[SchoolClass] = relationship()


class LoginSession(Base):
    """A signed-in device. The cookie carries id, user and version; this row is the truth and can be revoked."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(sa.String(43), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    user_version: Mapped[int]
    method: Mapped[str] = mapped_column(sa.String(12))  # pin, slip, password
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class LoginSlip(Base):
    """The token of a printed slip's QR code, stored as SHA-256; reusable until revoked, PIN reset or expiry."""

    __tablename__ = "login_slip"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginThrottle(Base):
    """Failed sign-ins per account or per source within a window."""

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    failures: Mapped[int]
    window_started_at: Mapped[datetime]


class SetupToken(Base):
    """The one-use token with which the first administrator is made."""

    __tablename__ = "setup_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
