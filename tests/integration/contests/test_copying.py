"""A contest held again: the same stages, papers and ways of promotion, a year later."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.contests import stages
from quiz.contests.copying import copy_contest
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import window_of
from quiz.db import db
from quiz.promotion.queries import plan_of
from tests.factories.contests import actor_of
from tests.factories.promotion import published, tried, two_stages
from tests.pages import post


@pytest.fixture
def scene(app, cast):
    found = two_stages(app, cast)
    published(app, cast, tried(app, cast, found))
    return found


def test_every_stage_is_copied_a_year_later_on_the_same_weekdays(app, cast, scene):
    with app.app_context():
        now, first = clock.now(), db.session.get_one(Contest, scene.first)
        for stage, title in zip(
            stages.stages_of(db.session, first), ("2026 年竞赛", "2026 年竞赛 · 县级复赛"), strict=True
        ):
            stage.title = title
        made = copy_contest(db.session, actor=actor_of(db.session, cast.province), contest=first, now=now)
        assert [one.stage_name for one in stages.stages_of(db.session, made[0])] == ["校级初赛", "县级复赛"]
        for old, new in zip(stages.stages_of(db.session, first), made, strict=True):
            before, after = window_of(old), window_of(new)
            assert after[0] - before[0] == timedelta(weeks=52) and after[1] - after[0] == before[1] - before[0]
            assert new.published_at is None and new.created_by == cast.province
            assert new.groups[0].sitting.paper_spec.rows == old.groups[0].sitting.paper_spec.rows
            assert new.groups[0].sitting.paper_spec_id != old.groups[0].sitting.paper_spec_id
        entries = sa.select(sa.func.count()).select_from(Entry).where(Entry.contest_id.in_([one.id for one in made]))
        assert db.session.scalar(entries) == 0


def test_a_year_in_the_title_moves_along(app, cast, scene):
    with app.app_context():
        first = db.session.get_one(Contest, scene.first)
        year = clock.now().year
        first.title = f"{year} 年“6·26”竞赛"
        made = copy_contest(db.session, actor=actor_of(db.session, cast.province), contest=first, now=clock.now())
        assert made[0].title in {
            f"{year + 1} 年“6·26”竞赛",
            first.title,
        }  # in the first days of January 52 weeks stay within it
        assert made[1].title == "六二六禁毒知识竞赛 · 县级复赛"


def test_the_desk_copies_the_ways_of_promotion_too(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    address = f"/desk/contests/{scene.first_public_id}"
    reply = post(client, f"{address}/copy", via=address)
    assert reply.status_code == 303 and reply.location.endswith("/time")
    with app.app_context():
        public_id = reply.location.split("/")[-2]
        copy = db.session.scalar(sa.select(Contest).where(Contest.public_id == public_id))
        assert plan_of(db.session, copy) == plan_of(db.session, db.session.get_one(Contest, scene.first))


def test_others_cannot_copy_it(app, cast, sign_in, scene):
    client = sign_in(cast.county)
    assert post(client, f"/desk/contests/{scene.first_public_id}/copy", via="/desk/contests/").status_code == 404
