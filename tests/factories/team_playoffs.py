"""Teams that are tied across the promotion line, and the steps of their play-off through the services."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.contests import services as contests
from quiz.contests.models import Contest, Entry
from quiz.contests.teams.models import Team
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.promotion import services
from quiz.promotion.models import PromotionRun
from quiz.promotion.playoffs import queries
from quiz.promotion.playoffs import services as playoffs
from quiz.promotion.playoffs.queries import PlayoffLine
from quiz.promotion.playoffs.services import Wanted
from quiz.promotion.queries import open_run
from quiz.promotion.rules import Quota, Ties, UnitLevel
from tests.cast import Cast
from tests.factories.contests import actor_of, take
from tests.factories.promotion import Stages, second_stage, tried
from tests.factories.teams import Arena, arena, register, sat

MINUTE = timedelta(minutes=1)
LATER = 40 * MINUTE  # from the announcement: it is over and counted


def tied_teams(app: Flask, cast: Cast) -> Arena:
    """甲一队 200; 甲二队 and 乙队 150 in 120 seconds, each with a reserve; 欧阳小雪 is in no team."""
    found = arena(app, cast)
    a, b = found.more_a, found.more_b
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        register(cast, contest, "甲一队", cast.zhuoma, cast.liming)
        register(cast, contest, "甲二队", cast.wangfang, a[0], reserves=(a[1],))
        register(cast, contest, "乙队", cast.cairang, b[0], reserves=(b[1],))
        db.session.commit()
    results = {cast.zhuoma: (4, 60), cast.liming: (4, 60), cast.wangfang: (4, 60), a[0]: (2, 60)}
    sat(app, found.contest, results | {cast.cairang: (3, 50), b[0]: (3, 70)})
    return found


def with_next_stage(app: Flask, cast: Cast, more: Arena) -> Stages:
    """Both stages, the second announced."""
    with app.app_context():
        contest = db.session.get_one(Contest, more.contest)
        second = second_stage(contest, cast, clock.now())
        contests.publish(db.session, actor=actor_of(db.session, cast.province), contest=second, now=clock.now())
        db.session.commit()
        return Stages(contest.id, second.id, contest.public_id, second.public_id)


def tie(app: Flask, cast: Cast, scene: Stages) -> int:
    """Two seats for all, ties to be played off; the id of the trial."""
    return tried(app, cast, scene, ties=Ties.PLAYOFF, level=UnitLevel.WHOLE, quota=Quota(number=2, reserves=1))


@pytest.fixture
def more(app: Any, cast: Any) -> Arena:
    return tied_teams(app, cast)


@pytest.fixture
def scene(app: Any, cast: Any, more: Arena) -> Stages:
    return with_next_stage(app, cast, more)


@pytest.fixture
def run_id(app: Any, cast: Any, scene: Stages) -> int:
    return tie(app, cast, scene)


def stage(scene: Stages) -> Contest:
    return db.session.get_one(Contest, scene.first)


def team_named(contest_id: int, name: str) -> Team:
    return db.session.scalars(sa.select(Team).where(Team.contest_id == contest_id, Team.name == name)).one()


def ids_of(scene: Stages, *names: str) -> list[int]:
    return [team_named(scene.first, name).id for name in names]


def announce(cast: Cast, scene: Stages, run_id: int, *, by: int | None = None) -> PlayoffLine:
    """Within an application context: announce it, open since ten minutes ago; its line."""
    now, actor = clock.now(), actor_of(db.session, by or cast.province)
    line = playoffs.create(
        db.session, actor=actor, contest=stage(scene), run=db.session.get_one(PromotionRun, run_id), tie=0,
        wanted=Wanted(now - 10 * MINUTE, now + 30 * MINUTE, 10, 4), now=now,
    )  # fmt: skip
    db.session.commit()
    return line


def sit(app: Flask, cast: Cast, scene: Stages, run_id: int, results: list[tuple[int, int, int]]) -> str:
    """Announce it and let some members sit it (user, right answers, seconds); the public id."""
    with app.app_context():
        line = announce(cast, scene, run_id)
        public_id = line.public_id
        for user, right, seconds in results:
            take(db.session, line.contest, user, right=right, now=clock.now() - 5 * MINUTE, seconds=seconds)
        db.session.commit()
    run_due_jobs(app)
    return public_id


def settle(cast: Cast, scene: Stages, public_id: str, **kwargs: Any) -> list[int]:
    line = queries.get_playoff(db.session, stage(scene), public_id)
    winners = playoffs.settle(
        db.session, actor=actor_of(db.session, cast.province), contest=stage(scene), line=line,
        now=clock.now() + LATER, **{"takes_tied": False, **kwargs},
    )  # fmt: skip
    db.session.commit()
    return list(winners)


def tried_again(app: Flask, cast: Cast, scene: Stages) -> int:
    """Withdraw the trial and try anew; the id of the new one."""
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        run = open_run(db.session, stage(scene))
        services.withdraw(db.session, actor=actor, contest=stage(scene), run=run, now=now)
        run_id = services.request(db.session, actor=actor, contest=stage(scene), now=now).id
        db.session.commit()
    run_due_jobs(app)
    return run_id


def make_over(app: Flask, public_id: str) -> None:
    """Move its window so that it is over and counted."""
    with app.app_context():
        contest = db.session.scalars(sa.select(Contest).where(Contest.public_id == public_id)).one()
        sitting = contest.groups[0].sitting
        sitting.opens_at, sitting.closes_at = sitting.opens_at - 60 * MINUTE, clock.now() - 5 * MINUTE
        db.session.commit()


def entered(scene: Stages) -> set[int]:
    query = sa.select(Entry.user_id).where(Entry.contest_id == scene.second, Entry.withdrawn_at.is_(None))
    return set(db.session.scalars(query))
