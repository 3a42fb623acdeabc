"""Entering a contest and starting an attempt; extra time for one pupil; releasing results and keys."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts import services as attempts
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.contests import queries, rules
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest, ContestGroup, Entry
from quiz.contests.noting import note
from quiz.contests.teams.queries import hold_membership
from quiz.db import insert_into
from quiz.errors import ConflictError, DomainError, NotFoundError

NOT_YOURS = "没有找到这场比赛。可能不是你的学校、班级或年级参加的比赛。"


def enter_and_start(
    session: Session,
    *,
    contest_public_id: str,
    actor: Actor,
    now: datetime,
    device_of: Callable[[int], str | None] = lambda _contest_id: None,
) -> Attempt:
    """Enter the contest (once) and start an attempt, or return the open one.

    ``device_of`` gives the mark of the device within a contest (by id).
    Raises NotFoundError for a pupil who may not enter, ConflictError when it is not open, no attempt is left, or the
    pupil is a reserve of a team.
    """
    found = queries.contest_for_pupil(session, actor, contest_public_id, now)
    if found.contest.is_by_teams:
        membership = hold_membership(session, found.contest.id, actor.user_id)
        if membership is None:
            raise NotFoundError(NOT_YOURS)
        if membership.is_reserve:
            raise ConflictError("你是候补，老师登记上场以后才能答题。")
    entry = _entry(session, found.contest, found.group, actor.user_id, now)
    return attempts.start_attempt(
        session,
        sitting=found.sitting,
        user_id=actor.user_id,
        school_id=entry.school_id,
        class_id=entry.class_id,
        extra_seconds=entry.extra_seconds,
        device_mark=device_of(found.contest.id),
        now=now,
    )


def _entry(session: Session, contest: Contest, group: ContestGroup, user_id: int, now: datetime) -> Any:
    """The pupil's entry, written once whoever is first; school and class are those of the first start."""
    query = (
        sa.select(Entry.school_id, Entry.class_id, Entry.extra_seconds)
        .where(Entry.contest_id == contest.id, Entry.user_id == user_id, Entry.withdrawn_at.is_(None))
        .with_for_update(read=True)
    )  # minutes granted meanwhile are for this attempt too
    entry = session.execute(query).first()
    if entry is None:
        _insert_entry(session, contest, group, user_id, now)
        entry = session.execute(query).first()
    if entry is None:
        raise NotFoundError(NOT_YOURS)  # the place was taken back
    return entry


def _insert_entry(session: Session, contest: Contest, group: ContestGroup, user_id: int, now: datetime) -> None:
    rows = eligible_enrolments(contest).subquery()
    place = session.execute(sa.select(rows.c.school_id, rows.c.class_id).where(rows.c.user_id == user_id)).first()
    if place is None:
        raise NotFoundError(NOT_YOURS)
    values = {
        "contest_id": contest.id, "group_id": group.id, "user_id": user_id, "extra_seconds": 0, "created_at": now,
        "school_id": place.school_id, "class_id": place.class_id,
    }  # fmt: skip
    session.execute(insert_into(session, Entry).values(**values).on_conflict_do_nothing())


def grant_extra_time(
    session: Session, *, actor: Actor, contest: Contest, user_public_id: str, minutes: int, reason: str, now: datetime
) -> str:
    """Give one pupil of the actor's own more minutes, in this and every later attempt; returns the pupil's name.

    The total per pupil is at most an hour. Audited. Raises NotFoundError for anybody who may not enter.
    """
    if not reason.strip():
        raise DomainError("请写明原因，例如“断电 10 分钟”。", field="reason")
    if not 1 <= minutes <= rules.MAX_EXTRA_SECONDS // 60:
        raise DomainError("补时在 1 到 60 分钟之间，请修改。", field="minutes")
    user = queries.eligible_pupil(session, contest, user_public_id, actor.scope("pupils.view"))
    group = next(group for group in contest.groups if group.kind.value == user.group)
    _entry(session, contest, group, user.user_id, now)
    mine = sa.select(Entry).where(Entry.contest_id == contest.id, Entry.user_id == user.user_id).with_for_update()
    entry = session.scalar(mine, execution_options={"populate_existing": True})
    if entry is None or entry.extra_seconds + minutes * 60 > rules.MAX_EXTRA_SECONDS:
        raise DomainError("每人最多补时 60 分钟，已经补到上限。", field="minutes")
    entry.extra_seconds += minutes * 60
    sitting_ids = [group.sitting_id for group in contest.groups]
    going = session.scalars(
        sa.select(Attempt.id).where(
            Attempt.sitting_id.in_(sitting_ids),
            Attempt.user_id == user.user_id,
            Attempt.status == AttemptStatus.IN_PROGRESS,
        )
    ).all()
    for attempt_id in going:
        attempts.extend_attempt(
            session, actor_id=actor.user_id, attempt_id=attempt_id, extra_seconds=minutes * 60, reason=reason, now=now
        )
    note(
        session, contest, "contest:extra_time:grant", actor.user_id, now, user_id=user.user_id, minutes=minutes, reason=reason.strip()[:200],
    )  # fmt: skip
    session.flush()
    return str(user.name)


def release(
    session: Session, *, actor: Actor, contest: Contest, what: Literal["results", "keys"], now: datetime
) -> None:
    """Release ``results`` or ``keys`` of all groups to the pupils, by hand."""
    for group in contest.groups:
        attempts.release(session, sitting=group.sitting, what=what, actor_id=actor.user_id, now=now)
