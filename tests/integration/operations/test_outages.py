"""An outage is given back: who gets how much, who does not, once, and what that means for windows, keys and scores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from quiz import clock
from quiz.accounts.models import new_public_id
from quiz.attempts import queries as attempts
from quiz.attempts import services as sitting_services
from quiz.attempts.models import Attempt, AttemptStatus
from quiz.attempts.rules import deadline
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.clock import LOCAL_ZONE
from quiz.contests import entering
from quiz.contests.models import Contest
from quiz.contests.rules import parse_place
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.operations.outages import queries, rules
from quiz.operations.outages.models import Outage
from quiz.operations.outages.services import give_back
from tests.cast import Cast
from tests.factories.contests import actor_of, enter, make_contest, take
from tests.factories.queries import counted
from tests.factories.sittings import answer

OPENS = datetime(2026, 6, 26, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
MINUTE = timedelta(minutes=1)
BEGAN, ENDED = OPENS + 30 * MINUTE, OPENS + 42 * MINUTE  # twelve minutes without power
NOW = ENDED + MINUTE


def contest_of(cast: Cast, **policy: Any) -> Contest:
    """A provincial contest of two hours, thirty minutes each."""
    contest = make_contest(
        db.session, host="region:630000", by=cast.province, now=OPENS, opens_at=OPENS, hours=2, **policy
    )
    for group in contest.groups:
        group.sitting.duration_seconds = 1800
    db.session.flush()
    return contest


def give(contest: Contest, by: int, *, place: str = "", key: str = "k1", now: datetime = NOW, **changes: Any) -> Outage:
    values: dict[str, Any] = {"period": (BEGAN, ENDED), "reason": "全省断电", **changes}
    return give_back(
        db.session, actor=actor_of(db.session, by), contest=contest, place=parse_place(place) if place else None,
        key=key, now=now, **values,
    )  # fmt: skip


def fresh(attempt: Attempt) -> Attempt:
    found = db.session.get(Attempt, attempt.id, populate_existing=True)
    assert found is not None
    return found


def test_everybody_who_was_answering_gets_the_time_and_the_window_moves(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        odd = timedelta(microseconds=123456)
        going = enter(db.session, contest, cast.zhuoma, BEGAN - 5 * MINUTE + odd)
        inside = enter(db.session, contest, cast.cairang, BEGAN + 5 * MINUTE)
        after = enter(db.session, contest, cast.liming, ENDED + timedelta(seconds=10))
        act = give(contest, cast.province)
        assert (act.pupils, act.seconds, act.cut_off) == (2, 720, 0)
        assert fresh(going).deadline_at == BEGAN - 5 * MINUTE + odd + timedelta(minutes=42)
        assert fresh(going).extra_seconds == fresh(inside).extra_seconds == 720
        assert fresh(after).extra_seconds == 0
        assert fresh(after).deadline_at == ENDED + timedelta(seconds=10) + timedelta(minutes=30)
        assert {group.sitting.closes_at for group in contest.groups} == {CLOSES + 12 * MINUTE} == {act.closes_at}


def test_deadlines_are_what_a_start_would_have_given(app: Flask, cast: Cast) -> None:
    """Whoever the window's old end cut short is cut short by the new one; whoever began later gets the full time."""
    began, ended = CLOSES - 20 * MINUTE, CLOSES - 10 * MINUTE
    with app.app_context():
        contest = contest_of(cast)
        going = enter(db.session, contest, cast.zhuoma, CLOSES - 25 * MINUTE)
        after = enter(db.session, contest, cast.liming, CLOSES - 9 * MINUTE)
        assert going.deadline_at == after.deadline_at == CLOSES
        give(contest, cast.province, period=(began, ended), now=CLOSES - 5 * MINUTE)
        new_end = CLOSES + 10 * MINUTE
        assert fresh(going).deadline_at == deadline(going.started_at, 1800, 600, new_end) == new_end
        assert fresh(after).deadline_at == deadline(after.started_at, 1800, 0, new_end) == new_end


def test_the_end_that_is_promised_is_that_of_the_group_that_was_answering(app: Flask, cast: Cast) -> None:
    """Another group begins later in the day, and its window does not move."""
    with app.app_context():
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=OPENS, opens_at=OPENS, groups=("primary", "junior")
        )
        last = contest.groups[1].sitting
        last.opens_at, last.closes_at = CLOSES + 60 * MINUTE, CLOSES + 180 * MINUTE
        db.session.flush()
        preview = queries.preview(db.session, contest=contest, place=None, period=(BEGAN, ENDED), now=NOW)
        assert (preview.closes_at, preview.new_closes_at) == (CLOSES, CLOSES + 12 * MINUTE)
        assert give(contest, cast.province).closes_at == preview.new_closes_at
        assert last.closes_at == CLOSES + 180 * MINUTE


