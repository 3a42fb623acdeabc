"""A list of awards: computed for one person, read and issued by another, once."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.awards import queries
from quiz.awards.gathering import listing
from quiz.awards.models import Award, AwardDraft, AwardSetting, DraftState
from quiz.awards.services.scope import check_scope
from quiz.clock import LOCAL_ZONE
from quiz.contests.holding import hold
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.remarks.queries import check_none_applying
from quiz.db import insert_into, move, write_intent
from quiz.errors import ConflictError, DomainError
from quiz.jobs.queries import is_stuck, latest_job
from quiz.jobs.services import enqueue
from quiz.promotion.queries import disqualified
from quiz.rankings.gathering import opens_at
from quiz.rankings.models import ContestTally
from quiz.rankings.queries import tally_of
from quiz.rankings.snapshot import snapshot

COMPUTE = "awards.compute"


def request(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> AwardDraft:
    """Ask for a list; the one that is open already is returned.

    ConflictError while results can still change, DomainError without tiers.
    """
    check_scope(session, actor, contest)
    if not queries.tiers_of(session, contest.id) or queries.setting_of(session, contest.id) is None:
        raise DomainError("还没有奖项。先设置奖项，再试算名单。")
    check_none_applying(session, contest.id)
    if not queries.is_settled(session, contest, now):
        raise ConflictError("比赛结束、所有试卷都统计完以后才能评奖，请稍后再试。")
    values = {
        "contest_id": contest.id, "state": DraftState.COMPUTING, "requested_by": actor.user_id, "requested_at": now,
    }  # fmt: skip
    made = session.scalar(
        insert_into(session, AwardDraft).values(**values).on_conflict_do_nothing().returning(AwardDraft.id)
    )
    if made is None:
        found = queries.open_draft(session, contest.id)
        if found is None:
            raise ConflictError("名单刚刚处理完，请刷新页面。")
        return found
    draft = session.get_one(AwardDraft, made)
    _enqueue(session, draft, now)
    note(session, contest, "contest:awards:request", actor.user_id, now, draft=draft.public_id)
    return draft


def _enqueue(session: Session, draft: AwardDraft, now: datetime) -> None:
    enqueue(session, COMPUTE, now=now, payload={"draft_id": draft.id}, key=queries.draft_job_key(draft.id))


def resume(session: Session, *, actor: Actor, contest: Contest, draft: AwardDraft, now: datetime) -> None:
    """Compute again what was given up after several failures."""
    check_scope(session, actor, contest)
    job = latest_job(session, queries.draft_job_key(draft.id))
    if draft.state is DraftState.COMPUTING and is_stuck(job):
        _enqueue(session, draft, now)


def compute(session: Session, *, draft_id: int, letters: frozenset[int], now: datetime) -> None:
    """The list and its summary: read at length while others write, written in one transaction. Run again, it computes again."""
    intent = write_intent.set(False)
    try:
        draft = session.get(AwardDraft, draft_id)
        if draft is None or draft.state is not DraftState.COMPUTING:
            return
        rows, values = _list(session, draft, letters)
    finally:
        session.rollback()
        write_intent.reset(intent)
    session.execute(sa.delete(Award).where(Award.draft_id == draft_id, Award.number.is_(None)))
    state = DraftState.REFUSED if "error" in values else DraftState.READY
    if move(session, draft, DraftState.COMPUTING, state, computed_at=now, **values) and rows:
        common = {"contest_id": draft.contest_id, "draft_id": draft_id}
        session.execute(sa.insert(Award), [{**row, **common} for row in rows])


def _list(session: Session, draft: AwardDraft, letters: frozenset[int]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows, and what the draft keeps beside them: summary and tally, or why there is none."""
    contest = session.get_one(Contest, draft.contest_id)
    setting = session.get_one(AwardSetting, contest.id)
    try:
        with snapshot(session) as reading:
            check_none_applying(reading, contest.id)
            tally = tally_of(reading, contest.id)
            if tally is None or not tally.counted:
                raise DomainError("还没有人的成绩计入排名，没有可以评的奖。")
            rows, summary = listing(
                reading, contest, tally, setting=setting, letters=letters, at=opens_at(contest)
            )  # fmt: skip
    except DomainError as error:
        return [], {"error": {"message": error.message, "params": error.params}}
    return rows, {"summary": summary, "tally_number": tally.number}


