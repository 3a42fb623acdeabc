"""Whether somebody can register a team now, until when, and why no more."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests.eligibility import open_enrolments
from quiz.contests.models import Contest
from quiz.contests.queries import state_of
from quiz.contests.rules import ContestState
from quiz.contests.teams import queries
from quiz.contests.teams.models import Team
from quiz.contests.teams.services import PERMISSION, comes_from_teams


@dataclass(frozen=True)
class Registration:
    """Teams can be registered until ``until``, unless the school has as many as it may (``is_full``)."""

    until: datetime
    limit: int
    registered: int
    is_full: bool
    is_of_school: bool  # of one school: others name the school in the form


def registration_of(session: Session, contest: Contest, actor: Actor, now: datetime) -> Registration | None:
    """How it stands for the actor; None where or when no teams are registered."""
    if not contest.is_by_teams or not actor.can(PERMISSION) or state_of(contest, now) is not ContestState.ANNOUNCED:
        return None
    if comes_from_teams(session, contest):
        return None
    until, limit = min(group.sitting.opens_at for group in contest.groups), contest.unit_rule.limit
    scope = actor.scope(PERMISSION)
    own = queries.own_schools(session, scope)
    if len(own) != 1:
        return Registration(until, limit, 0, is_full=False, is_of_school=bool(own))
    school = own[0].id
    rows = open_enrolments(contest, scope).subquery()
    kinds = set(session.scalars(sa.select(rows.c.group).where(rows.c.school_id == school).distinct()))
    query = sa.select(Team.group_id).where(
        Team.contest_id == contest.id, Team.school_id == school, Team.withdrawn_at.is_(None)
    )
    counts = Counter(session.scalars(query))
    own_groups = [group.id for group in contest.groups if group.kind.value in kinds]
    is_full = bool(own_groups) and all(counts[one] >= limit for one in own_groups)
    return Registration(until, limit, counts.total(), is_full=is_full, is_of_school=True)
