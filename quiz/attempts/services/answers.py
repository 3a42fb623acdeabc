"""Save an answer: one guarded statement that appends one row, the same for the page and the lane in front of it.

The statement holds the attempt's row, so that no answer slips in between the reading and the closing of a log, and
inserts only for the owner, under a live sign-in, into an open attempt, before its deadline, in the order of the
numbers. Only ``now``, the arrival at the server, counts. Why a row was not taken is found out afterwards.

Rows of an attempt are numbered without a gap. PostgreSQL reads the log as it was when the statement began; of two saves
that cross, the second finds its number taken, writes nothing and is tried again. So what a row says of the log before it
(``change``, ``answered``, ``next_seq``) is always true.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import LoginSession, User
from quiz.attempts import outlines, queries, rules
from quiz.attempts.models import Attempt, AttemptStatus, ItemResponse
from quiz.attempts.outlines import Outline
from quiz.db import insert_for
from quiz.errors import DomainError, NotFoundError

TRIES = 5  # of a save that others of the same attempt overtake; two devices can hardly do it twice


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


def _checked(column: Any) -> Any:
    """A column to compare on a row already found by its key, never to look rows up by.

    At the bell thousands of attempts appear within a minute. PostgreSQL's statistics then still say that there are none,
    and it would read the whole index of open attempts for each answer, with a plan that connections keep.
    """
    return sa.func.coalesce(column, column)


_IS_ALIVE = (
    LoginSession.id == sa.bindparam("login_session_id"),
    _checked(LoginSession.user_id) == User.id,
    LoginSession.user_version == User.session_version,
    LoginSession.revoked_at.is_(None),
    LoginSession.expires_at > sa.bindparam("now"),
    User.id == sa.bindparam("owner_id"),
    User.is_active,
    ~User.must_change_secret,  # whoever must first choose a new PIN may do nothing else
)
#: SQL: the sign-in behind the cookie stands (parameters login_session_id, owner_id, now).
ALIVE = sa.select(sa.literal(1)).select_from(LoginSession).join(User, sa.true()).where(*_IS_ALIVE).exists()
_log = cast(sa.Table, ItemResponse.__table__)
_own = _log.c.attempt_id == sa.bindparam("attempt_id")
_seq = sa.bindparam("seq", type_=sa.Integer)
_counts = sa.bindparam("counts", type_=sa.Integer)
_is_here = _log.c.position == sa.bindparam("position")


def _or_none(value: Any) -> sa.ColumnElement[int]:
    """0 for an attempt, or a position, without rows."""
    return sa.func.coalesce(value, 0)


#: The log so far, read once: rows, answers that stand (also at this position), highest numbers (also at this position).
_so_far = (
    sa.select(
        sa.func.count().label("rows"),
        _or_none(sa.func.sum(_log.c.change)).label("answered"),
        _or_none(sa.func.sum(sa.case((_is_here, _log.c.change)))).label("answered_here"),
        _or_none(sa.func.max(_log.c.seq)).label("highest"),
        _or_none(sa.func.max(sa.case((_is_here, _log.c.seq)))).label("highest_here"),
    )
    .where(_own)
    .subquery("so_far")
)
_change = _counts - _so_far.c.answered_here
_ROW = (
    sa.select(
        Attempt.id,
        _so_far.c.rows + 1,
        _seq,
        sa.bindparam("position", type_=sa.Integer),
        sa.bindparam("choices", type_=sa.JSON),
        sa.bindparam("now", type_=_log.c.arrived_at.type),
        _change,
        _so_far.c.answered + _change,
        sa.case((_so_far.c.highest > _seq, _so_far.c.highest), else_=_seq) + 1,
    )
    .select_from(Attempt)
    .join(LoginSession, sa.true())
    .join(User, sa.true())
    .join(_so_far, sa.true())
    .where(
        Attempt.id == sa.bindparam("attempt_id"),
        _checked(Attempt.user_id) == sa.bindparam("owner_id"),
        _checked(Attempt.status) == AttemptStatus.IN_PROGRESS,
        _checked(Attempt.deadline_at) >= sa.bindparam("open_until"),
        *_IS_ALIVE,
        _so_far.c.highest_here < _seq,
    )
    .with_for_update(of=Attempt, key_share=True)
)
_COLUMNS = [
    "attempt_id", "number", "seq", "position", "choices", "arrived_at", "change", "answered", "next_seq",
]  # fmt: skip
_held = cast(sa.Table, Attempt.__table__).alias("held")
_DEADLINE = sa.select(_held.c.deadline_at).where(_held.c.id == sa.bindparam("attempt_id")).scalar_subquery()
#: The guarded append by dialect. Parameters: login_session_id, owner_id, now, attempt_id, seq, position, choices, counts
#: (1 for an answer, 0 for a cleared one), open_until. Returns answered, next_seq, deadline_at; no row when it was not taken.
APPEND = {
    dialect: insert_for(dialect, _log)
    .from_select(_COLUMNS, _ROW)
    .on_conflict_do_nothing()
    .returning(_log.c.answered, _log.c.next_seq, _DEADLINE.label("deadline_at"))
    for dialect in ("sqlite", "postgresql")
}
_STATE = sa.select(
    Attempt.status,
    Attempt.deadline_at,
    ALIVE.label("alive"),
).where(Attempt.id == sa.bindparam("attempt_id"))
_STORED = sa.select(_log.c.position, _log.c.choices, _log.c.answered, _log.c.next_seq).where(
    _own, _log.c.seq == sa.bindparam("seq")
)


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
    outline = outlines.load(session, attempt_public_id, user_id)
    if outline is None:
        raise NotFoundError("没有找到这次答题。")
    answer = outlines.canonical(session, outline, seq, position, choices)
    keys = parameters(outline, login_session_id, seq, position, answer, now)
    if seq <= outline.most_saves:
        for _ in range(TRIES):
            row = session.execute(APPEND[session.get_bind().dialect.name], keys).first()
            if row is not None:
                return SaveReply("saved", seq, row.next_seq, row.answered, outline.total, answer, row.deadline_at)
            if not _was_overtaken(session, keys):
                break
    return _not_taken(session, outline, keys, answer)


def _was_overtaken(session: Session, keys: dict[str, Any]) -> bool:
    """Whether nothing speaks against the row by now: another save of this attempt came between reading and writing."""
    row = session.execute(_ROW.with_only_columns(sa.literal(1)), keys).first()
    return row is not None and session.execute(_STORED, keys).first() is None


def parameters(
    outline: Outline, login_session_id: str, seq: int, position: int, answer: list[str], now: datetime
) -> dict[str, Any]:
    """What APPEND is executed with."""
    return {
        "login_session_id": login_session_id, "owner_id": outline.user_id, "now": now, "attempt_id": outline.attempt_id,
        "seq": seq, "position": position, "choices": answer, "counts": int(bool(answer)),
        "open_until": now - timedelta(seconds=outline.grace_seconds),
    }  # fmt: skip


def _not_taken(session: Session, outline: Outline, keys: dict[str, Any], answer: list[str]) -> SaveReply:
    """Why the statement wrote nothing: a repeat gets the first reply, anything else the state that stands."""
    attempt = session.execute(_STATE, keys).one()
    if not attempt.alive:
        raise _signed_out()
    seq, position = keys["seq"], keys["position"]
    stored = session.execute(_STORED, keys).first()
    if stored is not None and stored.position == position and stored.choices == answer:
        return SaveReply(
            "saved", seq, stored.next_seq, stored.answered, outline.total, answer, attempt.deadline_at
        )  # fmt: skip
    is_open = attempt.status == AttemptStatus.IN_PROGRESS and not rules.is_late(
        attempt.deadline_at, outline.grace_seconds, keys["now"]
    )
    if is_open and seq > outline.most_saves:
        raise DomainError("改的次数太多了，这一次没有保存，也不能再改。已保存的作答都算数，请交卷。", field="seq")
    log = queries.log_state(session, outline.attempt_id)
    return SaveReply(
        "stale" if is_open else "closed", seq, log.last_seq + 1, log.answered, outline.total,
        log.answers.get(position, []), attempt.deadline_at,
    )  # fmt: skip


def _signed_out() -> DomainError:
    error = DomainError("登录已失效。重新登录后接着答。")
    error.status = 401
    return error
