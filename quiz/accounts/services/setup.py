"""The first administrator: by a one-use token that the console prints, or by command."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz.accounts.models import Role, RoleGrant, SetupToken, User, UserKind
from quiz.accounts.passwords import check_password, check_username
from quiz.accounts.queries import setup_token_works, token_digest
from quiz.accounts.rules import plain
from quiz.accounts.secrets import hash_secret, new_token
from quiz.accounts.staff_queries import has_admin
from quiz.audit.services import record
from quiz.errors import DomainError, NotFoundError


def setup_over() -> NotFoundError:
    """What is said of a token that no longer works."""
    return NotFoundError("这个地址只能用一次，现在已经失效。请直接登录，或在服务器上重新生成。")


def make_setup_token(session: Session, now: datetime) -> str:
    """A token for /setup/<token>; earlier ones end."""
    session.execute(sa.update(SetupToken).where(SetupToken.used_at.is_(None)).values(used_at=now))
    token = new_token()
    session.add(SetupToken(token_hash=token_digest(token), created_at=now))
    session.flush()
    return token


def use_setup_token(session: Session, *, token: str, name: str, username: str, password: str, now: datetime) -> User:
    """Create the first administrator with a token. Raises NotFoundError when it was used or one exists already.

    Ends the transaction it finds: hashing must not hold the write lock.
    """
    if not setup_token_works(session, token):
        raise setup_over()
    user = _checked_user(session, name=name, username=username, password=password, now=now)
    session.commit()
    user.secret_hash = hash_secret(password)
    used = session.execute(
        sa.update(SetupToken)
        .where(SetupToken.token_hash == token_digest(token), SetupToken.used_at.is_(None))
        .values(used_at=now)
        .returning(SetupToken.id)
    ).first()
    if used is None or has_admin(session):  # somebody was faster meanwhile
        raise setup_over()
    return _add_admin(session, user, now)


def create_admin(session: Session, *, name: str, username: str, password: str, now: datetime) -> User:
    """Create an administrator with a chosen password. Raises DomainError on name, username or password.

    Ends the transaction it finds, as use_setup_token does.
    """
    user = _checked_user(session, name=name, username=username, password=password, now=now)
    session.commit()
    user.secret_hash = hash_secret(password)
    return _add_admin(session, user, now)


def _checked_user(session: Session, *, name: str, username: str, password: str, now: datetime) -> User:
    """The account to be added, still without its hash; raises DomainError on what is wrong."""
    key, name = check_username(username), plain(name)
    if not name:
        raise DomainError("请填写姓名，最多 %(maximum)s 个字。", field="name", maximum=60)
    check_password(password, username=username, name=name)
    if session.scalar(sa.select(User.id).where(User.username_key == key)) is not None:
        raise _taken(plain(username))
    return User(kind=UserKind.STAFF, name=name, username=plain(username), username_key=key, created_at=now)


def _taken(username: str) -> DomainError:
    return DomainError("用户名 %(username)s 已经有人使用，请换一个。", field="username", username=username)


def _add_admin(session: Session, user: User, now: datetime) -> User:
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:  # a twin was first
        raise _taken(user.username or "") from None
    session.add(RoleGrant(user_id=user.id, role=Role.ADMIN, created_at=now))
    session.flush()
    record(session, "system:admin:create", now=now, actor_id=None, object_type="user", object_id=user.id)
    return user
