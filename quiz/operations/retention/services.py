"""Set how long a kind is kept, ask for an erasing, and erase: in batches, each a transaction of its own.

A killed erasing goes on where it was: what is gone is no longer found. Nothing here touches the audit log.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError
from quiz.jobs.queries import is_stuck
from quiz.jobs.services import enqueue
from quiz.operations.retention import queries
from quiz.operations.retention.erasing import ERASERS
from quiz.operations.retention.models import RetentionRun, RetentionSetting, RunState
from quiz.operations.retention.rules import HOURLY, TERMS, Kind, check

ERASE = "operations.erase"
BATCH = 200
DAILY = timedelta(hours=23)  # the duty comes round every hour
Beat = Callable[[int, int], None]


def change(
    session: Session, *, actor: Actor, kind: Kind, amount: int, is_automatic: bool, now: datetime
) -> None:  # fmt: skip
    """Set how long a kind is kept. Raises DomainError outside its bounds. Audited with what was set before."""
    check(kind, amount)
    old = queries.setting_of(session, kind)
    if (old.amount, old.is_automatic) == (amount, is_automatic):
        return
    values = {"amount": amount, "is_automatic": is_automatic, "changed_by": actor.user_id, "changed_at": now}
    statement = insert_into(session, RetentionSetting).values(kind=kind.value, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=values))
    session.expire_all()
    record(
        session, "system:retention:set", now=now, actor_id=actor.user_id, object_type="retention", object_id=kind.value,
        old=old.amount, new=amount, unit=TERMS[kind].unit.value, automatic=is_automatic,
    )  # fmt: skip


def ask(
    session: Session, *, actor: Actor, kind: Kind, until: datetime, expected: int, typed: str, now: datetime
) -> RetentionRun:
    """Erase what the dry run showed: rows older than ``until``, of which it counted ``expected``; asked again, the run under way.

    ``typed`` must be that number. Raises ConflictError when by now there are other rows, or the setting keeps them longer.
    """
    if typed.strip() != str(expected):
        raise DomainError("请照样输入数字 %(count)s，表示看过要清理多少。", field="typed", count=expected)
    found = queries.dry_run(session, kind, now, until)
    if until > found.setting.before(now) or found.count != expected:
        raise ConflictError("数目或期限变了，请看过新的数目再确认。")
    if (under_way := queries.running(session, kind)) is not None:
        return under_way
    run = _begin(session, kind, until, expected, actor.user_id, now, is_automatic=False)
    if run is None:
        raise ConflictError("已经有人在清理这一类，请刷新页面。")
    _enqueue(session, run, now)
    record(
        session, "system:retention:ask", now=now, actor_id=actor.user_id, object_type="retention", object_id=kind.value,
        before=until.isoformat(), rows=expected,
    )  # fmt: skip
    return run


def resume(session: Session, *, kind: Kind, now: datetime) -> None:
    """Go on with an erasing whose job was given up after several failures."""
    run = queries.running(session, kind)
    if run is not None and is_stuck(queries.job_of(session, run)):
        _enqueue(session, run, now)


def _enqueue(session: Session, run: RetentionRun, now: datetime) -> None:
    enqueue(session, ERASE, now=now, payload={"run_id": run.id}, key=f"retention:{run.id}")


def _begin(
    session: Session, kind: Kind, until: datetime, expected: int, asked_by: int | None, now: datetime, *,
    is_automatic: bool,
) -> RetentionRun | None:  # fmt: skip
    values = {
        "kind": kind.value, "before": until, "state": RunState.RUNNING, "is_automatic": is_automatic,
        "expected": expected, "erased": 0, "asked_by": asked_by, "asked_at": now,
    }  # fmt: skip
    statement = insert_into(session, RetentionRun).values(**values).on_conflict_do_nothing()
    made = session.scalar(statement.returning(RetentionRun.id))
    return None if made is None else session.get_one(RetentionRun, made)


def begin_due(session: Session, *, kinds: list[Kind], now: datetime) -> list[RetentionRun]:
    """Begin to erase what is too old of these kinds, for the command, or go on; the caller commits and runs each."""
    found = []
    for kind in kinds:
        due = queries.dry_run(session, kind, now)
        run = queries.running(session, kind)
        if run is None and due.count:
            run = _begin(session, kind, due.before, due.count, None, now, is_automatic=False)
        if run is not None:
            found.append(run)
    return found


def erase(session: Session, *, run_id: int, now: datetime, beat: Beat) -> int:
    """Erase in batches until nothing too old is left; returns how many. Commits after each batch; run again, it goes on."""
    run = session.get(RetentionRun, run_id, populate_existing=True)
    if run is None or run.state is RunState.DONE:
        return 0
    kind, until, expected, erased = Kind(run.kind), run.before, run.expected, run.erased
    while ids := queries.batch_of(session, kind, until, BATCH):
        ERASERS[kind](session, ids, until, now)
        erased += len(ids)
        session.execute(
            sa.update(RetentionRun)
            .where(RetentionRun.id == run_id)
            .values(erased=erased)
            .execution_options(synchronize_session=False)
        )
        session.commit()
        beat(min(erased, expected), max(erased, expected))
    done = session.scalar(
        sa.update(RetentionRun)
        .where(RetentionRun.id == run_id, RetentionRun.state == RunState.RUNNING)
        .values(state=RunState.DONE, finished_at=now)
        .returning(RetentionRun.asked_by)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    if erased:
        record(
            session, "system:retention:done", now=now, actor_id=done, object_type="retention", object_id=kind.value,
            before=until.isoformat(), rows=erased,
        )  # fmt: skip
    session.commit()
    return erased


def see_to(session: Session, *, now: datetime) -> None:
    """The duty that comes round every hour: what is set to be automatic is erased once a day, by jobs of its own."""
    for kind in Kind:
        setting = queries.setting_of(session, kind)
        if not setting.is_automatic:
            continue
        until = setting.before(now)
        if kind in HOURLY:
            while ids := queries.batch_of(session, kind, until, BATCH):
                ERASERS[kind](session, ids, until, now)
            continue
        last = queries.last_automatic(session, kind)
        if last is not None and now - last < DAILY:
            continue
        run = _begin(session, kind, until, queries.dry_run(session, kind, now).count, None, now, is_automatic=True)
        if run is not None:
            _enqueue(session, run, now)
        else:
            resume(session, kind=kind, now=now)
