"""Save an answer: a few prepared Core statements, one append-only row, no ORM objects.

The attempt's row is locked first, so saves of one attempt take turns with each other and with its closing; the
insert itself is guarded by owner, session, state, deadline and order. Only ``now``, the arrival at the server,
counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.kinds import BadResponse, kind_of
from quiz.accounts.models import LoginSession, User
from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt, AttemptStatus, ItemResponse, Sitting
from quiz.db import insert_for
from quiz.errors import DomainError, NotFoundError


@dataclass(frozen=True)
class SaveReply:
    """What the device is told; ``choices`` and ``answered`` are what the server holds, not what was sent.

    ``saved``: the row is stored. ``stale``: the number was used for another answer or is lower than the
    highest of its position. ``closed``: the attempt takes no answers any more.
    """

    status: Literal["saved", "stale", "closed"]
    seq: int
    next_seq: int
    answered: int
    total: int
    choices: list[str]
    deadline_at: datetime


_ALIVE = (
    sa.select(sa.literal(1))
    .select_from(LoginSession)
    .join(User, User.id == LoginSession.user_id)
    .where(
        LoginSession.id == sa.bindparam("login_session_id"),
        LoginSession.user_id == sa.bindparam("owner_id"),
        LoginSession.user_version == User.session_version,
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > sa.bindparam("now"),
        User.is_active,
    )
    .exists()
)
_LOCK = (
    sa.select(
        Attempt.id, Attempt.status, Attempt.paper, Attempt.deadline_at, Sitting.grace_seconds, _ALIVE.label("alive")
    )
    .join(Sitting, Sitting.id == Attempt.sitting_id)
    .where(Attempt.public_id == sa.bindparam("public_id"), Attempt.user_id == sa.bindparam("owner_id"))
    .with_for_update(of=Attempt, key_share=True)
)  # fmt: skip

_log = cast(sa.Table, ItemResponse.__table__)
_LATER = (
    sa.select(sa.literal(1))
    .select_from(_log)
    .where(
        _log.c.attempt_id == sa.bindparam("attempt_id"),
        _log.c.position == sa.bindparam("position"),
        _log.c.seq > sa.bindparam("seq"),
    )
    .exists()
)
_ROW = sa.select(
    Attempt.id,
    sa.bindparam("seq", type_=sa.Integer),
    sa.bindparam("position", type_=sa.Integer),
    sa.bindparam("choices", type_=sa.JSON),
    sa.bindparam("now", type_=_log.c.arrived_at.type),
).where(
    Attempt.id == sa.bindparam("attempt_id"),
    Attempt.user_id == sa.bindparam("owner_id"),
    Attempt.status == AttemptStatus.IN_PROGRESS,
    Attempt.deadline_at >= sa.bindparam("open_until"),
    _ALIVE,
    ~_LATER,
)
_STORED = sa.select(_log.c.id, _log.c.position, _log.c.choices).where(
    _log.c.attempt_id == sa.bindparam("attempt_id"), _log.c.seq == sa.bindparam("seq")
)


_COLUMNS = ["attempt_id", "seq", "position", "choices", "arrived_at"]
_INSERT = {
    dialect: insert_for(dialect, _log).from_select(_COLUMNS, _ROW).on_conflict_do_nothing().returning(_log.c.id)
    for dialect in ("sqlite", "postgresql")
}


def save_answer(
    session: Session,
    *,
    attempt_public_id: str,
    user_id: int,
    login_session_id: str,
    seq: int,
    position: int,
    choices: object,
    now: datetime,
) -> SaveReply:
    """Append one answer to the log; an empty list clears the position.

    A request equal to a stored row gets that row's first reply, also after closing (only ``deadline_at`` is
    today's). Raises NotFoundError for another's attempt, a 401 DomainError when the sign-in has ended, and
    DomainError for a number, position or choice that cannot be, or when no more changes are taken (most_saves).
    """
    keys = {
        "public_id": attempt_public_id, "owner_id": user_id, "login_session_id": login_session_id, "now": now,
    }  # fmt: skip
    attempt = session.execute(_LOCK, keys).first()
    if attempt is None:
        raise NotFoundError("没有找到这次答题。")
    if not attempt.alive:
        raise _signed_out()
    canonical = _canonical(session, attempt.paper, seq, position, choices)
    keys |= {
        "attempt_id": attempt.id, "seq": seq, "position": position, "choices": canonical,
        "open_until": now - timedelta(seconds=attempt.grace_seconds),
    }  # fmt: skip
    is_open = attempt.status == AttemptStatus.IN_PROGRESS and not rules.is_late(
        attempt.deadline_at, attempt.grace_seconds, now
    )
    is_too_many = seq > rules.most_saves(len(attempt.paper))
    may_insert = is_open and not is_too_many
    row_id = session.scalar(_INSERT[session.get_bind().dialect.name], keys) if may_insert else None
    if row_id is not None:
        return _reply(session, attempt, "saved", seq, position, row_id)
    stored = session.execute(_STORED, {"attempt_id": attempt.id, "seq": seq}).first()
    if stored is not None and stored.position == position and stored.choices == canonical:
        return _reply(session, attempt, "saved", seq, position, stored.id)
    if is_open and is_too_many:
        raise DomainError("改的次数太多了，这一次没有保存，也不能再改。已保存的作答都算数，请交卷。", field="seq")
    return _reply(session, attempt, "stale" if is_open else "closed", seq, position, None)


def _signed_out() -> DomainError:
    error = DomainError("登录已失效。重新登录后接着答。")
    error.status = 401
    return error


def _canonical(
    session: Session, paper: Sequence[Mapping[str, Any]], seq: object, position: object, choices: object
) -> list[str]:
    """The answer as the log stores it; raises DomainError for anything a page of ours would not send."""
    if isinstance(seq, bool) or not isinstance(seq, int) or not 1 <= seq <= rules.MAX_SEQ:
        raise DomainError("这次保存的编号不对。刷新页面后再答。", field="seq")
    is_number = isinstance(position, int) and not isinstance(position, bool)
    entry = next((entry for entry in paper if is_number and entry["position"] == position), None)
    if entry is None:
        raise DomainError("试卷里没有这道题。", field="position")
    item = queries.item_at(session, entry)
    try:
        return list(kind_of(item).parse_response(choices, item))
    except BadResponse as error:
        raise DomainError("这不是这道题的选项。", field="choices") from error


def _reply(
    session: Session, attempt: Any, status: Literal["saved", "stale", "closed"], seq: int, position: int,
    row_id: int | None,
) -> SaveReply:  # fmt: skip
    """The state as of the stored row (so that a replay is equal), or the current one."""
    state = queries.log_state(session, attempt.id) if row_id is None else queries.log_state(session, attempt.id, row_id)
    return SaveReply(
        status=status, seq=seq, next_seq=state.last_seq + 1, answered=state.answered, total=len(attempt.paper),
        choices=state.answers.get(position, []), deadline_at=attempt.deadline_at,
    )  # fmt: skip
