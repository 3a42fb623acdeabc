"""Groups that do not answer at the same time: set in the wizard, kept in every act, and told to everybody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from quiz.attempts import queries as attempts
from quiz.attempts import services as attempt_services
from quiz.audit.models import AuditEntry
from quiz.clock import LOCAL_ZONE
from quiz.contests import extending, queries, services, stages
from quiz.contests.copying import copy_contest
from quiz.contests.models import Contest
from quiz.contests.rules import ContestGroupKind, ContestState
from quiz.contests.windows import Window, beginning, shape
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from tests.factories.contests import actor_of, enter, make_contest, take
from tests.factories.sittings import answer
from tests.integration.desk.test_wizard import LOCAL, form_data
from tests.pages import csrf_of, page, post, text_of

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NINE = datetime.combine(
    datetime.now(LOCAL_ZONE).date() + timedelta(days=1), time(9), tzinfo=LOCAL_ZONE
)  # of this school year
#: As pages write the day.
DAY = f"{NINE.month}月{NINE.day}日 周{'一二三四五六日'[NINE.weekday()]}"
PRIMARY, JUNIOR = ContestGroupKind.PRIMARY, ContestGroupKind.JUNIOR
MORNING, NOON = Window(NINE, NINE + HOUR), Window(NINE + 90 * MINUTE, NINE + 3 * HOUR)
OWN = {PRIMARY: MORNING, JUNIOR: NOON}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE - 24 * HOUR, tick=False) as traveller:
        yield traveller


def own_contest(cast, *, is_published: bool = True, **policy) -> Contest:
    """A contest of the county, the primary group from nine to ten, the junior group from half past ten to twelve."""
    now = NINE - 20 * HOUR
    contest = make_contest(
        db.session, host="region:630103", by=cast.county, now=now, groups=["primary", "junior"], opens_at=NINE,
        is_published=False, **policy,
    )  # fmt: skip
    actor = actor_of(db.session, cast.county)
    services.change_timing(
        db.session, actor=actor, contest=contest, timing=services.timing_of(contest).over(OWN), now=now
    )
    if is_published:
        services.publish(db.session, actor=actor, contest=contest, now=now)
    db.session.commit()
    return contest


def windows(contest: Contest) -> object:
    db.session.expire_all()
    return queries.windows_of(contest)


# --- the wizard ------------------------------------------------------------------------------------------------------


def step_two(client) -> tuple[str, dict]:
    first = form_data(page(client.get("/desk/contests/new?host=region:630103")))
    first["groups"] = ["primary", "junior"]
    address = post(client, "/desk/contests/new?host=region:630103", first).location
    return address, form_data(page(client.get(address)))


def filled(data: dict, **times: datetime) -> dict:
    return {**data, "start": ["own"], **{name: [at.strftime(LOCAL)] for name, at in times.items()}}


TIMES = {
    "opens_at_primary": NINE, "closes_at_primary": NINE + HOUR, "opens_at_junior": NINE + 90 * MINUTE,
    "closes_at_junior": NINE + 3 * HOUR,
}  # fmt: skip


def test_the_wizard_takes_a_window_for_each_group(app, cast, sign_in, clock):
    client = sign_in(cast.county)
    address, data = step_two(client)
    data["duration_minutes"] = ["30"]
    paper = post(client, address, filled(data, **TIMES)).location
    with app.app_context():
        assert queries.windows_of(db.session.query(Contest).one()) == OWN
    preview = text_of(page(client.get(paper)).main)
    assert f"小学组 {DAY} 09:00 – 10:00 初中组 {DAY} 10:30 – 12:00" in preview
    assert "自己的组别比完后看到" in preview or "交卷后马上看到" in preview
    assert "所有组别都比完后看到" in preview
    again = page(client.get(address))
    assert again.select_one("[name=start][value=own]").has_attr("checked")
    assert again.select_one("[name=opens_at_junior]")["value"] == f"{NINE:%Y-%m-%d}T10:30"


def test_each_field_says_what_is_wrong_with_it_and_keeps_what_was_typed(app, cast, sign_in, clock):
    client = sign_in(cast.county)
    address, data = step_two(client)
    wrong = filled(data, **{**TIMES, "closes_at_junior": NINE + HOUR})
    soup = page(post(client, address, wrong), 422)
    field = soup.select_one("[name=closes_at_junior]").find_parent(class_="field")
    assert "结束时间要晚于开始时间" in text_of(field)
    assert soup.select_one("[name=closes_at_primary]")["value"] == f"{NINE:%Y-%m-%d}T10:00"
    del wrong["opens_at_primary"]
    soup = page(post(client, address, wrong), 422)
    assert "field--error" in soup.select_one("[name=opens_at_primary]").find_parent(class_="field")["class"]


def test_equal_windows_are_one(app, cast, sign_in, clock):
    client = sign_in(cast.county)
    address, data = step_two(client)
    data["duration_minutes"] = ["30"]
    same = {"opens_at_junior": NINE, "closes_at_junior": NINE + HOUR}
    assert post(client, address, filled(data, **{**TIMES, **same})).status_code == 303
    soup = page(client.get(address))
    assert soup.select_one("[name=start][value=set]").has_attr("checked")
    assert soup.select_one("[name=opens_at]")["value"] == f"{NINE:%Y-%m-%d}T09:00"


def test_a_contest_of_one_group_is_not_asked(cast, sign_in):
    client = sign_in(cast.teacher)
    address = post(client, "/desk/contests/new", form_data(page(client.get("/desk/contests/new")))).location
    assert page(client.get(address)).select("[name=start][value=own]") == []


# --- answering -------------------------------------------------------------------------------------------------------


def press(client, contest: str):
    """The button “start”, as the pupil's page has it."""
    return client.post(f"/contests/{contest}/start", data={"csrf_token": csrf_of(client, "/practice/")})


