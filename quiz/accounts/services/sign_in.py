"""Signing in and out.

These services end their own transactions, alone among all: a failed try must be kept although the request
fails, and hashing must not hold the database's write lock (on SQLite everybody else's answers would wait).
Call them before anything else has been written.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts import throttle
from quiz.accounts.models import Enrolment, LoginSession, User, UserKind
from quiz.accounts.queries import find_slip
from quiz.accounts.rules import plain, username_key
from quiz.accounts.secrets import demand_room, hash_secret, needs_rehash, verify_secret
from quiz.errors import BusyError, DomainError, NotFoundError
from quiz.regions.models import School

LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is checked against; of an unknown account only the throttle key is known."""

    throttle_key: str
    user_id: int | None = None
    version: int = 0
    secret_hash: str | None = None


def sign_in_pupil(
    session: Session,
    *,
    school_id: int,
    student_number: str,
    pin: str,
    source: str,
    now: datetime,
    is_adult: bool = False,
) -> LoginSession:
    """Sign a pupil, or an adult, in with school, number and PIN (spaces and full-width digits are forgiven).

    Raises TooManyTriesError, BusyError, or DomainError on field ``pin`` that does not say which part is wrong.
    """
    found = _pupil_credentials(session, school_id, plain(student_number))
    wrong = DomainError("学号或口令不对。请对照登录条再输一次；忘了口令，请老师重置。", field="pin")
    if is_adult:
        wrong = DomainError("参赛号或密码不对。请再输一次；忘了密码，请单位或学校的管理员重置。", field="pin")
    return _sign_in(session, found, plain(pin).replace(" ", ""), source=source, method="pin", wrong=wrong, now=now)


def sign_in_staff(session: Session, *, username: str, password: str, source: str, now: datetime) -> LoginSession:
    """Sign a member of staff in. Raises like sign_in_pupil, on field ``password``."""
    found = _staff_credentials(session, username_key(username))
    wrong = DomainError("用户名或密码不对。忘了密码，请给你开账号的人重置。", field="password")
    return _sign_in(session, found, password, source=source, method="password", wrong=wrong, now=now)


def sign_in_slip(session: Session, *, token: str, now: datetime) -> LoginSession:
    """Sign in the pupil whose slip carries the token. Raises NotFoundError for one that has ended.

    160 random bits cannot be guessed, so slips are not throttled: they work when typing is locked.
    """
    slip = find_slip(session, token=token, now=now)
    if slip is None:
        raise NotFoundError("这张登录条已经失效。请向老师要一张新的，或用学号和口令登录。")
    throttle.forget(session, account=throttle.account_key(slip.user_id))
    return open_session(session, user_id=slip.user_id, version=slip.version, method="slip", now=now)


def open_session(session: Session, *, user_id: int, version: int, method: str, now: datetime) -> LoginSession:
    """Write the row of a new signed-in device; it ends after LIFETIME at the latest."""
    login = LoginSession(
        id=secrets.token_urlsafe(32), user_id=user_id, user_version=version, method=method, created_at=now,
        expires_at=now + LIFETIME,
    )  # fmt: skip
    session.add(login)
    session.flush()
    return login


def sign_out(session: Session, *, session_id: str, now: datetime) -> None:
    """End a session on the server; repeating it changes nothing."""
    session.execute(
        sa.update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def check_secret(session: Session, found: Credentials, secret: str, *, source: str, wrong: DomainError, now: datetime
                 ) -> None:  # fmt: skip
    """Count a try, let go of the database, verify; raise ``wrong`` (kept and counted) unless the secret fits."""
    demand_room()
    tries = throttle.reserve_try(session, account=found.throttle_key, source=source, now=now)
    session.commit()
    try:
        fits = verify_secret(found.secret_hash, secret)
    except BusyError:
        throttle.give_back(session, account=found.throttle_key)
        session.commit()
        raise
    if not fits:
        throttle.charge_source(session, source=source, tries=tries, now=now)
        session.commit()
        raise wrong
    throttle.forget(session, account=found.throttle_key)


def _sign_in(
    session: Session, found: Credentials, secret: str, *, source: str, method: str, wrong: DomainError, now: datetime
) -> LoginSession:
    check_secret(session, found, secret, source=source, wrong=wrong, now=now)
    if found.user_id is None or found.secret_hash is None:
        raise wrong
    if needs_rehash(found.secret_hash):
        _rehash(session, found.user_id, found.secret_hash, secret)
    return open_session(session, user_id=found.user_id, version=found.version, method=method, now=now)


def _rehash(session: Session, user_id: int, old_hash: str, secret: str) -> None:
    """Store the secret under today's parameters, unless it was changed meanwhile."""
    session.commit()
    new_hash = hash_secret(secret)
    session.execute(
        sa.update(User).where(User.id == user_id, User.secret_hash == old_hash).values(secret_hash=new_hash)
    )


def _pupil_credentials(session: Session, school_id: int, number: str) -> Credentials:
    row = session.execute(
        sa.select(User.id, User.session_version, User.secret_hash)
        .join(Enrolment, Enrolment.user_id == User.id)
        .join(School, School.id == Enrolment.school_id)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.student_number.in_({number, number.upper(), number.lower()}),
            Enrolment.ended_at.is_(None),
            User.kind == UserKind.PUPIL,
            User.is_active,
            School.is_active,
        )
        .order_by(sa.case((Enrolment.student_number == number, 0), else_=1))
    ).first()
    if row is None:
        return Credentials(throttle.unknown_key(school_id, number.casefold()))
    return Credentials(throttle.account_key(row.id), row.id, row.session_version, row.secret_hash)


def _staff_credentials(session: Session, key: str) -> Credentials:
    row = session.execute(
        sa.select(User.id, User.session_version, User.secret_hash).where(
            User.username_key == key, User.kind == UserKind.STAFF, User.is_active
        )
    ).first()
    if row is None:
        return Credentials(throttle.unknown_key("staff", key))
    return Credentials(throttle.account_key(row.id), row.id, row.session_version, row.secret_hash)
