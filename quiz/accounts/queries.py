"""Reads of accounts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment, LoginSession, RoleGrant, User
from quiz.accounts.rules import Actor, Grant


def load_actor(session: Session, *, session_id: str, user_id: int, version: int, now: datetime) -> Actor | None:
    """The actor behind a cookie's session, or None when it has ended, been revoked or belongs to someone else."""
    row = session.execute(
        sa.select(
            User.public_id, User.name, User.kind, User.must_change_secret, Enrolment.school_id, Enrolment.class_id
        )
        .join(LoginSession, LoginSession.user_id == User.id)
        .outerjoin(Enrolment, sa.and_(Enrolment.user_id == User.id, Enrolment.ended_at.is_(None)))
        .where(
            LoginSession.id == session_id,
            LoginSession.user_id == user_id,
            LoginSession.user_version == version,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            User.session_version == version,
            User.is_active,
        )
    ).first()
    if row is None:
        return None
    return Actor(
        user_id=user_id,
        public_id=row.public_id,
        name=row.name,
        kind=row.kind.value,
        session_id=session_id,
        version=version,
        grants=_grants(session, user_id) if row.kind == "staff" else (),
        school_id=row.school_id,
        class_id=row.class_id,
        must_change_secret=row.must_change_secret,
    )


def _grants(session: Session, user_id: int) -> tuple[Grant, ...]:
    rows = session.execute(
        sa.select(RoleGrant.role, RoleGrant.region_id, RoleGrant.school_id, RoleGrant.class_id).where(
            RoleGrant.user_id == user_id, RoleGrant.revoked_at.is_(None)
        )
    )
    return tuple(Grant(row.role.value, row.region_id, row.school_id, row.class_id) for row in rows)


def has_demo_accounts(session: Session) -> bool:
    """Whether the database holds demonstration accounts (their PIN is known to everybody)."""
    return session.scalar(sa.select(User.id).where(User.is_demo).limit(1)) is not None
