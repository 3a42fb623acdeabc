"""A finished stage of the demonstration is honoured: tiers, a list computed by one person and issued by another."""

import os
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.awards import jobs
from quiz.awards.models import AwardDraft, DraftState
from quiz.awards.rules import Tier, TierKind, TierWay
from quiz.awards.services import drafts
from quiz.awards.services.tiers import Settings, save
from quiz.contests.models import Contest

ISSUER = "青海省禁毒委员会办公室（演示）"
PUPILS = (
    Tier(0, "一等奖", TierKind.PUPIL, None, TierWay.QUOTA, 2),
    Tier(0, "二等奖", TierKind.PUPIL, None, TierWay.QUOTA, 4),
    Tier(0, "三等奖", TierKind.PUPIL, None, TierWay.QUOTA, 6),
    Tier(0, "优秀指导教师", TierKind.INSTRUCTOR, None, TierWay.QUOTA, 3),
    Tier(0, "优秀组织单位", TierKind.SCHOOL, None, TierWay.QUOTA, 3),
)
TEAMS = (
    Tier(0, "优胜团队", TierKind.TEAM, None, TierWay.QUOTA, 3),
    Tier(0, "优秀团队", TierKind.TEAM, None, TierWay.QUOTA, 5),
    Tier(0, "优秀组织单位", TierKind.SCHOOL, None, TierWay.QUOTA, 3),
)


def is_done(session: Session, contest: Contest) -> bool:
    """Whether the awards of the stage are issued."""
    draft = _draft(session, contest)
    return draft is not None and draft.state is DraftState.ISSUED


def play(
    session: Session, contest: Contest, organiser: Actor, other: Actor, *, tiers: Sequence[Tier], prefix: str, now: datetime
) -> None:  # fmt: skip
    """Issue the awards of a finished stage; commits. After a kill it goes on where it was."""
    draft = _draft(session, contest)
    if draft is None:
        site = f"http://{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
        settings = Settings(prefix, ISSUER, f"{site}/verify")
        save(session, actor=organiser, contest=contest, tiers=tiers, settings=settings, now=now)
        draft = drafts.request(session, actor=organiser, contest=contest, now=now)
        session.commit()
    jobs.compute(session, {"draft_id": draft.id}, now, lambda _done, _total: None)
    draft = session.get_one(AwardDraft, draft.id)
    drafts.confirm(session, actor=other, contest=contest, draft=draft, now=now)
    session.commit()


def _draft(session: Session, contest: Contest) -> AwardDraft | None:
    return session.scalar(sa.select(AwardDraft).where(AwardDraft.contest_id == contest.id).order_by(AwardDraft.id))