def confirm(session: Session, *, actor: Actor, contest: Contest, draft: AwardDraft, now: datetime) -> AwardDraft:
    """The second person's word: every award of the list gets its number, in this one transaction.

    Said twice, it changes nothing. DomainError for the person who asked for the list, ConflictError for one that does
    not fit the standings any more.
    """
    check_scope(session, actor, contest)
    hold(session, contest)  # a disqualification at the same moment waits, or is seen here
    if actor.user_id == draft.requested_by:
        raise DomainError("颁奖要由另一个人确认。请另一位组织者或管理员打开这一页。")
    if not move(session, draft, DraftState.READY, DraftState.ISSUED, confirmed_by=actor.user_id, confirmed_at=now):
        if draft.state is not DraftState.ISSUED:
            raise ConflictError("这份名单现在不能确认，请刷新页面。")
        return draft
    _check_fresh(session, contest, draft)
    count = session.scalar(sa.select(sa.func.count()).select_from(Award).where(Award.draft_id == draft.id)) or 0
    if not count:
        raise ConflictError("这份名单里没有要新发的奖。")
    first = take_numbers(session, contest, count)
    setting = session.get_one(AwardSetting, contest.id)
    session.execute(
        sa.update(Award)
        .where(Award.draft_id == draft.id, Award.number.is_(None))
        .values(
            number=Award.place + (first - 1), issued_at=now,
            signed_on=setting.signed_on or now.astimezone(LOCAL_ZONE).date(),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    note(
        session, contest, "contest:awards:issue", actor.user_id, now, draft=draft.public_id, requested_by=draft.requested_by,
        awards=count, first=first,
    )  # fmt: skip
    return draft


def _check_fresh(session: Session, contest: Contest, draft: AwardDraft) -> None:
    """Between the computation and the word nothing that it was made from may have changed, or be about to."""
    check_none_applying(session, contest.id)
    number = session.scalar(sa.select(ContestTally.number).where(ContestTally.contest_id == contest.id))
    if number != draft.tally_number or not queries.is_settled(
        session, contest, draft.confirmed_at or draft.requested_at
    ):
        raise ConflictError("试算以后成绩或排名有变动。请撤回这份名单，重新试算。")
    if sorted(disqualified(session, contest)) != (draft.summary or {}).get("disqualified"):
        raise ConflictError("试算以后有人被取消资格，或者取消资格的决定被收回。请撤回这份名单，重新试算。")
    own, held = Award.__table__.alias("own"), Award.__table__.alias("held")
    is_school = sa.and_(own.c.user_id.is_(None), own.c.team_id.is_(None))
    of_school = sa.and_(is_school, held.c.school_id == own.c.school_id)
    twice = sa.select(own.c.id).where(
        own.c.draft_id == draft.id, own.c.number.is_(None),
        held.c.contest_id == contest.id, held.c.kind == own.c.kind, held.c.number.is_not(None),
        held.c.revoked_at.is_(None),
        sa.or_(held.c.user_id == own.c.user_id, held.c.team_id == own.c.team_id, of_school),
    )  # fmt: skip
    if session.scalar(twice.limit(1)) is not None:
        raise ConflictError("试算以后名单里有人得了别的奖。请撤回这份名单，重新试算。")


def take_numbers(session: Session, contest: Contest, count: int) -> int:
    """The first of ``count`` serial numbers that nobody else gets."""
    after = session.scalar(
        sa.update(AwardSetting)
        .where(AwardSetting.contest_id == contest.id)
        .values(next_number=AwardSetting.next_number + count)
        .returning(AwardSetting.next_number)
        .execution_options(synchronize_session=False)
    )
    if after is None:
        raise ConflictError("还没有奖项。先设置奖项，再试算名单。")
    return after - count


def withdraw(session: Session, *, actor: Actor, contest: Contest, draft: AwardDraft, now: datetime) -> None:
    """Give a list up; nothing of it was issued. ConflictError once it was."""
    check_scope(session, actor, contest)
    for state in (DraftState.READY, DraftState.COMPUTING):
        if move(session, draft, state, DraftState.WITHDRAWN):
            session.execute(sa.delete(Award).where(Award.draft_id == draft.id, Award.number.is_(None)))
            note(session, contest, "contest:awards:withdraw", actor.user_id, now, draft=draft.public_id)
            return
    if draft.state not in (DraftState.WITHDRAWN, DraftState.REFUSED):
        raise ConflictError("已经颁发，不能再撤回。个别奖项可以撤销。")
