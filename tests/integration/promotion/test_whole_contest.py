"""A contest of three groups and three stages over eight prefectures, sat through the services: an independent count agrees.

The count (counting.py) starts from scores and seconds of the attempts. It agrees with every place, unit, index and promotion,
with every award and certificate, and with every number of the bulletin.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from question_bank.loader import load_bank
from quiz import clock
from quiz.appeals import services as appeals
from quiz.appeals.queries import steps_of
from quiz.appeals.rules import AppealKind
from quiz.attempts.models import Attempt
from quiz.contests import services as contests
from quiz.contests import stages
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import window_of
from quiz.contests.remarks.models import Remark, RemarkState
from quiz.contests.rules import Basics, ContestGroupKind, Place, Timing
from quiz.db import db
from quiz.items.models import ItemVersion
from quiz.items.services import sync_bank
from quiz.jobs.models import Job
from quiz.jobs.worker import run_due_jobs
from quiz.operations.remarking import services as remarking
from quiz.promotion import services
from quiz.promotion.models import PromotionRemark, PromotionRun
from quiz.promotion.rules import DecisionKind, Outcome, Plan, Quota, Reason, Ties, UnitLevel
from quiz.rankings.services import rebuild
from quiz.regions.models import School, SchoolHeadcount
from tests.cast import Cast
from tests.factories.contests import actor_of, take
from tests.factories.province import KINDS, Pupil, build_province
from tests.integration.promotion import counting
from tests.integration.promotion.agreeing import (
    check_awards,
    check_bulletin,
    check_certificates,
    check_places,
    check_units,
    give_awards,
    name_teachers,
    results_of,
    sample_of,
)
from tests.integration.promotion.counting import GROUPS, Results, the_first

Counted = dict[counting.Unit, counting.Tally]
GRADE_OF = {group: grade for _kind, grade, _entry, group in KINDS}
ROWS = ({"kinds": ["single"], "count": 4, "points": 2500},)
DAY = timedelta(days=1)


@dataclass
class Story:
    """The contest on its way. ``now`` is moved along; ``names`` are people's decisions in the present stage."""

    app: Flask
    cast: Cast
    pupils: dict[int, Pupil]
    rng: random.Random
    now: datetime

    def actor(self, user_id: int):
        return actor_of(db.session, user_id)

    def sit(self, stage: Contest, users: Iterable[int]) -> None:
        """Everybody sits once: scores in quarters, seconds with many ties."""
        self.now = window_of(stage)[0] + timedelta(minutes=1)
        for number, user_id in enumerate(sorted(users)):
            take(db.session, stage, user_id, right=self.rng.choice([1, 2, 3, 3, 4]), now=self.now,
                 seconds=self.rng.choice([40, 50, 60]))  # fmt: skip
            if number % 100 == 99:
                db.session.commit()
        self.now = window_of(stage)[1] + timedelta(hours=1)
        rebuild(db.session, contest_id=stage.id, now=self.now)
        db.session.commit()

    def work(self) -> None:
        """Do what is due. Notebooks of mistakes, a job for each hand-in, are no matter of this test."""
        db.session.execute(sa.delete(Job).where(Job.name == "practice.collect_mistakes"))
        db.session.commit()
        run_due_jobs(self.app)
        db.session.expire_all()

    def tried(self, stage: Contest) -> PromotionRun:
        run = services.request(db.session, actor=self.actor(self.cast.province), contest=stage, now=self.now)
        self.work()
        return db.session.get_one(PromotionRun, run.id)

    def publish(self, stage: Contest) -> PromotionRun:
        run = self.tried(stage)
        services.confirm(db.session, actor=self.actor(self.cast.admin), contest=stage, run=run, now=self.now)
        services.publish(db.session, actor=self.actor(self.cast.province), contest=stage, run=run, now=self.now)
        db.session.commit()
        return run

    def decide(self, stage: Contest, user_id: int, kind: DecisionKind, reason: str) -> None:
        services.decide(
            db.session, actor=self.actor(self.cast.province), contest=stage, user_id=user_id, kind=kind, reason=reason,
            now=self.now,
        )  # fmt: skip


@pytest.fixture
def story(app, world, cast):
    with app.app_context():
        opens = clock.now() - 20 * DAY
        size = 5000 if world.engine == "postgresql" else 300
        db.session.execute(sa.update(School).values(is_active=False))  # those of the cast take no part
        found = build_province(db.session, opens, pupils=size)
        db.session.commit()
        yield Story(app, cast, {one.user_id: one for one in found}, random.Random(626), opens - 5 * DAY)


# --- the independent count ----------------------------------------------------------------------------------------


