"""What a draft is made of: its groups with their sittings, its paper specification, its times."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.models import Counting, Release, Sitting
from quiz.contests import rules
from quiz.contests.models import Contest, ContestGroup, Entry
from quiz.contests.queries import windows_of
from quiz.contests.rules import ContestGroupKind, Timing
from quiz.contests.stages import SHARED
from quiz.contests.teams import services as teams
from quiz.papers.models import PaperSpec
from quiz.papers.services import create_spec

COMMON_ITEMS = frozenset({"class_quiz"})  # where the lesson afterwards talks about the same items


def timing_of(contest: Contest) -> Timing:
    """The timing as stored; all but the windows is the same for all groups."""
    sitting = contest.groups[0].sitting
    return Timing(
        opens_at=sitting.opens_at, closes_at=sitting.closes_at, duration_seconds=sitting.duration_seconds,
        starts_at_publication=contest.starts_at_publication, attempts_allowed=sitting.attempts_allowed,
        counting=sitting.counting.value, release_results=sitting.release_results.value,
        release_keys=sitting.release_keys.value,
    ).over(windows_of(contest))  # fmt: skip


def new_spec(
    session: Session, contest: Contest, rows: Sequence[Mapping[str, Any]], actor: Actor, now: datetime
) -> PaperSpec:
    """A specification named as the contest."""
    return create_spec(session, title=contest.title, rows=rows, actor_id=actor.user_id, now=now)


def replace_spec(
    session: Session, contest: Contest, rows: Sequence[Mapping[str, Any]], actor: Actor, now: datetime
) -> PaperSpec:
    """Specifications never change; a draft, which nobody has sat, gets another one and drops its own."""
    old, new = contest.groups[0].sitting.paper_spec, new_spec(session, contest, rows, actor, now)
    for group in contest.groups:
        group.sitting.paper_spec = new
    session.flush()
    session.delete(old)
    return new


def add_group(
    session: Session, contest: Contest, kind: ContestGroupKind, spec: PaperSpec, timing: Timing, like: Sitting | None = None
) -> None:  # fmt: skip
    """Add a group with a sitting of its own; what is the same for all groups is taken from ``like``, one of theirs."""
    sitting = Sitting(
        title=contest.title, band=rules.band_of(kind), paper_spec=spec,
        has_common_items=contest.template in COMMON_ITEMS, **sitting_columns(timing, kind),
    )  # fmt: skip
    for name in SHARED if like is not None else ():
        setattr(sitting, name, getattr(like, name))
    session.add(sitting)
    contest.groups.append(ContestGroup(kind=kind, sitting=sitting))


def share_items(contest: Contest, is_shared: bool) -> None:
    """Whether all get the same items, in every group."""
    for group in contest.groups:
        group.sitting.has_common_items = is_shared


def change_groups(
    session: Session, contest: Contest, kinds: Sequence[ContestGroupKind], spec: PaperSpec, timing: Timing
) -> None:
    """Drop the groups that are not of ``kinds``, add those that are missing. ConflictError for one with teams."""
    like = contest.groups[0].sitting
    present = {group.kind for group in contest.groups}
    for kind in kinds:
        if kind not in present:
            add_group(session, contest, kind, spec, timing, like)
    for group in [one for one in contest.groups if one.kind not in kinds]:
        sitting = group.sitting
        teams.check_removable(session, contest, group.id)
        session.execute(sa.delete(Entry).where(Entry.group_id == group.id))
        contest.groups.remove(group)
        session.flush()
        session.delete(sitting)


def sitting_columns(timing: Timing, kind: ContestGroupKind) -> dict[str, Any]:
    """A timing as the sitting of a group stores it."""
    return {
        **timing.window(kind)._asdict(),
        "duration_seconds": timing.duration_seconds,
        "attempts_allowed": timing.attempts_allowed,
        "counting": Counting(timing.counting),
        "release_results": Release(timing.release_results),
        "release_keys": Release(timing.release_keys),
    }


def apply_timing(contest: Contest, timing: Timing) -> None:
    """Store a timing, and the title, for every group."""
    contest.starts_at_publication = timing.starts_at_publication
    for group in contest.groups:
        group.sitting.title = contest.title
        for column, value in sitting_columns(timing, group.kind).items():
            setattr(group.sitting, column, value)
