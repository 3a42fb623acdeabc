"""A scan for integrity signals, and a person's note on one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.models import Contest
from quiz.contests.noting import note as write_down
from quiz.contests.queries import require_managed, state_of
from quiz.contests.rules import ContestState
from quiz.db import insert_into, write_intent
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.jobs.services import enqueue
from quiz.reports.signals import queries
from quiz.reports.signals.devices import device_signals
from quiz.reports.signals.models import ComputerRoom, IntegritySignal, SignalNote, SignalScan
from quiz.reports.signals.rules import Signal, SignalKind, signals_of

PERMISSION = "contests.signals"
ROOMS = "contests.rooms"
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
    write_down(session, contest, "contest:signals:scan", actor.user_id, now)


@contextmanager
def _only_reading(session: Session) -> Iterator[None]:
    """What is only read keeps nobody from writing."""
    intent = write_intent.set(False)
    try:
        yield
        session.rollback()
    finally:
        write_intent.reset(intent)


def scan(session: Session, *, contest_id: int, now: datetime, beat: Beat) -> None:
    """Look at every class; signals found before stay as they are, with what people noted on them."""
    with _only_reading(session):
        contest = session.get_one(Contest, contest_id)
        classes, sheets = queries.classes_with_results(session, contest), 0
    for start in range(0, len(classes), BATCH):
        found: list[tuple[int, Signal]] = []
        with _only_reading(session):
            for class_id in classes[start : start + BATCH]:
                papers = queries.sheets_of(session, contest, class_id)
                sheets += len(papers)
                found += [(class_id, one) for one in signals_of(papers)]
        beat(start, len(classes))
        _keep(session, contest_id, found, now)
        session.commit()
    _scan_devices(session, contest_id, now)
    session.execute(
        sa.update(SignalScan).where(SignalScan.contest_id == contest_id).values(scanned_at=now, sheets=sheets)
    )  # fmt: skip


def _scan_devices(session: Session, contest_id: int, now: datetime) -> None:
    """Devices with many accounts. What nobody has looked at yet and is no longer found (a room declared since) is dropped."""
    with _only_reading(session):
        contest = session.get_one(Contest, contest_id)
        rooms = {room.school_id for room, _school, _by in queries.rooms_of(session, contest)}
        found = device_signals(queries.devices_of(session, contest), rooms)
    session.execute(
        sa.delete(IntegritySignal)
        .where(
            IntegritySignal.contest_id == contest_id, IntegritySignal.kind == SignalKind.ONE_DEVICE,
            IntegritySignal.looked_at.is_(None), IntegritySignal.key.not_in([one.signal.key for one in found]),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    _keep(session, contest_id, [(one.class_id, one.signal) for one in found], now)


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
    """Record that a person has looked at a signal, and what they made of it. It changes nothing else.

    Notes of others stay beside it; the same words again by the same person are kept once.
    """
    text = text.strip()
    if not text:
        raise DomainError("请写一句看过之后的结论，例如“问过本人，读得快，没有问题”。", field="note")
    if len(text) > 300:
        raise DomainError("最多 300 个字，请缩短。", field="note")
    if session.scalar(sa.select(IntegritySignal.id).where(IntegritySignal.id == signal.id).with_for_update()) is None:
        raise NotFoundError("没有找到这条线索。")  # another scan has dropped it
    before = queries.notes_of(session, signal)
    if before and (before[-1].note.by, before[-1].note.text) == (actor.user_id, text):
        return
    session.add(SignalNote(signal_id=signal.id, text=text, by=actor.user_id, at=now))
    signal.looked_by, signal.looked_at = actor.user_id, now
    session.flush()
    write_down(session, contest, "contest:signals:note", actor.user_id, now, signal=signal.public_id)


def declare_room(
    session: Session, *, actor: Actor, contest: Contest, school_id: int, text: str, now: datetime
) -> None:  # fmt: skip
    """A school says that it sits the contest in a computer room, and where; said again, the note is changed.

    Counts from the next scan on. Raises NotFoundError for a school that is not the actor's.
    """
    _own_school(session, actor, school_id)
    text = text.strip()
    if not text:
        raise DomainError("请写明是哪间机房、哪些班用，例如“三楼机房，六年级各班轮流”。", field="note")
    if len(text) > 200:
        raise DomainError("最多 200 个字，请缩短。", field="note")
    values = {"note": text, "declared_by": actor.user_id, "declared_at": now}
    statement = insert_into(session, ComputerRoom).values(contest_id=contest.id, school_id=school_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["contest_id", "school_id"], set_=values))
    session.expire_all()
    write_down(session, contest, "contest:room:declare", actor.user_id, now, school_id=school_id)


def withdraw_room(session: Session, *, actor: Actor, contest: Contest, school_id: int, now: datetime) -> None:
    """Take the declaration back; again it changes nothing."""
    _own_school(session, actor, school_id)
    gone = sa.delete(ComputerRoom).where(ComputerRoom.contest_id == contest.id, ComputerRoom.school_id == school_id)
    if session.scalar(gone.returning(ComputerRoom.school_id).execution_options(synchronize_session=False)) is not None:
        write_down(session, contest, "contest:room:withdraw", actor.user_id, now, school_id=school_id)


def _own_school(session: Session, actor: Actor, school_id: int) -> None:
    if school_id not in {school.id for school in queries.schools_of(session, actor.scope(ROOMS))}:
        raise NotFoundError("没有找到这所学校。")
