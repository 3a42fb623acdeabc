"""Certificates of many awards as files: asked for, made part by part by a job, kept for a month."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.awards import queries
from quiz.awards.certificates import pdf
from quiz.awards.fonts import FontSet
from quiz.awards.models import Award, AwardSetting, BatchState, CertificateBatch, CertificatePart
from quiz.awards.printing import printed
from quiz.awards.rules import TierKind, missing_letters
from quiz.awards.services.scope import check_scope
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.db import insert_into, write_intent
from quiz.errors import ConflictError, msgid
from quiz.jobs.queries import is_stuck, latest_job
from quiz.jobs.services import enqueue

MAKE = "awards.certificates"
NO_FONT = msgid("没有中文字体，证书印不出来。")
IN_PART = 250  # pages of one PDF
Beat = Callable[[int, int], None]


def request(
    session: Session, *, actor: Actor, contest: Contest, kind: TierKind, first: int, now: datetime
) -> CertificateBatch:
    """Ask for the certificates of a kind from a serial number on; the batch that is being made is returned."""
    check_scope(session, actor, contest)
    wanted = next((one for one in queries.slices(session, contest.id, kind) if one[0] == first), None)
    if wanted is None:
        raise ConflictError("这批证书有变动，请刷新页面再试。")
    values = {
        "contest_id": contest.id, "kind": kind, "first_number": wanted[0], "last_number": wanted[1], "count": wanted[2],
        "state": BatchState.MAKING, "requested_by": actor.user_id, "requested_at": now, "left_out": [],
    }  # fmt: skip
    made = session.scalar(
        insert_into(session, CertificateBatch).values(**values).on_conflict_do_nothing().returning(CertificateBatch.id)
    )
    if made is None:
        found = queries.making(session, contest.id, kind, first)
        if found is None:
            raise ConflictError("这批证书刚刚做完，请刷新页面。")
        return found
    batch = session.get_one(CertificateBatch, made)
    _enqueue(session, batch, now)
    note(session, contest, "contest:awards:certificates", actor.user_id, now, batch=batch.public_id, count=wanted[2])
    return batch


def _enqueue(session: Session, batch: CertificateBatch, now: datetime) -> None:
    enqueue(session, MAKE, now=now, payload={"batch_id": batch.id}, key=queries.batch_job_key(batch.id))


def resume(session: Session, *, actor: Actor, contest: Contest, batch: CertificateBatch, now: datetime) -> None:
    """Go on with what was given up after several failures; the parts that are there stay."""
    check_scope(session, actor, contest)
    job = latest_job(session, queries.batch_job_key(batch.id))
    if batch.state is BatchState.MAKING and is_stuck(job):
        _enqueue(session, batch, now)


def make(session: Session, *, batch_id: int, fonts: FontSet, now: datetime, beat: Beat) -> None:
    """Every part in a transaction of its own. Killed half-way and run again, it goes on behind the last part.

    The parts that are there tell where to go on; a part without a page is kept too, so that nothing is made twice.
    """
    batch = session.get(CertificateBatch, batch_id)
    if batch is None or batch.state is not BatchState.MAKING:
        return
    if not fonts.is_there:
        _end(session, batch_id, BatchState.REFUSED, now, error={"message": NO_FONT, "params": {}})
        return
    setting = session.get_one(AwardSetting, batch.contest_id)
    contest_id, kind, last, total = batch.contest_id, batch.kind, batch.last_number, batch.count
    part, done, after = _made(session, batch)
    session.rollback()
    while after < last:
        intent = write_intent.set(False)  # setting the pages takes seconds: others write meanwhile
        try:
            awards = queries.awards_between(session, contest_id, kind, after + 1, last, IN_PART)
            pages, left_out = _split(awards, fonts)
            data = pdf([printed(award, setting) for award in pages], fonts) if pages else b""
        finally:
            session.rollback()
            write_intent.reset(intent)
        after = awards[-1].number or last if len(awards) == IN_PART else last
        part += 1
        _keep(session, batch_id, part, len(pages), data, after, left_out)
        session.commit()
        done += len(awards)
        beat(done, max(done, total))  # no transaction is held here: on SQLite this one writes
    _end(session, batch_id, BatchState.READY, now)


def _made(session: Session, batch: CertificateBatch) -> tuple[int, int, int]:
    """(last part, awards looked at, last number) of what is there."""
    row = session.execute(
        sa.select(CertificatePart.part, CertificatePart.last_number)
        .where(CertificatePart.batch_id == batch.id)
        .order_by(CertificatePart.part.desc())
        .limit(1)
    ).first()
    if row is None:
        return 0, 0, batch.first_number - 1
    return row.part, row.part * IN_PART, row.last_number


def _split(awards: list[Award], fonts: FontSet) -> tuple[list[Award], list[list[Any]]]:
    """Those that can be printed, and (public id, letters) of the others."""
    pages, left_out = [], []
    for award in awards:
        missing = missing_letters(
            award.name + award.further_names + award.school + award.title + award.issuers + award.tier, fonts.letters
        )
        if missing:
            left_out.append([award.public_id, missing])
        else:
            pages.append(award)
    return pages, left_out


def _keep(
    session: Session, batch_id: int, part: int, pages: int, data: bytes, last_number: int, left_out: list[list[Any]]
) -> None:
    values = {"batch_id": batch_id, "part": part, "pages": pages, "data": data, "last_number": last_number}
    session.execute(insert_into(session, CertificatePart).values(**values).on_conflict_do_nothing())
    if left_out:
        batch = session.get_one(CertificateBatch, batch_id, populate_existing=True)
        batch.left_out = [*batch.left_out, *left_out]


def _end(session: Session, batch_id: int, state: BatchState, now: datetime, **values: Any) -> None:
    session.execute(
        sa.update(CertificateBatch)
        .where(CertificateBatch.id == batch_id, CertificateBatch.state == BatchState.MAKING)
        .values(state=state, finished_at=now, **values)
        .execution_options(synchronize_session=False)
    )
