"""A play-off: a short paper for those who are tied, as a contest's row beside the order of stages (docs/adr/0025)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.models import Sitting
from quiz.contests.models import Contest, ContestGroup, ContestPlace, Entry, Team
from quiz.contests.rules import later_profile
from quiz.contests.services import publish
from quiz.contests.stages import COPIED
from quiz.contests.teams.carrying import copy_team
from quiz.papers.services import create_spec

MOST_TITLE = 80
OWN = ("notice", "has_public_board", "has_public_page")  # a play-off has no pages for the public


@dataclass(frozen=True)
class Member:
    """Somebody who may sit it, with the school and class of the result that is tied."""

    user_id: int
    school_id: int
    class_id: int


def make_playoff(
    session: Session, *, actor: Actor, contest: Contest, group: ContestGroup, name: str, notice: str,
    rows: Sequence[Mapping[str, Any]], opens_at: datetime, closes_at: datetime, duration_seconds: int,
    members: Sequence[Member], teams: Sequence[Team] = (), now: datetime,
) -> Contest:  # fmt: skip
    """Write and announce it: one group, one attempt, the same items for all, results once the window is over.

    In a stage by teams the tied teams are copied with their reserves; ``members`` are those of them who are none.
    Raises DomainError for a window or paper that cannot be.
    """
    title = f"{contest.title[: MOST_TITLE - len(name) - 3]} · {name}"
    copied = {one: getattr(contest, one) for one in COPIED if one not in OWN}
    copied["ranking_profile"] = later_profile(contest.ranking_profile)
    made = Contest(
        title=title, notice=notice, playoff_of_id=contest.id, created_by=actor.user_id, created_at=now, **copied
    )
    made.places = [
        ContestPlace(region_id=one.region_id, school_id=one.school_id, class_id=one.class_id) for one in contest.places
    ]
    sitting = Sitting(
        title=title, band=group.sitting.band, opens_at=opens_at, closes_at=closes_at, duration_seconds=duration_seconds,
        grace_seconds=group.sitting.grace_seconds, attempts_allowed=1, has_common_items=True,
        pass_hundredths=group.sitting.pass_hundredths, release_results="after_close", release_keys="after_close",
        paper_spec=create_spec(session, title=title, rows=rows, actor_id=actor.user_id, now=now),
    )  # fmt: skip
    made.groups.append(ContestGroup(kind=group.kind, sitting=sitting))
    session.add(made)
    session.flush()
    session.add_all(
        Entry(
            contest_id=made.id, group_id=made.groups[0].id, user_id=one.user_id, school_id=one.school_id,
            class_id=one.class_id, created_at=now,
        )
        for one in members
    )  # fmt: skip
    for team in teams:
        copy_team(session, contest=made, team=team, group_id=made.groups[0].id, by=actor.user_id, now=now)
    session.flush()
    return publish(session, actor=actor, contest=made, now=now)
