"""Reads for public pages. What is not published, or whose page is switched off, is never returned."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.awards.draws.models import PrizeDraw
from quiz.awards.draws.rules import DrawState
from quiz.awards.models import Award
from quiz.awards.publication import listed_name
from quiz.awards.rules import TierKind
from quiz.contests.models import Contest
from quiz.contests.queries import WITH_SITTINGS, state_of, window_of
from quiz.contests.rules import ContestState
from quiz.contests.stages import StageLine, first_of, stages_of
from quiz.errors import NotFoundError
from quiz.publicity.rules import is_listed, whole_state
from quiz.rankings.frozen import freeze_in_force, frozen_among
from quiz.rankings.models import ContestTally
from quiz.rankings.rules import PublicBoard, public_board
from quiz.regions.models import Region, School

RECENT = 30  # contests looked at for the landing page, the last published ones
WINNER_ROW: tuple[Any, ...] = (Award, Region.name)
IS_ISSUED = (Award.number.is_not(None), Award.revoked_at.is_(None))


@dataclass(frozen=True)
class TierCount:
    """How many awards of a tier were issued."""

    kind: TierKind
    name: str
    count: int


@dataclass(frozen=True)
class StageResult:
    """What is public of a stage's outcome. ``participants`` is None until all results are out."""

    contest: Contest
    participants: int | None
    has_board: bool
    tiers: Sequence[TierCount]
    is_listed: bool
    draws: Sequence[PrizeDraw]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return self.participants is None and not (self.has_board or self.tiers or self.draws)


@dataclass(frozen=True)
class Winner:
    """A row of the public list of award winners; ``name`` is ready to be shown."""

    kind: TierKind
    tier: str
    group: str | None
    name: str
    county: str


def get_public(session: Session, public_id: str) -> tuple[Contest, Contest]:
    """(the contest's first stage, the stage of this public id), both published, with the page on; else NotFoundError."""
    stage = session.scalar(
        sa.select(Contest)
        .where(Contest.public_id == public_id, Contest.published_at.is_not(None))
        .options(WITH_SITTINGS)
    )
    first = None if stage is None else first_of(session, stage)
    if stage is None or first is None or first.published_at is None or not first.has_public_page:
        raise NotFoundError("可能地址不对，或者主办单位没有开放这个页面。")
    return first, stage


def lines_of(session: Session, first: Contest, now: datetime) -> list[StageLine]:
    """All stages in order, drafts too; a contest without stages is one line."""
    return _lines(stages_of(session, first), now)


def _lines(stages: Sequence[Contest], now: datetime) -> list[StageLine]:
    return [StageLine(one, state_of(one, now), *window_of(one), is_current=False) for one in stages]


def open_pages(session: Session, now: datetime, most: int) -> list[tuple[Contest, StageLine]]:
    """Contests with a public page that run or are announced, with the stage at hand; the ones that run first."""
    query = (
        sa.select(Contest)
        .where(
            Contest.has_public_page, Contest.first_stage_id.is_(None), Contest.published_at.is_not(None),
            Contest.cancelled_at.is_(None),
        )
        .options(WITH_SITTINGS)
        .order_by(Contest.published_at.desc())
        .limit(RECENT)
    )  # fmt: skip
    firsts = list(session.scalars(query))
    later = sa.select(Contest).where(Contest.first_stage_id.in_([first.id for first in firsts]))
    following: dict[int | None, list[Contest]] = defaultdict(list)
    for stage in session.scalars(later.order_by(Contest.stage_number).options(WITH_SITTINGS)):
        following[stage.first_stage_id].append(stage)
    found = []
    for first in firsts:
        lines = _lines([first, *following[first.id]], now)
        state = whole_state(lines)
        if state in {ContestState.RUNNING, ContestState.ANNOUNCED}:
            found.append((first, next(line for line in lines if line.state is state)))
    found.sort(key=lambda pair: pair[1].opens_at)
    found.sort(key=lambda pair: pair[1].state is not ContestState.RUNNING)
    return found[:most]


def results_of(session: Session, lines: Sequence[StageLine], now: datetime) -> list[StageResult]:
    """The outcome of each stage of which something is public, in order."""
    stages = [line.contest for line in lines if line.state in {ContestState.RUNNING, ContestState.FINISHED}]
    ids = [stage.id for stage in stages]
    counted: dict[int, int] = dict(
        session.execute(
            sa.select(ContestTally.contest_id, ContestTally.counted).where(ContestTally.contest_id.in_(ids))
        ).all()
    )
    tiers, draws, frozen = _tiers(session, ids), _draws(session, ids), frozen_among(session, ids, now)
    found = []
    for stage in stages:
        board = public_board([group.sitting for group in stage.groups], now)
        result = StageResult(
            contest=stage,
            participants=None if board is PublicBoard.EARLY else counted.get(stage.id),
            has_board=stage.has_public_board and board is PublicBoard.OPEN,
            tiers=tiers[stage.id],
            is_listed=bool(tiers[stage.id]) and stage.id not in frozen and is_listed(stage.awards_listed_at, now),
            draws=draws[stage.id],
        )
        if not result.is_empty:
            found.append(result)
    return found


def _tiers(session: Session, contest_ids: Sequence[int]) -> dict[int, list[TierCount]]:
    query = (
        sa.select(Award.contest_id, Award.kind, Award.tier, sa.func.count())
        .where(Award.contest_id.in_(contest_ids), *IS_ISSUED)
        .group_by(Award.contest_id, Award.kind, Award.tier)
        .order_by(sa.func.min(Award.tier_position))
    )
    found: dict[int, list[TierCount]] = defaultdict(list)
    for contest_id, kind, name, count in session.execute(query):
        found[contest_id].append(TierCount(kind, name, count))
    return found


def _draws(session: Session, contest_ids: Sequence[int]) -> dict[int, list[PrizeDraw]]:
    query = sa.select(PrizeDraw).where(PrizeDraw.contest_id.in_(contest_ids), PrizeDraw.state != DrawState.CANCELLED)
    found: dict[int, list[PrizeDraw]] = defaultdict(list)
    for draw in session.scalars(query.order_by(PrizeDraw.id)):
        found[draw.contest_id].append(draw)
    return found


def issued_count(session: Session, contest: Contest) -> int:
    """How many awards of the stage stand."""
    query = sa.select(sa.func.count()).select_from(Award).where(Award.contest_id == contest.id, *IS_ISSUED)
    return session.scalar(query) or 0


def winners_query(session: Session, stage: Contest, now: datetime) -> sa.Select[Any]:
    """Rows (Award, county) of the stage's list of award winners, by tier; NotFoundError while it is not public."""
    is_hidden = stage.cancelled_at is not None or freeze_in_force(session, stage.id, now) is not None
    if is_hidden or not is_listed(stage.awards_listed_at, now):
        raise NotFoundError("这份名单可能还没有公开，或者公示已经结束。")
    return (
        sa.select(*WINNER_ROW)
        .join(School, School.id == Award.school_id)
        .join(Region, Region.id == School.county_id)
        .where(Award.contest_id == stage.id, *IS_ISSUED)
        .order_by(Award.tier_position, Award.number)
    )


def winner(award: Award, county: str) -> Winner:
    """A row of winners_query() as it is shown."""
    return Winner(award.kind, award.tier, award.group_kind, listed_name(award), county)
