"""Teams as a list of awards needs them: the board without those who were disqualified, and what a certificate prints."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.awards.rules import Candidate, without
from quiz.contests.models import Contest, ContestGroup, Team
from quiz.contests.teams.queries import members_of
from quiz.promotion.rules import DecisionKind
from quiz.promotion.teams.queries import decisions_of
from quiz.rankings.models import ContestTally
from quiz.rankings.team_boards import TeamBoard
from quiz.regions.models import School


def board(session: Session, contest: Contest, tally: ContestTally, group: ContestGroup) -> list[Candidate]:
    """The ranked teams of a group. A value is the average of a team's members, so that cut-offs lie between 0 and 100.

    Whoever was disqualified is left out, and those behind move up.
    """
    ranked = (
        Candidate(row.team_id, row.rank, row.is_tied, row.score // contest.team_size)
        for row in TeamBoard(session, tally, group).rows()
        if row.rank is not None
    )
    return list(without(ranked, disqualified_teams(session, contest)))


def disqualified_teams(session: Session, contest: Contest) -> set[int]:
    """The teams that were disqualified; none where pupils compete alone."""
    if not contest.is_by_teams:
        return set()
    return {team for team, kind in decisions_of(session, contest).items() if kind is DecisionKind.DISQUALIFIED}


def facts(session: Session, team_ids: Sequence[int]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """Team → (columns of an award, what its reason keeps for the certificate): members in order, without reserves."""
    members = members_of(session, team_ids)
    query = sa.select(Team, School.name).join(School, School.id == Team.school_id).where(Team.id.in_(team_ids))
    return {
        team.id: (
            {
                "team_id": team.id, "user_id": None, "class_id": None, "school_id": team.school_id, "name": team.name,
                "school": school,
            },
            {
                "members": [[one.user_id, one.name] for one in members[team.id] if not one.is_reserve],
                "instructor": team.instructor,
            },
        )
        for team, school in session.execute(query)
    }  # fmt: skip


def groups_of(session: Session, team_ids: Sequence[int]) -> dict[int, int]:
    """Team → its group."""
    query = sa.select(Team.id, Team.group_id).where(Team.id.in_(team_ids), Team.withdrawn_at.is_(None))
    return {team_id: group_id for team_id, group_id in session.execute(query)}
