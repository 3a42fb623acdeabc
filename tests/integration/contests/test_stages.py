"""Stages of a contest: their order, who may sit a later one, and how pages show them."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.contests import extending, services, stages
from quiz.contests.eligibility import eligible_counts
from quiz.contests.models import Contest, Entry
from quiz.contests.queries import contest_for_pupil, contests_for_pupil, window_of, windows_of
from quiz.contests.windows import proposed_after
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from quiz.promotion.queries import is_declared
from tests.factories.contests import actor_of, enter, make_contest
from tests.factories.promotion import HOUR, second_stage, two_stages
from tests.pages import page, post, text_of


@pytest.fixture
def now(app):
    with app.app_context():
        yield clock.now()


def contest_of(cast, now, **options):
    return make_contest(db.session, host="region:630000", by=cast.province, now=now, **options)


def promote(stage, user_id, school_id, class_id, now, **values):
    group = stage.groups[0]
    entry = Entry(
        contest_id=stage.id, group_id=group.id, user_id=user_id, school_id=school_id, class_id=class_id, created_at=now,
        **values,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    return entry


def test_a_stage_copies_the_one_before_it_and_begins_a_week_later(now, cast):
    first = contest_of(cast, now)
    stage = second_stage(first, cast, now)
    assert [one.stage_name for one in stages.stages_of(db.session, stage)] == ["校级初赛", "县级复赛"]
    assert stage.title == "六二六禁毒知识竞赛 · 县级复赛" and stage.published_at is None
    assert [group.kind for group in stage.groups] == [group.kind for group in first.groups]
    assert stage.groups[0].sitting.paper_spec.rows == first.groups[0].sitting.paper_spec.rows
    third = stages.add_stage(
        db.session, actor=actor_of(db.session, cast.province), contest=first, own_name="", name="省级决赛", now=now
    )
    assert third.stage_number == 3 and third.first_stage_id == first.id
    opens, closes = window_of(third)
    assert opens == proposed_after(windows_of(stage)) > window_of(stage)[1]
    assert closes - opens == timedelta(hours=2)


@pytest.mark.parametrize(
    ("own", "name"), [("", "县级复赛"), ("校级初赛", ""), ("复赛", "复赛"), ("校级初赛", "长" * 21)]
)
def test_a_stage_needs_names_of_its_own(now, cast, own, name):
    first = contest_of(cast, now)
    with pytest.raises(DomainError):
        stages.add_stage(
            db.session, actor=actor_of(db.session, cast.province), contest=first, own_name=own, name=name, now=now
        )
    assert first.stage_name == ""


def test_windows_of_neighbours_do_not_overlap(now, cast):
    actor = actor_of(db.session, cast.province)
    first = contest_of(cast, now, hours=0.5)
    stage = second_stage(first, cast, now)
    early = replace(services.timing_of(stage), opens_at=now)
    with pytest.raises(DomainError) as caught:
        services.change_timing(db.session, actor=actor, contest=stage, timing=early, now=now)
    assert caught.value.field == "opens_at"
    with pytest.raises(DomainError) as caught:
        extending.change_window(db.session, actor=actor, contest=first, closes_at=now + 2 * HOUR, now=now)
    assert caught.value.field == "closes_at"
    extending.change_window(db.session, actor=actor, contest=first, closes_at=now + HOUR, now=now)


def test_a_cancelled_stage_stands_in_nobody_s_way(now, cast):
    actor = actor_of(db.session, cast.province)
    first = contest_of(cast, now, hours=0.5)
    stage = second_stage(first, cast, now)
    services.publish(db.session, actor=actor, contest=stage, now=now)
    services.cancel(db.session, actor=actor, contest=stage, now=now)
    extending.change_window(db.session, actor=actor, contest=first, closes_at=now + 48 * HOUR, now=now)
    assert window_of(first)[1] == now + 48 * HOUR


def test_stages_are_published_in_order_and_recalled_from_the_end(now, cast):
    actor = actor_of(db.session, cast.province)
    first = contest_of(cast, now, opens_at=now + timedelta(minutes=10), hours=0.5)
    stage = second_stage(first, cast, now)
    services.unpublish(db.session, actor=actor, contest=first, now=now)
    with pytest.raises(ConflictError):
        services.publish(db.session, actor=actor, contest=stage, now=now)
    services.publish(db.session, actor=actor, contest=first, now=now)
    services.publish(db.session, actor=actor, contest=stage, now=now)
    with pytest.raises(ConflictError):
        services.unpublish(db.session, actor=actor, contest=first, now=now)


def test_a_draft_that_others_depend_on_is_not_deleted(now, cast):
    first = contest_of(cast, now, is_published=False, opens_at=now + timedelta(minutes=10), hours=0.5)
    stage = second_stage(first, cast, now)
    with pytest.raises(ConflictError):
        services.delete_draft(db.session, contest=first)
    services.delete_draft(db.session, contest=stage)
    assert first.stage_name == ""  # one stage again
    stage = second_stage(first, cast, now)
    promote(stage, cast.zhuoma, cast.school_a, cast.class_a1, now)
    with pytest.raises(ConflictError):
        services.delete_draft(db.session, contest=stage)


def test_who_takes_part_in_a_later_stage_cannot_be_edited(now, cast):
    first = contest_of(cast, now)
    stage = second_stage(first, cast, now)
    with pytest.raises(ConflictError):
        services.change_basics(
            db.session, actor=actor_of(db.session, cast.province), contest=stage, basics=None, now=now
        )  # type: ignore[arg-type]


def test_only_those_with_an_entry_sit_a_later_stage(app, cast):
    scene = two_stages(app, cast)
    with app.app_context():
        now = clock.now()
        stage = db.session.get_one(Contest, scene.second)
        promote(stage, cast.zhuoma, cast.school_a, cast.class_a1, now)
        promote(stage, cast.liming, cast.school_a, cast.class_a1, now, withdrawn_at=now)
        assert sum(eligible_counts(db.session, stage).values()) == 1
        later = now + 2 * HOUR
        assert enter(db.session, stage, cast.zhuoma, later).school_id == cast.school_a
        for other in (cast.liming, cast.wangfang):
            with pytest.raises(NotFoundError):
                enter(db.session, stage, other, later)
            listed = contests_for_pupil(db.session, actor_of(db.session, other), now)
            assert [row.contest.id for row in listed] == [scene.first]
        found = contest_for_pupil(db.session, actor_of(db.session, cast.zhuoma), scene.second_public_id, now)
        assert found.phase == "before"


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_the_start_in_the_lane_asks_for_the_entry_too(app, cast, sign_in, is_withdrawn):
    scene = two_stages(app, cast)
    with app.app_context():
        now = clock.now()
        stage = db.session.get_one(Contest, scene.second)
        for group in stage.groups:
            group.sitting.opens_at = now - timedelta(minutes=1)
        promote(stage, cast.zhuoma, cast.school_a, cast.class_a1, now, withdrawn_at=now if is_withdrawn else None)
        db.session.commit()
    for user, may in ((cast.zhuoma, not is_withdrawn), (cast.wangfang, False)):
        client = sign_in(user)
        reply = post(client, f"/contests/{scene.second_public_id}/start", via="/contests/")
        assert (reply.status_code, "/attempts/" in (reply.location or "")) == ((303, True) if may else (404, False))


def test_pupils_see_the_stages_and_where_they_go_on(app, cast, sign_in):
    scene = two_stages(app, cast)
    with app.app_context():
        promote(db.session.get_one(Contest, scene.second), cast.zhuoma, cast.school_a, cast.class_a1, clock.now())
        db.session.commit()
    address = f"/contests/{scene.first_public_id}"
    soup = page(sign_in(cast.zhuoma).get(address))
    strip = soup.select_one(".stages")
    assert "校级初赛" in text_of(strip) and "县级复赛" in text_of(strip) and "你已晋级" in text_of(strip)
    assert strip.select_one(f"a[href='/contests/{scene.second_public_id}']")
    soup = page(sign_in(cast.wangfang).get(address))
    assert "你已晋级" not in text_of(soup) and not soup.select(".stages a")


def test_a_draft_stage_tells_pupils_no_date(app, cast, sign_in):
    scene = two_stages(app, cast, is_published=False)
    text = text_of(page(sign_in(cast.zhuoma).get(f"/contests/{scene.first_public_id}")).select_one(".stages"))
    assert "县级复赛" in text and "时间待定" in text


def test_the_desk_adds_a_stage_and_leads_to_its_time(app, cast, sign_in):
    with app.app_context():
        contest = contest_of(cast, clock.now())
        db.session.commit()
        public_id = contest.public_id
    client = sign_in(cast.province)
    soup = page(client.get(f"/desk/contests/{public_id}"))
    link = soup.select_one("a[href$='/stages/new']")
    form = page(client.get(link["href"])).select_one("main form")
    assert form.find("input", {"name": "name"})["value"] == "县级复赛"
    reply = post(client, link["href"], {"own_name": "校级初赛", "name": "县级复赛"})
    assert reply.status_code == 303 and reply.location.endswith("/time")
    soup = page(client.get(reply.location))
    assert not soup.select("input[type=radio][name=start]") and "晋级名单决定" in text_of(soup.main)
    assert "加一个赛段" not in text_of(page(client.get(f"/desk/contests/{public_id}")).main)
    listed = text_of(page(client.get("/desk/contests/")).main)
    assert "第 2 赛段：县级复赛" in listed
    with app.app_context():
        stage = db.session.scalar(sa.select(Contest).where(Contest.first_stage_id.is_not(None)))
        assert client.get(f"/desk/contests/{stage.public_id}/scope").location.endswith("/time")


def test_others_add_no_stage(app, cast, sign_in):
    with app.app_context():
        public_id = contest_of(cast, clock.now()).public_id
        db.session.commit()
    assert sign_in(cast.county).get(f"/desk/contests/{public_id}/stages/new").status_code == 404


@pytest.mark.parametrize(
    ("who", "host", "level", "names"),
    [
        ("county", "region:630103", "county", ["校级初赛", "县级决赛"]),
        ("prefecture", "region:630100", "prefecture", ["校级初赛", "县级复赛", "市州级决赛"]),
        ("province", "region:630000", "province", ["校级初赛", "县级复赛", "市州级复赛", "省级决赛"]),
    ],
)
def test_a_region_s_contest_may_begin_with_all_its_stages(app, cast, sign_in, who, host, level, names):
    client = sign_in(getattr(cast, who))
    form = {"template": "national_pattern", "places": [host], "groups": ["junior"], "title": "竞赛", "schools": ""}
    reply = post(client, "/desk/contests/new", form | {"stages": level})
    assert reply.status_code == 303, reply.text
    with app.app_context():
        first = db.session.scalar(sa.select(Contest).where(Contest.first_stage_id.is_(None)))
        found = stages.stages_of(db.session, first)
        assert [one.stage_name for one in found] == names
        windows = [window_of(one) for one in found]
        assert all(before[1] < after[0] for before, after in pairwise(windows))
        assert [is_declared(db.session, one) for one in found] == [True] * (len(names) - 1) + [False]


def test_a_school_s_contest_has_one_stage(cast, sign_in):
    assert not page(sign_in(cast.school_admin).get("/desk/contests/new")).select("input[name=stages]")


def test_who_holds_the_contest_is_said_once_for_all_stages_that_still_say_the_same(app, cast, sign_in):
    client = sign_in(cast.county)
    form = {
        "template": "national_pattern",
        "places": ["region:630103"],
        "groups": ["junior"],
        "title": "竞赛",
        "schools": "",
    }
    first = post(client, "/desk/contests/new", form | {"stages": "county"}).location.removesuffix("/time")
    later = page(client.get(first)).select_one(".stages a")["href"]

    def say(address, host):
        assert post(client, f"{address}/text", {"title": "竞赛", "organisers_host": host}).status_code == 303

    def said(address):
        return text_of(page(client.get(f"{address}/text")).select_one("textarea[name=organisers_host]"))

    say(first, "城中区禁毒办")
    assert said(later) == "城中区禁毒办"
    say(later, "西宁市禁毒办")
    say(first, "城中区教育局")
    assert (said(first), said(later)) == ("城中区教育局", "西宁市禁毒办")
