"""Make a sitting."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from question_bank.model import GradeBand
from quiz.attempts.models import Counting, Release, Sitting
from quiz.errors import DomainError
from quiz.papers.models import PaperSpec
from quiz.papers.queries import rows_of, shortages_in_band

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(hours=4)


def create_sitting(
    session: Session,
    *,
    title: str,
    band: str,
    spec: PaperSpec,
    opens_at: datetime,
    closes_at: datetime,
    duration_seconds: int,
    attempts_allowed: int = 1,
    counting: Counting = Counting.BEST,
    release_results: Release = Release.AT_ONCE,
    release_keys: Release = Release.AFTER_CLOSE,
) -> Sitting:
    """A sitting whose papers can really be drawn; raises DomainError with the field that is wrong."""
    if closes_at <= opens_at:
        raise DomainError("结束时间要晚于开始时间。", field="closes_at")
    if not SHORTEST.total_seconds() <= duration_seconds <= LONGEST.total_seconds():
        raise DomainError("答题时长要在 1 分钟到 4 小时之间。", field="duration")
    if not 1 <= attempts_allowed <= 10:
        raise DomainError("答题次数要在 1 到 10 之间。", field="attempts_allowed")
    if band not in list(GradeBand):
        raise DomainError("选择学段。", field="band")
    if found := shortages_in_band(session, rows_of(spec), band):
        raise found[0].error()
    sitting = Sitting(
        title=title, band=band, paper_spec=spec, opens_at=opens_at, closes_at=closes_at,
        duration_seconds=duration_seconds, attempts_allowed=attempts_allowed, counting=counting,
        release_results=release_results, release_keys=release_keys,
    )  # fmt: skip
    session.add(sitting)
    session.flush()
    return sitting
