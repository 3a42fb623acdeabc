"""The demonstration is played through the real services, can be recomputed, and is not played twice."""

import hashlib
from itertools import pairwise

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.accounts.models import User
from quiz.accounts.rules import mask_name
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.attempts.queries import differences
from quiz.awards.models import Award, AwardDraft, DraftState
from quiz.awards.rules import TierKind
from quiz.contests.models import Contest, ContestGroup, Entry, Team
from quiz.contests.queries import contests_for_pupil, state_of
from quiz.contests.rules import ContestState
from quiz.contests.stages import stage_lines
from quiz.contests.teams.models import ChangeKind, TeamChange
from quiz.contests.teams.queries import members_of, number_of, own_team
from quiz.contests.teams.rules import StageUnit
from quiz.db import Base, db
from quiz.items.services import sync_bank
from quiz.promotion.models import PromotionRemark, PromotionRun, RunState
from quiz.promotion.rules import Outcome, Reason
from quiz.rankings.models import PupilStanding, StandingBoard
from quiz.rankings.queries import tally_of
from quiz.rankings.team_boards import TeamBoard
from quiz.regions.models import School
from quiz.regions.services import sync_regions
from quiz.seed import demo, teams
from quiz.seed.sittings import actor_of
from quiz.seed.stages import is_promoted
from tests.pages import page, post, text_of
from tests.signin import sign_in_as


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


def team_stages() -> tuple[Contest, Contest]:
    """The finished stage by teams and its final."""
    first = db.session.scalars(sa.select(Contest).where(Contest.title == teams.TITLE)).one()
    lines = stage_lines(db.session, first, clock.now())
    assert [(line.contest.unit, line.state) for line in lines] == [
        (StageUnit.TEAM, ContestState.FINISHED), (StageUnit.TEAM, ContestState.ANNOUNCED),
    ]  # fmt: skip
    return lines[0].contest, lines[1].contest


def test_teams_have_sat_a_stage_and_the_best_are_registered_for_its_final(demo_app: Flask) -> None:
    with demo_app.app_context():
        first, final = team_stages()
        tally = tally_of(db.session, first.id)
        assert tally is not None
        board = TeamBoard(db.session, tally, first.groups[0]).rows()
        assert len(board) == number_of(db.session, first.id) >= 8
        assert all(row.rank is not None for row in board)
        sizes = {
            len([one for one in members if not one.is_reserve])
            for members in members_of(db.session, [row.team_id for row in board]).values()
        }
        assert sizes == {3}
        seats = min(teams.SEATS, len(board) // 2)
        through = {row.team_id for row in board if row.rank is not None and row.rank <= seats}
        promoted = sa.select(Team.origin_id).where(Team.contest_id == final.id, Team.withdrawn_at.is_(None))
        assert set(db.session.scalars(promoted)) >= through != set()
        [run] = db.session.scalars(
            sa.select(PromotionRun).where(PromotionRun.contest_id == first.id, PromotionRun.published_at.is_not(None))
        )
        assert run.asked_by != run.confirmed_by


def test_the_visitors_are_in_a_team_that_goes_on_one_of_them_came_from_its_reserves(demo_app: Flask) -> None:
    with demo_app.app_context():
        first, final = team_stages()
        visitors = demo.visitors(db.session)
        own = [own_team(db.session, stage.id, one.user_id) for one in visitors for stage in (first, final)]
        assert [one.is_reserve for one in own if one is not None] == [False] * 4
        [change] = db.session.scalars(sa.select(TeamChange).where(TeamChange.kind == ChangeKind.STAND_IN))
        assert change.in_user_id == visitors[1].user_id
        actor = actor_of(db.session, visitors[0].user_id, session_id="")
        seen = {row.contest.id: row.phase for row in contests_for_pupil(db.session, actor, clock.now())}
        assert {first.id, final.id} <= set(seen)
        mine = db.session.scalars(sa.select(User).where(User.username_key == "demo-school")).one()
        assert change.by == mine.id


def test_teams_are_honoured_by_two_people(demo_app: Flask) -> None:
    with demo_app.app_context():
        first, _ = team_stages()
        [draft] = db.session.scalars(sa.select(AwardDraft).where(AwardDraft.contest_id == first.id))
        assert draft.state is DraftState.ISSUED
        assert draft.requested_by != draft.confirmed_by
        issued = sa.select(Award.kind).where(Award.contest_id == first.id, Award.number.is_not(None))
        assert set(db.session.scalars(issued)) == {TierKind.TEAM, TierKind.SCHOOL}


def test_pages_of_the_contest_of_teams_speak_of_teams(demo_app: Flask) -> None:
    with demo_app.app_context():
        first, final = team_stages()
        visitor = demo.visitors(db.session)[0]
        user_id, full_name = visitor.user_id, visitor.user.name
        run = db.session.scalars(sa.select(PromotionRun.public_id).where(PromotionRun.contest_id == first.id)).one()
        awards = db.session.scalars(sa.select(Award).where(Award.contest_id == first.id, Award.kind == TierKind.TEAM))
        award = next(one for one in awards if user_id in dict(one.members))
        names, instructor = [name for _, name in award.members], award.instructor
        organiser = db.session.scalars(sa.select(User.id).where(User.username_key == "demo-province")).one()
        addresses = first.public_id, final.public_id, award.public_id
    contest, final_id, award_id = addresses
    staff, pupil = sign_in_as(demo_app, organiser, clock.now()), sign_in_as(demo_app, user_id, clock.now())
    published = text_of(page(staff.get(f"/desk/promotion/{contest}/runs/{run}")))
    assert "名单上的队可以参加下一赛段" in published
    assert "第 1 名，名额" in published
    assert "本单位" not in published
    won = text_of(page(staff.get(f"/awards/{contest}/given/{award_id}")))
    assert all(mask_name(name) in won for name in names)
    assert full_name not in won
    assert instructor in won
    own = page(pupil.get(f"/contests/{contest}"))
    assert own.select_one(f"a[href='/rankings/{contest}/teams']") is not None
    assert "上一赛段晋级的队才能参加" in text_of(page(pupil.get(f"/contests/{final_id}")))


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


def test_a_contest_of_teams_that_was_killed_goes_on_with_its_final(demo_app: Flask) -> None:
    with demo_app.app_context():
        first, final = team_stages()
        of_final = [Team.contest_id == final.id, Entry.contest_id == final.id]
        before = [db.session.scalar(sa.select(sa.func.count()).where(one)) for one in of_final]
        run = sa.update(PromotionRun).where(PromotionRun.contest_id == first.id)
        db.session.execute(run.values(published_at=None, state=RunState.WITHDRAWN))
        db.session.execute(sa.update(Team).where(of_final[0]).values(withdrawn_at=clock.now()))
        db.session.execute(sa.delete(Award).where(Award.contest_id == first.id))
        db.session.execute(sa.delete(AwardDraft).where(AwardDraft.contest_id == first.id))
        db.session.commit()
        assert not demo.is_complete(db.session)
        demo.play(db.session, now=clock.now(), report=quiet)
        assert demo.is_complete(db.session)
        assert [db.session.scalar(sa.select(sa.func.count()).where(one)) for one in of_final] == before
        assert db.session.scalar(sa.select(sa.func.count()).where(Award.contest_id == first.id))


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
