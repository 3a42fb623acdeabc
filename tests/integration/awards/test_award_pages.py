"""The pages of awards: set the tiers, compute, confirm, certificates; own certificates of pupils; who finds nothing."""

import pytest

from quiz import clock
from quiz.awards.models import Award, AwardDraft, AwardNominee, AwardTier
from quiz.awards.rules import Tier, TierKind, TierWay
from quiz.db import db
from quiz.jobs.models import Job, JobState
from quiz.jobs.worker import run_due_jobs
from tests.factories.remarks import begin_remark, end_remark
from tests.integration.awards.scene import make_scene
from tests.pages import csrf_of, page, post, text_of


@pytest.fixture
def bare(app, cast):
    """A finished contest without tiers."""
    return make_scene(app, cast)


def primaries(soup):
    return [text_of(one) for one in soup.select(".button--primary")]


def test_the_whole_walk(app, cast, sign_in, bare):
    one, other = sign_in(cast.province), sign_in(cast.admin)
    soup = page(one.get(bare.path))
    assert "还没有奖项" in text_of(soup.main) and primaries(soup) == ["用常用奖项"]
    assert post(one, f"{bare.path}/tiers/preset", via=bare.path).status_code == 303
    soup = page(one.get(bare.path))
    assert "名额 10" in text_of(soup.main) and primaries(soup) == ["试算获奖名单"]
    reply = post(one, f"{bare.path}/drafts", via=bare.path)
    address = reply.location
    soup = page(one.get(address))
    assert soup.select_one("[data-poll]") and "data-poll-end" not in one.get(f"{address}/state").text
    run_due_jobs(app)
    assert "data-poll-end" in one.get(f"{address}/state").text
    soup = page(one.get(address))
    assert "等另一个人确认" in text_of(soup.main) and not soup.select_one("form[action$='/confirm']")
    assert post(one, f"{address}/confirm", via=address).status_code == 422
    soup = page(other.get(address))
    assert primaries(soup) == ["确认颁发 15 个奖"]
    for _ in range(2):
        assert post(other, f"{address}/confirm", via=address).status_code == 303
    soup = page(one.get(bare.path))
    assert "已颁发" in text_of(soup.main) and primaries(soup) == ["学生证书 10 张"]
    reply = post(one, f"{bare.path}/certificates", {"kind": "pupil", "first": "1"}, via=bare.path)
    soup = page(one.get(reply.location))
    assert "正在制作" in text_of(soup.main)
    run_due_jobs(app)
    assert primaries(page(one.get(reply.location))) == ["下载"]
    soup = page(sign_in(cast.liming).get("/certificates/"))
    assert "一等奖" in text_of(soup.main) and "QH-" in text_of(soup.main)
    assert "一等奖" in text_of(page(sign_in(cast.liming).get("/")).main)
    assert "一等奖" in text_of(page(sign_in(cast.liming).get("/me")).main)


def test_staff_read_that_pupils_wait_until_results_are_released_by_hand(app, cast, sign_in):
    scene, waits = make_scene(app, cast, release_results="manual"), "学生要到成绩公布后才看到证书"
    scene.set_tiers()
    draft, client = f"{scene.path}/drafts/{scene.compute()}", sign_in(cast.admin)
    text = text_of(page(client.get(draft)).main)
    assert waits in text and "学生能看到证书" not in text
    assert post(client, f"{draft}/confirm", via=draft).status_code == 303
    soup = page(client.get(scene.path))
    assert "现在就能看到" not in soup.text and text_of(soup).count(waits) == 2  # the message, and where files are made
    assert waits in text_of(page(client.get(f"/desk/reveal/{scene.public_id}")).main)
    contest = f"/desk/contests/{scene.public_id}"
    assert post(client, f"{contest}/release/results", via=contest).status_code == 303
    for path in (scene.path, f"/desk/reveal/{scene.public_id}"):
        assert waits not in client.get(path).text


def test_a_pupil_without_awards_is_told_what_to_do_next(cast, sign_in, issued):
    client = sign_in(cast.xiaohu)
    soup = page(client.get("/certificates/"))
    assert "还没有证书" in text_of(soup.main) and primaries(soup) == ["去练习"]
    assert "证书会出现在这里" in text_of(page(client.get("/me")).main)
    assert "我的证书" not in text_of(page(client.get("/")).main)


def test_a_pupil_sees_nothing_before_it_is_issued(cast, sign_in, scene):
    scene.compute()
    assert "还没有证书" in text_of(page(sign_in(cast.liming).get("/certificates/")).main)


