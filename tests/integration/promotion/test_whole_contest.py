"""A contest of three groups and three stages over eight prefectures, sat through the services: an independent count agrees.

The count below starts from scores and seconds of the attempts and knows nothing of boards, histograms or runs.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from question_bank.loader import load_bank
from quiz import clock
from quiz.appeals import services as appeals
from quiz.appeals.rules import AppealKind
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.contests import services as contests
from quiz.contests import stages
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import window_of
from quiz.contests.rules import Basics, ContestGroupKind, Place, Timing
from quiz.db import db
from quiz.items.models import ItemVersion
from quiz.items.services import sync_bank
from quiz.jobs.worker import run_due_jobs
from quiz.operations.remarking import services as remarking
from quiz.operations.remarking.models import Remark, RemarkState
from quiz.promotion import services
from quiz.promotion.models import PromotionRemark, PromotionRun
from quiz.promotion.rules import DecisionKind, Outcome, Plan, Quota, Reason, Ties, UnitLevel
from quiz.rankings.models import UnitStanding
from quiz.rankings.places import own_ranks
from quiz.rankings.rules import BoardLevel
from quiz.rankings.services import rebuild
from quiz.rankings.verification import contest_differences
from quiz.regions.models import School
from tests.cast import Cast
from tests.factories.contests import actor_of, take
from tests.factories.province import Pupil, build_province

GROUPS = ("primary", "junior", "senior")
ROWS = ({"kinds": ["single"], "count": 4, "points": 2500},)
DAY = timedelta(days=1)
Results = dict[int, tuple[int, int]]  # pupil → (score, seconds)


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

    def tried(self, stage: Contest) -> PromotionRun:
        run = services.request(db.session, actor=self.actor(self.cast.province), contest=stage, now=self.now)
        db.session.commit()
        run_due_jobs(self.app)
        db.session.expire_all()
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


def results_of(stage: Contest) -> Results:
    query = sa.select(Attempt.user_id, Attempt.score, Attempt.elapsed_seconds).where(
        Attempt.sitting_id.in_([group.sitting_id for group in stage.groups]),
        Attempt.status.in_((AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED)),
    )
    return {user: (score, seconds) for user, score, seconds in db.session.execute(query)}


def better(result: tuple[int, int]) -> tuple[int, int]:
    """Sorts the better result first."""
    return -result[0], result[1]


def the_first(users: Iterable[int], results: Results, number: int) -> set[int]:
    """The first ``number``, with all who are equal to the last of them."""
    order = sorted(users, key=lambda user: better(results[user]))
    if len(order) <= number:
        return set(order)
    line = better(results[order[number - 1]]) if number else (-(10**9), 0)
    return {user for user in order if better(results[user]) <= line}


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


def check_boards(story: Story, stage: Contest, expected_pupils: set[int]) -> None:
    """Every place of a sample of pupils, and every county's numbers, against a count over all results."""
    results = results_of(stage)
    levels = {
        BoardLevel.PUPIL: lambda one: one.group, BoardLevel.PREFECTURE: lambda one: (one.group, one.prefecture),
        BoardLevel.COUNTY: lambda one: (one.group, one.county), BoardLevel.SCHOOL: lambda one: one.school_id,
    }  # fmt: skip
    for user in story.rng.sample(sorted(results), min(60, len(results))):
        own = own_ranks(db.session, [stage.id], user)[stage.id]
        for level, pool in levels.items():
            mine = [one for one in results if pool(story.pupils[one]) == pool(story.pupils[user])]
            rank = 1 + sum(better(results[one]) < better(results[user]) for one in mine)
            assert (own.places[level].rank, own.places[level].size) == (rank, len(mine)), (user, level)
    rows = db.session.scalars(
        sa.select(UnitStanding).where(
            UnitStanding.contest_id == stage.id, UnitStanding.category == "all", UnitStanding.level == "county"
        )
    ).all()
    for row in rows:
        mine = [user for user in results if story.pupils[user].county == row.unit_id]
        due = sum(story.pupils[user].county == row.unit_id for user in expected_pupils)
        figures = row.figures
        assert (figures["pupils"], figures["pupils_expected"]) == (len(mine), due), row.unit_id
        assert figures["score_sum"] == sum(results[user][0] for user in mine)
        assert figures["passed"] == sum(results[user][0] >= 6000 for user in mine)
    assert {row.unit_id for row in rows} == {story.pupils[user].county for user in expected_pupils}
    assert list(contest_differences(db.session, stage)) == []


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
        contests.change_timing(db.session, contest=stage, timing=Timing(start, start + DAY, 600))
        made.append(stage)
    for stage in made:
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
    db.session.commit()
    run_due_jobs(story.app)
    db.session.expire_all()
    remark = db.session.get_one(Remark, remark.id)
    remarking.confirm(
        db.session, actor=story.actor(story.cast.admin), contest=stage, remark=remark, now=story.now
    )  # fmt: skip
    db.session.commit()
    run_due_jobs(story.app)
    db.session.expire_all()
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
    appeals.decide(db.session, actor=second, contest=stage, appeal=found, does="agree", note="", now=story.now)
    story.decide(stage, user_id, DecisionKind.REVIVED, "申诉成立")


def county_of(one: Pupil) -> str:
    return one.county


def test_three_stages_agree_with_an_independent_count(story: Story) -> None:
    first, second, third = three_stages(story)
    story.sit(first, story.pupils)
    check_boards(story, first, set(story.pupils))

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

    story.sit(second, entered(second))
    check_boards(story, second, entered(second))
    story.publish(second)
    results = results_of(second)
    assert entered(third) == expected(story, results, lambda one: one.prefecture, 1, 2, {})
    story.sit(third, entered(third))
    check_boards(story, third, entered(third))
