"""A scan for integrity signals, and a person's note on one."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.contests.models import Contest
from quiz.contests.queries import require_managed, state_of
from quiz.contests.rules import ContestState
from quiz.db import insert_into, write_intent
from quiz.errors import ConflictError, DomainError
from quiz.jobs.services import enqueue
from quiz.reports.signals import queries
from quiz.reports.signals.models import IntegritySignal, SignalScan
from quiz.reports.signals.rules import Signal, signals_of

PERMISSION = "contests.signals"
SCAN = "reports.signals"
BATCH = 50  # classes whose signals are written in one transaction
Beat = Callable[[int, int], None]


def ask(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> None:
    """Ask for a scan of a finished contest; asked again while one is under way, it changes nothing."""
    require_managed(session, contest, actor.scope(PERMISSION))
    if state_of(contest, now) is not ContestState.FINISHED:
        raise ConflictError("比赛结束后才能查看作答线索。")
    values = {"asked_by": actor.user_id, "asked_at": now, "scanned_at": None, "sheets": 0}
    statement = insert_into(session, SignalScan).values(contest_id=contest.id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["contest_id"], set_=values))
    session.expire_all()
    enqueue(session, SCAN, now=now, payload={"contest_id": contest.id}, key=f"signals:{contest.id}")
    _audit(session, contest, "scan", actor, now)


def scan(session: Session, *, contest_id: int, now: datetime, beat: Beat) -> None:
    """Look at every class; signals found before stay as they are, with what people noted on them."""
    intent = write_intent.set(False)
    try:
        contest = session.get_one(Contest, contest_id)
        classes, sheets = queries.classes_with_results(session, contest), 0
        session.rollback()
    finally:
        write_intent.reset(intent)
    for start in range(0, len(classes), BATCH):
        found: list[tuple[int, Signal]] = []
        intent = write_intent.set(False)
        try:
            for class_id in classes[start : start + BATCH]:
                papers = queries.sheets_of(session, contest, class_id)
                sheets += len(papers)
                found += [(class_id, one) for one in signals_of(papers)]
            session.rollback()  # what is only read keeps nobody from writing
        finally:
            write_intent.reset(intent)
        beat(start, len(classes))
        _keep(session, contest_id, found, now)
        session.commit()
    session.execute(
        sa.update(SignalScan).where(SignalScan.contest_id == contest_id).values(scanned_at=now, sheets=sheets)
    )  # fmt: skip


def _keep(session: Session, contest_id: int, found: list[tuple[int, Signal]], now: datetime) -> None:
    for class_id, one in found:
        values = {
            "contest_id": contest_id, "class_id": class_id, "kind": one.kind, "key": one.key, "user_id": one.users[0],
            "other_id": one.users[1] if len(one.users) > 1 else None, "evidence": dict(one.evidence), "found_at": now,
        }  # fmt: skip
        session.execute(insert_into(session, IntegritySignal).values(**values).on_conflict_do_nothing())


def note(
    session: Session, *, actor: Actor, contest: Contest, signal: IntegritySignal, text: str, now: datetime
) -> None:
    """Record that a person has looked at a signal, and what they made of it. It changes nothing else."""
    text = text.strip()
    if not text:
        raise DomainError("请写一句看过之后的结论，例如“问过本人，读得快，没有问题”。", field="note")
    if len(text) > 300:
        raise DomainError("最多 300 个字，请缩短。", field="note")
    signal.note, signal.looked_by, signal.looked_at = text, actor.user_id, now
    session.flush()
    _audit(session, contest, "note", actor, now, signal=signal.public_id)


def _audit(session: Session, contest: Contest, action: str, actor: Actor, now: datetime, **details: str) -> None:
    record(
        session, f"contest:signals:{action}", now=now, actor_id=actor.user_id, object_type="contest",
        object_id=contest.public_id, **details,
    )  # fmt: skip
