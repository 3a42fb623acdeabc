"""The pages of a re-mark: choose, read the report, a second person confirms, download it masked."""

import io

import pytest
from python_calamine import CalamineWorkbook

from quiz import clock
from quiz.contests.models import Contest
from quiz.contests.remarks.models import Remark, RemarkState
from quiz.db import db
from quiz.jobs.models import Job, JobState
from quiz.jobs.worker import run_due_jobs
from tests.factories.contests import make_contest
from tests.integration.operations.test_remarking import scene
from tests.pages import page, post, text_of


@pytest.fixture
def path(app, cast):
    """A contest with a corrected item; the address of its page."""
    contest_id, item_id, version = scene(app, cast)
    with app.app_context():
        public_id = db.session.get_one(Contest, contest_id).public_id
    return f"/desk/contests/{public_id}/remark", f"{item_id}:{version}"


def requested(app, client, path):
    address, choice = path
    reply = post(client, address, {"item": choice, "reason": "标准答案写错了"})
    assert reply.status_code == 303, reply.text
    return reply.location


def test_the_whole_walk(app, cast, sign_in, path):
    asker, other = sign_in(cast.school_admin), sign_in(cast.province)
    address = requested(app, asker, path)
    soup = page(asker.get(address))
    assert "正在试算" in text_of(soup.main) and soup.select_one("[data-poll]")
    run_due_jobs(app)
    soup = page(asker.get(address))
    assert "原来的答案" in text_of(soup.main) and "改正的答案" in text_of(soup.main)
    assert "等另一个人确认" in text_of(soup.main) and not soup.select_one("form[action$='/confirm']")
    assert post(asker, f"{address}/confirm", via=address).status_code == 422
    soup = page(other.get(address))
    assert "确认后不能撤回" in soup.select_one("form[action$='/confirm']")["data-confirm"]
    for _ in range(2):
        assert post(other, f"{address}/confirm", via=address).status_code == 303
    run_due_jobs(app)
    text = text_of(page(asker.get(address)).main)
    assert "已改分" in text and "75 → 100" in text and "2 → 1" in text
    history = text_of(page(asker.get(path[0])).main)
    assert "已改分" in history


def test_names_are_masked_for_those_who_may_not_see_them(app, cast, sign_in, path):
    asker, other = sign_in(cast.school_admin), sign_in(cast.province)
    address = requested(app, asker, path)
    run_due_jobs(app)
    assert "李明" in text_of(page(asker.get(address)).main)
    text = text_of(page(other.get(address)).main)
    assert "李明" not in text and "李*" in text
    for client, shown, hidden in ((asker, "李明", "李*"), (other, "李*", "李明")):
        reply = post(client, f"{address}/report.xlsx", via=address)
        book = CalamineWorkbook.from_filelike(io.BytesIO(reply.data))
        rows = book.get_sheet_by_name("得分变化").to_python()
        names = {row[0] for row in rows}
        assert shown in names and hidden not in names
        assert next(row[3:] for row in rows if row[0] == shown) == [75, 100, 2, 1]


def test_the_fragment_says_when_polling_ends(app, cast, sign_in, path):
    client = sign_in(cast.school_admin)
    address = requested(app, client, path)
    assert "data-poll-end" not in client.get(f"{address}/state").text
    run_due_jobs(app)
    assert "data-poll-end" in client.get(f"{address}/state").text


def test_work_that_was_given_up_can_be_taken_up_again(app, cast, sign_in, path):
    client = sign_in(cast.school_admin)
    address = requested(app, client, path)
    with app.app_context():
        db.session.query(Job).filter(Job.key.startswith("remark:")).update({"state": JobState.FAILED})
        db.session.commit()
    assert "中断了" in text_of(page(client.get(address)).main)
    assert post(client, f"{address}/resume", via=address).status_code == 303
    run_due_jobs(app)
    with app.app_context():
        assert db.session.query(Remark).one().state is RemarkState.READY


def test_withdrawing_says_that_nothing_was_changed(app, cast, sign_in, path):
    client = sign_in(cast.school_admin)
    address = requested(app, client, path)
    run_due_jobs(app)
    assert post(client, f"{address}/withdraw", via=address).status_code == 303
    assert "什么都没有改" in text_of(page(client.get(address)).main)


def test_without_a_corrected_item_the_page_says_what_to_do(app, cast, sign_in):
    with app.app_context():
        contest = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
        db.session.commit()
        address = f"/desk/contests/{contest.public_id}/remark"
    assert "没有改正过的题" in text_of(page(sign_in(cast.school_admin).get(address)).main)


def test_errors_stand_beside_their_fields(cast, sign_in, path):
    client = sign_in(cast.school_admin)
    soup = page(post(client, path[0], {"item": path[1], "reason": " "}), 422)
    assert "请写明哪里错了" in text_of(soup.select_one(".error-summary"))


@pytest.mark.parametrize("who", ["teacher", "outsider_teacher", "editor", "zhuoma"])
def test_nobody_else_finds_it(cast, sign_in, path, who):
    assert sign_in(getattr(cast, who)).get(path[0]).status_code in {403, 404}
