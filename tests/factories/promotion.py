"""A contest of two stages: the first is over and tallied, the second waits for those who are promoted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from quiz import clock
from quiz.contests import services as contests
from quiz.contests import stages
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.promotion import services
from quiz.promotion.models import PromotionRun
from quiz.promotion.rules import Plan, Quota, Ties, UnitLevel
from quiz.rankings.services import rebuild
from tests.cast import Cast
from tests.factories.contests import actor_of, make_contest, take

HOUR = timedelta(hours=1)


@dataclass
class Stages:
    """Ids and addresses of both stages."""

    first: int
    second: int
    first_public_id: str
    second_public_id: str


def two_stages(app: Flask, cast: Cast, *, is_published: bool = True) -> Stages:
    """卓玛 has 4 of 4, 李明 and 欧阳小雪 3 in the same time, 王芳 2, and 才让 of another county 1."""
    with app.app_context():
        now = clock.now()
        opens = now - 5 * HOUR
        contest = make_contest(db.session, host="region:630000", by=cast.province, now=opens, opens_at=opens, hours=2)
        for pupil, right in (
            (cast.zhuoma, 4),
            (cast.liming, 3),
            (cast.ouyang, 3),
            (cast.wangfang, 2),
            (cast.cairang, 1),
        ):
            take(db.session, contest, pupil, right=right, now=opens + HOUR)
        second = second_stage(contest, cast, now)
        if is_published:
            contests.publish(db.session, actor=actor_of(db.session, cast.province), contest=second, now=now)
        rebuild(db.session, contest_id=contest.id, now=now)
        db.session.commit()
        found = Stages(contest.id, second.id, contest.public_id, second.public_id)
    run_due_jobs(app)
    return found


def second_stage(contest: Contest, cast: Cast, now: datetime) -> Contest:
    """The draft of 县级复赛, which opens in an hour."""
    actor = actor_of(db.session, cast.province)
    stage = stages.add_stage(
        db.session, actor=actor, contest=contest, own_name="校级初赛", name="县级复赛", now=now
    )  # fmt: skip
    for group in stage.groups:
        group.sitting.opens_at, group.sitting.closes_at = now + HOUR, now + 3 * HOUR
    db.session.flush()
    return stage


def tried(
    app: Flask, cast: Cast, scene: Stages, *, quota: Quota | None = None, level: UnitLevel = UnitLevel.COUNTY,
    ties: Ties = Ties.ALL_IN,
) -> int:  # fmt: skip
    """Declare a way (the first two of each county unless said otherwise) and try it; returns the run's id."""
    with app.app_context():
        contest, actor = db.session.get_one(Contest, scene.first), actor_of(db.session, cast.province)
        plan = Plan(level, ties, {"junior": quota or Quota(number=2, reserves=1)})
        services.declare(db.session, actor=actor, contest=contest, plan=plan, now=clock.now())
        run = services.request(db.session, actor=actor, contest=contest, now=clock.now())
        db.session.commit()
        run_id = run.id
    run_due_jobs(app)
    return run_id


def published(app: Flask, cast: Cast, run_id: int) -> None:
    """Confirm by the administrator, publish by the organiser."""
    with app.app_context():
        run = db.session.get_one(PromotionRun, run_id)
        contest, now = db.session.get_one(Contest, run.contest_id), clock.now()
        services.confirm(db.session, actor=actor_of(db.session, cast.admin), contest=contest, run=run, now=now)
        services.publish(db.session, actor=actor_of(db.session, cast.province), contest=contest, run=run, now=now)
        db.session.commit()