def expected(
    story: Story, results: Results, unit: Callable[[Pupil], str], number: int, rest: int, named: dict[int, DecisionKind]
) -> set[int]:
    """Who goes through, all groups together."""
    through: set[int] = set()
    out = {user for user, kind in named.items() if kind in (DecisionKind.DISQUALIFIED, DecisionKind.WITHDRAWN)}
    for group in GROUPS:
        units = defaultdict(list)
        for user in results.keys() - out:
            if story.pupils[user].group == group:
                units[unit(story.pupils[user])].append(user)
        mine = set().union(*(the_first(users, results, number) for users in units.values()))
        left = {user for users in units.values() for user in users} - mine
        through |= mine | the_first(left, results, rest)
    return through | {user for user, kind in named.items() if kind is DecisionKind.REVIVED}


def check_boards(story: Story, stage: Contest, due: Collection[int], headcounts: Mapping[int, int]) -> Counted:
    """The count of all units, after every unit and the places of a sample of pupils have been compared with it."""
    results = results_of(stage)
    found = counting.units(story.pupils, results, due, headcounts)
    check_units(stage, found)
    check_places(stage, story.pupils, sample_of(story.rng, results, 60))
    return found


def entered(stage: Contest) -> set[int]:
    query = sa.select(Entry.user_id).where(Entry.contest_id == stage.id, Entry.withdrawn_at.is_(None))
    return set(db.session.scalars(query))


# --- the story ----------------------------------------------------------------------------------------------------


def three_stages(story: Story) -> list[Contest]:
    organiser = story.actor(story.cast.province)
    home = Place("region", "630000")
    opens = story.now + 5 * DAY
    basics = Basics("custom", "青海省“6·26”竞赛", home, (home,), tuple(ContestGroupKind(one) for one in GROUPS))
    first = contests.create_contest(
        db.session, actor=organiser, basics=basics, timing=Timing(opens, opens + DAY, 600), rows=ROWS, now=story.now
    )
    made = [first]
    for number, name in enumerate(("县级复赛", "省级决赛"), start=1):
        stage = stages.add_stage(
            db.session, actor=organiser, contest=first, own_name="校级初赛", name=name, now=story.now
        )
        start = opens + 5 * number * DAY
        timing = Timing(start, start + DAY, 600)
        contests.change_timing(db.session, actor=organiser, contest=stage, timing=timing, now=story.now)
        made.append(stage)
    for stage in made:
        contests.change_paper(
            db.session, actor=organiser, contest=stage, rows=ROWS, ranking_profile="national", has_public_board=True,
            now=story.now,
        )  # fmt: skip
        contests.publish(db.session, actor=organiser, contest=stage, now=story.now)
    plans = ((UnitLevel.COUNTY, Quota(number=2, reserves=2)), (UnitLevel.PREFECTURE, Quota(number=1, best_of_rest=2)))
    for stage, (level, quota) in zip(made, plans, strict=False):
        plan = Plan(level, Ties.ALL_IN, dict.fromkeys(GROUPS, quota))
        services.declare(db.session, actor=organiser, contest=stage, plan=plan, now=story.now)
    db.session.commit()
    return made


def wrong_key(story: Story, stage: Contest) -> None:
    """The item that most papers hold turns out to have another key; a second person confirms the re-mark."""
    counts: dict[str, int] = defaultdict(int)
    for paper in db.session.scalars(sa.select(Attempt.paper).where(
        Attempt.sitting_id == next(one.sitting_id for one in stage.groups if one.kind == "junior")
    )):  # fmt: skip
        for entry in paper:
            counts[entry["item_id"]] += 1
    item_id = max(counts, key=lambda one: (counts[one], one))
    item = next(one for one in load_bank() if one.id == item_id)
    other = next(choice.id for choice in item.choices if choice.id not in item.answer_key)
    bank = [replace(one, answer_key=(other,)) if one.id == item_id else one for one in load_bank()]
    sync_bank(db.session, now=clock.now(), items=bank)
    version = db.session.scalar(sa.select(sa.func.max(ItemVersion.version)).where(ItemVersion.item_id == item_id))
    remark = remarking.request(
        db.session, actor=story.actor(story.cast.province), contest=stage, item_id=item_id, version=version or 2,
        reason="标准答案写错了", now=story.now,
    )  # fmt: skip
    story.work()
    remark = db.session.get_one(Remark, remark.id)
    remarking.confirm(
        db.session, actor=story.actor(story.cast.admin), contest=stage, remark=remark, now=story.now
    )  # fmt: skip
    story.work()
    assert db.session.get_one(Remark, remark.id).state is RemarkState.APPLIED
    rebuild(db.session, contest_id=stage.id, now=story.now)
    db.session.commit()


