"""A play-off's steps: announced for exactly those who are tied, sat as any contest, its winners recorded as decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.rules import Actor
from quiz.audit.services import record
from quiz.contests.holding import hold
from quiz.contests.models import Contest, Team
from quiz.contests.playoffs import make_playoff
from quiz.contests.queries import require_managed, window_of
from quiz.contests.stages import next_stage
from quiz.db import move
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.promotion import services as promotion
from quiz.promotion.models import PromotionRun, RunState
from quiz.promotion.playoffs import queries, rules
from quiz.promotion.playoffs.models import Playoff
from quiz.promotion.playoffs.queries import PlayoffLine
from quiz.promotion.playoffs.rules import MOST_ITEMS, MOST_MINUTES, PlayoffState
from quiz.promotion.queries import is_settled
from quiz.promotion.rules import DecisionKind
from quiz.rankings.frozen import freeze_in_force
from quiz.rankings.models import ContestTally

PERMISSION = promotion.PERMISSION
NAME = "加赛"  # part of the title, like the names of stages


@dataclass(frozen=True)
class Wanted:
    """What an organiser sets for a play-off."""

    opens_at: datetime
    closes_at: datetime
    minutes: int
    items: int


def create(
    session: Session, *, actor: Actor, contest: Contest, run: PromotionRun, tie: int, wanted: Wanted, now: datetime
) -> PlayoffLine:  # fmt: skip
    """Announce a play-off for one tie of a trial; the one that is open for the same pupils or teams is returned.

    Raises DomainError naming the field, ConflictError for a trial that is no longer current.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    hold(session, contest)
    if freeze_in_force(session, contest.id, now) is not None:
        raise ConflictError("这个赛段还在封榜，一安排加赛就看得出谁并列。请先解封。")
    ties = queries.ties_of(run)
    if not 0 <= tie < len(ties):
        raise NotFoundError("这次试算里没有这组并列。")
    found = ties[tie]
    standing = queries.open_for(session, contest, found["users"])
    if standing is not None:
        return standing
    if run.state is not RunState.READY or not promotion.is_current(session, contest, run):
        raise ConflictError("试算以后有变，或者已经撤回。请重新试算，再安排加赛。")
    _check(session, contest, wanted, now)
    group = next(one for one in contest.groups if one.kind.value == found["group"])
    made = make_playoff(
        session, actor=actor, contest=contest, group=group, name=NAME, notice=_notice(contest),
        rows=rules.scaled(group.sitting.paper_spec.rows, wanted.items), opens_at=wanted.opens_at,
        closes_at=wanted.closes_at, duration_seconds=wanted.minutes * 60, now=now,
        **_who_sits(session, contest, run, found["users"]),
    )  # fmt: skip
    playoff = Playoff(
        contest_id=contest.id, sat_as_id=made.id, group_kind=found["group"], unit_id=found["unit"], seats=found["seats"],
        created_by=actor.user_id, created_at=now,
    )  # fmt: skip
    session.add(playoff)
    session.flush()
    _audit(
        session, contest, "create", actor, now, playoff=made.public_id, run=run.public_id, seats=found["seats"],
        **{"teams" if contest.is_by_teams else "pupils": len(found["users"])},
    )  # fmt: skip
    return PlayoffLine(playoff, made)


def _who_sits(session: Session, contest: Contest, run: PromotionRun, keys: Sequence[int]) -> dict[str, Any]:
    """The pupils of a tie; of tied teams their members, and the teams."""
    if not contest.is_by_teams:
        return {"members": queries.members_of(session, run, keys)}
    teams = session.scalars(sa.select(Team).where(Team.id.in_(keys)).order_by(Team.id)).all()
    return {"members": queries.members_of_teams(session, keys), "teams": teams}


def _notice(contest: Contest) -> str:
    if contest.is_by_teams:
        return (
            f"这是“{contest.title}”的加赛：成绩并列的队再比一次，定哪队晋级。\n"
            "每名队员各答一份短卷，先比全队得分，得分相同比全队用时；没交卷的队员算 0 分，用时算满。"
        )
    return f"这是“{contest.title}”的加赛：成绩并列的同学再答一份短卷，先比得分，得分相同比用时，定谁晋级。"


def _check(session: Session, contest: Contest, wanted: Wanted, now: datetime) -> None:
    if not 1 <= wanted.items <= MOST_ITEMS:
        raise DomainError("题数填 1 到 %(most)s 之间的整数。", field="items", most=MOST_ITEMS)
    if not 1 <= wanted.minutes <= MOST_MINUTES:
        raise DomainError("时长填 1 到 %(most)s 之间的整数。", field="minutes", most=MOST_MINUTES)
    if wanted.closes_at <= wanted.opens_at or wanted.closes_at <= now:
        raise DomainError("结束时间要晚于开始时间，也要晚于现在。", field="closes_at")
    after = next_stage(session, contest)
    if after is not None and wanted.closes_at > window_of(after)[0]:
        raise DomainError(
            "下一赛段“%(stage)s”那时已经开始，加赛要在它以前结束。", field="closes_at", stage=after.stage_name
        )


def settle(
    session: Session, *, actor: Actor, contest: Contest, line: PlayoffLine, takes_tied: bool, now: datetime
) -> Sequence[int]:  # fmt: skip
    """Record the winners as decisions, with the play-off's public id as reason; who they are. Said twice, once.

    ``takes_tied``: who is equal again across the last seat wins too; else they sit another one. ConflictError before it
    is over and counted.
    """
    require_managed(session, contest, actor.scope(PERMISSION))
    hold(session, contest)  # as every decision does: none about a winner may be made unseen
    if line.playoff.state is PlayoffState.SETTLED:
        return list(line.playoff.winners)
    if line.contest.cancelled_at is not None:
        raise ConflictError("这次加赛已经取消。")
    if not is_settled(session, line.contest, now):
        raise ConflictError("加赛还没有结束，或者成绩还在统计。结束一分钟后再记结果。")
    session.get(ContestTally, line.contest.id, with_for_update={"read": True})  # no other standings while they are read
    found = queries.proposal_of(line, queries.results_of(session, line))
    winners = [*found.winners, *(found.tied if takes_tied else ())]
    values = {"winners": winners, "settled_by": actor.user_id, "settled_at": now}
    if not move(session, line.playoff, PlayoffState.OPEN, PlayoffState.SETTLED, **values):
        return list(line.playoff.winners)
    for key in winners:
        promotion.decide(
            session, actor=actor, contest=contest, user_id=key, kind=DecisionKind.PLAYOFF_WON,
            reason=f"加赛 {line.public_id} 胜出", now=now,
        )  # fmt: skip
    _audit(
        session, contest, "settle", actor, now, playoff=line.public_id, winners=len(winners), tied=len(found.tied),
        takes_tied=takes_tied,
    )  # fmt: skip
    return winners


def _audit(
    session: Session, contest: Contest, action: Literal["create", "settle"], actor: Actor, now: datetime, **details: Any
) -> None:
    record(
        session, f"contest:playoff:{action}", now=now, actor_id=actor.user_id, object_type="contest",
        object_id=contest.public_id, **details,
    )  # fmt: skip