def test_a_closed_attempt_stays_closed_and_is_named(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        over = enter(db.session, contest, cast.zhuoma, OPENS + 2 * MINUTE)  # its time ends at 08:32, without power
        done = take(db.session, contest, cast.liming, right=2, now=OPENS + 20 * MINUTE, seconds=60)
        going = enter(db.session, contest, cast.ouyang, OPENS + 20 * MINUTE)
        sitting_services.close_due(db.session, now=NOW)
        preview = queries.preview(db.session, contest=contest, place=None, period=(BEGAN, ENDED), now=NOW)
        assert (preview.pupils, preview.cut_off, [one.name for one in preview.named]) == (1, 1, ["卓玛"])
        before = {one.id: (one.status, one.score, one.deadline_at) for one in (fresh(over), fresh(done))}
        act = give(contest, cast.province)
        assert (act.pupils, act.cut_off) == (1, 1)
        assert {one.id: (one.status, one.score, one.deadline_at) for one in (fresh(over), fresh(done))} == before
        assert fresh(going).extra_seconds == 720


def test_an_attempt_past_its_time_is_not_opened_again_though_nobody_has_closed_it(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        over = enter(db.session, contest, cast.zhuoma, OPENS + 2 * MINUTE)
        enter(db.session, contest, cast.liming, OPENS + 20 * MINUTE)
        act = give(contest, cast.province)
        assert (act.pupils, act.cut_off) == (1, 1)
        assert fresh(over).deadline_at == OPENS + 32 * MINUTE


def test_a_site_that_was_down_since_gives_back_to_them_too(app: Flask, cast: Cast) -> None:
    """The whole machine was away: nobody has closed anything, nobody has seen a key. On the command line only."""
    began, ended = CLOSES - 10 * MINUTE, CLOSES + 10 * MINUTE
    with app.app_context():
        contest = contest_of(cast)
        over = enter(db.session, contest, cast.zhuoma, CLOSES - 35 * MINUTE)
        act = give(contest, cast.province, period=(began, ended), now=ended, even_late=True)
        assert (act.pupils, act.cut_off, act.closes_at) == (1, 0, CLOSES + 20 * MINUTE)
        assert fresh(over).deadline_at == CLOSES - 5 * MINUTE + 20 * MINUTE


def test_a_window_that_is_over_does_not_open_again(app: Flask, cast: Cast) -> None:
    began, ended = CLOSES - 10 * MINUTE, CLOSES + 2 * MINUTE
    with app.app_context():
        contest = contest_of(cast)
        going = enter(db.session, contest, cast.zhuoma, CLOSES - 5 * MINUTE)
        pupil = db.session.get_one(Attempt, going.id)
        sitting_services.extend_attempt(
            db.session, actor_id=cast.teacher, attempt_id=pupil.id, extra_seconds=600, reason="断电", now=CLOSES
        )
        act = give(contest, cast.province, period=(began, ended), now=CLOSES + 3 * MINUTE)
        assert act.closes_at is None and act.pupils == 1
        assert {group.sitting.closes_at for group in contest.groups} == {CLOSES}
        with pytest.raises(ConflictError):
            enter(db.session, contest, cast.liming, CLOSES + 3 * MINUTE)


def test_an_answer_within_the_new_time_counts_and_the_whole_time_is_the_elapsed(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        going = enter(db.session, contest, cast.zhuoma, OPENS + 20 * MINUTE)
        give(contest, cast.province)
        db.session.commit()
        answer(db.session, going, right=4, now=OPENS + 61 * MINUTE)
        sitting_services.close_due(db.session, now=OPENS + 70 * MINUTE)
        closed = fresh(going)
        assert (closed.status, closed.score, closed.elapsed_seconds) == (AttemptStatus.EXPIRED, 10000, 1800 + 720)


def test_nobody_sees_keys_while_somebody_still_answers(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        done = take(db.session, contest, cast.liming, right=2, now=OPENS + 20 * MINUTE)
        going = enter(db.session, contest, cast.zhuoma, CLOSES - 25 * MINUTE)
        give(contest, cast.province, period=(CLOSES - 20 * MINUTE, CLOSES - 8 * MINUTE), now=CLOSES - 5 * MINUTE)
        end = CLOSES + 12 * MINUTE
        assert fresh(going).deadline_at == end
        assert not attempts.keys_visible(db.session, fresh(done), end + timedelta(seconds=4))
        assert attempts.keys_visible(db.session, fresh(done), end + timedelta(seconds=6))


def test_pressing_twice_is_one_act(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        going = enter(db.session, contest, cast.zhuoma, OPENS + 20 * MINUTE)
        first, second = give(contest, cast.province), give(contest, cast.province)
        assert first.id == second.id and fresh(going).extra_seconds == 720
        with pytest.raises(ConflictError):  # another form, the same minutes
            give(contest, cast.province, key="k2")
        acts = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "contest:outage:give_back")).all()
        assert [act.details["attempts"] for act in acts] == [1] and first_broken(db.session) is None


def test_eight_presses_at_once_are_one_act(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        going = enter(db.session, contest, cast.zhuoma, OPENS + 20 * MINUTE)
        db.session.commit()
        contest_id, attempt_id = contest.id, going.id

    def press(number: int) -> int:
        with app.app_context():
            act = give(db.session.get_one(Contest, contest_id), cast.province, key="k1" if number % 2 else f"k{number}")
            db.session.commit()
            return act.id

    def tried(number: int) -> int | None:
        try:
            return press(number)
        except ConflictError:
            return None

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(tried, range(8)))
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Outage)) == 1
        assert db.session.get_one(Attempt, attempt_id).extra_seconds == 720
        assert len({result for result in results if result}) == 1


def test_the_same_minutes_are_not_given_twice_whoever_was_first(app: Flask, cast: Cast) -> None:
    """The class had its ten minutes; when the province gives all twelve, it gets the two that are missing."""
    with app.app_context():
        contest = contest_of(cast)
        mine = enter(db.session, contest, cast.zhuoma, OPENS + 20 * MINUTE)
        other = enter(db.session, contest, cast.wangfang, OPENS + 20 * MINUTE)
        first = give(contest, cast.teacher, place=f"class:{cast.class_a1}", period=(BEGAN, BEGAN + 10 * MINUTE))
        assert (first.pupils, first.closes_at) == (1, None)
        give(contest, cast.school_admin, place=f"school:{cast.school_a}", key="k2", period=(BEGAN + 5 * MINUTE, ENDED))
        assert (fresh(mine).extra_seconds, fresh(other).extra_seconds) == (720, 420)
        act = give(contest, cast.province, key="k3")
        assert (fresh(mine).extra_seconds, fresh(other).extra_seconds) == (720, 720)
        assert act.pupils == 1


def test_a_place_keeps_the_window_and_only_its_own_pupils_gain(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        mine = enter(db.session, contest, cast.zhuoma, OPENS + 20 * MINUTE)
        other = enter(db.session, contest, cast.cairang, OPENS + 20 * MINUTE)
        act = give(contest, cast.province, place="region:630100")
        assert (act.pupils, act.closes_at, act.place) == (1, None, "region:630100")
        assert (fresh(mine).extra_seconds, fresh(other).extra_seconds) == (720, 0)
        assert {group.sitting.closes_at for group in contest.groups} == {CLOSES}


@pytest.mark.parametrize(
    ("who", "place", "may"),
    [
        ("teacher", "", False), ("teacher", "class:a1", True), ("teacher", "class:a2", False),
        ("teacher", "school:a", False), ("school_admin", "school:a", True), ("school_admin", "school:b", False),
        ("prefecture", "", False), ("prefecture", "school:a", True), ("prefecture", "school:b", False),
        ("province", "school:b", True), ("admin", "", True), ("editor", "class:a1", False),
    ],
)  # fmt: skip
def test_scope(app: Flask, cast: Cast, who: str, place: str, may: bool) -> None:
    places = {
        "": "", "class:a1": f"class:{cast.class_a1}", "class:a2": f"class:{cast.class_a2}",
        "school:a": f"school:{cast.school_a}", "school:b": f"school:{cast.school_b}",
    }  # fmt: skip
    with app.app_context():
        contest = contest_of(cast)
        for pupil in (cast.zhuoma, cast.wangfang, cast.cairang):
            enter(db.session, contest, pupil, OPENS + 20 * MINUTE)
        if may:
            assert give(contest, getattr(cast, who), place=places[place]).pupils
        else:
            with pytest.raises(NotFoundError):
                give(contest, getattr(cast, who), place=places[place])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"period": (ENDED, BEGAN)}, "ended_at"),
        ({"period": (BEGAN, NOW + 5 * MINUTE)}, "ended_at"),
        ({"period": (NOW - timedelta(hours=2, minutes=1), NOW)}, "ended_at"),
        ({"period": (NOW - timedelta(hours=13), NOW - timedelta(hours=12))}, "began_at"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_what_is_refused(app: Flask, cast: Cast, changes: dict[str, Any], field: str) -> None:
    with app.app_context():
        contest = contest_of(cast)
        going = enter(db.session, contest, cast.zhuoma, OPENS + 20 * MINUTE)
        with pytest.raises(DomainError) as error:
            give(contest, cast.province, **changes)
        assert error.value.field == field and fresh(going).extra_seconds == 0


def test_all_acts_together_have_a_maximum(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = make_contest(db.session, host="region:630000", by=cast.province, now=OPENS, opens_at=OPENS, hours=12)
        hour = timedelta(hours=1)
        for number in range(4):
            start = OPENS + number * hour
            give(contest, cast.province, key=f"k{number}", period=(start, start + hour), now=OPENS + 5 * hour)
        with pytest.raises(DomainError, match="4 小时"):
            give(
                contest, cast.province, key="last", period=(OPENS + 4 * hour, OPENS + 4 * hour + MINUTE),
                now=OPENS + 5 * hour,
            )  # fmt: skip


def test_a_pupils_own_extra_time_stays_the_pupils_own(app: Flask, cast: Cast) -> None:
    """An outage is no allowance: a second attempt starts with the pupil's own, and that limit is not used up."""
    with app.app_context():
        contest = contest_of(cast, attempts_allowed=2)
        first = enter(db.session, contest, cast.zhuoma, OPENS + 20 * MINUTE)
        give(contest, cast.province)
        teacher = actor_of(db.session, cast.teacher)
        user = db.session.execute(sa.text("SELECT public_id FROM user_account WHERE id = :id"), {"id": cast.zhuoma})
        entering.grant_extra_time(
            db.session,
            actor=teacher,
            contest=contest,
            user_public_id=user.scalar_one(),
            minutes=60,
            reason="病",
            now=NOW,
        )
        assert fresh(first).extra_seconds == 720 + 3600
        sitting_services.submit_attempt(
            db.session, attempt_public_id=first.public_id, user_id=cast.zhuoma, now=NOW + MINUTE
        )
        second = enter(db.session, contest, cast.zhuoma, NOW + 2 * MINUTE)
        assert second.extra_seconds == 3600


def test_one_statement_for_all_attempts_of_a_sitting(app: Flask, cast: Cast) -> None:
    with app.app_context():
        contest = contest_of(cast)
        for pupil in (cast.zhuoma, cast.liming, cast.ouyang, cast.wangfang, cast.cairang):
            enter(db.session, contest, pupil, OPENS + 20 * MINUTE)
        db.session.commit()
        with counted(app) as statements:
            give(contest, cast.province)
        assert len([one for one in statements if one.startswith("UPDATE attempt")]) == 2 * len(contest.groups)
        assert len(statements) < 40


def test_seconds_left_counts_overlaps_once() -> None:
    at: Callable[[int], datetime] = lambda minute: OPENS + minute * MINUTE  # noqa: E731
    period = (at(0), at(20))
    assert rules.seconds_left(period, []) == 1200
    assert rules.seconds_left(period, [(at(5), at(10)), (at(8), at(12)), (at(-5), at(2))]) == 1200 - 9 * 60
    assert rules.seconds_left(period, [(at(-5), at(30))]) == 0
    assert rules.seconds_left(period, [(at(30), at(40))]) == 1200


def test_no_id_is_read_as_an_option() -> None:
    assert not any(new_public_id().startswith("-") for _ in range(2000))


def test_on_the_command_line_before_the_site_is_started_again(app: Flask, cast: Cast) -> None:
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, opens_at=now - timedelta(hours=1), hours=3
        )
        over = enter(db.session, contest, cast.zhuoma, now - 11 * MINUTE)
        db.session.commit()
        public_id, attempt_id = contest.public_id, over.id
    began = (now - 9 * MINUTE).astimezone(LOCAL_ZONE).strftime("%Y-%m-%dT%H:%M")
    ended = now.astimezone(LOCAL_ZONE).strftime("%Y-%m-%dT%H:%M")
    command = ["give-back", public_id, "--from", began, "--until", ended, "--reason", "断电"]
    runner = app.test_cli_runner()
    assert runner.invoke(args=[*command, "--as", "teacher"]).exit_code == 1, "not the host"
    assert runner.invoke(args=[*command, "--as", "nobody"]).exit_code == 1
    result = runner.invoke(args=[*command, "--as", "province", "--site-was-down"])
    assert result.exit_code == 0 and "1 open attempts got" in result.output, result.output
    with app.app_context():
        assert db.session.get_one(Attempt, attempt_id).deadline_at > now + 7 * MINUTE
