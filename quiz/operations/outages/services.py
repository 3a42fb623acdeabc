"""Give an outage back: one act, audited once, however many were cut off and however often the button is pressed."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.services import extend_sitting, lift_deadlines
from quiz.contests import rules as contest_rules
from quiz.contests.holding import hold
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import is_managed
from quiz.contests.rules import Place
from quiz.contests.services import MANAGE, lies_within
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.operations.outages import queries
from quiz.operations.outages.models import Outage
from quiz.operations.outages.rules import LONGEST_OUTAGE, LONGEST_TOTAL, OLDEST, Period, seconds_left


def check_scope(session: Session, *, actor: Actor, contest: Contest, place: Place | None) -> None:
    """The whole contest is its hosts' to extend; an area anybody's who manages contests there. Else NotFoundError."""
    scope = actor.scope(MANAGE)
    if place is None:
        allowed = is_managed(session, contest, scope)
    else:
        allowed = is_managed(session, contest, scope) or lies_within(session, place, scope)
    if not allowed:
        raise NotFoundError("没有找到这个地方，或者不在你的管理范围内。", field="place")


def check_period(period: Period, now: datetime) -> None:
    """Raise DomainError for a time that cannot be given back."""
    began, ended = period
    if ended <= began:
        raise DomainError("恢复的时间要晚于出问题的时间。", field="ended_at")
    if ended > now + timedelta(minutes=1):
        raise DomainError("恢复的时间还没有到。等恢复了再补。", field="ended_at")
    if ended - began > LONGEST_OUTAGE:
        raise DomainError("一次最多补 120 分钟。更长的中断请另开一场。", field="ended_at")
    if began < now - OLDEST:
        raise DomainError("只能补 12 小时以内的中断。", field="began_at")


def give_back(
    session: Session, *, actor: Actor, contest: Contest, place: Place | None, period: Period, reason: str, key: str,
    now: datetime, even_late: bool = False,
) -> Outage:  # fmt: skip
    """Add the lost time to every attempt that was going on, and to the window where all of the contest was away.

    ``key`` names the form: with a key that was used before nothing happens and the first act is returned. What
    earlier acts have given of the same minutes is not given again. ``even_late``: the site has been down since, so
    attempts whose time ran out meanwhile and that nobody has closed go on (command line only).
    """
    check_scope(session, actor=actor, contest=contest, place=place)
    hold(session, contest)
    if (done := session.scalar(sa.select(Outage).where(Outage.key == key))) is not None:
        if done.contest_id != contest.id:
            raise ConflictError("这张表用过了。请重新打开页面。")
        return done
    if contest.published_at is None or contest.cancelled_at is not None:
        raise ConflictError("这场比赛没有发布，或者已经取消。")
    if not reason.strip():
        raise DomainError("请写明原因，例如“断电 10 分钟”。", field="reason")
    check_period(period, now)
    _check_total(session, contest, place, period)
    return _apply(session, actor, contest, place, period, reason.strip()[:200], key, now, even_late)


def _check_total(session: Session, contest: Contest, place: Place | None, period: Period) -> None:
    given = [
        (act.began_at, act.ended_at)
        for act in queries.outages_of(session, contest)
        if queries.contains(session, queries.place_of(act), place)
    ]
    total = sum(seconds_left(one, given[:at]) for at, one in enumerate(given)) + seconds_left(period, given)
    if total > LONGEST_TOTAL.total_seconds():
        raise DomainError("一场比赛最多一共补 4 小时，已经补到上限。请另开一场。", field="ended_at")


def _apply(
    session: Session, actor: Actor, contest: Contest, place: Place | None, period: Period, reason: str, key: str,
    now: datetime, even_late: bool,
) -> Outage:  # fmt: skip
    found = queries.shares(session, contest, place, period)
    seconds = found[-1].seconds
    cut_off, _ = queries.cut_off_by(session, contest, place, period, now, even_late=even_late)
    moved = queries.moved_sittings(contest, place, found, period, now, even_late=even_late)
    pupils = 0
    for sitting in queries.sittings_of(contest):
        if sitting in moved:
            if sitting.closes_at + timedelta(seconds=seconds) - sitting.opens_at > contest_rules.MAX_WINDOW:
                raise DomainError("比赛最多开放 120 天，请缩短时间窗。", field="ended_at")
            sitting.closes_at += timedelta(seconds=seconds)
            session.flush()  # the sitting before its attempts, as a start takes them
        pupils += extend_sitting(
            session, sitting=sitting, shares=queries.conditions(found), began_at=period[0], ended_at=period[1],
            now=now, even_late=even_late,
        )  # fmt: skip
        if sitting in moved:
            lift_deadlines(session, sitting=sitting, after=period[1])
    if not pupils and not moved:
        raise ConflictError("这段时间里没有还能补时的人：可能已经补过，或者都已经交卷。")
    session.expire_all()  # attempts loaded before would show their old deadlines
    closes_at = max(sitting.closes_at for sitting in moved) if moved else None
    outage = Outage(
        key=key, contest_id=contest.id, place=None if place is None else str(place), began_at=period[0],
        ended_at=period[1], seconds=max(share.seconds for share in found), reason=reason, pupils=pupils, cut_off=cut_off,
        closes_at=closes_at, given_by=actor.user_id, given_at=now,
    )  # fmt: skip
    session.add(outage)
    session.flush()
    note(
        session, contest, "contest:outage:give_back", actor.user_id, now, place=outage.place, began_at=period[0].isoformat(), ended_at=period[1].isoformat(),
        seconds=outage.seconds, attempts=pupils, cut_off=cut_off, reason=reason, even_late=even_late,
        closes_at=None if closes_at is None else closes_at.isoformat(),
        shares=[[None if share.place is None else str(share.place), share.seconds] for share in found],
    )  # fmt: skip
    return outage
