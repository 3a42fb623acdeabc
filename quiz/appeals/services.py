"""An appeal's steps: filed, answered by one person, decided by another; or withdrawn by who filed it.

What follows from an accepted appeal (a re-mark, time given back, a decision in the promotion) is done with its own tool, by
people; the answer says what was done.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.appeals import queries
from quiz.appeals.models import Appeal, AppealStep
from quiz.appeals.rules import MOST_CHARACTERS, UNSETTLED, AppealKind, AppealState, StepKind
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import require_managed
from quiz.db import insert_into, move
from quiz.errors import ConflictError, DomainError, NotFoundError

PERMISSION = "contests.appeals"


def file(
    session: Session, *, actor: Actor, contest: Contest, user_id: int, kind: AppealKind, text: str, now: datetime
) -> Appeal:
    """File an appeal for a pupil: oneself, or (the caller has checked the scope) a pupil of one's own.

    Raises DomainError without a reason, ConflictError outside the time or while another one is unsettled.
    """
    text = _words(text, "text", "请写清楚哪里不对，例如“第 3 题答案应该是 B”。")
    if contest.published_at is None or not queries.is_open(contest, now):
        raise ConflictError("现在不能申诉：比赛开始后到结束后 7 天内可以。")
    values = {
        "contest_id": contest.id, "user_id": user_id, "kind": kind, "state": AppealState.FILED, "answer": "",
        "filed_by": actor.user_id, "filed_at": now,
    }  # fmt: skip
    statement = insert_into(session, Appeal).values(**values).on_conflict_do_nothing().returning(Appeal.id)
    made = session.scalar(statement)
    if made is None:
        raise ConflictError("这场比赛已经有一份申诉在处理，有结果后再提。")
    appeal = session.get_one(Appeal, made)
    _step(session, appeal, contest, StepKind.FILED, text, actor, now)
    return appeal


def propose(
    session: Session, *, actor: Actor, contest: Contest, appeal: Appeal, is_accepted: bool, answer: str, now: datetime
) -> None:
    """The first reviewer's answer; it waits for another person."""
    require_managed(session, contest, actor.scope(PERMISSION))
    answer = _words(answer, "answer", "请写明结论和理由，学生会看到。")
    proposal = "accepted" if is_accepted else "refused"
    if not move(
        session,
        appeal,
        AppealState.FILED,
        AppealState.PROPOSED,
        proposal=proposal,
        answer=answer,
        proposed_by=actor.user_id,
    ):
        raise ConflictError("这份申诉已经有人处理了，请刷新页面。")
    kind = StepKind.PROPOSED_ACCEPT if is_accepted else StepKind.PROPOSED_REFUSE
    _step(session, appeal, contest, kind, answer, actor, now)


def decide(
    session: Session, *, actor: Actor, contest: Contest, appeal: Appeal, does: Literal["agree", "send_back"], note: str,
    seen: int, now: datetime,
) -> None:  # fmt: skip
    """The second reviewer agrees, and the appeal is settled; or sends it back with a note.

    ``seen`` is the newest step that the reviewer's page showed: nobody decides on an answer that they have not read.
    The same word from the same page again changes nothing. Raises ConflictError after any other step since, DomainError
    for who proposed the answer, or without a note when sending back.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    session.refresh(appeal, with_for_update=True)
    steps = [one.step for one in queries.steps_of(session, appeal)]
    since = [one for one in steps if one.id > seen]
    kinds = (StepKind.SENT_BACK,) if does == "send_back" else (StepKind.ACCEPTED, StepKind.REFUSED)
    if [(one.by, one.text) for one in since] == [(actor.user_id, note.strip())] and since[0].kind in kinds:
        return
    if not queries.waits_for_second(appeal):
        raise ConflictError("这份申诉已经有人处理了，请刷新页面。")
    if actor.user_id == appeal.proposed_by:
        raise DomainError("申诉要由另一个人复核。请另一位组织者或管理员打开这一页。")
    if steps[-1].id != seen:
        raise ConflictError("有人刚改过处理意见，请看过新的再决定。")
    if does == "send_back":
        note = _words(note, "note", "请写明为什么退回。")
        appeal.state, appeal.proposal, appeal.answer, appeal.proposed_by = AppealState.FILED, None, "", None
        _step(session, appeal, contest, StepKind.SENT_BACK, note, actor, now)
        return
    final = AppealState(appeal.proposal or AppealState.REFUSED)
    appeal.state, appeal.settled_at = final, now
    _step(session, appeal, contest, StepKind(final.value), note.strip()[:MOST_CHARACTERS], actor, now)


def withdraw(session: Session, *, actor: Actor, contest: Contest, appeal: Appeal, now: datetime) -> None:
    """Take an unsettled appeal back; only who filed it, or the pupil. Again it changes nothing."""
    if actor.user_id not in (appeal.filed_by, appeal.user_id):
        raise NotFoundError("没有找到这份申诉。")
    for state in UNSETTLED:
        if move(session, appeal, state, AppealState.WITHDRAWN, settled_at=now):
            _step(session, appeal, contest, StepKind.WITHDRAWN, "", actor, now)
            return


def _words(text: str, field: str, message: str) -> str:
    text = text.strip()
    if not text:
        raise DomainError(message, field=field)
    if len(text) > MOST_CHARACTERS:
        raise DomainError("最多 500 个字，请缩短。", field=field)
    return text


def _step(
    session: Session, appeal: Appeal, contest: Contest, kind: StepKind, text: str, actor: Actor, now: datetime
) -> None:
    session.add(AppealStep(appeal_id=appeal.id, kind=kind, text=text, by=actor.user_id, at=now))
    session.flush()
    note(
        session, contest, f"contest:appeal:{kind.value}", actor.user_id, now, appeal=appeal.public_id,
        user_id=appeal.user_id,
    )  # fmt: skip
