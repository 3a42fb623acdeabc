"""A team as it is, carried into another stage or into a play-off."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest, Team, TeamMember


def copy_team(session: Session, *, contest: Contest, team: Team, group_id: int, by: int, now: datetime) -> int:
    """The team in another contest's row, with its members and reserves; the id of the copy."""
    copy = Team(
        contest_id=contest.id, group_id=group_id, school_id=team.school_id, slot=team.slot, name=team.name,
        name_key=team.name_key, instructor=team.instructor, origin_id=team.id, created_by=by, created_at=now,
    )  # fmt: skip
    session.add(copy)
    session.flush()
    columns = (TeamMember.user_id, TeamMember.class_id, TeamMember.place, TeamMember.is_reserve)
    members = sa.select(sa.literal(copy.id), sa.literal(contest.id), *columns).where(TeamMember.team_id == team.id)
    names = ["team_id", "contest_id", "user_id", "class_id", "place", "is_reserve"]
    session.execute(sa.insert(TeamMember).from_select(names, members))
    return copy.id
