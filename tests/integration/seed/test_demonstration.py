"""The demonstration is played through the real services, can be recomputed, and is not played twice."""

import hashlib
from itertools import pairwise

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.accounts.models import User
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.attempts.queries import differences
from quiz.awards.models import Award
from quiz.contests.models import Contest, ContestGroup, Entry
from quiz.contests.queries import contests_for_pupil, state_of
from quiz.contests.rules import ContestState
from quiz.contests.stages import stage_lines
from quiz.db import Base, db
from quiz.items.services import sync_bank
from quiz.promotion.models import PromotionRemark, PromotionRun, RunState
from quiz.promotion.rules import Outcome, Reason
from quiz.rankings.models import PupilStanding, StandingBoard
from quiz.regions.models import School
from quiz.regions.services import sync_regions
from quiz.seed import demo
from quiz.seed.sittings import actor_of
from quiz.seed.stages import is_promoted
from tests.pages import page, post


def fingerprint() -> str:
    """A hash over every row of every table."""
    digest = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table).order_by(*table.primary_key.columns)):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def quiet(_label: str, _done: int, _total: int) -> None:
    return None


def test_there_is_a_finished_a_running_and_a_coming_contest(demo_app: Flask) -> None:
    with demo_app.app_context():
        contests = {contest.title: contest for contest in db.session.scalars(sa.select(Contest))}
        now = clock.now()
        assert state_of(contests[demo.FINISHED], now) is ContestState.FINISHED
        assert state_of(contests[demo.RUNNING], now) is ContestState.RUNNING
        assert state_of(contests[demo.COMING], now) is ContestState.ANNOUNCED
        assert len({school.prefecture_id for school in db.session.scalars(sa.select(School))}) == 8
        assert db.session.scalar(
            sa.select(School.id).where(School.name == "海西蒙古族藏族自治州大柴旦行政委员会第一中学")
        )


def test_its_stages_are_promoted_played_and_about_to_open(demo_app: Flask) -> None:
    with demo_app.app_context():
        first = db.session.scalars(sa.select(Contest).where(Contest.title == demo.FINISHED)).one()
        lines = stage_lines(db.session, first, clock.now())
        assert [(line.contest.stage_name, line.state) for line in lines] == [
            ("校级初赛", ContestState.FINISHED), ("县级复赛", ContestState.FINISHED), ("省级决赛", ContestState.ANNOUNCED),
        ]  # fmt: skip
        for before, after in pairwise(line.contest for line in lines):
            [run] = db.session.scalars(
                sa.select(PromotionRun).where(
                    PromotionRun.contest_id == before.id, PromotionRun.published_at.is_not(None)
                )
            )
            through = sa.select(PromotionRemark.user_id).where(
                PromotionRemark.run_id == run.id, PromotionRemark.outcome == Outcome.THROUGH
            )
            entered = sa.select(Entry.user_id).where(Entry.contest_id == after.id, Entry.withdrawn_at.is_(None))
            assert set(db.session.scalars(through)) == set(db.session.scalars(entered)) != set()
            assert run.asked_by != run.confirmed_by
        issued = sa.select(Award.tier).where(Award.contest_id == lines[1].contest.id, Award.number.is_not(None))
        assert {"一等奖", "二等奖", "三等奖"} <= set(db.session.scalars(issued))
        reasons = set(db.session.scalars(sa.select(PromotionRemark.reason)))
        assert {Reason.QUOTA, Reason.WITHDRAWN} <= reasons


def test_scores_and_ranks_follow_from_the_answer_log(demo_app: Flask) -> None:
    with demo_app.app_context():
        assert list(differences(db.session)) == []
        closed = [AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED]
        query = (
            sa.select(sa.func.count(sa.distinct(Attempt.user_id)))
            .join(ContestGroup, ContestGroup.sitting_id == Attempt.sitting_id)
            .join(Contest, Contest.id == ContestGroup.contest_id)
            .where(Contest.title == demo.FINISHED)
        )
        took_part = db.session.scalar(query.where(Attempt.status.in_(closed)))
        assert took_part == db.session.scalar(query) == 40
        ranked = (
            sa.select(sa.func.count(sa.distinct(PupilStanding.user_id)))
            .join(StandingBoard, StandingBoard.id == PupilStanding.board_id)
            .join(Contest, Contest.id == StandingBoard.contest_id)
        )
        assert db.session.scalar(ranked.where(Contest.title == demo.FINISHED)) == took_part
    result = demo_app.test_cli_runner().invoke(args=["rankings", "rebuild", "--verify"])
    assert result.exit_code == 0, result.output


def test_a_visitor_can_sit_the_running_contest_at_once(demo_app: Flask) -> None:
    with demo_app.app_context():
        visitor = demo.visitors(db.session)[0]
        actor = actor_of(db.session, visitor.user_id, session_id="")
        rows = contests_for_pupil(db.session, actor, clock.now())
        running = next(row for row in rows if row.contest.title == demo.RUNNING)
        assert running.phase == "open"
        assert running.attempts_used == 0


def test_playing_again_changes_nothing(demo_app: Flask) -> None:
    with demo_app.app_context():
        before = fingerprint()
        sync_regions(db.session, now=clock.now())
        sync_bank(db.session, now=clock.now())
        demo.play(db.session, now=clock.now(), report=quiet)
        db.session.commit()
        assert fingerprint() == before


def test_a_play_that_was_killed_goes_on_where_it_stopped(demo_app: Flask) -> None:
    with demo_app.app_context():
        coming = db.session.scalars(sa.select(Contest).where(Contest.title == demo.COMING)).one()
        coming.title = "somebody's own"
        db.session.commit()
        people = db.session.scalar(sa.select(sa.func.count()).select_from(User))
        demo.play(db.session, now=clock.now(), report=quiet)
        db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count()).where(Contest.title == demo.COMING)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == people


def test_a_stage_that_was_sat_before_the_kill_is_not_sat_again(demo_app: Flask) -> None:
    with demo_app.app_context():
        first = db.session.scalars(sa.select(Contest).where(Contest.title == demo.FINISHED)).one()
        lines = stage_lines(db.session, first, clock.now())
        county, final = (line.contest for line in lines[1:])
        sittings = sa.select(ContestGroup.sitting_id).where(ContestGroup.contest_id == county.id)
        sat = sa.select(sa.func.count()).where(Attempt.sitting_id.in_(sittings))
        before = db.session.scalar(sat)
        run = sa.update(PromotionRun).where(PromotionRun.contest_id == county.id)
        db.session.execute(run.values(published_at=None, state=RunState.WITHDRAWN))
        db.session.commit()
        demo.play(db.session, now=clock.now(), report=quiet)
        assert db.session.scalar(sat) == before
        assert is_promoted(db.session, county)
        assert final.published_at is not None


def test_the_printed_accounts_can_sign_in_and_staff_are_told_that_this_is_a_demonstration(demo_app: Flask) -> None:
    client = demo_app.test_client()
    reply = post(client, "/sign-in/staff", {"username": "demo-teacher", "password": demo.PASSWORD})
    assert reply.status_code == 303
    assert "演示" in page(client.get("/")).get_text()
    with demo_app.app_context():
        text = demo.accounts_text(db.session)
        visitor = demo.visitors(db.session)[0]
        school, number = visitor.school.code, visitor.student_number
        assert number in text
        assert school in text
    pupil = demo_app.test_client()
    form = {"school": school, "student_number": number, "pin": demo.PIN}
    assert post(pupil, "/sign-in", form, via=f"/sign-in?school={school}").status_code == 303
    assert "演示" in page(pupil.get("/")).get_text()