def test_each_group_starts_and_ends_by_its_own_window(app, cast, sign_in, clock):
    with app.app_context():
        address = own_contest(cast).public_id
    clock.move_to(NINE + MINUTE)
    primary, junior = sign_in(cast.xiaohu), sign_in(cast.zhuoma)
    assert "10:30 开始" in text_of(page(junior.get(f"/contests/{address}")).main)
    assert "初中组" in text_of(page(junior.get(f"/contests/{address}")).main)
    assert press(junior, address).status_code == 409
    assert press(primary, address).status_code == 303
    clock.move_to(NINE + 91 * MINUTE)
    assert press(primary, address).status_code in {303, 409}  # to the attempt that is over, never to a new one
    assert press(junior, address).status_code == 303
    with app.app_context():
        rows = {one.user_id: one for one in db.session.query(attempts.Attempt)}
        assert set(rows) == {cast.xiaohu, cast.zhuoma}
        assert rows[cast.xiaohu].number == 1 and rows[cast.xiaohu].deadline_at == NINE + 11 * MINUTE


def test_the_contest_runs_from_the_first_opening_to_the_last_closing(app, cast, sign_in, clock):
    with app.app_context():
        contest = own_contest(cast)
        for at, state in (
            (NINE - MINUTE, ContestState.ANNOUNCED), (NINE, ContestState.RUNNING), (NINE + 70 * MINUTE, ContestState.RUNNING),
            (NINE + 3 * HOUR, ContestState.FINISHED),
        ):  # fmt: skip
            assert queries.state_of(contest, at) is state
        address = contest.public_id
    clock.move_to(NINE + 70 * MINUTE)
    client = sign_in(cast.county)
    shown = text_of(page(client.get(f"/desk/contests/{address}")).main.parent)
    assert "进行中" in shown and f"小学组 {DAY} 09:00 – 10:00" in shown
    assert "09:00 – 12:00" in text_of(page(client.get("/desk/contests/")).main)


def test_keys_wait_for_the_group_that_answers_last(app, cast, clock):
    with app.app_context():
        contest = own_contest(cast, release_results="after_close")
        done = take(db.session, contest, cast.xiaohu, right=2, now=NINE + MINUTE)
        closed, last = NINE + HOUR + 10 * MINUTE, NINE + 3 * HOUR
        assert attempts.rules.results_visible(done.sitting, done, closed)
        assert not attempts.keys_visible(db.session, done, closed)
        assert not attempts.keys_visible(db.session, done, last - MINUTE)
        assert attempts.keys_visible_from(db.session, done, closed) == last + timedelta(
            seconds=done.sitting.grace_seconds
        )
        going = enter(db.session, contest, cast.zhuoma, last - MINUTE)
        attempt_services.extend_attempt(
            db.session, actor_id=cast.county, attempt_id=going.id, extra_seconds=300, reason="停电", now=last - MINUTE
        )
        assert not attempts.keys_visible(db.session, done, last + MINUTE)
        answer(db.session, going, right=1, now=last + MINUTE)
        attempt_services.submit_attempt(
            db.session, attempt_public_id=going.public_id, user_id=cast.zhuoma, now=last + MINUTE
        )
        assert attempts.keys_visible(db.session, done, last + MINUTE)


def test_keys_by_hand_are_refused_until_every_group_is_done(app, cast, clock):
    with app.app_context():
        contest = own_contest(cast, release_keys="manual")
        primary = next(group.sitting for group in contest.groups if group.kind is PRIMARY)
        for at in (NINE + 70 * MINUTE, NINE + 3 * HOUR - MINUTE):
            with pytest.raises(ConflictError):
                attempt_services.release(db.session, sitting=primary, what="keys", actor_id=cast.county, now=at)
        attempt_services.release(db.session, sitting=primary, what="keys", actor_id=cast.county, now=NINE + 3 * HOUR)


