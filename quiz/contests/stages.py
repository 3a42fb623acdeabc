"""Stages of a contest: adding the next one, and what their order forbids.

A stage is a contest's row of its own (docs/adr/0020); here is what they have to do with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.attempts.models import Sitting
from quiz.contests.models import Contest, ContestGroup, ContestPlace, Entry
from quiz.contests.noting import note
from quiz.contests.queries import WITH_SITTINGS, state_of, window_of, windows_of
from quiz.contests.rules import ContestState, later_profile
from quiz.contests.windows import beginning, proposed_after
from quiz.errors import ConflictError, DomainError
from quiz.papers.services import create_spec

MOST_STAGES = 6
#: What a stage says that the next one repeats, until somebody changes it there (following.py).
REPEATED = (
    "template", "theme", "organisers", "notice", "ranking_profile", "has_public_board", "unit", "team_size", "team_reserves",
    "teams_per_school",
)  # fmt: skip
REPEATED_OF_TIMING = ("duration_seconds", "counting", "release_results", "release_keys")  # has to suit the window
#: What the sittings of all groups share beside their times.
SHARED = ("grace_seconds", "has_common_items", "compares_time", "pass_hundredths")
HOST = ("host_region_id", "host_school_id", "host_class_id")
COPIED = (*REPEATED, *HOST, "has_public_page", "is_demo")
COPIED_OF_SITTING = ("band", "attempts_allowed", *REPEATED_OF_TIMING, *SHARED)


def first_of(session: Session, contest: Contest) -> Contest:
    """The first stage of the contest that this row belongs to."""
    return contest if contest.first_stage_id is None else session.get_one(Contest, contest.first_stage_id)


def stages_of(session: Session, contest: Contest) -> list[Contest]:
    """All stages in order; the contest alone where it has one."""
    if not contest.stage_name:
        return [contest]
    first = contest.first_stage_id or contest.id
    query = sa.select(Contest).where(sa.or_(Contest.id == first, Contest.first_stage_id == first))
    return list(session.scalars(query.order_by(Contest.stage_number).options(WITH_SITTINGS)))


@dataclass(frozen=True)
class StageLine:
    """A stage as pages list it."""

    contest: Contest
    state: ContestState
    opens_at: datetime
    closes_at: datetime
    is_current: bool


def stage_lines(session: Session, contest: Contest, now: datetime) -> list[StageLine]:
    """The stages of a contest in order, for a page about one of them; empty where it has one only."""
    if not contest.stage_name:
        return []
    return [
        StageLine(one, state_of(one, now), *window_of(one), is_current=one.id == contest.id)
        for one in stages_of(session, contest)
    ]


def own_stages(session: Session, lines: Sequence[StageLine], user_id: int) -> set[int]:
    """Those of the stages, by contest id, to which a pupil was promoted and which are announced."""
    later = [line.contest.id for line in lines if line.contest.is_by_promotion and line.state is not ContestState.DRAFT]
    if not later:
        return set()
    query = sa.select(Entry.contest_id).where(
        Entry.user_id == user_id, Entry.contest_id.in_(later), Entry.withdrawn_at.is_(None)
    )
    return set(session.scalars(query))


def next_stage(session: Session, contest: Contest) -> Contest | None:
    """The stage after this one, None for the last."""
    return _neighbours(session, contest)[1]


def previous_stage(session: Session, contest: Contest) -> Contest | None:
    """The stage before this one, None for the first."""
    return _neighbours(session, contest)[0]


def _neighbours(session: Session, contest: Contest) -> tuple[Contest | None, Contest | None]:
    stages = {one.stage_number: one for one in stages_of(session, contest)}
    return stages.get(contest.stage_number - 1), stages.get(contest.stage_number + 1)


def next_held(session: Session, contest: Contest) -> Contest | None:
    """The next stage that takes place: one that was cancelled keeps its times and stands in nobody's way."""
    later = [one for one in stages_of(session, contest) if one.stage_number > contest.stage_number]
    return next((one for one in later if one.cancelled_at is None), None)


def check_begin(session: Session, contest: Contest, opens_at: datetime) -> None:
    """Raise DomainError for a beginning before the end of the stage before."""
    before = previous_stage(session, contest)
    if before is not None and opens_at < window_of(before)[1]:
        raise DomainError(
            "上一赛段“%(stage)s”到这时还没有结束，请把开始时间往后移。", field="opens_at", stage=before.stage_name
        )


def refuse_playoff(contest: Contest) -> None:
    """Raise ConflictError for a play-off: it is no stage, and what belongs to contests and stages is done there."""
    if contest.playoff_of_id is not None:
        raise ConflictError("这是一次加赛，只定谁晋级。请到它所在的赛段里办这件事。")


def check_order(session: Session, contest: Contest, opens_at: datetime, closes_at: datetime) -> None:
    """Raise DomainError for a window that overlaps the stage before or after."""
    check_begin(session, contest, opens_at)
    after = next_held(session, contest)
    if contest.playoff_of_id is not None:  # over before the stage begins to which it leads
        after = next_held(session, session.get_one(Contest, contest.playoff_of_id))
    if after is not None and closes_at > window_of(after)[0]:
        raise DomainError(
            "下一赛段“%(stage)s”那时已经开始，请提前结束时间，或先推迟下一赛段。",
            field="closes_at",
            stage=after.stage_name,
        )


