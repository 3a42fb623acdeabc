"""The tally folds what has changed, and always arrives where a recomputation from scratch would."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from quiz import clock
from quiz.attempts.models import Attempt, AttemptStatus, Counting, ResultChange
from quiz.attempts.services.changes import results_changed
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.rankings import jobs, queries
from quiz.rankings.jobs import sweep
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.rules import BoardLevel
from quiz.rankings.services import fold, rebuild
from quiz.rankings.services import rebuilding as rebuilding_module
from quiz.rankings.verification import contest_differences
from quiz.regions.models import School, SchoolClass
from tests.cast import Cast
from tests.integration.rankings.arena import Arena, fill, make_arena, sat_arena
from tests.world import World


def differences(arena: Arena) -> list[str]:
    """What verification says, but for the marks: these attempts have no log."""
    return [one for one in contest_differences(db.session, arena.contest) if not one.startswith("attempt ")]


def note(arena: Arena, *attempts: Attempt) -> None:
    """Note the change as the services do, and commit."""
    db.session.flush()
    results_changed(db.session, [attempt.id for attempt in attempts], now=arena.now)
    db.session.commit()


def folded(arena: Arena, limit: int = 1000) -> int:
    found = fold(db.session, contest_id=arena.contest.id, now=arena.now, limit=limit)
    db.session.commit()
    assert not found.needs_rebuild
    return found.changes


def tally_of(arena: Arena) -> ContestTally:
    return db.session.get_one(ContestTally, arena.contest.id, populate_existing=True)


@pytest.fixture
def arena(app: Flask, cast: Cast) -> Arena:
    """A tallied contest of ten results, in the context of the test."""
    found = make_arena(db.session, cast, clock.now(), attempts_allowed=10)
    fill(found, cast)
    found.tally()
    return found


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_new_result_moves_ranks_without_a_rebuild(arena: Arena, cast: Cast) -> None:
    user = arena.pupil("新来的", cast.class_b1, cast.school_b, "20249999")
    note(arena, arena.result(user, 9900, 60))
    assert folded(arena) == 1
    own = queries.own_rank(db.session, arena.contest.id, user)
    assert own is not None and own.places[BoardLevel.PUPIL].rank == 2
    assert own.places[BoardLevel.PUPIL].size == 11
    assert (tally_of(arena).generation, tally_of(arena).counted) == (1, 11)
    assert differences(arena) == []
    assert db.session.scalars(sa.select(ResultChange)).all() == []


def test_folding_the_same_change_twice_counts_it_once(arena: Arena, cast: Cast) -> None:
    attempt = arena.result(arena.pupil("新来的", cast.class_a1, cast.school_a, "20249999"), 9900, 60)
    for _ in range(2):
        note(arena, attempt, attempt)
        assert folded(arena) == 1
    note(arena, attempt)
    assert folded(arena) == 1 and tally_of(arena).counted == 11
    assert differences(arena) == []


def test_a_fold_without_changes_leaves_the_tally_as_it_is(arena: Arena) -> None:
    number = tally_of(arena).number
    assert folded(arena) == 0
    assert tally_of(arena).number == number


@pytest.mark.parametrize("counting", list(Counting))
def test_what_counts_follows_the_policy_through_marks_and_voids(arena: Arena, cast: Cast, counting: Counting) -> None:
    arena.sittings["junior"].counting = counting
    first = db.session.scalars(sa.select(Attempt).where(Attempt.user_id == cast.liming)).one()
    second = arena.result(cast.liming, 9500, 60, number=2)
    note(arena, second)
    folded(arena)
    assert differences(arena) == []
    second.score = 2000
    note(arena, second)
    folded(arena)
    assert differences(arena) == []
    first.status = AttemptStatus.VOIDED
    note(arena, first)
    folded(arena)
    own = queries.own_rank(db.session, arena.contest.id, cast.liming)
    assert own is not None and own.score == 2000
    second.status = AttemptStatus.VOIDED
    note(arena, second)
    folded(arena)
    assert queries.own_rank(db.session, arena.contest.id, cast.liming) is None
    assert differences(arena) == []


def test_the_last_result_of_a_class_may_go_and_come_back(arena: Arena, cast: Cast) -> None:
    attempts = db.session.scalars(sa.select(Attempt).where(Attempt.class_id == cast.class_b1)).all()
    for status in (AttemptStatus.VOIDED, AttemptStatus.SUBMITTED):
        for attempt in attempts:
            attempt.status = status
        note(arena, *attempts)
        folded(arena)
        assert differences(arena) == []


def test_a_class_that_nobody_expected_counts_from_its_first_result_on(arena: Arena, cast: Cast) -> None:
    gone = db.session.get_one(SchoolClass, cast.class_b1)
    new = SchoolClass(
        school_id=gone.school_id, cohort_year=gone.cohort_year, entry_grade=7, name="9班", is_active=False
    )
    db.session.add(new)
    db.session.flush()
    note(arena, arena.result(arena.pupil("后来的", new.id, gone.school_id, "20249999"), 7000, 60))
    folded(arena)
    assert differences(arena) == []
    row = sa.select(UnitStanding.pupils).where(UnitStanding.unit_id == str(new.id), UnitStanding.category == "all")
    assert db.session.scalar(row.where(UnitStanding.level == "class")) == 1


def test_a_roster_that_changes_is_seen_by_the_next_tally(arena: Arena, cast: Cast) -> None:
    arena.pupil("没考的", cast.class_a2, cast.school_a, "20249998")
    db.session.commit()
    note(arena, arena.result(arena.pupil("新来的", cast.class_a2, cast.school_a, "20249999"), 9900, 60))
    folded(arena)
    assert differences(arena) == []


def test_a_school_that_moves_takes_its_results_along(arena: Arena, cast: Cast, app: Flask) -> None:
    school = db.session.get_one(School, cast.school_b)
    school.county_id, school.prefecture_id = "630103", "630100"
    note(arena, arena.result(arena.pupil("新来的", cast.class_b1, cast.school_b, "20249999"), 9900, 60))
    assert fold(db.session, contest_id=arena.contest.id, now=arena.now).needs_rebuild
    db.session.rollback()
    sweep(db.session, {}, clock.now(), lambda done, total: None)
    assert differences(arena) == []
    assert tally_of(arena).generation == 2


def test_the_duty_folds_whatever_waits_even_where_a_job_was_lost(arena: Arena, cast: Cast, app: Flask) -> None:
    note(arena, arena.result(arena.pupil("新来的", cast.class_a1, cast.school_a, "20249999"), 9900, 60))
    assert run_due_jobs(app) == 0
    sweep(db.session, {}, clock.now(), lambda done, total: None)
    assert tally_of(arena).counted == 11


def test_what_comes_while_the_duty_folds_waits_for_its_next_round(
    arena: Arena, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a burst something always comes: a duty that went on until nothing waits would never rest."""
    rounds = []

    def fold_and_one_more_comes(*args: Any, **kwargs: Any) -> Any:
        rounds.append(len(rounds))
        assert len(rounds) < 5, "the duty does not rest"
        done = fold(*args, **kwargs)
        pupil = arena.pupil(f"后到{len(rounds)}", cast.class_a1, cast.school_a, f"2024998{len(rounds)}")
        note(arena, arena.result(pupil, 9900, 60))
        return done

    note(arena, arena.result(arena.pupil("新来的", cast.class_a1, cast.school_a, "20249999"), 9900, 60))
    monkeypatch.setattr(jobs, "fold", fold_and_one_more_comes)
    for number in (1, 2):
        sweep(db.session, {}, clock.now(), lambda done, total: None)
        assert len(rounds) == number
    assert tally_of(arena).counted == 12


