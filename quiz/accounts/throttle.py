"""Failed sign-ins, counted in the database (docs/adr/0007): per account strictly, per source generously.

A try is counted *before* the secret is verified, in one guarded upsert, so that fifty parallel guesses are
fifty tries. A whole school behind one address is never locked out: successes do not count, and a source is
charged once per account and window, however often that pupil mistypes.
"""

import ipaddress
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import LoginThrottle
from quiz.db import insert_into
from quiz.errors import DomainError

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT = 10  # failures of one account within the window
SOURCE_LIMIT = 200  # accounts that failed from one source; above it each account has CAUTIOUS_LIMIT tries
CAUTIOUS_LIMIT = 1
SOURCE_CEILING = 1000  # accounts that failed from one source; above it only slips sign in from there


class TooManyTriesError(DomainError):
    """The account (or, far beyond what a school can cause, the source) has to wait ``minutes``."""

    status = 429


def account_key(user_id: int) -> str:
    """The key of a known account."""
    return f"account:{user_id}"


def unknown_key(*parts: object) -> str:
    """The key of an account that does not exist: it is limited like the others, so that nothing shows it."""
    return "unknown:" + sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:40]


def source_key(address: str) -> str:
    """The key of a network source; an IPv6 source is its /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "source:unknown"
    if parsed.version == 6:
        return f"source:{ipaddress.ip_network((parsed, 64), strict=False).network_address}"
    return f"source:{parsed}"


def count_act(session: Session, *, what: str, source: str, limit: int, now: datetime) -> None:
    """Count an act of a network source that is no sign-in (registering oneself); the caller commits.

    Raises TooManyTriesError once the source has done it ``limit`` times within the window.
    """
    key = f"{what}:{source_key(source)}"
    if _count(session, key, now, limit) is None:
        raise TooManyTriesError(
            "从这里登记的人太多了，请等 %(minutes)s 分钟再试。", minutes=_minutes_left(session, key, now)
        )


def reserve_try(session: Session, *, account: str, source: str, now: datetime) -> int:
    """Count a try of the account before it is verified; returns how many it has had in this window.

    Raises TooManyTriesError when none is left. The caller commits, verifies, and then either forgets the
    tries (success) or charges the source (failure).
    """
    failed_here = _failures(session, source_key(source), now)
    limit = ACCOUNT_LIMIT if failed_here < SOURCE_LIMIT else CAUTIOUS_LIMIT
    count = _count(session, account, now, limit) if failed_here < SOURCE_CEILING else None
    if count is None:
        waiting_for = account if failed_here < SOURCE_CEILING else source_key(source)
        raise TooManyTriesError(
            "试错的次数太多了，请等 %(minutes)s 分钟再试。登录条上的二维码现在也能用，老师重置口令后马上能登录。",
            minutes=_minutes_left(session, waiting_for, now),
        )
    return count


def charge_source(session: Session, *, source: str, tries: int, now: datetime) -> None:
    """Charge a failed sign-in to its source, once per account and window (``tries`` as reserve_try gave it)."""
    if tries == 1:
        _count(session, source_key(source), now, limit=None)


def give_back(session: Session, *, account: str) -> None:
    """Return a reserved try that was never verified (the hashing line was full)."""
    session.execute(
        sa.update(LoginThrottle)
        .where(LoginThrottle.key == account, LoginThrottle.failures > 0)
        .values(failures=LoginThrottle.failures - 1)
    )


def forget(session: Session, *, account: str) -> None:
    """Forget an account's tries: it signed in, or its PIN was reset."""
    session.execute(sa.delete(LoginThrottle).where(LoginThrottle.key == account))


def _failures(session: Session, key: str, now: datetime) -> int:
    query = sa.select(LoginThrottle.failures).where(
        LoginThrottle.key == key, LoginThrottle.window_started_at > now - WINDOW
    )
    return session.scalar(query) or 0


def _count(session: Session, key: str, now: datetime, limit: int | None) -> int | None:
    """Add one in a single statement; the new count, or None when the limit of the window is reached."""
    first = insert_into(session, LoginThrottle).values(key=key, failures=1, window_started_at=now)
    over = LoginThrottle.window_started_at <= now - WINDOW
    statement = first.on_conflict_do_update(
        index_elements=[LoginThrottle.key],
        set_={
            "failures": sa.case((over, 1), else_=LoginThrottle.failures + 1),
            "window_started_at": sa.case((over, now), else_=LoginThrottle.window_started_at),
        },
        where=None if limit is None else sa.or_(over, LoginThrottle.failures < limit),
    ).returning(LoginThrottle.failures)
    return session.scalar(statement)


def _minutes_left(session: Session, key: str, now: datetime) -> int:
    started = session.scalar(sa.select(LoginThrottle.window_started_at).where(LoginThrottle.key == key)) or now
    return max(1, -(-int((started + WINDOW - now).total_seconds()) // 60))
