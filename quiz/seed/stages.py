"""The demonstration's 6·26 contest goes on: the county stage, promoted and played, and the provincial final about to open.

Everything goes through the services that people use: stages added, ways of promotion declared, lists tried by one person and
confirmed by another, published; one pupil withdraws and the next stands in.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.accounts.models import Enrolment
from quiz.accounts.rules import Actor
from quiz.contests import services as contests
from quiz.contests.eligibility import eligible_enrolments
from quiz.contests.models import Contest
from quiz.contests.rules import Timing
from quiz.contests.stages import add_stage
from quiz.promotion import services
from quiz.promotion.models import PromotionRemark, PromotionRun
from quiz.promotion.rules import DecisionKind, Outcome, Plan, Quota, Ties, UnitLevel
from quiz.rankings.services import rebuild
from quiz.seed import honours, sittings

Report = Callable[[str, int, int], None]
OWN_NAME, COUNTY, FINAL = "校级初赛", "县级复赛", "省级决赛"
LENGTH = timedelta(days=2, hours=14)
PRESENT = 0.97  # of those who were promoted


def play(session: Session, first: Contest, organiser: Actor, other: Actor, *, now: datetime, report: Report) -> None:
    """Carry a finished first stage on; commits several times. Done again after a kill, it goes on where it was."""
    closed = closes(first)
    county = later_stage(
        session, first, organiser, COUNTY, at=closed + timedelta(days=1), opens=morning(closed) + timedelta(days=4)
    )
    if not is_promoted(session, first):
        plan = Plan(UnitLevel.COUNTY, Ties.ALL_IN, _quotas(first, Quota(number=2, reserves=2)))
        run = tried(session, first, organiser, plan, closed + timedelta(days=1))
        _withdraw(session, first, organiser, run, closed + timedelta(days=2))
        services.withdraw(session, actor=organiser, contest=first, run=run, now=closed + timedelta(days=2))
        run = tried(session, first, organiser, plan, closed + timedelta(days=2))
        confirm_and_publish(session, first, organiser, other, run, closed + timedelta(days=2))
        session.commit()
    _sit(session, county, report)
    done = closes(county)
    later_stage(session, county, organiser, FINAL, at=done + timedelta(days=1), opens=morning(now) + timedelta(days=5))
    if not is_promoted(session, county):
        plan = Plan(UnitLevel.PREFECTURE, Ties.ALL_IN, _quotas(county, Quota(number=2, best_of_rest=4, reserves=2)))
        run = tried(session, county, organiser, plan, done + timedelta(days=1))
        confirm_and_publish(session, county, organiser, other, run, done + timedelta(days=1))
        session.commit()
    honours.play(
        session, county, organiser, other, tiers=honours.PUPILS, prefix="QH-DEMO", now=done + timedelta(days=1)
    )


def is_complete(session: Session, first: Contest) -> bool:
    """Whether everything of this has been played."""
    query = sa.select(Contest).where(Contest.first_stage_id == first.id, Contest.stage_name == COUNTY)
    county = session.scalar(query)
    return county is not None and is_promoted(session, county) and honours.is_done(session, county)


def _quotas(contest: Contest, quota: Quota) -> dict[str, Quota]:
    return {group.kind.value: quota for group in contest.groups}


def closes(contest: Contest) -> datetime:
    """When a stage is over."""
    return contest.groups[0].sitting.closes_at


def morning(at: datetime) -> datetime:
    """Eight o'clock of school time on that day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def later_stage(
    session: Session, before: Contest, actor: Actor, name: str, *, at: datetime, opens: datetime,
    length: timedelta = LENGTH, own_name: str = OWN_NAME,
) -> Contest:  # fmt: skip
    """The stage of this name, added and published at ``at`` where it is missing; unless told, open to the third evening.

    ``own_name`` is what the first stage is called from then on.
    """
    first = before.first_stage_id or before.id
    query = sa.select(Contest).where(Contest.first_stage_id == first, Contest.stage_name == name)
    stage = session.scalar(query)
    if stage is None:
        stage = add_stage(session, actor=actor, contest=before, own_name=own_name, name=name, now=at)
        sitting = before.groups[0].sitting
        timing = Timing(opens, opens + length, sitting.duration_seconds)
        contests.change_timing(session, actor=actor, contest=stage, timing=timing, now=at)
        contests.publish(session, actor=actor, contest=stage, now=at)
        session.commit()
    return stage


def is_promoted(session: Session, contest: Contest) -> bool:
    """Whether a list of who goes on from this stage has been published."""
    query = sa.select(PromotionRun.id).where(
        PromotionRun.contest_id == contest.id, PromotionRun.published_at.is_not(None)
    )
    return session.scalar(query) is not None


def tried(session: Session, contest: Contest, actor: Actor, plan: Plan, at: datetime) -> PromotionRun:
    """A trial with everybody's verdict."""
    rebuild(session, contest_id=contest.id, now=at)
    services.declare(session, actor=actor, contest=contest, plan=plan, now=at)
    run = services.request(session, actor=actor, contest=contest, now=at)
    session.commit()
    services.count(session, run_id=run.id, now=at, beat=lambda _done, _total: None)
    session.commit()
    return session.get_one(PromotionRun, run.id)


def _withdraw(session: Session, contest: Contest, actor: Actor, run: PromotionRun, at: datetime) -> None:
    """The last one on the list cannot come, so that the next one stands in."""
    query = sa.select(PromotionRemark.user_id).where(
        PromotionRemark.run_id == run.id, PromotionRemark.outcome == Outcome.THROUGH
    )
    user_id = session.scalar(query.order_by(PromotionRemark.order_key.desc(), PromotionRemark.user_id).limit(1))
    if user_id is not None:
        services.decide(
            session, actor=actor, contest=contest, user_id=user_id, kind=DecisionKind.WITHDRAWN,
            reason="家长来函：当天有事，不能参加", now=at,
        )  # fmt: skip


def confirm_and_publish(
    session: Session, contest: Contest, actor: Actor, other: Actor, run: PromotionRun, at: datetime
) -> None:  # fmt: skip
    """What was tried by one person, confirmed by another."""
    services.confirm(session, actor=other, contest=contest, run=run, now=at)
    services.publish(session, actor=actor, contest=contest, run=run, now=at)


def _sit(session: Session, contest: Contest, report: Report) -> None:
    """Let those who were promoted sit the stage, once."""
    if sittings.has_begun(session, contest):
        return
    rng = random.Random(4)  # noqa: S311 - the same demonstration every time
    rows = session.execute(eligible_enrolments(contest).order_by(Enrolment.user_id)).all()
    there = [row for row in rows if rng.random() < PRESENT]
    pupils = [sittings.Participant(row.user_id, row.school_id, rng.gauss(1.1, 0.7)) for row in there]
    sitting = contest.groups[0].sitting
    end = sitting.closes_at - timedelta(hours=1)
    sittings.play(
        session, contest, pupils, begin=sitting.opens_at, end=end, rng=rng, label="county stage", report=report
    )
    session.commit()
