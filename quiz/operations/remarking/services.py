"""A re-mark's steps: asked for by one, counted, confirmed by another, applied once."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.models import Attempt
from quiz.attempts.services import remark_batch
from quiz.attempts.services.closing import tally
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import require_managed
from quiz.contests.remarks.models import Remark, RemarkChange, RemarkState
from quiz.db import insert_into, move, write_intent
from quiz.errors import ConflictError, DomainError
from quiz.items.models import ItemVersion
from quiz.jobs.queries import is_stuck
from quiz.jobs.services import enqueue
from quiz.operations.remarking import queries, rules

PERMISSION = "contests.remark"
COUNT, APPLY = "operations.remark_count", "operations.remark_apply"
PAUSE_SECONDS = 0.02  # between two batches: on SQLite the answers of others come in then
REHEARSAL_BATCH = 500
Beat = Callable[[int, int], None]


def request(
    session: Session, *, actor: Actor, contest: Contest, item_id: str, version: int, reason: str, now: datetime
) -> Remark:
    """Ask for a rehearsal with a report; the one already under way for this version is returned.

    Raises ConflictError while another one is under way, DomainError for a version that is not there or no reason.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    if contest.published_at is None or contest.cancelled_at is not None:
        raise ConflictError("这场比赛没有发布，或者已经取消。")
    if not reason.strip():
        raise DomainError("请写明哪里错了，例如“标准答案应为 B”。", field="reason")
    known = sa.select(ItemVersion.id).where(ItemVersion.item_id == item_id, ItemVersion.version == version)
    if session.scalar(known) is None:
        raise DomainError("没有找到这道题的这一版，请重新选择。", field="item")
    values = {
        "contest_id": contest.id, "item_id": item_id, "version": version, "reason": reason.strip()[:200],
        "state": RemarkState.COUNTING, "requested_by": actor.user_id, "requested_at": now,
    }  # fmt: skip
    made = session.scalar(insert_into(session, Remark).values(**values).on_conflict_do_nothing().returning(Remark.id))
    if made is None:
        return _under_way(session, contest, item_id, version)
    remark = session.get_one(Remark, made)
    _enqueue(session, COUNT, remark, now)
    note(session, contest, "contest:remark:request", actor.user_id, now, **_what(remark), reason=remark.reason)
    return remark


def _under_way(session: Session, contest: Contest, item_id: str, version: int) -> Remark:
    remark = queries.open_remark(session, contest)
    if remark is None or (remark.item_id, remark.version) != (item_id, version):
        raise ConflictError("这场比赛已经有一次重新判分在进行，先处理完它。")
    return remark


def confirm(session: Session, *, actor: Actor, contest: Contest, remark: Remark, now: datetime) -> Remark:
    """The second person's word: from here on it is applied, once. Said twice, it changes nothing.

    Raises DomainError for the person who asked for it, ConflictError for one that is not ready.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    if actor.user_id == remark.requested_by:
        raise DomainError("重新判分要由另一个人确认。请另一位组织者或管理员打开这一页。")
    if move(session, remark, RemarkState.READY, RemarkState.APPLYING, confirmed_by=actor.user_id, confirmed_at=now):
        _enqueue(session, APPLY, remark, now)
        note(session, contest, "contest:remark:confirm", actor.user_id, now, **_what(remark))
    elif remark.state not in (RemarkState.APPLYING, RemarkState.APPLIED):
        raise ConflictError("这次重新判分现在不能确认，请刷新页面。")
    return remark


def withdraw(session: Session, *, actor: Actor, contest: Contest, remark: Remark, now: datetime) -> None:
    """Give a rehearsal up; nothing was changed by it. ConflictError once it was confirmed."""
    require_managed(session, contest, actor.scope(PERMISSION))
    for state in (RemarkState.READY, RemarkState.COUNTING):
        if move(session, remark, state, RemarkState.WITHDRAWN):
            note(session, contest, "contest:remark:withdraw", actor.user_id, now, **_what(remark))
            return
    if remark.state is not RemarkState.WITHDRAWN:
        raise ConflictError("已经确认，不能再撤回。")


def resume(session: Session, *, actor: Actor, contest: Contest, remark: Remark, now: datetime) -> None:
    """Start the work again that was given up after several failures; it goes on where it was."""
    require_managed(session, contest, actor.scope(PERMISSION))
    step = {RemarkState.COUNTING: COUNT, RemarkState.APPLYING: APPLY}.get(remark.state)
    if step is not None and is_stuck(queries.job_of(session, remark)):
        _enqueue(session, step, remark, now)


def _enqueue(session: Session, name: str, remark: Remark, now: datetime) -> None:
    step = "count" if name == COUNT else "apply"
    enqueue(session, name, now=now, payload={"remark_id": remark.id}, key=f"remark:{remark.id}:{step}")


def _what(remark: Remark) -> dict[str, Any]:
    return {"remark": remark.public_id, "item": remark.item_id, "version": remark.version}


def count(session: Session, *, remark_id: int, now: datetime, beat: Beat) -> None:
    """The rehearsal: reads everything, holds nobody up, then writes the report. Run again, it counts again."""
    report: dict[str, Any] | None = None
    refusal: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = []
    intent = write_intent.set(False)
    try:
        remark = session.get(Remark, remark_id)
        if remark is None or remark.state is not RemarkState.COUNTING:
            return
        contest = session.get_one(Contest, remark.contest_id)
        try:
            report, rows = _rehearse(session, contest, remark, beat)
        except DomainError as error:
            refusal = {"message": error.message, "params": error.params}
    finally:
        session.rollback()
        write_intent.reset(intent)
    state = RemarkState.REFUSED if report is None else RemarkState.READY
    session.execute(sa.delete(RemarkChange).where(RemarkChange.remark_id == remark_id))
    if move(session, remark, RemarkState.COUNTING, state, report=report, error=refusal, counted_at=now) and rows:
        session.execute(sa.insert(RemarkChange), [{"remark_id": remark_id, **row} for row in rows])


def _rehearse(
    session: Session, contest: Contest, remark: Remark, beat: Beat
) -> tuple[dict[str, Any], list[dict[str, Any]]]:  # fmt: skip
    papers, done = 0, 0
    changes: dict[int, tuple[int, int]] = {}
    total = _papers(session, contest, remark.item_id)
    for group in contest.groups:
        after: int | None = 0
        while after is not None:
            batch = remark_batch(
                session, sitting_id=group.sitting_id, corrections={remark.item_id: remark.version}, after=after,
                now=remark.requested_at, limit=REHEARSAL_BATCH, is_rehearsal=True, holding=remark.item_id,
            )  # fmt: skip
            papers += batch.corrected_papers
            changes |= {one.attempt_id: (one.before or 0, one.after) for one in batch.changes}
            done += batch.looked_at
            after = batch.last_id
            session.rollback()  # a long look must not keep old rows from being tidied away
            beat(done, max(done, total))
    return _report(session, contest, papers, changes, is_done=False)


def _papers(session: Session, contest: Contest, item_id: str) -> int:
    """How many papers of the contest hold an item."""
    query = sa.select(sa.func.count()).select_from(Attempt).where(
        Attempt.sitting_id.in_([group.sitting_id for group in contest.groups]),
        sa.cast(Attempt.paper, sa.Text).contains(f'"{item_id}"', autoescape=True),
    )  # fmt: skip
    return session.scalar(query) or 0


def _report(
    session: Session, contest: Contest, papers: int, changes: Mapping[int, tuple[int, int]], *, is_done: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The report, and the rows of changed scores with their ranks. ``is_done``: the stored scores are the new ones."""
    pupils: list[rules.Standing] = []
    closed = 0
    for group in contest.groups:
        found = queries.results(session, group.sitting)
        closed += len(found)
        if is_done:  # seen from before
            found = [
                replace(one, score=changes[one.attempt_id][0]) if one.attempt_id in changes else one for one in found
            ]
        after = {attempt_id: new for attempt_id, (_, new) in changes.items()}
        pupils += rules.standings(found, after, group.sitting.counting.value, compares_time=group.sitting.compares_time)
    pass_hundredths = contest.groups[0].sitting.pass_hundredths
    report = rules.report(papers=papers, closed=closed, changes=changes, pupils=pupils, pass_hundredths=pass_hundredths)
    ranks = {one.attempt_id: (one.rank_before, one.rank_after) for one in pupils}
    rows = [
        {
            "attempt_id": attempt_id, "before": before, "after": new, "is_applied": is_done,
            "rank_before": ranks.get(attempt_id, (None, None))[0], "rank_after": ranks.get(attempt_id, (None, None))[1],
        }
        for attempt_id, (before, new) in changes.items()
    ]  # fmt: skip
    return report, rows