def remove_from_order(session: Session, contest: Contest) -> None:
    """Take a draft out of the order of stages before it is deleted.

    ConflictError where another stage follows, or where pupils have been promoted to it.
    """
    after = next_stage(session, contest)
    if after is not None:
        raise ConflictError("后面还有赛段“%(stage)s”，请先删除它。", stage=after.stage_name)
    if not contest.is_by_promotion:
        return
    if session.scalar(sa.select(Entry.id).where(Entry.contest_id == contest.id).limit(1)) is not None:
        raise ConflictError("已经有学生晋级到这个赛段，不能删除。可以发布后取消。")
    if contest.stage_number == 2:
        first_of(session, contest).stage_name = ""


def check_recallable(session: Session, contest: Contest) -> None:
    """Raise ConflictError for an announced stage whose successor is announced too."""
    after = next_stage(session, contest)
    if after is not None and after.published_at is not None and after.cancelled_at is None:
        raise ConflictError("下一赛段“%(stage)s”已经发布，请先撤回它。", stage=after.stage_name)


def check_publishable(session: Session, contest: Contest) -> None:
    """Raise ConflictError for a stage whose predecessor is not announced, or was cancelled."""
    before = previous_stage(session, contest)
    if before is not None and (before.published_at is None or before.cancelled_at is not None):
        raise ConflictError("上一赛段“%(stage)s”还没有发布，请先发布它。", stage=before.stage_name)


def add_stage(
    session: Session, *, actor: Actor, contest: Contest, own_name: str, name: str, now: datetime
) -> Contest:  # fmt: skip
    """Write the draft of the stage after the last one: same groups, places and paper, a week later.

    ``own_name`` is what the contest's first stage is called from now on (it has a name already where it has stages).
    Raises DomainError naming the field, ConflictError when there are as many as may be or the last one was cancelled.
    """
    session.scalar(sa.select(Contest.id).where(Contest.id == (contest.first_stage_id or contest.id)).with_for_update())
    session.refresh(contest)
    own_name, name = (
        _checked(own_name if not contest.stage_name else contest.stage_name, "own_name"),
        _checked(name, "name"),
    )
    refuse_playoff(contest)
    stages = stages_of(session, contest)
    first, last = stages[0], stages[-1]
    if len(stages) >= MOST_STAGES:
        raise ConflictError("一场比赛最多 %(most)s 个赛段。", most=MOST_STAGES)
    if last.cancelled_at is not None:
        raise ConflictError("最后一个赛段已经取消，不能再往后加。")
    if name in {own_name, *(one.stage_name for one in stages)}:
        raise DomainError("已经有同名的赛段，请换一个名称。", field="name")
    title = title_of(first.title, name)
    if len(title) > 80:
        raise DomainError("比赛名称加赛段名称超过 80 个字，请先缩短比赛名称。", field="name")
    first.stage_name = first.stage_name or own_name
    stage = copied(session, last, title=title, opens_at=proposed_after(windows_of(last)), actor=actor, now=now)
    for group in stage.groups:
        group.sitting.attempts_allowed = 1
    stage.ranking_profile = later_profile(last.ranking_profile)
    stage.first_stage_id = first.id
    stage.stage_name, stage.stage_number = name, last.stage_number + 1
    session.add(stage)
    session.flush()
    note(
        session, first, "contest:stage:add", actor.user_id, now, stage=stage.public_id, number=stage.stage_number, name=name,
    )  # fmt: skip
    return stage


def title_of(first_title: str, name: str) -> str:
    """The title of a later stage of this name."""
    return f"{first_title} · {name}"


def _checked(name: str, field: str) -> str:
    name = name.strip()
    if not name or len(name) > 20:
        raise DomainError("赛段名称要填，最多 20 个字，例如“县级复赛”。", field=field)
    return name


def copied(
    session: Session, contest: Contest, *, title: str, opens_at: datetime, actor: Actor, now: datetime
) -> Contest:
    """A draft with what a contest's row has: groups, places, paper, policy, windows as long, the first
    of which opens at ``opens_at``.

    It is of no stage yet, and not in the session.
    """
    moved = beginning(windows_of(contest), opens_at)
    made = Contest(
        title=title, created_by=actor.user_id, created_at=now, **{name: getattr(contest, name) for name in COPIED}
    )
    made.places = [
        ContestPlace(region_id=one.region_id, school_id=one.school_id, class_id=one.class_id) for one in contest.places
    ]
    rows = contest.groups[0].sitting.paper_spec.rows
    spec = create_spec(session, title=title, rows=rows, actor_id=actor.user_id, now=now)
    for group in contest.groups:
        sitting = Sitting(
            title=title, paper_spec=spec, **moved[group.kind]._asdict(),
            **{name: getattr(group.sitting, name) for name in COPIED_OF_SITTING},
        )  # fmt: skip
        made.groups.append(ContestGroup(kind=group.kind, sitting=sitting))
    return made
