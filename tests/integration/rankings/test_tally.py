"""The tally: real submits become standings, from scratch, one generation at a time."""

import threading

import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.rankings import queries
from quiz.rankings.models import ContestTally, PupilStanding, StandingBoard, StandingCell, UnitStanding
from quiz.rankings.rules import BoardLevel
from quiz.rankings.services import rebuild
from tests.cast import Cast
from tests.integration.rankings.arena import fill, make_arena, sat_arena


def unit(contest: Contest, level: str, unit_id: object, category: str = "all") -> UnitStanding:
    tally = db.session.get_one(ContestTally, contest.id)
    return queries.get_unit(
        db.session, tally, level=BoardLevel(level), category=category, unit_id=str(unit_id)
    ).unit  # fmt: skip


def test_a_submit_reaches_the_standings_through_the_job(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest_id = sat_arena(db.session, cast, clock.now()).contest.id
    run_due_jobs(app)
    with app.app_context():
        own = queries.own_rank(db.session, contest_id, cast.liming)
        assert own is not None and own.score == 6000
        places = {level.value: (place.rank, place.size, place.is_tied) for level, place in own.places.items()}
        assert places == {
            "pupil": (2, 3, True), "class": (2, 2, False), "school": (2, 2, False), "county": (2, 2, False),
            "prefecture": (2, 2, False),
        }  # fmt: skip
        assert queries.own_rank(db.session, contest_id, cast.wangfang) is None


def test_a_region_expects_the_enrolment_figures_of_its_schools(app: Flask, cast: Cast) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now(), groups=("primary", "junior"))
        fill(arena, cast)
        arena.tally()
        school = unit(arena.contest, "school", cast.school_a).figures
        assert (school["pupils"], school["pupils_expected"], school["source"]) == (8, 130, "headcount")
        assert (school["parts"], school["parts_expected"]) == (2, 3)  # 五年级 1班 has not started
        junior = unit(arena.contest, "school", cast.school_a, "junior").figures
        assert (junior["pupils_expected"], junior["parts_expected"]) == (90, 2)
        county = unit(arena.contest, "county", "630103").figures
        assert (county["parts"], county["parts_expected"], county["pupils_expected"]) == (1, 1, 130)
        assert unit(arena.contest, "school", cast.school_b, "初中").figures["pupils"] == 2


def test_a_contest_of_one_class_expects_the_enrolled_pupils(app: Flask, cast: Cast) -> None:
    with app.app_context():
        arena = make_arena(
            db.session, cast, clock.now(), place={"class_id": cast.class_a1}, host={"host_class_id": cast.class_a1}
        )
        arena.result(cast.zhuoma, 6000, 60)
        arena.tally()
        figures = unit(arena.contest, "school", cast.school_a).figures
        assert (figures["pupils_expected"], figures["parts_expected"], figures["source"]) == (3, 1, "enrolled")


def test_a_rebuild_replaces_everything_and_removes_the_generation_before(app: Flask, cast: Cast) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        arena.result(cast.zhuoma, 6000, 60)
        for _ in range(3):
            arena.tally()
        arena.result(cast.liming, 7000, 60)
        arena.tally()
        tally = db.session.get_one(ContestTally, arena.contest.id)
        assert (tally.generation, tally.counted) == (4, 2)
        for model in (StandingBoard, StandingCell, UnitStanding):
            assert set(db.session.scalars(sa.select(model.generation))) == {4}
        assert db.session.scalar(sa.select(sa.func.count()).select_from(PupilStanding)) == 2
        own = queries.own_rank(db.session, arena.contest.id, cast.zhuoma)
        assert own is not None and own.places[BoardLevel.PUPIL].rank == 2


def test_parallel_tallies_follow_one_another(app: Flask, cast: Cast) -> None:
    with app.app_context():
        arena = make_arena(db.session, cast, clock.now())
        fill(arena, cast)
        db.session.commit()
        contest_id = arena.contest.id
    errors: list[Exception] = []

    def tally() -> None:
        try:
            with app.app_context():
                rebuild(db.session, contest_id=contest_id, now=clock.now())
                db.session.commit()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=tally) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with app.app_context():
        found = db.session.get_one(ContestTally, contest_id)
        assert found.generation == 8
        assert db.session.scalar(sa.select(sa.func.count()).select_from(PupilStanding)) == 10
        assert found.building is None


def test_a_sitting_outside_contests_has_no_standings(app: Flask) -> None:
    from quiz.rankings.jobs import tally

    with app.app_context():
        tally(db.session, {"sitting_id": 999}, clock.now(), lambda done, total: None)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ContestTally)) == 0
