"""Whether a contest's papers are being marked again: until all are, some results are old and some are new."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.remarks.models import Remark, RemarkState
from quiz.errors import ConflictError


def is_applying(session: Session, contest_id: int) -> bool:
    """Whether a confirmed re-mark is under way."""
    query = sa.select(Remark.id).where(Remark.contest_id == contest_id, Remark.state == RemarkState.APPLYING)
    return session.scalar(query.limit(1)) is not None


def check_none_applying(session: Session, contest_id: int) -> None:
    """Raises ConflictError while a confirmed re-mark is under way."""
    if is_applying(session, contest_id):
        raise ConflictError("正在重新判分，一部分成绩还没有改完。请等重新判分完成后再操作。")
