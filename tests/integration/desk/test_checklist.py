"""The check list before publishing: clear words about times, order, seats and organisers, and what only warns."""

from datetime import timedelta

import pytest

from quiz import clock
from quiz.contests import services, stages
from quiz.contests.models import Contest
from quiz.contests.organisers import Organisers
from quiz.db import db
from quiz.promotion import services as promotion
from quiz.promotion.rules import Plan, Quota, QuotaKind, Ties, UnitLevel
from tests.factories.contests import actor_of, make_contest
from tests.integration.desk.test_wizard import form_data
from tests.pages import page, post, text_of


def at_hour(hour, days):
    """That hour of school time, so many days from now."""
    local = clock.now().astimezone(clock.LOCAL_ZONE) + timedelta(days=days)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)


@pytest.fixture
def draft(app, cast):
    """The address of the third step of a provincial draft that opens at nine in three days."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host="region:630000", by=cast.province, now=now, opens_at=at_hour(9, days=3),
            is_published=False,
        )  # fmt: skip
        db.session.commit()
        return f"/desk/contests/{contest.public_id}/paper"


def lines(client, path):
    """The lines of the list as words, groups first."""
    return [text_of(one) for one in page(client.get(path)).select(".check-list > li")]


def with_stages(app, cast, *, own=None, following=None):
    """Give the draft two further stages, with these plans."""
    with app.app_context():
        now, actor = clock.now(), actor_of(db.session, cast.province)
        contest = db.session.query(Contest).one()
        for name in ("县级复赛", "省级决赛"):
            stages.add_stage(db.session, actor=actor, contest=contest, own_name="校级初赛", name=name, now=now)
        first, second, _third = stages.stages_of(db.session, contest)
        for stage, plan in ((first, own), (second, following)):
            if plan is not None:
                promotion.declare(db.session, actor=actor, contest=stage, plan=plan, now=now)
        db.session.commit()


def plan(level, **quota):
    return Plan(level, Ties.ALL_IN, {"junior": Quota(**quota)})


def test_a_sound_draft_has_nothing_to_change(app, cast, sign_in, draft):
    with app.app_context():
        db.session.query(Contest).one().organisers = Organisers(("青海省禁毒委员会办公室",)).to_dict()
        db.session.commit()
    found = lines(sign_in(cast.province), draft)
    assert "题目够用" in found[0] and "时间 没问题" in found[1] and "主办单位 没问题 青海省禁毒委员会办公室" in found[2]


def test_a_page_for_everybody_without_organisers_is_a_warning_and_can_be_published(cast, sign_in, draft):
    client = sign_in(cast.province)
    found = lines(client, draft)
    assert any("主办单位 看一下" in one and "没有写主办单位" in one for one in found)
    data = form_data(page(client.get(draft)))
    assert data["has_public_page"]
    assert post(client, draft, {**data, "do": "publish"}).status_code == 303


def test_switched_off_the_page_needs_no_organisers(cast, sign_in, draft):
    client = sign_in(cast.province)
    data = form_data(page(client.get(draft)))
    data.pop("has_public_page")
    assert post(client, draft, {**data, "do": "check"}).status_code == 303
    assert not [one for one in lines(client, draft) if "主办单位" in one]


def test_a_time_in_the_night_is_asked_about_and_can_be_published(app, cast, sign_in, draft):
    with app.app_context():
        for group in db.session.query(Contest).one().groups:
            group.sitting.closes_at = at_hour(2, days=5)
        db.session.commit()
    client = sign_in(cast.province)
    assert any("时间 看一下" in one and "夜里 0 点到 6 点" in one for one in lines(client, draft))
    assert post(client, draft, {**form_data(page(client.get(draft))), "do": "publish"}).status_code == 303


def test_publishing_says_when_it_begins_and_which_stages_are_still_drafts(app, cast, sign_in, draft):
    with_stages(app, cast)
    client = sign_in(cast.province)
    reply = post(client, draft, {**form_data(page(client.get(draft))), "do": "publish"})
    said = text_of(page(client.get(reply.location)).select_one(".flashes"))
    assert "09:00 开始" in said and "后面的“县级复赛”、“省级决赛”还是草稿" in said


def test_a_window_that_is_over_must_be_changed(app, cast, sign_in, draft):
    with app.app_context():
        contest = db.session.query(Contest).one()
        for group in contest.groups:
            group.sitting.opens_at, group.sitting.closes_at = (clock.now() - timedelta(days=n) for n in (2, 1))
        db.session.commit()
    client = sign_in(cast.province)
    assert any("时间 要改" in one and "已经过去" in one for one in lines(client, draft))
    data = form_data(page(client.get(draft)))
    assert post(client, draft, {**data, "do": "publish"}).status_code == 422


def test_a_stage_whose_predecessor_is_a_draft_must_wait(app, cast, sign_in, draft):
    with_stages(app, cast)
    with app.app_context():
        second = db.session.query(Contest).filter_by(stage_number=2).one().public_id
    found = lines(sign_in(cast.province), f"/desk/contests/{second}/paper")
    assert any("赛段先后 要改" in one and "校级初赛" in one for one in found)
    assert not [one for one in found if "主办单位" in one]  # one page for all stages, looked at with the first


@pytest.mark.parametrize(
    ("own", "following", "words"),
    [
        (None, None, "还没有定谁能晋级到“县级复赛”"),
        (plan(UnitLevel.SCHOOL, number=1), plan(UnitLevel.WHOLE, number=1), "没问题 晋级到“县级复赛”：初中组最多 2 人"),
        (plan(UnitLevel.SCHOOL, number=10), None, "初中组最多 20 人晋级，能参加的只有 5 人，人人都能晋级"),
        (plan(UnitLevel.SCHOOL, number=1), plan(UnitLevel.WHOLE, number=2), "“县级复赛”有 2 个晋级名额，到时人人都能晋级"),
        (
            plan(UnitLevel.COUNTY, kind=QuotaKind.PROPORTIONAL, number=1, minimum=1), None,
            "总名额 1 个不够：2 个单位每个至少 1 个，至少要 2 个",
        ),
    ],
)  # fmt: skip
def test_seats_are_looked_at(app, cast, sign_in, draft, own, following, words):
    with_stages(app, cast, own=own, following=following)
    found = [one for one in lines(sign_in(cast.province), draft) if "晋级名额" in one]
    assert any(words in one for one in found), found


def test_a_published_contest_is_not_checked_again(app, cast, sign_in, draft):
    with app.app_context():
        contest = db.session.query(Contest).one()
        services.publish(db.session, actor=actor_of(db.session, cast.province), contest=contest, now=clock.now())
        db.session.commit()
    assert len(lines(sign_in(cast.province), draft)) == 1