def test_a_teacher_finds_the_own_award(cast, sign_in, issued):
    assert "优秀指导教师" in text_of(page(sign_in(cast.teacher).get("/certificates/")).main)


# Tiers


def fields(soup):
    """What a browser would send of the form."""
    form = soup.select_one("form[action$='/tiers']")
    found = {one["name"]: one.get("value", "") for one in form.select("input[name]")}
    found |= {one["name"]: one.text.strip() for one in form.select("textarea")}
    for select in form.select("select"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        found[select["name"]] = chosen["value"]
    return found


def test_tiers_are_set_on_one_page_and_read_back(cast, sign_in, bare):
    client, path = sign_in(cast.province), f"{bare.path}/tiers"
    soup = page(client.get(path))
    sent = fields(soup) | {
        "rows-0-name": "一等奖", "rows-0-amount": "3", "rows-1-name": "优秀奖", "rows-1-kind": "pupil", "rows-1-way": "cutoff",
        "rows-1-amount": "85.5", "rows-1-group": "junior", "rows-1-tier_id": "", "do": "save",
        "issuers": "青海省教育厅\n青海省禁毒办", "verify_address": "https://qingyuan.example/verify",
    }  # fmt: skip
    assert post(client, path, sent).status_code == 303
    with bare.app.app_context():
        found = db.session.query(AwardTier).order_by(AwardTier.position).all()
        assert [(one.name, one.way, one.amount, one.group_kind) for one in found] == [
            ("一等奖", TierWay.QUOTA, 3, None), ("优秀奖", TierWay.CUTOFF, 8550, "junior"),
        ]  # fmt: skip
    again = fields(page(client.get(path)))
    assert again["rows-1-amount"] == "85.5" and again["issuers"] == "青海省教育厅\n青海省禁毒办"
    assert again["rows-0-tier_id"] != ""


def test_rows_are_added_moved_and_dropped_without_script(cast, sign_in, scene):
    client, path = sign_in(cast.province), f"{scene.path}/tiers"
    sent = fields(page(client.get(path)))
    soup = page(post(client, path, sent | {"do": "up:1"}))
    moved = fields(soup)
    assert [moved[f"rows-{n}-name"] for n in range(3)] == ["二等奖", "一等奖", "三等奖"]
    assert moved["rows-0-tier_id"] == sent["rows-1-tier_id"] and moved["rows-2-amount"] == "80"
    dropped = fields(page(post(client, path, moved | {"do": "remove:0"})))
    assert "二等奖" not in dropped.values()
    added = page(post(client, path, dropped | {"do": "add"}))
    assert len(added.select("#rows tbody tr")) == 5
    assert post(client, path, moved | {"do": "save"}).status_code == 303
    with scene.app.app_context():
        names = [one.name for one in db.session.query(AwardTier).order_by(AwardTier.position)]
    assert names[:3] == ["二等奖", "一等奖", "三等奖"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows-0-amount": "0"}, "名额填"),
        ({"rows-0-amount": "2.5"}, "名额填"),
        ({"rows-0-name": ""}, "请填写奖项名称"),
        ({"rows-2-amount": "101"}, "分数线填"),
        ({"rows-3-way": "cutoff"}, "没有分数线"),
        ({"rows-0-group": "senior"}, "无效"),
        ({"issuers": ""}, "请写落款单位"),
        ({"issuers": "一\n二\n三\n四"}, "1 到 3 行"),
        ({"serial_prefix": "青海"}, "大写字母"),
        ({"verify_address": "javascript:alert(1)"}, "https://"),
        ({"verify_address": "https://a b/verify"}, "https://"),
        ({"signed_on": "2026-13-40"}, ""),
    ],
)
def test_errors_stand_beside_their_fields(cast, sign_in, scene, change, message):
    client, path = sign_in(cast.province), f"{scene.path}/tiers"
    sent = fields(page(client.get(path))) | change | {"do": "save"}
    soup = page(post(client, path, sent), 422)
    shown = text_of(soup.main)
    assert "请先改好" in shown
    if message and message != "无效":
        assert message in shown


def test_the_prefix_rests_once_a_certificate_was_issued(cast, sign_in, issued):
    client, path = sign_in(cast.province), f"{issued.path}/tiers"
    sent = fields(page(client.get(path))) | {"serial_prefix": "QH-2027", "do": "save"}
    assert "不能再改" in text_of(page(post(client, path, sent), 422).main)


def test_while_a_list_is_open_the_tiers_rest(cast, sign_in, scene):
    scene.compute()
    client, path = sign_in(cast.province), f"{scene.path}/tiers"
    soup = page(client.get(path))
    assert "还没有处理完" in text_of(soup.main)
    assert not soup.select("button[name=do]") and soup.select_one("fieldset[disabled] #rows")
    assert "等另一个人确认" in text_of(page(client.get(soup.select_one(".notice a")["href"])).main)
    assert post(client, path, fields(soup) | {"do": "save"}).status_code == 422