def apply(session: Session, *, remark_id: int, now: datetime, beat: Beat) -> None:
    """Apply a confirmed re-mark in short transactions, then finish it once: report, audit, standings.

    Killed half-way and run again, it goes on: attempts already marked again are found unchanged.
    """
    remark = session.get(Remark, remark_id)
    if remark is None or remark.state is not RemarkState.APPLYING:
        return
    contest = session.get_one(Contest, remark.contest_id)
    total, done, papers = int((remark.report or {}).get("papers", 0)), 0, 0
    session.commit()
    for group in contest.groups:
        after: int | None = 0
        while after is not None:
            batch = remark_batch(
                session, sitting_id=group.sitting_id, corrections={remark.item_id: remark.version}, after=after,
                now=now, holding=remark.item_id,
            )  # fmt: skip
            _note_applied(session, remark_id, [(one.attempt_id, one.before or 0, one.after) for one in batch.changes])
            session.commit()
            after, done, papers = batch.last_id, done + batch.looked_at, papers + batch.corrected_papers
            beat(done, max(done, total))
            time.sleep(PAUSE_SECONDS)
    _finish(session, contest, remark, max(papers, total), now)  # fewer are corrected by a second run


def _note_applied(session: Session, remark_id: int, changes: list[tuple[int, int, int]]) -> None:
    for attempt_id, before, after in changes:
        values = {"before": before, "after": after, "is_applied": True}
        first = insert_into(session, RemarkChange).values(remark_id=remark_id, attempt_id=attempt_id, **values)
        session.execute(first.on_conflict_do_update(index_elements=["remark_id", "attempt_id"], set_=values))


def _finish(session: Session, contest: Contest, remark: Remark, papers: int, now: datetime) -> None:
    intent = write_intent.set(False)  # the whole contest is read: others write meanwhile
    try:
        report, rows = _report(session, contest, papers, queries.applied_changes(session, remark), is_done=True)
    finally:
        session.rollback()
        write_intent.reset(intent)
    if not move(session, remark, RemarkState.APPLYING, RemarkState.APPLIED, report=report, applied_at=now):
        return
    session.execute(sa.delete(RemarkChange).where(RemarkChange.remark_id == remark.id))
    if rows:
        session.execute(sa.insert(RemarkChange), [{"remark_id": remark.id, **row} for row in rows])
    numbers = {name: report[name] for name in ("papers", "closed", "up", "down", "moved")}
    note(
        session, contest, "contest:remark:apply", remark.confirmed_by, now, **_what(remark), requested_by=remark.requested_by, **numbers
    )  # fmt: skip
    for group in contest.groups:
        tally(session, group.sitting_id, now=now)
