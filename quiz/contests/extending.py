"""Letting an announced or running contest, or one group of it, end later."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.services import lift_deadlines
from quiz.contests import following
from quiz.contests.holding import hold
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import state_of, windows_of
from quiz.contests.rules import MAX_WINDOW, ContestState, end_field
from quiz.contests.windows import Window, Windows, differ, whole
from quiz.errors import ConflictError, DomainError


def change_window(
    session: Session, *, actor: Actor, contest: Contest, closes_at: datetime, now: datetime
) -> list[Contest]:
    """Let all groups end later, at the same time; see :func:`change_ends`."""
    ends: dict[str, datetime] = {group.kind: closes_at for group in contest.groups}
    return change_ends(session, actor=actor, contest=contest, ends=ends, now=now)


def change_ends(
    session: Session, *, actor: Actor, contest: Contest, ends: Mapping[str, datetime], now: datetime
) -> list[Contest]:
    """Let groups end later, by kind. Attempts that the old end cut short get their full time.

    Never earlier (somebody may be planning with it), and not a group that is over: results may be out by then. Returns the
    later drafts that moved along. Raises DomainError naming the field, ConflictError for a contest that is over.
    """
    hold(session, contest)
    if state_of(contest, now) not in {ContestState.ANNOUNCED, ContestState.RUNNING}:
        raise ConflictError("比赛已经结束，不能再延长。可以另开一场。")
    old = windows_of(contest)
    new = {kind: Window(one.opens_at, ends.get(kind, one.closes_at)) for kind, one in old.items()}
    _check(old, new, now)
    moved = following.move(following.moves(session, contest, new))
    for group in contest.groups:
        if new[group.kind] != old[group.kind]:
            group.sitting.closes_at = new[group.kind].closes_at
            session.flush()  # the sitting before its attempts, as a start takes them
            lift_deadlines(session, sitting=group.sitting, after=group.sitting.opens_at)
    _note(session, contest, old, new, actor, now)
    session.flush()
    return moved


def _note(session: Session, contest: Contest, old: Windows, new: Windows, actor: Actor, now: datetime) -> None:
    """One act for all groups, or one for each group that ends later where they differ."""
    changed: dict[str | None, tuple[datetime, datetime]] = {None: (whole(old).closes_at, whole(new).closes_at)}
    if differ(old) or differ(new):
        changed = {kind: (old[kind].closes_at, new[kind].closes_at) for kind in new if new[kind] != old[kind]}
    for kind, (was, ends) in changed.items():
        group = {} if kind is None else {"group": kind}
        note(
            session, contest, "contest:window:extend", actor.user_id, now, old=was.isoformat(), new=ends.isoformat(), **group,
        )  # fmt: skip


def _check(old: Windows, new: Windows, now: datetime) -> None:
    later = [kind for kind, one in new.items() if one.closes_at > old[kind].closes_at]
    field = {kind: end_field(kind) if differ(old) else "closes_at" for kind in new}
    earlier = [kind for kind, one in new.items() if one.closes_at < old[kind].closes_at]
    if earlier or not later:
        kind = next(iter(earlier), max(old, key=lambda one: old[one].closes_at))
        raise DomainError("新的结束时间要晚于现在的结束时间。", field=field[kind])
    for kind in later:
        if old[kind].closes_at <= now:
            raise DomainError("这个组别已经结束，不能再延长。", field=field[kind])
        if new[kind].closes_at - whole(new).opens_at > MAX_WINDOW:
            raise DomainError("比赛最多开放 120 天，请缩短时间窗。", field=field[kind])