def appeal(story: Story, stage: Contest, user_id: int) -> None:
    """A pupil appeals, one person upholds it, another agrees; then the pupil is revived."""
    pupil, first, second = (story.actor(one) for one in (user_id, story.cast.province, story.cast.admin))
    found = appeals.file(
        db.session,
        actor=pupil,
        contest=stage,
        user_id=user_id,
        kind=AppealKind.TIME,
        text="教室断电十分钟",
        now=story.now,
    )
    appeals.propose(
        db.session,
        actor=first,
        contest=stage,
        appeal=found,
        is_accepted=True,
        answer="情况属实，增加一个名额",
        now=story.now,
    )
    seen = steps_of(db.session, found)[-1].step.id
    appeals.decide(
        db.session, actor=second, contest=stage, appeal=found, does="agree", note="", seen=seen, now=story.now
    )  # fmt: skip
    story.decide(stage, user_id, DecisionKind.REVIVED, "申诉成立")


def report_headcounts(story: Story) -> dict[int, int]:
    """Every fifth school has reported how many pupils it has, sometimes fewer than will come. School → pupils."""
    found: dict[int, int] = {}
    for number, school_id in enumerate(sorted({one.school_id for one in story.pupils.values()})):
        if number % 5 == 0:
            one = next(one for one in story.pupils.values() if one.school_id == school_id)
            enrolled = sum(other.school_id == school_id for other in story.pupils.values())
            found[school_id] = enrolled + (9 if number % 2 else -2)
            db.session.add(SchoolHeadcount(school_id=school_id, grade=GRADE_OF[one.group], pupils=found[school_id]))
    db.session.commit()
    return found


def some_stay_away(story: Story) -> list[int]:
    """Those who sit: nobody of two schools, and not every twelfth of the others."""
    idle = sorted({one.school_id for one in story.pupils.values()})[6:48:30]
    return [user for user, one in story.pupils.items() if one.school_id not in idle and user % 12]


def county_of(one: Pupil) -> str:
    return one.county


def test_three_stages_agree_with_an_independent_count(story: Story, sign_in: Callable[[int], FlaskClient]) -> None:
    client = sign_in(story.cast.province)
    first, second, third = three_stages(story)
    classes, headcounts = name_teachers(story.pupils, story.now), report_headcounts(story)
    story.sit(first, some_stay_away(story))
    check_boards(story, first, story.pupils, headcounts)

    results = results_of(first)
    run = story.publish(first)
    assert entered(second) == expected(story, results, county_of, 2, 0, {})
    tied = sa.select(PromotionRemark.user_id).where(
        PromotionRemark.run_id == run.id, PromotionRemark.reason == Reason.TIED_IN
    )
    assert db.session.scalars(tied).all(), "ties lie across the line"

    wrong_key(story, first)
    again = results_of(first)
    assert again != results
    through = sorted(expected(story, again, county_of, 2, 0, {}))
    out = sorted(again.keys() - set(through))
    named = {
        through[0]: DecisionKind.DISQUALIFIED, through[-1]: DecisionKind.WITHDRAWN, out[0]: DecisionKind.REVIVED,
    }  # fmt: skip
    story.decide(first, through[0], DecisionKind.DISQUALIFIED, "由他人代答")
    story.decide(first, through[-1], DecisionKind.WITHDRAWN, "家长来函")
    appeal(story, first, out[0])
    db.session.commit()
    run = story.publish(first)
    assert entered(second) == expected(story, again, county_of, 2, 0, named)
    reasons = {
        one.user_id: one
        for one in db.session.scalars(sa.select(PromotionRemark).where(PromotionRemark.run_id == run.id))
    }
    assert set(reasons) == set(again)  # everybody has one
    assert {user for user, one in reasons.items() if one.outcome is Outcome.THROUGH} == entered(second)
    assert all(reasons[user].reason.value == kind.value for user, kind in named.items())

    units = check_boards(story, first, story.pupils, headcounts)
    check_bulletin(client, first, units)
    many = {"quotas": [10, 20, 30], "teachers": 3, "schools": 4}
    give_awards(story.app, story.cast, first, story.now, prefix="QH-2026", **many)
    check_awards(first, story.pupils, {through[0]}, classes, units, **many)

    story.sit(second, entered(second))
    units = check_boards(story, second, entered(second), {})
    check_bulletin(client, second, units)
    few = {"quotas": [2, 3], "teachers": 2, "schools": 2}
    give_awards(story.app, story.cast, second, story.now, prefix="QH-2026-2", **few)
    check_awards(second, story.pupils, (), classes, units, **few)
    check_certificates(story.app, story.cast, second, story.now, "QH-2026-2")

    story.publish(second)
    results = results_of(second)
    assert entered(third) == expected(story, results, lambda one: one.prefecture, 1, 2, {})
    story.sit(third, entered(third))
    check_boards(story, third, entered(third), {})
