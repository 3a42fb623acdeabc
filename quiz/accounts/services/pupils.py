"""Pupils: new accounts, PINs, login slips. Clear PINs and tokens exist only in what these functions return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts import throttle
from quiz.accounts.models import Enrolment, LoginSlip, User, UserKind
from quiz.accounts.queries import token_digest
from quiz.accounts.rules import Actor
from quiz.accounts.secrets import hash_many, new_pin, new_token
from quiz.audit.services import record
from quiz.errors import DomainError, NotFoundError
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import classes_within

SLIPS_AT_ONCE = 300


@dataclass(frozen=True)
class IssuedSlip:
    """What a slip prints, known only now: the PIN in clear and the token of the QR code."""

    user_id: int
    pin: str
    token: str


def create_pupil(
    session: Session,
    *,
    name: str,
    student_number: str,
    school_id: int,
    class_id: int,
    gender: str | None,
    now: datetime,
    secret_hash: str | None = None,
    is_demo: bool = False,
) -> User:
    """Create a pupil enrolled in a class; without ``secret_hash`` nobody can sign in until slips are printed.

    Raises DomainError on ``student_number`` when the school has another current pupil with it. The caller
    audits (an import is one act).
    """
    taken = sa.select(Enrolment.id).where(
        Enrolment.school_id == school_id, Enrolment.student_number == student_number, Enrolment.ended_at.is_(None)
    )
    if session.scalar(taken) is not None:
        raise DomainError("学号 %(number)s 已经有人使用。", field="student_number", number=student_number)
    user = User(kind=UserKind.PUPIL, name=name, secret_hash=secret_hash, is_demo=is_demo, created_at=now)
    session.add(user)
    session.flush()
    session.add(
        Enrolment(
            user_id=user.id, school_id=school_id, class_id=class_id, student_number=student_number, gender=gender,
            started_at=now,
        )
    )  # fmt: skip
    session.flush()
    return user


def issue_slips(session: Session, *, actor: Actor, user_ids: Sequence[int], now: datetime) -> list[IssuedSlip]:
    """Give each pupil a new PIN and a new slip token, in the order asked; all earlier ones end at once.

    Ends the transaction it finds before hashing (see sign_in). Raises NotFoundError when one of the pupils is
    not in the actor's scope, DomainError beyond SLIPS_AT_ONCE.
    """
    if len(user_ids) > SLIPS_AT_ONCE:
        raise DomainError("一次最多打印 %(most)s 张登录条，请分几次打印。", most=SLIPS_AT_ONCE)
    valid_days = _pupils_in_scope(session, actor, user_ids)
    pins = _renew_pins(session, user_ids, now)
    slips = [IssuedSlip(user_id, pins[user_id], new_token()) for user_id in user_ids]
    for slip in slips:
        session.add(
            LoginSlip(
                user_id=slip.user_id, token_hash=token_digest(slip.token), created_at=now, created_by=actor.user_id,
                expires_at=now + timedelta(days=valid_days[slip.user_id]),
            )
        )  # fmt: skip
    session.flush()
    for user_id in user_ids:
        _audit(session, "pupil:slip:issue", actor, user_id, now)
    return slips


def reset_pin(session: Session, *, actor: Actor, user_id: int, now: datetime) -> str:
    """Give a pupil a new PIN and return it. Slips, open sessions and waiting times end. Raises NotFoundError."""
    _pupils_in_scope(session, actor, [user_id])
    pin = _renew_pins(session, [user_id], now)[user_id]
    _audit(session, "pupil:pin:reset", actor, user_id, now)
    return pin


def revoke_slips(session: Session, *, actor: Actor, user_id: int, now: datetime) -> int:
    """End a pupil's slips (one was lost); the PIN goes on working. Returns how many. Raises NotFoundError."""
    _pupils_in_scope(session, actor, [user_id])
    ended = _end_slips(session, [user_id], now)
    _audit(session, "pupil:slip:revoke", actor, user_id, now, slips=ended)
    return ended


def _pupils_in_scope(session: Session, actor: Actor, user_ids: Sequence[int]) -> dict[int, int]:
    """For each current pupil how many days the school's slips are valid; NotFoundError when one is out of scope."""
    rows = session.execute(
        sa.select(Enrolment.user_id, School.slip_valid_days)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .join(School, School.id == Enrolment.school_id)
        .where(Enrolment.user_id.in_(user_ids), Enrolment.ended_at.is_(None), classes_within(actor.scope("pins.reset")))
    )
    found = {row.user_id: row.slip_valid_days for row in rows}
    if set(user_ids) - found.keys():
        raise NotFoundError("没有找到这名学生。")
    return found


def _renew_pins(session: Session, user_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """New PINs by user id; every earlier way in ends. Hashing happens outside any transaction."""
    session.commit()
    pins = {user_id: new_pin() for user_id in user_ids}
    hashes = dict(zip(pins, hash_many(pins.values()), strict=True))
    for user_id, secret_hash in hashes.items():
        session.execute(
            sa.update(User)
            .where(User.id == user_id)
            .values(secret_hash=secret_hash, session_version=User.session_version + 1)
            .execution_options(synchronize_session=False)
        )
        throttle.forget(session, account=throttle.account_key(user_id))
    _end_slips(session, user_ids, now)
    return pins


def _end_slips(session: Session, user_ids: Sequence[int], now: datetime) -> int:
    result = session.execute(
        sa.update(LoginSlip)
        .where(LoginSlip.user_id.in_(user_ids), LoginSlip.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _audit(session: Session, action: str, actor: Actor, user_id: int, now: datetime, **details: int) -> None:
    record(session, action, now=now, actor_id=actor.user_id, object_type="user", object_id=user_id, **details)
