"""Staff: accounts, roles at places, passwords. Every act is audited."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz.accounts import throttle
from quiz.accounts.models import Role, RoleGrant, User, UserKind
from quiz.accounts.passwords import check_password, check_username
from quiz.accounts.rules import Actor, plain
from quiz.accounts.secrets import hash_many, hash_secret, new_password
from quiz.accounts.services.sign_in import Credentials, check_secret
from quiz.accounts.staff_queries import check_place, get_grant, get_manageable
from quiz.audit.services import record
from quiz.errors import DomainError

NAME_MAX = 60


def create_staff(
    session: Session,
    *,
    actor: Actor | None,
    name: str,
    username: str,
    role: Role | str,
    now: datetime,
    region_id: str | None = None,
    school_id: int | None = None,
    class_id: int | None = None,
    secret_hash: str | None = None,
    is_demo: bool = False,
) -> tuple[User, str]:
    """Create a member of staff with a role at a place; returns the account and its initial password.

    The password is known only now and has to be changed at the first sign-in. With ``secret_hash`` (accounts
    for demonstration) there is none to return or change. ``actor`` None is the system itself, which may give
    any role. Raises DomainError on name, username, role or place. Without ``secret_hash`` it ends the transaction
    it finds: hashing must not hold the write lock.
    """
    role = Role(role)
    name = _checked_name(name)
    key = check_username(username)
    check_place(session, actor, role.value, region_id=region_id, school_id=school_id, class_id=class_id)
    taken = DomainError("用户名 %(username)s 已经有人使用，请换一个。", field="username", username=plain(username))
    if session.scalar(sa.select(User.id).where(User.username_key == key)) is not None:
        raise taken
    must_change, password = secret_hash is None, ""
    if secret_hash is None:
        password = new_password()
        session.commit()
        secret_hash = hash_secret(password)
    user = User(
        kind=UserKind.STAFF, name=name, username=plain(username), username_key=key, secret_hash=secret_hash,
        must_change_secret=must_change, is_demo=is_demo, created_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:  # a twin was first
        raise taken from None
    actor_id = actor.user_id if actor else None
    record(session, "admin:staff:create", now=now, actor_id=actor_id, object_type="user", object_id=user.id)
    _grant(session, actor, user.id, role, now, region_id=region_id, school_id=school_id, class_id=class_id)
    return user, password


def give_role(
    session: Session,
    *,
    actor: Actor,
    public_id: str,
    role: Role | str,
    now: datetime,
    region_id: str | None = None,
    school_id: int | None = None,
    class_id: int | None = None,
) -> RoleGrant:
    """Give a further role to somebody all of whose roles the actor manages. Raises DomainError, NotFoundError."""
    role = Role(role)
    user = get_manageable(session, actor, public_id)
    check_place(session, actor, role.value, region_id=region_id, school_id=school_id, class_id=class_id)
    place = {"region_id": region_id, "school_id": school_id, "class_id": class_id}
    same = sa.select(RoleGrant.id).where(
        RoleGrant.user_id == user.id, RoleGrant.role == role, RoleGrant.revoked_at.is_(None),
        *[getattr(RoleGrant, column).is_not_distinct_from(value) for column, value in place.items()],
    )  # fmt: skip
    if session.scalar(same) is not None:
        raise DomainError("这个人在这里已经有这个角色。", field="place")
    return _grant(session, actor, user.id, role, now, region_id=region_id, school_id=school_id, class_id=class_id)


def revoke_grant(session: Session, *, actor: Actor, grant_id: int, now: datetime) -> RoleGrant:
    """Take a role back; it ends with the next request of its holder. Raises NotFoundError out of reach."""
    grant = get_grant(session, actor, grant_id)
    grant.revoked_at = now
    session.flush()
    record(
        session, "admin:grant:revoke", now=now, actor_id=actor.user_id, object_type="user", object_id=grant.user_id,
        role=grant.role.value, grant=grant.id,
    )  # fmt: skip
    return grant


def reset_password(session: Session, *, actor: Actor, public_id: str, now: datetime) -> str:
    """Give a member of staff a new initial password and return it; all their sessions end. Raises NotFoundError."""
    user_id = get_manageable(session, actor, public_id).id
    password = new_password()
    session.commit()  # hashing must not hold the write lock
    _set_secret(session, user_id, hash_many([password])[0], must_change=True)
    record(
        session, "admin:password:reset", now=now, actor_id=actor.user_id, object_type="user", object_id=user_id
    )  # fmt: skip
    return password


def set_active(session: Session, *, actor: Actor, public_id: str, is_active: bool, now: datetime) -> User:
    """Stop an account (its sessions end) or let it sign in again. Raises NotFoundError."""
    user = get_manageable(session, actor, public_id)
    if user.is_active != is_active:
        user.is_active = is_active
        user.session_version += 1
        session.flush()
        action = "admin:staff:activate" if is_active else "admin:staff:deactivate"
        record(session, action, now=now, actor_id=actor.user_id, object_type="user", object_id=user.id)
    return user


def change_password(session: Session, *, user_id: int, current: str, password: str, source: str, now: datetime) -> int:
    """Change one's own password; returns the new session version, since all sessions end.

    Ends its own transactions (see sign_in). Raises TooManyTriesError, BusyError, DomainError on ``current`` or
    ``password``.
    """
    user = session.get_one(User, user_id)
    check_password(password, username=user.username or "", name=user.name)
    if password == current:
        raise DomainError("新密码要和现在的不一样。", field="password")
    found = Credentials(throttle.account_key(user_id), user_id, user.session_version, user.secret_hash)
    wrong = DomainError("现在的密码不对。", field="current")
    check_secret(session, found, current, source=source, wrong=wrong, now=now)
    session.commit()
    version = _set_secret(session, user_id, hash_secret(password), must_change=False)
    record(session, "staff:password:change", now=now, actor_id=user_id, object_type="user", object_id=user_id)
    return version


def _set_secret(session: Session, user_id: int, secret_hash: str, *, must_change: bool) -> int:
    throttle.forget(session, account=throttle.account_key(user_id))
    user = session.get_one(User, user_id, populate_existing=True)
    user.secret_hash = secret_hash
    user.must_change_secret = must_change
    user.session_version += 1
    session.flush()
    return user.session_version


def _checked_name(name: str) -> str:
    name = plain(name)
    if not name or len(name) > NAME_MAX:
        raise DomainError("请填写姓名，最多 %(maximum)s 个字。", field="name", maximum=NAME_MAX)
    return name


def _grant(
    session: Session, actor: Actor | None, user_id: int, role: Role, now: datetime, **place: str | int | None
) -> RoleGrant:
    actor_id = actor.user_id if actor else None
    grant = RoleGrant(user_id=user_id, role=role, granted_by=actor_id, created_at=now, **place)
    session.add(grant)
    session.flush()
    named = {key: value for key, value in place.items() if value is not None}
    record(
        session, "admin:grant:create", now=now, actor_id=actor_id, object_type="user", object_id=user_id,
        role=role.value, grant=grant.id, **named,
    )  # fmt: skip
    return grant