def test_somebody_is_named_by_hand(cast, sign_in, scene):
    scene.set_tiers((Tier(0, "特别奖", TierKind.PUPIL, None, TierWay.DECISION),))
    scene.enter(scene.users["卓玛"])
    client = sign_in(cast.province)
    with scene.app.app_context():
        path = f"{scene.path}/tiers/{db.session.query(AwardTier).one().id}/named"
    assert "还没有" in text_of(page(client.get(path)).main)
    assert "没有找到" in text_of(page(client.get(path, query_string={"q": "李明"})).main)
    soup = page(client.get(path, query_string={"q": "卓玛"}))
    who = soup.select_one("input[name=who]")["value"]
    assert "卓*" in text_of(soup.main)
    assert page(post(client, path, {"q": "卓玛", "who": who, "reason": ""}), 422)
    assert post(client, path, {"q": "卓玛", "who": who, "reason": "见义勇为"}).status_code == 303
    soup = page(client.get(path))
    assert "见义勇为" in text_of(soup.main)
    remove = soup.select_one("form[action$='/remove']")["action"]
    assert post(client, remove, via=path).status_code == 303
    with scene.app.app_context():
        assert db.session.query(AwardNominee).count() == 0


# Lists and awards


def test_names_are_masked_for_those_who_may_not_see_them(cast, sign_in, issued):
    for who, shown, hidden in ((cast.province, "李*", "李明"), (cast.admin, "李明", "李*")):
        text = text_of(page(sign_in(who).get(issued.path)).main)
        assert shown in text and hidden not in text


def test_a_teacher_sees_the_own_class_a_school_the_own_school(cast, sign_in, issued):
    text = text_of(page(sign_in(cast.teacher).get(issued.path)).main)
    assert "李明" in text and "王芳" not in text and "下载我的学生的证书" in text and "试算" not in text
    text = text_of(page(sign_in(cast.school_admin).get(issued.path)).main)
    assert "李明" in text and "王芳" in text and "周老师" in text
    text = text_of(page(sign_in(cast.outsider_teacher).get(issued.path)).main)
    assert "这次没有得奖" in text


def test_before_anything_is_issued_others_are_told_so(cast, sign_in, scene):
    assert "还没有颁奖" in text_of(page(sign_in(cast.teacher).get(scene.path)).main)


def test_the_list_may_be_narrowed_to_a_tier(cast, sign_in, scene):
    public_id = scene.compute()
    soup = page(sign_in(cast.admin).get(f"{scene.path}/drafts/{public_id}?tier=1"))
    names = [text_of(one) for one in soup.select(".table--awards tbody th")]
    assert [name.split()[-1] for name in names] == ["卓玛", "甲一一"]
    assert "第 2 名并列，多 1 人" in text_of(soup.main)


def test_an_award_is_issued_again_from_its_page(cast, sign_in, issued):
    client = sign_in(cast.admin)
    with issued.app.app_context():
        path = f"{issued.path}/given/{issued.award('李明').public_id}"
    reply = post(client, f"{path}/reissue", {"reason": "姓名写错"}, via=path)
    assert "QH-2026-000008" in text_of(page(client.get(reply.location)).h1)
    soup = page(client.get(path))
    assert "重发为 QH-2026-000008" in text_of(soup.main) and not soup.select_one("form[action$='/reissue']")


def test_an_award_is_revoked_from_its_page_and_given_back_by_two_people_alone(cast, sign_in, issued):
    client = sign_in(cast.admin)
    with issued.app.app_context():
        path = f"{issued.path}/given/{issued.award('李明').public_id}"
    soup = page(client.get(path))
    assert "QH-2026-000001" in text_of(soup.h1) and primaries(soup) == ["下载证书"]
    assert page(post(client, f"{path}/revoke", {"reason": " "}, via=path), 422)
    assert post(client, f"{path}/revoke", {"reason": "替考"}, via=path).status_code == 303
    soup = page(client.get(path))
    assert "已撤销" in text_of(soup.main) and "替考" in text_of(soup.main) and primaries(soup) == []
    assert "由另一个人确认颁发" in text_of(soup.main) and not soup.select_one("form[action$='/reissue']")
    reply = post(client, f"{path}/reissue", {"reason": "申诉成立"}, via=path)
    assert reply.status_code in (409, 422) and "这个奖已经撤销，不能再重发" in reply.text
    with issued.app.app_context():
        assert len(issued.numbers()) == 7
    public_id = issued.compute()
    with issued.app.app_context():
        issued.confirm(public_id)
        db.session.commit()
        assert len(issued.numbers()) == 8, "by a list and another person's word"