# --- later acts ------------------------------------------------------------------------------------------------------


def test_a_later_end_is_for_the_group_that_it_was_given_to(app, cast, sign_in, clock):
    with app.app_context():
        contest = own_contest(cast)
        address = contest.public_id
    clock.move_to(NINE + 70 * MINUTE)
    client = sign_in(cast.county)
    soup = page(client.get(f"/desk/contests/{address}/window"))
    assert soup.select("[name=closes_at], [name=closes_at_primary]") == []  # the primary group is over
    data = form_data(soup)
    data["closes_at_junior"] = (NINE + 4 * HOUR).strftime(LOCAL)
    assert post(client, f"/desk/contests/{address}/window", data).status_code == 303
    with app.app_context():
        found = queries.windows_of(db.session.query(Contest).one())
        assert found == {PRIMARY: MORNING, JUNIOR: Window(NOON.opens_at, NINE + 4 * HOUR)}
        logged = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "contest:window:extend")).all()
        assert [entry.details["group"] for entry in logged] == ["junior"]


def test_an_earlier_end_and_a_group_that_is_over_are_refused(app, cast, clock):
    with app.app_context():
        contest, actor = own_contest(cast), actor_of(db.session, cast.county)
        for ends, field in (
            ({JUNIOR: NINE + 2 * HOUR}, "closes_at_junior"),
            ({}, "closes_at_junior"),
            ({PRIMARY: NINE + 2 * HOUR}, "closes_at_primary"),
        ):
            with pytest.raises(DomainError) as caught:
                extending.change_ends(db.session, actor=actor, contest=contest, ends=ends, now=NINE + 70 * MINUTE)
            assert caught.value.field == field
        assert windows(contest) == OWN


def test_a_later_draft_takes_the_windows_over_until_they_are_changed_there(app, cast, clock):
    with app.app_context():
        now, actor = NINE - 20 * HOUR, actor_of(db.session, cast.county)
        contest = own_contest(cast, is_published=False)
        second = stages.add_stage(
            db.session, actor=actor, contest=contest, own_name="初赛", name="复赛", now=now
        )  # fmt: skip
        week = NINE + timedelta(days=7)  # at the same hour
        assert windows(second) == beginning(OWN, week)
        other = {PRIMARY: NOON, JUNIOR: MORNING}
        timing = services.timing_of(contest).over(other)
        assert services.change_timing(db.session, actor=actor, contest=contest, timing=timing, now=now) == [second]
        assert windows(second) == beginning(other, week)
        one = services.timing_of(second).over(dict.fromkeys(OWN, Window(week, week + HOUR)))
        services.change_timing(db.session, actor=actor, contest=second, timing=one, now=now)
        timing = services.timing_of(contest).over(OWN)
        assert services.change_timing(db.session, actor=actor, contest=contest, timing=timing, now=now) == []
        assert windows(second) == dict.fromkeys(OWN, (week, week + HOUR))
        services.change_timing(
            db.session, actor=actor, contest=contest, timing=replace(timing, duration_seconds=300), now=now
        )
        assert shape(queries.windows_of(contest)) == shape(OWN)


def test_a_contest_held_again_has_the_same_windows_a_year_later(app, cast, clock):
    with app.app_context():
        contest = own_contest(cast)
        copies = copy_contest(db.session, actor=actor_of(db.session, cast.county), contest=contest, now=NINE)
        assert queries.windows_of(copies[0]) == beginning(OWN, NINE + timedelta(weeks=52))


def test_a_group_that_is_added_is_open_all_the_time(app, cast, sign_in, clock):
    with app.app_context():
        address = own_contest(cast, is_published=False).public_id
    client = sign_in(cast.county)
    first = form_data(page(client.get(f"/desk/contests/{address}/scope")))
    first["groups"] = ["primary", "junior", "senior"]
    assert post(client, f"/desk/contests/{address}/scope", first).status_code == 303
    with app.app_context():
        found = queries.windows_of(db.session.query(Contest).one())
        assert found == {**OWN, ContestGroupKind.SENIOR: Window(NINE, NINE + 3 * HOUR)}


def test_everybody_is_told_when_each_group_answers(app, cast, clock):
    with app.app_context():
        address = own_contest(cast).public_id
    visitor = app.test_client()
    for path in (f"/c/{address}", f"/c/{address}/rules", f"/c/{address}/poster"):
        shown = text_of(page(visitor.get(path)))
        assert f"小学组 {DAY} 09:00 – 10:00" in shown and f"初中组 {DAY} 10:30 – 12:00" in shown, path
