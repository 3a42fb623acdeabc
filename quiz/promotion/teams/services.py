"""What a promotion of teams does otherwise: verdicts of teams, and their members and the teams written into the next stage."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.contests.models import Contest, ContestGroup, Entry, Team, TeamMember
from quiz.contests.teams.carrying import copy_team
from quiz.db import in_batches, insert_into
from quiz.promotion import rules
from quiz.promotion.models import PromotionRun
from quiz.promotion.queries import Change, summary, tie_row
from quiz.promotion.rules import Plan, Verdict
from quiz.promotion.teams import queries
from quiz.rankings.models import ContestTally


def verdicts(
    session: Session, contest: Contest, tally: ContestTally, plan: Plan, beat: Callable[[int, int], None]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The numbers of a run and everybody's row, as for pupils."""
    named, groups = queries.decisions_of(session, contest), {group.kind.value: group for group in contest.groups}
    found: dict[str, Sequence[Verdict]] = {}
    keys: dict[int, Any] = {}
    ties: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for group, quota in plan.quotas.items():
        placed = queries.candidates(session, contest, tally, groups[group], plan.level)
        by_id = {one.candidate.user_id: one for one in placed}
        found[group], open_ties = rules.decided(quota, plan.ties, [one.candidate for one in placed], named)
        ties += [tie_row(group, one, by_id) for one in open_ties]
        keys |= {team_id: (-one.score, one.seconds) for team_id, one in by_id.items()}
        for position, one in enumerate(found[group], start=1):
            team = by_id[one.user_id]
            rows.append(
                {
                    "team_id": one.user_id, "group_kind": group, "unit_id": one.unit, "position": position,
                    "score": team.score, "seconds": team.seconds, "place": one.place, "seats": one.seats,
                    "outcome": one.outcome, "reason": one.reason, "number": one.number,
                }
            )  # fmt: skip
        beat(len(rows), len(rows))
    return summary(found, keys) | {"ties": ties}, rows


def enter(session: Session, run: PromotionRun, change: Change, by: int, now: datetime) -> None:
    """Entries for the members of all teams that come new; the teams as well where the next stage is by teams.

    A team that had been taken back returns as it was there. Teams that are there already stay untouched: somebody may
    have stepped in.
    """
    after = session.get_one(Contest, run.next_stage_id)
    kinds = {group.kind: group.id for group in after.groups}
    query = sa.select(Team, ContestGroup.kind).join(ContestGroup, ContestGroup.id == Team.group_id)
    coming = [
        (team, kinds[kind])
        for some in in_batches(sorted(change.entering))
        for team, kind in session.execute(query.where(Team.id.in_(some)).order_by(Team.id))
    ]
    places = {team.id: (team, group_id) for team, group_id in coming}
    if after.is_by_teams:
        known = _known(session, after, [team.id for team, _ in coming])
        places = {
            known.get(team.id) or copy_team(session, contest=after, team=team, group_id=group_id, by=by, now=now): (
                team,
                group_id,
            )
            for team, group_id in coming
        }
    rows = []
    for some in in_batches(sorted(places)):
        seats = sa.select(TeamMember).where(TeamMember.team_id.in_(some), ~TeamMember.is_reserve)
        for one in session.scalars(seats.order_by(TeamMember.user_id)):
            team, group_id = places[one.team_id]
            rows.append(
                {
                    "contest_id": after.id, "group_id": group_id, "user_id": one.user_id, "school_id": team.school_id,
                    "class_id": one.class_id, "extra_seconds": 0, "created_at": now,
                }
            )  # fmt: skip
    statement = insert_into(session, Entry)
    again = statement.on_conflict_do_update(
        index_elements=["contest_id", "user_id"], set_={"withdrawn_at": None, "group_id": statement.excluded.group_id}
    )
    if rows:
        session.execute(again, rows)


def _known(session: Session, after: Contest, origins: Sequence[int]) -> dict[int, int]:
    """Team of the stage before → the one that came from it, back again where it had been taken back."""
    found: dict[int, int] = {}
    for some in in_batches(sorted(origins)):
        back = (
            sa.update(Team)
            .where(Team.contest_id == after.id, Team.origin_id.in_(some))
            .values(withdrawn_at=None)
            .returning(Team.origin_id, Team.id)
            .execution_options(synchronize_session=False)
        )
        found |= {origin_id or 0: team_id for origin_id, team_id in session.execute(back)}
    return found


def take_back(session: Session, run: PromotionRun, change: Change, now: datetime) -> None:
    """The entries of all pupils of teams that leave, and the teams."""
    present = queries.in_next(session, run)
    pupils = sorted({user_id for team_id in change.leaving for user_id in present[team_id]})
    for some in in_batches(pupils):
        session.execute(
            sa.update(Entry)
            .where(Entry.contest_id == run.next_stage_id, Entry.user_id.in_(some))
            .values(withdrawn_at=now)
            .execution_options(synchronize_session=False)
        )
    for some in in_batches(sorted(change.leaving)):
        session.execute(
            sa.update(Team)
            .where(Team.contest_id == run.next_stage_id, Team.origin_id.in_(some))
            .values(withdrawn_at=now)
            .execution_options(synchronize_session=False)
        )
