"""Holding a contest again: a draft of each of its stages, at the same time of year, on the same days of the week."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.clock import LOCAL_ZONE
from quiz.contests.models import Contest
from quiz.contests.noting import note
from quiz.contests.queries import window_of
from quiz.contests.rules import later_profile
from quiz.contests.stages import copied, refuse_playoff, stages_of

YEAR = timedelta(weeks=52)


def copy_contest(session: Session, *, actor: Actor, contest: Contest, now: datetime) -> list[Contest]:
    """Write the drafts, in the order of the stages, the first of them being the new contest.

    All windows move by the same number of years, so that the first one lies ahead; a year in the title moves along. Who takes
    part in later stages is decided anew. The caller has checked that the actor manages the contest.
    """
    refuse_playoff(contest)
    stages = stages_of(session, contest)
    shift = YEAR
    while window_of(stages[0])[0] + shift <= now:
        shift += YEAR
    made: list[Contest] = []
    for stage in stages:
        opens_at = window_of(stage)[0] + shift
        copy = copied(session, stage, title=_title(stage, shift), opens_at=opens_at, actor=actor, now=now)
        copy.stage_name, copy.stage_number, copy.is_demo = stage.stage_name, stage.stage_number, False
        copy.first_stage_id = made[0].id if made else None
        copy.earlier_contest_id = stage.id if stage.published_at is not None and stage.cancelled_at is None else None
        if copy.first_stage_id is not None and copy.earlier_contest_id is None:
            copy.ranking_profile = later_profile(copy.ranking_profile)
        session.add(copy)
        session.flush()
        made.append(copy)
    note(
        session, made[0], "contest:copy", actor.user_id, now, source=stages[0].public_id, stages=len(made),
    )  # fmt: skip
    return made


def _title(contest: Contest, shift: timedelta) -> str:
    """The title with its year, where it has one, moved along."""
    opens_at = window_of(contest)[0].astimezone(LOCAL_ZONE)
    return contest.title.replace(str(opens_at.year), str((opens_at + shift).year))
