"""Write down that schools were reminded; nothing is ever taken back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.desk.models import Reminder, ReminderChannel
from quiz.desk.reminding.queries import expected_schools, get_county
from quiz.errors import DomainError, NotFoundError
from quiz.rankings.models import ContestTally

PERMISSION = "contests.command"
TWICE = timedelta(minutes=1)  # the same person, school and channel within it: the button was pressed twice


def mark(
    session: Session, *, actor: Actor, contest: Contest, region_id: str, school_ids: Sequence[int],
    channel: ReminderChannel, now: datetime,
) -> int:  # fmt: skip
    """Note for schools of a county that the actor has reminded them; returns how many notes were written.

    DomainError without a school; NotFoundError for a county outside the scope or a school that is not expected there.
    """
    county = get_county(session, contest, actor.scope(PERMISSION), region_id)
    ids = sorted(set(school_ids))
    if not ids:
        raise DomainError("请至少勾选一所学校。", field="schools")
    tally = session.get(ContestTally, contest.id)
    if tally is None or expected_schools(session, tally, county, ids) != set(ids):
        raise NotFoundError("没有找到这所学校，或者它不参加这场比赛。")
    just_now = sa.select(Reminder.school_id).where(
        Reminder.contest_id == contest.id, Reminder.school_id.in_(ids), Reminder.reminded_by == actor.user_id,
        Reminder.channel == channel, Reminder.at > now - TWICE,
    )  # fmt: skip
    new = sorted(set(ids) - set(session.scalars(just_now)))
    session.add_all(
        Reminder(contest_id=contest.id, school_id=one, reminded_by=actor.user_id, at=now, channel=channel)
        for one in new
    )
    session.flush()
    if new:
        note(
            session, contest, "contest:reminder:mark", actor.user_id, now, county=region_id, channel=channel.value, schools=new,
        )  # fmt: skip
    return len(new)
