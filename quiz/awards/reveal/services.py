"""A reveal's steps: begun, led on and back by guarded updates, ended; or given up."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.awards.reveal import queries, rules
from quiz.awards.reveal.models import AwardReveal, RevealStep
from quiz.awards.reveal.rules import RevealState, Showings
from quiz.awards.services.scope import check_scope
from quiz.contests import entering
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.rules import ContestGroupKind
from quiz.db import insert_into, move
from quiz.errors import ConflictError, DomainError
from quiz.rankings.services import freezing

NOTHING = 2  # steps of a reveal without any tier: the opening and the closing


def start(
    session: Session, *, actor: Actor, contest: Contest, is_rehearsal: bool, showings: Showings,
    lifts_freeze: bool, releases: bool, now: datetime,
) -> AwardReveal:  # fmt: skip
    """Begin a reveal of the issued awards, or a rehearsal with samples; the one that is on is returned.

    A rehearsal that nobody ended does not keep the ceremony waiting: it is stopped. ConflictError where nothing was issued, or
    for a rehearsal where no tiers are set; DomainError where no tier is to be shown.
    """
    check_scope(session, actor, contest)
    honours = queries.samples_of(session, contest) if is_rehearsal else queries.honours_of(session, contest)
    if not honours and is_rehearsal:
        raise ConflictError("还没有奖项。先设置奖项，再彩排。")
    if not honours:
        raise ConflictError("还没有颁发的奖。名单由另一个人确认颁发以后，才能揭晓；封榜期间获奖人自己看不到。")
    steps = rules.script(honours, showings, [kind.value for kind in ContestGroupKind])
    if len(steps) == NOTHING:
        raise DomainError("没有一个奖级上大屏。至少选一个奖级逐名或整屏揭晓。")
    going = queries.running(session, contest)
    if going is not None and going.is_rehearsal and not is_rehearsal:
        _stop(session, actor, contest, going, now)
    values = {
        "contest_id": contest.id, "state": RevealState.RUNNING, "is_rehearsal": is_rehearsal, "step": 0,
        "steps": len(steps), "lifts_freeze": lifts_freeze and not is_rehearsal, "releases": releases and not is_rehearsal,
        "started_by": actor.user_id, "started_at": now,
    }  # fmt: skip
    statement = insert_into(session, AwardReveal).values(**values).on_conflict_do_nothing()
    made = session.scalar(statement.returning(AwardReveal.id))
    if made is None:
        found = queries.running(session, contest)
        if found is None:
            raise ConflictError("请刷新页面再试一次。")
        return found
    rows = [{"reveal_id": made, "number": at, "data": step.to_dict()} for at, step in enumerate(steps)]
    session.execute(sa.insert(RevealStep), rows)
    reveal = session.get_one(AwardReveal, made)
    act = "contest:reveal:rehearse" if is_rehearsal else "contest:reveal:start"
    note(session, contest, act, actor.user_id, now, reveal=reveal.public_id, steps=len(steps))
    return reveal


def lead(
    session: Session, *, actor: Actor, contest: Contest, reveal: AwardReveal, seen: int, forward: bool
) -> bool:  # fmt: skip
    """Go one screen on (or back) from the screen that was ``seen``; False when it is another one by now.

    A second press carries the same number and finds the screen moved, so it moves nothing.
    """
    check_scope(session, actor, contest)
    target = seen + 1 if forward else seen - 1
    moved = session.scalar(
        sa.update(AwardReveal)
        .where(
            AwardReveal.id == reveal.id, AwardReveal.state == RevealState.RUNNING, AwardReveal.step == seen,
            AwardReveal.steps > target, sa.literal(target) >= 0,
        )
        .values(step=target)
        .returning(AwardReveal.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    session.refresh(reveal)
    return moved is not None


def end(session: Session, *, actor: Actor, contest: Contest, reveal: AwardReveal, now: datetime) -> None:
    """End a reveal that is at its last screen: the boards show everything and results are released, if that was ticked.

    Before the last screen it is given up, and nothing else happens. Said twice, it changes nothing.
    """
    check_scope(session, actor, contest)
    if reveal.step != reveal.steps - 1:
        _stop(session, actor, contest, reveal, now)
        return
    if not move(session, reveal, RevealState.RUNNING, RevealState.ENDED, ended_by=actor.user_id, ended_at=now):
        return
    if reveal.lifts_freeze:
        freezing.lift_now(session, actor=actor, contest=contest, now=now)
    if reveal.releases:
        entering.release(session, actor=actor, contest=contest, what="results", now=now)
    note(session, contest, "contest:reveal:end", actor.user_id, now, reveal=reveal.public_id, step=reveal.step)


def _stop(session: Session, actor: Actor, contest: Contest, reveal: AwardReveal, now: datetime) -> None:
    if move(session, reveal, RevealState.RUNNING, RevealState.STOPPED, ended_by=actor.user_id, ended_at=now):
        note(session, contest, "contest:reveal:stop", actor.user_id, now, reveal=reveal.public_id, step=reveal.step)
