"""The pages of a promotion, as the organiser and the second person walk them."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.attempts.models import Attempt
from quiz.contests.models import Contest
from quiz.db import db
from quiz.jobs.worker import run_due_jobs
from quiz.promotion.models import PromotionRemark, PromotionRun
from tests.factories.promotion import two_stages
from tests.factories.remarks import begin_remark, end_remark
from tests.pages import page, post, text_of

QUOTA = {
    "quotas-0-group": "junior", "quotas-0-kind": "fixed", "quotas-0-number": "2", "quotas-0-minimum": "0",
    "quotas-0-best_of_rest": "0", "quotas-0-reserves": "1", "quotas-0-cutoff": "",
}  # fmt: skip
PLAN = {"level": "county", "ties": "all_in", **QUOTA}


@pytest.fixture
def scene(app, cast):
    return two_stages(app, cast)


def tried(app, client, scene, **plan):
    """Declare and try through the pages; the address of the run."""
    address = f"/desk/promotion/{scene.first_public_id}"
    assert post(client, address, PLAN | plan).status_code == 303
    reply = post(client, f"{address}/runs", via=address)
    assert reply.status_code == 303, reply.text
    run_due_jobs(app)
    return reply.location


def test_the_whole_walk(app, cast, sign_in, scene):
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    address = f"/desk/promotion/{scene.first_public_id}"
    text = text_of(page(asker.get(address)).main)
    assert "先定晋级办法" in text and "试算晋级名单" not in text
    run = tried(app, asker, scene)
    soup = page(asker.get(run))
    text = text_of(soup.main)
    assert "等另一个人确认" in text and "卓*" in text and "本县区第 1 名，名额 2 个" in text
    assert "4 人新进入下一赛段，0 人被收回" in text
    assert post(asker, f"{run}/confirm", via=run).status_code == 422
    assert "请看过名单后确认" in text_of(page(other.get(run)).main)
    assert post(other, f"{run}/confirm", via=run).status_code == 303
    assert post(asker, f"{run}/publish", via=run).status_code == 303
    text = text_of(page(asker.get(run)).main)
    assert "已发布" in text and "卓玛" in text
    pupil = page(sign_in(cast.zhuoma).get(f"/contests/{scene.first_public_id}"))
    assert "你已晋级" in text_of(pupil.main) and "初中组：每个县区前 2 名" in text_of(pupil.main)
    assert "县级复赛" in text_of(page(sign_in(cast.zhuoma).get("/contests/")).main)
    assert "县级复赛" not in text_of(page(sign_in(cast.wangfang).get("/contests/")).main)
    rules = text_of(page(asker.get(f"/desk/contests/{scene.first_public_id}/rules")))
    assert "最后一个名额有并列时：并列的都晋级" in rules


def names_in(client, run):
    """What a run's page says, all outcomes, and its workbook."""
    pages = [text_of(page(client.get(f"{run}?show={show}")).main) for show in ("through", "reserve", "out")]
    book = CalamineWorkbook.from_filelike(io.BytesIO(post(client, f"{run}/list.xlsx", via=run).data))
    assert book.get_sheet_by_name("各单位").to_python()[1][:3] == ["初中组", "城中区", 4]
    return pages, {row[3] for row in book.get_sheet_by_name("名单").to_python()[1:]}


def test_a_trial_alone_names_nobody_to_organisers_above_the_school(app, cast, sign_in, scene):
    client, address = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}"
    post(client, address, PLAN | {"quotas-0-number": "100000"})
    run = post(client, f"{address}/runs", via=address).location
    run_due_jobs(app)
    for _ in ("as tried", "withdrawn"):
        pages, names = names_in(client, run)
        assert "卓*" in pages[0] and "卓*" in names and all("*" in name for name in names)
        assert not any(name in "".join(pages) for name in ("卓玛", "李明", "才让·多杰"))
        post(client, f"{run}/withdraw", via=run)