def test_work_that_was_given_up_can_be_taken_up_again(app, cast, sign_in, scene):
    client = sign_in(cast.province)
    address = post(client, f"{scene.path}/drafts", via=scene.path).location
    with app.app_context():
        db.session.query(Job).filter(Job.key.startswith("award-draft:")).update({"state": JobState.FAILED})
        db.session.commit()
    assert "中断了" in text_of(page(client.get(address)).main)
    assert post(client, f"{address}/resume", via=address).status_code == 303
    run_due_jobs(app)
    assert "等另一个人确认" in text_of(page(client.get(address)).main)


def test_before_the_end_the_page_says_when(app, cast, sign_in):
    scene = make_scene(app, cast, is_over=False)
    scene.set_tiers()
    soup = page(sign_in(cast.province).get(scene.path))
    assert "比赛结束" in text_of(soup.main) and not soup.select_one("form[action$='/drafts']")


def test_the_contests_page_leads_here(cast, sign_in, scene):
    soup = page(sign_in(cast.province).get(f"/desk/contests/{scene.public_id}"))
    assert soup.select_one(f".tabs a[href='{scene.path}']")


@pytest.mark.parametrize("who", ["school_admin", "teacher", "prefecture", "editor", "zhuoma"])
def test_who_does_not_host_the_contest_changes_nothing(cast, sign_in, scene, who):
    draft = scene.compute()
    client = sign_in(getattr(cast, who))
    with scene.app.app_context():
        award = scene.award("李明").public_id
    pages = ["/tiers", f"/drafts/{draft}", f"/drafts/{draft}/state", f"/given/{award}", "/certificates/x"]
    for one in pages:
        assert client.get(scene.path + one).status_code in {403, 404}, one
    token = {"csrf_token": csrf_of(client, "/")}
    for one in ("/tiers/preset", "/drafts", f"/drafts/{draft}/confirm", f"/drafts/{draft}/withdraw", "/certificates",
                f"/given/{award}/revoke", f"/given/{award}/reissue", f"/given/{award}/certificate.pdf"):  # fmt: skip
        assert client.post(scene.path + one, data=token | {"reason": "x"}).status_code in {403, 404}, one
    with scene.app.app_context():
        assert db.session.query(AwardDraft).one().state == "ready"


def test_a_list_of_another_contest_is_not_found(app, cast, sign_in, scene, monkeypatch):
    draft = scene.compute()
    other = make_scene_of_nothing(app, cast)
    client = sign_in(cast.province)
    assert client.get(f"/awards/{other}/drafts/{draft}").status_code == 404
    with app.app_context():
        award = scene.award("李明")
        award.number, award.issued_at, award.signed_on = 1, clock.now(), clock.now().date()
        db.session.commit()
        public_id = db.session.query(Award.public_id).filter_by(name="李明").scalar()
    assert client.get(f"{scene.path}/given/{public_id}").status_code == 200
    assert client.get(f"/awards/{other}/given/{public_id}").status_code == 404


def make_scene_of_nothing(app, cast):
    from tests.integration.rankings.arena import make_arena

    with app.app_context():
        return make_arena(db.session, cast, clock.now()).tally()


def test_nothing_is_awarded_on_results_that_are_half_marked_again(app, cast, sign_in, scene):
    one, other = sign_in(cast.province), sign_in(cast.admin)
    begin_remark(app, scene.contest_id, cast.admin)
    reply = post(one, f"{scene.path}/drafts", via=f"{scene.path}/tiers")
    assert "请等重新判分完成" in text_of(page(reply, 409).main)
    end_remark(app)
    address = post(one, f"{scene.path}/drafts", via=f"{scene.path}/tiers").location
    begin_remark(app, scene.contest_id, cast.admin)  # between the asking and the computation
    run_due_jobs(app)
    assert "请等重新判分完成" in text_of(page(one.get(address)).main)
    end_remark(app)
    address = post(one, f"{scene.path}/drafts", via=f"{scene.path}/tiers").location
    run_due_jobs(app)
    begin_remark(app, scene.contest_id, cast.admin)  # between the computation and the word
    reply = post(other, f"{address}/confirm", via=address)
    assert "请等重新判分完成" in text_of(page(reply, 409).main)
    assert scene.numbers() == []
    end_remark(app)
    assert post(other, f"{address}/confirm", via=address).status_code == 303
    assert scene.numbers() != []
