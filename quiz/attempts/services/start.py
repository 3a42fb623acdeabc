"""Start an attempt: draw a paper, and write it with one insert that the database itself limits."""

import random
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from question_bank.kinds import kind_of
from question_bank.model import Item
from quiz.accounts.models import new_public_id
from quiz.attempts import queries, rules
from quiz.attempts.models import Attempt, AttemptStatus, Sitting
from quiz.attempts.rules import Phase
from quiz.attempts.services.closing import close_if_late
from quiz.db import insert_for
from quiz.errors import ConflictError
from quiz.items import catalogue
from quiz.items.catalogue import PoolItem
from quiz.papers.queries import rows_of
from quiz.papers.rules import SpecRow, draw

_COLUMNS = (
    "public_id", "sitting_id", "user_id", "school_id", "class_id", "number", "status", "paper", "rules_version",
    "extra_seconds", "started_at", "deadline_at", "device_mark",
)  # fmt: skip


def start_attempt(
    session: Session,
    *,
    sitting: Sitting,
    user_id: int,
    school_id: int,
    class_id: int,
    extra_seconds: int = 0,
    device_mark: str | None = None,
    now: datetime,
) -> Attempt:
    """The user's open attempt, or a new one with its own paper; ``extra_seconds`` is this user's allowance.

    Whether the user may enter is the caller's question. Raises ConflictError when the sitting is not open or no
    attempt is left. Any number of simultaneous starts give the same attempt.
    """
    _hold(session, sitting)
    _demand_open(sitting, now)
    if (found := _open_attempt(session, sitting, user_id, now)) is not None:
        return found
    values = {
        "public_id": new_public_id(),
        "sitting_id": sitting.id,
        "user_id": user_id,
        "school_id": school_id,
        "class_id": class_id,
        "status": AttemptStatus.IN_PROGRESS,
        "paper": _draw_paper(session, sitting),
        "rules_version": rules.RULES_VERSION,
        "extra_seconds": extra_seconds,
        "started_at": now,
        "deadline_at": rules.deadline(now, sitting.duration_seconds, extra_seconds, sitting.closes_at),
        "device_mark": device_mark,
    }
    made_from = {name: getattr(sitting, name) for name in ("closes_at", "duration_seconds", "paper_spec_id")}
    attempt = _insert(session, values | made_from, now) or _open_attempt(session, sitting, user_id, now)
    if attempt is None:
        raise ConflictError("答题次数已用完。")
    return attempt


def _hold(session: Session, sitting: Sitting) -> None:
    """See the sitting as it is now and keep it so until the commit; other starts do not wait for this one.

    A cancellation waits and then voids this attempt too, or is seen here. Whoever changes a sitting and its
    attempts takes the sitting first, as is done here.
    """
    held = sa.select(Sitting).where(Sitting.id == sitting.id).with_for_update(read=True, of=Sitting)
    session.execute(held, execution_options={"populate_existing": True})


def _demand_open(sitting: Sitting, now: datetime) -> None:
    phase = rules.phase(sitting.opens_at, sitting.closes_at, sitting.cancelled_at, now)
    if phase is Phase.BEFORE:
        raise ConflictError("还没有到开始时间。到时间再来。")
    if phase is Phase.AFTER:
        raise ConflictError("答题时间已经结束。")
    if phase is Phase.CANCELLED:
        raise ConflictError("这场答题已取消。")


def _open_attempt(session: Session, sitting: Sitting, user_id: int, now: datetime) -> Attempt | None:
    """The attempt in progress; one whose time ran out unnoticed is closed here and counts as none."""
    attempt = session.scalar(
        sa.select(Attempt).where(
            Attempt.sitting_id == sitting.id,
            Attempt.user_id == user_id,
            Attempt.status == AttemptStatus.IN_PROGRESS,
        ),
        execution_options={"populate_existing": True},
    )
    if attempt is None or close_if_late(session, attempt.public_id, user_id, now):
        return None
    return attempt


