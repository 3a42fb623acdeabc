"""Writes of publicity: the page is switched on and off, the list of award winners published and taken back.

Every act checks that the actor manages the contest, holds it, and is audited. Twice is as good as once.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.holding import hold
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import require_managed, state_of
from quiz.contests.rules import ContestState
from quiz.contests.services import MANAGE
from quiz.contests.stages import first_of, refuse_playoff
from quiz.errors import ConflictError
from quiz.publicity.queries import issued_count
from quiz.rankings.frozen import freeze_in_force

AWARDS = "awards.manage"


def switch_page(session: Session, *, actor: Actor, contest: Contest, is_on: bool, now: datetime) -> None:
    """Open or close the public page of the whole contest; the first stage keeps the switch."""
    require_managed(session, contest, actor.scope(MANAGE))
    refuse_playoff(contest)
    first = first_of(session, contest)
    hold(session, first)
    if first.has_public_page == is_on:
        return
    first.has_public_page = is_on
    session.flush()
    note(session, first, "contest:page:open" if is_on else "contest:page:close", actor.user_id, now)


def list_awards(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> None:
    """Publish the list of a stage's award winners, names masked. ConflictError before anything was issued."""
    require_managed(session, contest, actor.scope(AWARDS))
    hold(session, contest)
    if state_of(contest, now) is not ContestState.FINISHED:
        raise ConflictError("比赛结束、颁了奖以后，才能公开获奖名单。")
    if freeze_in_force(session, contest.id, now) is not None:
        raise ConflictError("榜单还封着。揭晓或解封以后，才能公开获奖名单。")
    count = issued_count(session, contest)
    if not count:
        raise ConflictError("还没有颁发奖项。先在“评奖与证书”里颁发，再公开名单。")
    if contest.awards_listed_at is not None:
        return
    contest.awards_listed_at = now
    session.flush()
    note(session, contest, "contest:winners:list", actor.user_id, now, awards=count)


def unlist_awards(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> None:
    """Take the public list back."""
    require_managed(session, contest, actor.scope(AWARDS))
    hold(session, contest)
    if contest.awards_listed_at is None:
        return
    contest.awards_listed_at = None
    session.flush()
    note(session, contest, "contest:winners:unlist", actor.user_id, now)
