"""What later drafts take over from the stage before them, as long as nobody has changed it there.

A preset writes all stages before anybody has chosen times, paper and names. So a later draft follows in each thing in which
it still says what :func:`quiz.contests.stages.add_stage` would propose today; what somebody has changed there stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.contests import rules
from quiz.contests.drafting import apply_timing, change_groups, replace_spec, timing_of
from quiz.contests.models import Contest, ContestPlace
from quiz.contests.queries import window_of, windows_of
from quiz.contests.rules import Timing, later_profile
from quiz.contests.stages import (
    HOST,
    REPEATED,
    REPEATED_OF_TIMING,
    SHARED,
    check_begin,
    check_order,
    stages_of,
    title_of,
)
from quiz.contests.windows import Windows, beginning, proposed_after, shape, whole
from quiz.errors import DomainError

OF_SITTING = (*REPEATED_OF_TIMING, *SHARED)


@dataclass(frozen=True)
class Move:
    """A later draft and the windows it gets."""

    stage: Contest
    windows: Windows


def moves(session: Session, contest: Contest, windows: Windows) -> list[Move]:
    """The later drafts that move along when ``contest`` gets these windows, in order; nothing is changed yet.

    A draft that has the windows of the stage before it, moved, gets the new ones, moved. Raises DomainError where a window,
    or one that moves along, overlaps a stage that stays where it is.
    """
    found: list[Move] = []
    old, new = windows_of(contest), windows
    for stage in _later(session, contest):
        if stage.cancelled_at is not None:
            continue
        own = windows_of(stage)
        if stage.published_at is not None or whole(own).opens_at != proposed_after(old) or new == old:
            _check_before(stage, found, whole(new).closes_at)
            break
        pattern, duration = (
            new if shape(own) == shape(old) else own,
            timedelta(seconds=timing_of(stage).duration_seconds),
        )
        old, new = own, beginning(pattern, proposed_after(new), at_least=duration)
        if new == own:
            break
        found.append(Move(stage, new))
    opens_at, closes_at = whole(windows)
    if found:
        check_begin(session, contest, opens_at)
    else:
        check_order(session, contest, opens_at, closes_at)
    return found


def _check_before(stage: Contest, moved: Sequence[Move], closes_at: datetime) -> None:
    if moved and closes_at > window_of(stage)[0]:
        raise DomainError(
            "“%(moved)s”会跟着往后移，可是“%(stage)s”那时已经开始，请先推迟“%(stage)s”。",
            field="closes_at",
            moved=moved[-1].stage.stage_name,
            stage=stage.stage_name,
        )


def order_of(session: Session, contest: Contest, timing: Timing) -> list[Move]:
    """moves() for a timing; one that starts when it is published cannot be a later stage's."""
    if contest.is_by_promotion and timing.starts_at_publication:
        raise DomainError("后面的赛段要定好开始和结束时间。", field="start")
    return moves(session, contest, {group.kind: timing.window(group.kind) for group in contest.groups})


def move(found: Sequence[Move]) -> list[Contest]:
    """Give the drafts their new windows; the stages that moved."""
    for one in found:
        for group in one.stage.groups:
            group.sitting.opens_at, group.sitting.closes_at = one.windows[group.kind]
    return [one.stage for one in found]


@dataclass(frozen=True)
class Followers:
    """The later drafts of a contest and in what each still says what the stage before it said."""

    contest: Contest
    said: tuple[tuple[Contest, Contest, frozenset[str]], ...]  # (before, stage, what it follows in)

    def follow(self, session: Session, *, actor: Actor, now: datetime) -> None:
        """Hand on what was changed since. Groups and places of later drafts are always those of the first stage."""
        for before, stage, follows in self.said:
            told = _proposed(before)
            if "title" in follows:
                stage.title = _title(stage, before)
            for name in REPEATED:
                if name in follows:
                    setattr(stage, name, told[name])
            if "rows" in follows and told["rows"] != stage.groups[0].sitting.paper_spec.rows:
                replace_spec(session, stage, told["rows"], actor, now)
            if not self.contest.is_by_promotion and self.contest.published_at is None:
                _follow_places(session, self.contest, stage)
            _follow_sittings(stage, {name: told[name] for name in OF_SITTING if name in follows})
        session.flush()


def followers(session: Session, contest: Contest) -> Followers:
    """Look, before a change of ``contest``, at what later drafts take over from it."""
    said, before = [], contest
    for stage in _later(session, contest):
        if stage.published_at is None:
            own, told = _said(stage), _proposed(before)
            follows = {name for name, value in own.items() if value == told[name]}
            if stage.title == _title(stage, before):
                follows.add("title")
            said.append((before, stage, frozenset(follows)))
        before = stage
    return Followers(contest, tuple(said))


def _later(session: Session, contest: Contest) -> list[Contest]:
    if contest.playoff_of_id is not None:
        return []
    return [one for one in stages_of(session, contest) if one.stage_number > contest.stage_number]


def _said(stage: Contest) -> Mapping[str, Any]:
    sitting = stage.groups[0].sitting
    return {
        **{name: getattr(stage, name) for name in REPEATED},
        **{name: getattr(sitting, name) for name in OF_SITTING},
        "rows": list(sitting.paper_spec.rows),
    }


def _proposed(before: Contest) -> Mapping[str, Any]:
    """What add_stage would let a stage after this one say."""
    return {**_said(before), "ranking_profile": later_profile(before.ranking_profile)}


def _title(stage: Contest, before: Contest) -> str:
    """What add_stage would call a stage after this one."""
    ending = title_of("", before.stage_name) if before.is_by_promotion else ""
    return title_of(before.title.removesuffix(ending), stage.stage_name)


def _follow_places(session: Session, first: Contest, stage: Contest) -> None:
    for name in HOST:
        setattr(stage, name, getattr(first, name))
    wanted = [(one.region_id, one.school_id, one.class_id) for one in first.places]
    if wanted != [(one.region_id, one.school_id, one.class_id) for one in stage.places]:
        stage.places = [
            ContestPlace(region_id=region, school_id=school, class_id=one) for region, school, one in wanted
        ]
    kinds = [group.kind for group in first.groups]
    if set(kinds) != {group.kind for group in stage.groups}:
        change_groups(session, stage, kinds, stage.groups[0].sitting.paper_spec, timing_of(stage))


def _follow_sittings(stage: Contest, values: Mapping[str, Any]) -> None:
    """Hand on the settings of the sittings; those that do not suit the stage's own window or attempts are left out."""
    timing = timing_of(stage)
    wanted = replace(timing, **{name: values[name] for name in REPEATED_OF_TIMING if name in values})
    try:
        rules.check_timing(wanted)
    except DomainError:
        wanted = timing
    apply_timing(stage, wanted)
    for name, value in values.items():
        if name not in REPEATED_OF_TIMING:
            for group in stage.groups:
                setattr(group.sitting, name, value)