def _draw_paper(session: Session, sitting: Sitting) -> list[dict[str, Any]]:
    rows, pool = rows_of(sitting.paper_spec), catalogue.load(session).pool(sitting.band)
    common = sitting.public_id if sitting.has_common_items else None
    return make_paper(rows, pool, lambda entry: queries.item_at(session, entry), common)


def make_paper(
    rows: Sequence[SpecRow], pool: Sequence[PoolItem], item_of: Callable[[dict[str, Any]], Item], common: str | None
) -> list[dict[str, Any]]:
    """A snapshot without keys: which item version stands where, for how many points (in part: ``partial``), its choices
    in which order.

    ``common`` is the public id of a sitting where all get the same items: its chance then decides which, the same at
    every start until the bank changes. Raises ConflictError when the pool does not suffice.
    """
    rng = random.Random(secrets.randbits(128))  # noqa: S311 - seeded by the operating system for every paper
    which = random.Random(f"items of {common}") if common else rng  # noqa: S311
    chosen = draw(rows, pool, which)
    if common:
        rng.shuffle(chosen)
    paper = []
    for position, drawn in enumerate(chosen, start=1):
        entry: dict[str, Any] = {
            "position": position, "item_id": drawn.item_id, "version": drawn.version, "points": drawn.points,
        }  # fmt: skip
        if drawn.partial:
            entry["partial"] = True
        item = item_of(entry)
        paper.append({**entry, "order": list(kind_of(item).shuffle(item, rng))})
    return paper


def _insert(session: Session, values: dict[str, Any], now: datetime) -> Attempt | None:
    """Insert if the database still finds the sitting open and an attempt left; None when a twin was first."""
    statement = BEGIN_ATTEMPT[session.get_bind().dialect.name]
    attempt_id = session.scalar(statement, {**values, "now": now})
    return None if attempt_id is None else session.get_one(Attempt, attempt_id)


def _begin_attempt(dialect: str) -> sa.Insert:
    """Numbers count up and are unique per user, voided attempts do not use up the allowance; the unique indexes decide
    between simultaneous starts. The sitting is held as _hold() holds it, and looked at as it is then.
    """
    table = cast(sa.Table, Attempt.__table__)
    bound = {name: sa.bindparam(name, type_=table.c[name].type) for name in _COLUMNS}
    own = sa.and_(table.c.sitting_id == bound["sitting_id"], table.c.user_id == bound["user_id"])
    used = sa.select(sa.func.count()).where(own, table.c.status != AttemptStatus.VOIDED).scalar_subquery()
    following = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0) + 1).where(own).scalar_subquery()
    now = sa.bindparam("now", type_=table.c.started_at.type)
    row = (
        sa.select(*(following if name == "number" else bound[name] for name in _COLUMNS))
        .select_from(Sitting)
        .where(
            Sitting.id == bound["sitting_id"],
            Sitting.opens_at <= now,
            Sitting.closes_at > now,
            Sitting.cancelled_at.is_(None),
            # what paper and deadline were made from
            Sitting.closes_at == sa.bindparam("closes_at", type_=table.c.deadline_at.type),
            Sitting.duration_seconds == sa.bindparam("duration_seconds"),
            Sitting.paper_spec_id == sa.bindparam("paper_spec_id"),
            used < Sitting.attempts_allowed,
        )
        .with_for_update(read=True, of=Sitting)
    )
    statement = insert_for(dialect, table).from_select(list(_COLUMNS), row).on_conflict_do_nothing()
    return statement.returning(table.c.id)


#: The guarded insert by dialect; parameters are _COLUMNS without the number, now, and what of the sitting the row was made
#: from (closes_at, duration_seconds, paper_spec_id). Returns the id, or no row.
BEGIN_ATTEMPT = {dialect: _begin_attempt(dialect) for dialect in ("sqlite", "postgresql")}
