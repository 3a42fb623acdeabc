"""A prize draw's steps: announced with a commitment by one person, drawn once by another; or cancelled before that."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.awards.draws import queries, rules
from quiz.awards.draws.models import DrawTicket, PrizeDraw
from quiz.awards.draws.rules import DrawState, Prize, Who
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import require_managed
from quiz.contests.remarks.queries import check_none_applying
from quiz.db import in_batches, move, write_intent
from quiz.errors import ConflictError, DomainError
from quiz.jobs.services import enqueue
from quiz.promotion.queries import is_settled

PERMISSION = "awards.manage"
DRAW = "awards.draw"
BATCH = 2000
AGAIN_AFTER = timedelta(seconds=30)


def announce(
    session: Session, *, actor: Actor, contest: Contest, title: str, who: Who, prizes: Sequence[Prize],
    public_source: str, now: datetime,
) -> PrizeDraw:  # fmt: skip
    """Announce a draw: from now on its commitment is public and nothing of it can be changed.

    Also after the stage is over: what nobody knows yet is the public number. Raises DomainError naming the field,
    ConflictError for a stage that is not published or was cancelled.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    if contest.published_at is None or contest.cancelled_at is not None:
        raise ConflictError("这场比赛没有发布，或者已经取消。")
    if not title.strip() or len(title.strip()) > 80:
        raise DomainError("请填写抽奖名称，最多 80 个字。", field="title")
    if not public_source.strip() or len(public_source.strip()) > 120:
        raise DomainError("请写明用哪个公开数字，例如“6月26日上证指数收盘价”。", field="public_source")
    seed = secrets.token_hex(32)
    draw = PrizeDraw(
        contest_id=contest.id, title=title.strip(), who=who, prizes=[asdict(one) for one in prizes],
        commitment=rules.commitment(seed), seed=seed, public_source=public_source.strip(), announced_by=actor.user_id,
        announced_at=now,
    )  # fmt: skip
    session.add(draw)
    session.flush()
    note(session, contest, "contest:draw:announce", actor.user_id, now, draw=draw.public_id, commitment=draw.commitment)
    return draw


def draw(
    session: Session, *, actor: Actor, contest: Contest, prize_draw: PrizeDraw, public_value: str, now: datetime
) -> None:
    """Draw, once, with the public number; by another person than who announced it. Pressed again, it changes nothing."""
    require_managed(session, contest, actor.scope(PERMISSION))
    if actor.user_id == prize_draw.announced_by:
        raise DomainError("开奖要由另一个人办。请另一位组织者或管理员打开这一页。")
    if not public_value.strip() or len(public_value.strip()) > 80:
        raise DomainError("请填写公开数字，照原样写，例如“3456.78”。", field="public_value")
    check_none_applying(session, contest.id)
    if contest.cancelled_at is not None:
        raise ConflictError("比赛已经取消，不能开奖。可以取消这次抽奖。")
    if not is_settled(session, contest, now):
        raise ConflictError("比赛还没有结束，或者成绩还在统计。结束一分钟后再开奖。")
    if rules.waits_for_results(prize_draw.who, [group.sitting for group in contest.groups], now):
        raise ConflictError(rules.WAITS)
    values = {"public_value": public_value.strip(), "drawn_by": actor.user_id}
    if move(session, prize_draw, DrawState.ANNOUNCED, DrawState.DRAWING, **values):
        _enqueue(session, prize_draw.id, now, now)
        note(
            session,
            contest,
            "contest:draw:draw",
            actor.user_id,
            now,
            draw=prize_draw.public_id,
            public_value=public_value.strip(),
        )
    elif prize_draw.state is DrawState.CANCELLED:
        raise ConflictError("这次抽奖已经取消。")


def _enqueue(session: Session, draw_id: int, run_at: datetime, now: datetime) -> None:
    enqueue(session, DRAW, now=now, payload={"draw_id": draw_id}, key=f"draw:{draw_id}", run_at=run_at)


def compute(session: Session, *, draw_id: int, now: datetime) -> None:
    """Write every ticket and who has won, in one transaction. Run again, it finds it done.

    Results that have begun to change since (by a re-mark) are waited for: the draw itself cannot be taken back any more.
    """
    intent = write_intent.set(False)
    try:
        found = session.get(PrizeDraw, draw_id)
        if found is None or found.state is not DrawState.DRAWING:
            return
        contest = session.get_one(Contest, found.contest_id)
        waits = not is_settled(session, contest, now)
        tickets = {} if waits else dict(queries.eligible(session, contest, found))
        prizes = [Prize(**one) for one in found.prizes]
        won = {
            ticket: (place, prize)
            for place, (ticket, prize) in enumerate(
                rules.winners(tickets, prizes, found.seed, found.public_value), start=1
            )
        }
    finally:
        session.rollback()
        write_intent.reset(intent)
    if waits:
        _enqueue(session, draw_id, now + AGAIN_AFTER, now)
        return
    values = {"drawn_at": now, "tickets": len(tickets), "tickets_digest": rules.digest(tickets)}
    if not move(session, session.get_one(PrizeDraw, draw_id), DrawState.DRAWING, DrawState.DRAWN, **values):
        return
    rows = [
        {"draw_id": draw_id, "ticket": one, "user_id": user, "place": won.get(one, (None,))[0],
         "prize": won[one][1] if one in won else None}
        for one, user in tickets.items()
    ]  # fmt: skip
    for some in in_batches(rows, BATCH):
        session.execute(sa.insert(DrawTicket), some)


def cancel(session: Session, *, actor: Actor, contest: Contest, prize_draw: PrizeDraw, now: datetime) -> None:
    """Cancel a draw that was not drawn; it stays in the audit log. Again it changes nothing."""
    require_managed(session, contest, actor.scope(PERMISSION))
    if move(session, prize_draw, DrawState.ANNOUNCED, DrawState.CANCELLED):
        note(session, contest, "contest:draw:cancel", actor.user_id, now, draw=prize_draw.public_id)
    elif prize_draw.state is not DrawState.CANCELLED:
        raise ConflictError("已经开奖，不能取消。")