def test_a_tally_that_is_not_done_yet_does_not_claim_to_be(arena: Arena, cast: Cast) -> None:
    attempts = [
        arena.result(arena.pupil(f"新{number}", cast.class_a1, cast.school_a, f"2024999{number}"), 9900 - number, 60)
        for number in range(4)
    ]
    before = tally_of(arena).tallied_at
    moments = [before + timedelta(seconds=number + 1) for number in range(4)]
    for attempt, moment in zip(attempts, moments, strict=True):
        results_changed(db.session, [attempt.id], now=moment)
    db.session.commit()
    arena.now = before + timedelta(seconds=60)
    assert folded(arena, limit=2) == 2
    assert tally_of(arena).tallied_at == moments[2]  # everything earlier is in, this one is not
    assert folded(arena) == 2
    assert tally_of(arena).tallied_at == arena.now
    assert differences(arena) == []


def test_a_fold_that_fails_in_the_middle_changes_nothing(
    arena: Arena, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(arena, arena.result(arena.pupil("新来的", cast.class_a1, cast.school_a, "20249999"), 9900, 60))
    with monkeypatch.context() as patched:
        patched.setattr("quiz.rankings.services.units.move", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            folded(arena)
        db.session.rollback()
    assert tally_of(arena).counted == 10
    assert len(db.session.scalars(sa.select(ResultChange)).all()) == 1
    assert folded(arena) == 1
    assert differences(arena) == []


def test_two_workers_at_once_fold_everything_once(arena: Arena, cast: Cast, app: Flask) -> None:
    for number in range(20):
        user = arena.pupil(f"新{number}", cast.class_a1, cast.school_a, f"202490{number:02d}")
        note(arena, arena.result(user, 9900 - number, 60))
    errors: list[Exception] = []

    def work() -> None:
        try:
            with app.app_context():
                while fold(db.session, contest_id=arena.contest.id, now=arena.now, limit=3).changes:
                    db.session.commit()
                db.session.commit()
        except Exception as error:
            errors.append(error)

    db.session.commit()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert tally_of(arena).counted == 30
    assert differences(arena) == []


def test_what_changes_while_a_rebuild_writes_is_in_the_new_standings(
    arena: Arena, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = rebuilding_module._Build.write
    users = [arena.pupil(f"新{number}", cast.class_a1, cast.school_a, f"2024999{number}") for number in range(2)]

    def meanwhile(build: rebuilding_module._Build, standings: object) -> None:
        """Two results come, one of them is folded before the switch, one is not."""
        for number, user in enumerate(users):
            note(arena, arena.result(user, 9900 - number, 60))
            if number == 0:
                assert folded(arena) == 1
                assert queries.own_rank(db.session, arena.contest.id, user) is not None
        write(build, standings)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuilding_module._Build, "write", meanwhile)
    rebuild(db.session, contest_id=arena.contest.id, now=arena.now)
    assert (tally_of(arena).generation, tally_of(arena).counted) == (2, 12)
    assert db.session.scalars(sa.select(ResultChange)).all() == []
    assert differences(arena) == []


@pytest.mark.only_on("postgresql")  # on SQLite nobody can write while the switch does
def test_what_changes_while_a_rebuild_switches_is_folded_afterwards(
    app: Flask, arena: Arena, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = arena.pupil("新来的", cast.class_b1, cast.school_b, "20249999")
    attempt = arena.result(user, 9900, 60)
    attempt.status = AttemptStatus.IN_PROGRESS
    db.session.commit()
    replace = rebuilding_module.replace_results

    def then_somebody_hands_in(*arguments: object) -> bool:
        is_unexpected = replace(*arguments)  # type: ignore[arg-type]
        with Session(db.engine) as other:
            other.get_one(Attempt, attempt.id).status = AttemptStatus.SUBMITTED
            other.flush()
            results_changed(other, [attempt.id], now=arena.now)
            other.commit()
        return is_unexpected

    monkeypatch.setattr(rebuilding_module, "replace_results", then_somebody_hands_in)
    rebuild(db.session, contest_id=arena.contest.id, now=arena.now)
    assert tally_of(arena).counted == 10
    assert folded(arena) == 1 and tally_of(arena).counted == 11
    assert differences(arena) == []


def test_a_rebuild_that_was_killed_leaves_the_old_standings_and_is_cleared_away(
    arena: Arena, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(rebuilding_module._Build, "switch", lambda *_: 1 / 0)
        patched.setattr(rebuilding_module._Build, "give_up", lambda _: None)  # a kill leaves no time for it
        with pytest.raises(ZeroDivisionError):
            rebuild(db.session, contest_id=arena.contest.id, now=arena.now)
    db.session.rollback()
    assert tally_of(arena).generation == 1 and tally_of(arena).building == 2
    note(arena, arena.result(arena.pupil("新来的", cast.class_a1, cast.school_a, "20249999"), 9900, 60))
    assert folded(arena) == 1
    assert differences(arena) == []
    rebuild(db.session, contest_id=arena.contest.id, now=arena.now + timedelta(minutes=3))
    assert (tally_of(arena).generation, tally_of(arena).counted) == (3, 11)
    assert set(db.session.scalars(sa.select(UnitStanding.generation))) == {3}
    assert db.session.scalars(sa.select(ResultChange)).all() == []
    assert differences(arena) == []


def test_real_submits_are_folded_by_their_job(app: Flask, cast: Cast) -> None:
    arena = sat_arena(db.session, cast, clock.now())
    assert len(db.session.scalars(sa.select(ResultChange)).all()) == 3
    db.session.commit()
    run_due_jobs(app)
    assert list(contest_differences(db.session, arena.contest)) == []
    assert db.session.scalars(sa.select(ResultChange)).all() == []


STEPS = st.lists(
    st.tuples(st.sampled_from(["sit", "mark", "void", "again"]), st.integers(0, 7), st.integers(0, 3), st.integers(1, 3)),
    min_size=1, max_size=25,
)  # fmt: skip


@given(steps=STEPS, limit=st.sampled_from([1, 3, 100]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_where_a_recomputation_does(
    world: World, app: Flask, cast: Cast, steps: list[tuple[str, int, int, int]], limit: int
) -> None:
    db.session.rollback()
    world.reset()
    arena = make_arena(db.session, cast, clock.now(), groups=("primary", "junior"), attempts_allowed=10)
    places = [(cast.class_a1, cast.school_a), (cast.class_a2, cast.school_a), (cast.class_b1, cast.school_b),
              (cast.class_a5, cast.school_a)]  # fmt: skip
    users = [arena.pupil(f"学生{n}", *places[n % 4], f"2025000{n}") for n in range(8)]
    arena.tally()
    made: dict[int, list[Attempt]] = {}
    for action, who, score, seconds in steps:
        mine = made.setdefault(who, [])
        group = "primary" if who % 4 == 3 else "junior"
        if action in ("sit", "again") and len(mine) < 9:
            changed = arena.result(users[who], (0, 5000, 6000, 10000)[score], seconds, group, number=len(mine) + 1)
            mine.append(changed)
        elif mine:
            changed = mine[seconds % len(mine)]
            if action == "mark":
                changed.score = (0, 5000, 6000, 10000)[score]
            else:
                changed.status = AttemptStatus.VOIDED
        else:
            continue
        note(arena, changed)
        if score % 2:
            folded(arena, limit)
    while folded(arena, limit):
        pass
    assert differences(arena) == []
