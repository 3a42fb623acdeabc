"""Reads of notices."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.contests.notices.models import ContestNotice
from quiz.errors import NotFoundError

SHOWN = (ContestNotice.is_pinned.desc(), ContestNotice.published_at.desc(), ContestNotice.id.desc())


def _of(contest: Contest) -> sa.Select[ContestNotice]:
    return sa.select(ContestNotice).where(ContestNotice.contest_id == (contest.first_stage_id or contest.id))


def notices_of(session: Session, contest: Contest) -> list[ContestNotice]:
    """The notices that stand, of the contest or of the one that this is a stage of: pinned first, then the newest."""
    return list(session.scalars(_of(contest).where(ContestNotice.withdrawn_at.is_(None)).order_by(*SHOWN)))


def all_notices(session: Session, contest: Contest) -> list[ContestNotice]:
    """Those that were taken back too, at the end."""
    return list(session.scalars(_of(contest).order_by(ContestNotice.withdrawn_at.is_not(None), *SHOWN)))


def get_notice(session: Session, contest: Contest, public_id: str) -> ContestNotice:
    """A notice of the contest that stands; else NotFoundError."""
    query = _of(contest).where(ContestNotice.public_id == public_id, ContestNotice.withdrawn_at.is_(None))
    notice = session.scalar(query)
    if notice is None:
        raise NotFoundError("没有找到这条公告，可能已经撤下。")
    return notice
