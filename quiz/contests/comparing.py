"""Which earlier contest progress is measured against: the one held before, or another finished one of the same host."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest
from quiz.contests.queries import WITH_SITTINGS, window_of
from quiz.contests.rules import PROGRESS
from quiz.errors import DomainError

MOST_CHOICES = 20


def earlier_contests(session: Session, contest: Contest) -> Sequence[Contest]:
    """Contests of the same host and stage that were over before this one begins and had one of its groups, newest first."""
    query = sa.select(Contest).where(
        Contest.host_region_id.is_not_distinct_from(contest.host_region_id),
        Contest.host_school_id.is_not_distinct_from(contest.host_school_id),
        Contest.host_class_id.is_not_distinct_from(contest.host_class_id),
        Contest.stage_number == contest.stage_number,
        Contest.playoff_of_id.is_(None),
        Contest.published_at.is_not(None),
        Contest.cancelled_at.is_(None),
        Contest.id != contest.id,
    )
    opens_at, kinds = window_of(contest)[0], {group.kind for group in contest.groups}
    found = [
        one
        for one in session.scalars(query.options(WITH_SITTINGS))
        if window_of(one)[1] <= opens_at and kinds & {group.kind for group in one.groups}
    ]
    found.sort(key=lambda one: (one.id == contest.earlier_contest_id, window_of(one)[1], one.id), reverse=True)
    return found[:MOST_CHOICES]


def change_comparison(
    session: Session, *, contest: Contest, earlier: str | None, expected_on: date | None
) -> None:  # fmt: skip
    """Of a draft: the contest that progress is measured against (its public id), and the day of the count.

    Raises DomainError on ``earlier`` for a ranking by progress without one, and for one that is not offered.
    """
    chosen = next((one for one in earlier_contests(session, contest) if one.public_id == earlier), None)
    if earlier and chosen is None:
        raise DomainError("请从列表里选择和哪一次比赛比。", field="earlier")
    contest.earlier_contest_id = chosen.id if chosen else None
    check_comparison(contest)
    contest.expected_on = expected_on
    session.flush()


def check_comparison(contest: Contest) -> None:
    """Raise DomainError for a ranking by progress that is measured against nothing."""
    if contest.ranking_profile == PROGRESS and contest.earlier_contest_id is None:
        raise DomainError("按进步排名，要选定和哪一次比赛比。没有可选的，请换一种排名办法。", field="earlier")