def test_once_confirmed_those_who_go_on_are_named_and_others_masked(app, cast, sign_in, scene):
    client, address = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}"
    post(client, address, PLAN | {"quotas-0-number": "1", "quotas-0-reserves": "0"})
    run = post(client, f"{address}/runs", via=address).location
    run_due_jobs(app)
    text = text_of(page(client.get(f"{run}?q=卓玛")).main)
    assert "卓*" in text and "按完整的姓名或学号找" in text, "whoever knows the name finds the row"
    assert post(sign_in(cast.admin), f"{run}/confirm", via=run).status_code == 303
    pages, names = names_in(client, run)
    assert "卓玛" in pages[0] and "卓玛" in names
    assert "李*" in pages[2] and "李明" not in pages[2] and "没有晋级的学生姓名遮去" in pages[2]
    assert "李*" in names and "李明" not in names
    assert "李*" in text_of(page(client.get(f"{run}?q=李明")).main)


def test_a_unit_and_a_search_narrow_the_list(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    run = tried(app, client, scene)
    link = page(client.get(run)).find("a", string="格尔木市")
    text = text_of(page(client.get(link["href"])).select_one("section[aria-labelledby=names]"))
    assert "才*" in text and "卓*" not in text
    assert "这里没有人" in text_of(page(client.get(f"{run}?q=没有这个人")).main)


def test_groups_stand_in_the_order_of_all_pages(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    run = tried(app, client, scene)
    with app.app_context():
        found = db.session.query(PromotionRun).one()
        lines = found.summary["units"]
        found.summary = {**found.summary, "units": [*lines, {**lines[0], "group": "primary"}]}
        remark = db.session.query(PromotionRemark).filter_by(user_id=cast.liming).one()
        remark.group_kind = "primary"
        db.session.commit()
    soup = page(client.get(run))
    units = [text_of(cell) for cell in soup.select("#units td[data-label=组别]")]
    names = [text_of(cell) for cell in soup.select("section[aria-labelledby=names] td[data-label=组别]")]
    for groups in (units, names):
        assert groups == ["小学组", *["初中组"] * (len(groups) - 1)] and len(groups) > 1
    book = CalamineWorkbook.from_filelike(io.BytesIO(post(client, f"{run}/list.xlsx", via=run).data))
    for sheet in ("各单位", "名单"):
        assert [row[0] for row in book.get_sheet_by_name(sheet).to_python()[1:3]] == ["小学组", "初中组"]


def test_a_decision_is_made_on_the_page_and_taken_back(app, cast, sign_in, scene):
    client, other = sign_in(cast.province), sign_in(cast.admin)
    run = tried(app, client, scene)
    decision = page(client.get(f"{run}?show=reserve")).select_one("td a[href*='/pupils/']")["href"]
    reply = post(client, decision, {"kind": "wild_card", "reason": ""})
    assert reply.status_code == 422 and "请写明原因" in reply.text
    assert post(client, decision, {"kind": "wild_card", "reason": "东道主推荐"}).status_code == 303
    address = f"/desk/promotion/{scene.first_public_id}"
    text = text_of(page(client.get(address)).main)
    assert "王芳" in text and "外卡" in text and "东道主推荐" in text
    assert "试算以后有变" in text_of(page(other.get(run)).main)
    assert post(other, f"{run}/confirm", via=run).status_code in (409, 422)
    form = page(client.get(address)).select_one("form[action$='/revoke']")
    assert post(client, form["action"], via=address).status_code == 303
    assert "已收回" in text_of(page(client.get(address)).main)


def test_wrong_numbers_are_named(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    address = f"/desk/promotion/{scene.first_public_id}"
    reply = post(client, address, PLAN | {"quotas-0-number": "很多", "quotas-0-cutoff": "101"})
    assert reply.status_code == 422 and "名额填 0 到 100000" in reply.text and "分数线填 0 到 100" in reply.text


def test_the_last_stage_says_that_none_follows(app, cast, sign_in, scene):
    text = text_of(page(sign_in(cast.province).get(f"/desk/promotion/{scene.second_public_id}")).main)
    assert "后面还没有赛段" in text and "加一个赛段" in text


def test_it_is_not_there_for_others(app, cast, sign_in, scene):
    run = tried(app, sign_in(cast.province), scene)
    address = f"/desk/promotion/{scene.first_public_id}"
    for other, status in ((cast.county, 404), (cast.school_admin, 404), (cast.teacher, 403), (cast.zhuoma, 403)):
        client = sign_in(other)
        for path in (address, run, f"{run}/state"):
            assert client.get(path).status_code == status, (other, path)


def test_no_trial_is_offered_once_the_next_stage_is_over(app, cast, sign_in, scene):
    client, address = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}"
    assert post(client, address, PLAN).status_code == 303
    assert "试算晋级名单" in text_of(page(client.get(address)).main)
    with app.app_context():
        for group in db.session.get_one(Contest, scene.second).groups:
            group.sitting.opens_at, group.sitting.closes_at = (clock.now() - timedelta(minutes=n) for n in (30, 20))
        db.session.commit()
    text = text_of(page(client.get(address)).main)
    assert "晋级名单不能再改了" in text and "试算晋级名单" not in text


def test_a_wrong_quota_is_named_above_the_form(cast, sign_in, scene):
    client, address = sign_in(cast.province), f"/desk/promotion/{scene.first_public_id}"
    soup = page(post(client, address, PLAN | {"quotas-0-number": "-3"}), 422)
    (link,) = soup.select(".error-summary a")
    assert text_of(link) == "各组名额：名额：名额填 0 到 100000 之间的整数。" and soup.select_one(link["href"])


def test_nobody_is_promoted_on_results_that_are_half_marked_again(app, cast, sign_in, scene):
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    address = f"/desk/promotion/{scene.first_public_id}"
    assert post(asker, address, PLAN).status_code == 303
    begin_remark(app, scene.first, cast.admin)
    reply = post(asker, f"{address}/runs", via=address)
    assert "请等重新判分完成" in text_of(page(reply, 409).main)
    end_remark(app)
    run = post(asker, f"{address}/runs", via=address).location
    begin_remark(app, scene.first, cast.admin)  # between the asking and the trial
    run_due_jobs(app)
    assert "请等重新判分完成" in text_of(page(asker.get(run)).main)
    end_remark(app)
    run = tried(app, asker, scene)
    begin_remark(app, scene.first, cast.admin)
    reply = post(other, f"{run}/confirm", via=run)
    assert "请等重新判分完成" in text_of(page(reply, 409).main)
    end_remark(app)
    assert post(other, f"{run}/confirm", via=run).status_code == 303
    begin_remark(app, scene.first, cast.admin)
    reply = post(asker, f"{run}/publish", via=run)
    assert "请等重新判分完成" in text_of(page(reply, 409).main)
    end_remark(app)
    assert post(asker, f"{run}/publish", via=run).status_code == 303


def test_who_handed_in_later_is_told_so_on_the_page_and_in_the_workbook(app, cast, sign_in, scene):
    client = sign_in(cast.admin)
    with app.app_context():
        attempt = db.session.scalars(sa.select(Attempt).where(Attempt.user_id == cast.ouyang)).one()
        attempt.closed_at -= timedelta(seconds=1)
        db.session.commit()
    run = tried(app, client, scene, ties="earlier", **{"quotas-0-reserves": "0"})
    says = "与最后一个名额的成绩相同，交卷较晚"
    assert says in text_of(page(client.get(f"{run}?show=out")).main)
    book = CalamineWorkbook.from_filelike(io.BytesIO(post(client, f"{run}/list.xlsx", via=run).data))
    reasons = {row[3]: row[-1] for row in book.get_sheet_by_name("名单").to_python()}
    assert reasons["李明"] == says and reasons["欧阳小雪"] == "本县区第 2 名，名额 2 个"
