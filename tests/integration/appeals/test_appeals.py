"""Appeals: filed by pupil or school, answered by one person, decided by another, every step kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.accounts.models import Enrolment
from quiz.appeals import queries, services
from quiz.appeals.models import Appeal, AppealStep
from quiz.appeals.rules import AppealKind, AppealState
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from tests.factories.contests import actor_of, make_contest, take
from tests.pages import page, post, text_of

WORDS = {"kind": "score", "text": "第 3 题答案应该是 B"}


@pytest.fixture
def contest(app, cast):
    """The id and public id of a running contest of the province."""
    with app.app_context():
        made = make_contest(db.session, host="region:630000", by=cast.province, now=clock.now())
        db.session.commit()
        return made.id, made.public_id


def filed(contest_id, user_id, now=None, by=None):
    return services.file(
        db.session, actor=actor_of(db.session, by or user_id), contest=db.session.get_one(Contest, contest_id),
        user_id=user_id, kind=AppealKind.SCORE, text="第 3 题答案应该是 B", now=now or clock.now(),
    )  # fmt: skip


def seen_on(client, desk):
    """What the form of the second person says that it shows."""
    return page(client.get(desk)).select_one("form[action$='/decide'] input[name=seen]")["value"]


def decided(client, desk, does, note="", seen=None):
    """Press a button of the second person's form, by default on a page opened just now."""
    form = {"do": does, "note": note, "seen": seen_on(client, desk) if seen is None else seen}
    return post(client, f"{desk}/decide", form, via=desk)


def test_the_whole_walk(app, cast, sign_in, contest):
    pupil, first, second = sign_in(cast.zhuoma), sign_in(cast.province), sign_in(cast.admin)
    shown = page(pupil.get(f"/contests/{contest[1]}"))
    address = shown.select_one("a[href^='/appeals/']")["href"]
    assert post(pupil, address, WORDS).status_code == 303
    soup = page(pupil.get(address))
    assert "正在处理" in text_of(soup.main) and not soup.select("textarea")
    listed = page(first.get(f"/desk/appeals/{contest[1]}"))
    assert "卓*" in text_of(listed.main) and "卓玛" not in text_of(listed.main)
    desk = listed.select_one(".list__title")["href"]
    assert "卓玛" not in text_of(page(first.get(desk)).main)  # nor as who filed it
    reply = post(first, desk, {"verdict": "accepted", "answer": "已重新判分，成绩改为 100 分"})
    assert reply.status_code == 303
    assert "已重新判分" not in text_of(page(pupil.get(address)).main)  # not before the second person
    soup = page(first.get(desk))
    assert "等另一个人复核" in text_of(soup.main) and not soup.select("form[action$='/decide']")
    assert post(first, f"{desk}/decide", {"do": "agree", "note": ""}, via=desk).status_code == 422
    assert decided(second, desk, "agree").status_code == 303
    text = text_of(page(pupil.get(address)).main)
    assert "申诉成立" in text and "已重新判分，成绩改为 100 分" in text
    steps = text_of(page(second.get(desk)).select_one("section[aria-labelledby=steps]"))
    assert steps.index("提出申诉") < steps.index("建议：申诉成立") < steps.index("复核通过：申诉成立")
    with app.app_context():
        actions = list(
            db.session.scalars(
                sa.select(AuditEntry.action).where(AuditEntry.action.like("contest:appeal%")).order_by(AuditEntry.id)
            )
        )
        assert [one.rsplit(":", 1)[1] for one in actions] == ["filed", "proposed_accept", "accepted"]


def test_the_second_person_may_send_it_back(app, cast, sign_in, contest):
    with app.app_context():
        public_id = filed(contest[0], cast.zhuoma).public_id
        db.session.commit()
    first, second = sign_in(cast.province), sign_in(cast.admin)
    desk = f"/desk/appeals/{contest[1]}/{public_id}"
    post(first, desk, {"verdict": "refused", "answer": "答案没有错"})
    reply = decided(second, desk, "send_back")
    assert reply.status_code == 422 and "请写明为什么退回" in reply.text
    assert decided(second, desk, "send_back", "请附出处").status_code == 303
    soup = page(first.get(desk))
    assert "请附出处" in text_of(soup.main) and soup.select("input[name=verdict]")
    assert "答案没有错" in text_of(soup.select_one("section[aria-labelledby=steps]"))


def proposed(app, cast, sign_in, contest, verdict, answer):
    """An appeal with an answer of the province's; its page at the desk and who proposed."""
    with app.app_context():
        public_id = filed(contest[0], cast.zhuoma).public_id
        db.session.commit()
    desk, first = f"/desk/appeals/{contest[1]}/{public_id}", sign_in(cast.province)
    assert post(first, desk, {"verdict": verdict, "answer": answer}).status_code == 303
    return desk, first


@pytest.mark.parametrize("does", ["agree", "send_back"])
def test_only_the_answer_that_was_read_is_decided(app, cast, sign_in, contest, does):
    desk, first = proposed(app, cast, sign_in, contest, "accepted", "成绩改为 100 分")
    second = sign_in(cast.admin)
    seen = seen_on(second, desk)
    assert decided(sign_in(cast.admin), desk, "send_back", "再看").status_code == 303
    assert post(first, desk, {"verdict": "refused", "answer": "答案没有错"}).status_code == 303
    reply = decided(second, desk, does, "我同意这个理由", seen)
    soup = page(reply, 422)
    assert "有人刚改过处理意见，请看过新的再决定。" in text_of(soup.main) and "答案没有错" in text_of(soup.main)
    assert text_of(soup.select_one("textarea[name=note]")) == "我同意这个理由"
    with app.app_context():
        [appeal] = db.session.scalars(sa.select(Appeal))
        assert (appeal.state, appeal.answer) == (AppealState.PROPOSED, "答案没有错")
        assert len(queries.steps_of(db.session, appeal)) == 4
    again = soup.select_one("input[name=seen]")["value"]  # the page has shown the new answer
    assert decided(second, desk, does, "我同意这个理由", again).status_code == 303


def test_words_are_kept_where_nothing_is_left_to_decide(app, cast, sign_in, contest):
    desk, first = proposed(app, cast, sign_in, contest, "accepted", "成绩改为 100 分")
    second = sign_in(cast.admin)
    seen = seen_on(second, desk)
    assert decided(sign_in(cast.admin), desk, "send_back", "再看").status_code == 303
    shown = text_of(page(decided(second, desk, "send_back", "请附上出处", seen), 422).main)
    assert "已经有人处理了" in shown and "请附上出处" in shown
    assert post(first, desk, {"verdict": "refused", "answer": "答案没有错"}).status_code == 303
    late = post(second, desk, {"verdict": "refused", "answer": "我也看过"})
    shown = text_of(page(late, 422).main)
    assert "已经有人处理了" in shown and "我也看过" in shown


def test_pressing_twice_decides_once(app, cast, sign_in, contest):
    desk, _first = proposed(app, cast, sign_in, contest, "accepted", "成绩改为 100 分")
    second = sign_in(cast.admin)
    seen = seen_on(second, desk)
    assert [decided(second, desk, "agree", seen=seen).status_code for _ in range(2)] == [303, 303]
    assert decided(second, desk, "send_back", "再看", seen).status_code == 422
    with app.app_context():
        [appeal] = db.session.scalars(sa.select(Appeal))
        assert appeal.state is AppealState.ACCEPTED and len(queries.steps_of(db.session, appeal)) == 3


@pytest.mark.parametrize("seen", ["", "x", "²", "-1", "9" * 40, "9" * 5000])
def test_a_page_that_says_nothing_sensible_decides_nothing(app, cast, sign_in, contest, seen):
    desk, _first = proposed(app, cast, sign_in, contest, "accepted", "成绩改为 100 分")
    assert decided(sign_in(cast.admin), desk, "agree", seen=seen).status_code == 422
    with app.app_context():
        assert db.session.scalars(sa.select(Appeal)).one().state is AppealState.PROPOSED


def test_one_at_a_time_however_often_it_is_pressed(app, cast, contest):
    def press(_number):
        with app.app_context():
            try:
                filed(contest[0], cast.zhuoma)
                db.session.commit()
            except ConflictError:
                db.session.rollback()
                return 0
            return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(press, range(12))) == 1
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(AppealStep)) == 1
        filed(contest[0], cast.liming)  # another pupil is not held up


@pytest.mark.parametrize(
    ("offset", "may"), [(-120, False), (0, True), (2 * 60 + 7 * 24 * 60 - 2, True), (2 * 60 + 7 * 24 * 60, False)]
)
def test_from_the_opening_to_a_week_after_the_end(app, cast, contest, offset, may):
    with app.app_context():
        opens = db.session.get_one(Contest, contest[0]).groups[0].sitting.opens_at
        at = opens + timedelta(minutes=offset)
        if may:
            filed(contest[0], cast.zhuoma, now=at)
        else:
            with pytest.raises(ConflictError, match="7 天"):
                filed(contest[0], cast.zhuoma, now=at)


@pytest.mark.parametrize("text", ["", "  ", "长" * 501])
def test_it_needs_words_but_not_too_many(app, cast, sign_in, contest, text):
    reply = post(sign_in(cast.zhuoma), f"/appeals/{contest[1]}", {"kind": "score", "text": text})
    assert reply.status_code == 422
    with app.app_context():
        assert db.session.scalar(sa.select(Appeal.id)) is None


def test_who_filed_it_takes_it_back_and_nobody_else(app, cast, sign_in, contest):
    with app.app_context():
        public_id = filed(contest[0], cast.zhuoma).public_id
        db.session.commit()
    address = f"/appeals/{contest[1]}"
    other = sign_in(cast.liming)
    assert post(other, f"{address}/{public_id}/withdraw", via=address).status_code == 404
    pupil = sign_in(cast.zhuoma)
    for _ in range(2):
        assert post(pupil, f"{address}/{public_id}/withdraw", via=address).status_code == 303
    with app.app_context():
        [appeal] = db.session.scalars(sa.select(Appeal))
        assert appeal.state is AppealState.WITHDRAWN
        assert len(queries.steps_of(db.session, appeal)) == 2
    assert post(pupil, address, WORDS).status_code == 303  # and may file again


def test_a_school_files_for_its_own_pupils_and_sees_only_theirs(app, cast, sign_in, contest):
    with app.app_context():
        filed(contest[0], cast.cairang)
        db.session.commit()
    client = sign_in(cast.school_admin)
    address = f"/desk/appeals/{contest[1]}"
    assert "还没有申诉" in text_of(page(client.get(address)).main)
    assert post(client, f"{address}/new", WORDS | {"number": "20240101"}).status_code == 303
    soup = page(post(client, f"{address}/new", WORDS | {"number": "99999999"}), 422)
    assert "没有找到这个学号的学生" in text_of(soup.select_one(".error-summary"))
    assert WORDS["text"] in soup.select_one("textarea[name=text]").text, "nothing that was written is lost"
    soup = page(client.get(address))
    assert "卓玛" in text_of(soup.main) and "才*" not in text_of(soup.main) and "才让" not in text_of(soup.main)
    desk = soup.select_one(".list__title")["href"]
    soup = page(client.get(desk))
    assert not soup.select("input[name=verdict]")  # the host answers
    reply = post(client, desk, {"verdict": "accepted", "answer": "同意"}, via=f"{address}/new")
    assert reply.status_code == 404


def leave(user_id):
    """A pupil leaves the school."""
    left = sa.update(Enrolment).where(Enrolment.user_id == user_id, Enrolment.ended_at.is_(None))
    db.session.execute(left.values(ended_at=clock.now()))
    db.session.commit()


@pytest.mark.parametrize("has_sat", [True, False])
def test_who_has_left_the_school_still_gets_an_answer(app, cast, sign_in, contest, has_sat):
    with app.app_context():
        if has_sat:
            take(db.session, db.session.get_one(Contest, contest[0]), cast.zhuoma, right=2, now=clock.now())
        filed(contest[0], cast.zhuoma)
        db.session.commit()
        leave(cast.zhuoma)
    first, second, school = sign_in(cast.province), sign_in(cast.admin), sign_in(cast.school_admin)
    for client in (first, school):
        assert "初二 1班" in text_of(page(client.get(f"/desk/appeals/{contest[1]}")).select_one("main .list"))
    desk = page(first.get(f"/desk/appeals/{contest[1]}")).select_one(".list__title")["href"]
    assert post(first, desk, {"verdict": "refused", "answer": "答案没有错"}).status_code == 303
    assert decided(second, desk, "agree").status_code == 303
    assert "维持原结果" in text_of(page(school.get(desk)).main)
    with app.app_context():
        assert db.session.scalars(sa.select(Appeal)).one().state is AppealState.REFUSED


def test_an_appeal_stays_with_the_school_where_the_pupil_sat(app, cast, sign_in, contest):
    with app.app_context():
        found = db.session.get_one(Contest, contest[0])
        take(db.session, found, cast.zhuoma, right=2, now=clock.now())
        filed(contest[0], cast.zhuoma)
        filed(contest[0], cast.liming)  # has not sat: goes along with the pupil
        db.session.commit()
        for number, user_id in enumerate((cast.zhuoma, cast.liming)):
            leave(user_id)
            place = {"school_id": cast.school_b, "class_id": cast.class_b1, "student_number": f"3024000{number}"}
            db.session.add(Enrolment(user_id=user_id, started_at=clock.now(), **place))
        db.session.commit()
    text = text_of(page(sign_in(cast.school_admin).get(f"/desk/appeals/{contest[1]}")).main)
    assert "卓" in text and "李" not in text
    text = text_of(page(sign_in(cast.province).get(f"/desk/appeals/{contest[1]}")).main)
    assert text.count("卓") == 1 and text.count("李") == 1


def test_it_is_not_there_for_others(app, cast, sign_in, contest):
    with app.app_context():
        public_id = filed(contest[0], cast.zhuoma).public_id
        db.session.commit()
    outsider = sign_in(cast.outsider_teacher)
    assert outsider.get(f"/desk/appeals/{contest[1]}").status_code == 403
    county = sign_in(cast.county)  # of the pupil's county: sees it, does not decide
    assert county.get(f"/desk/appeals/{contest[1]}/{public_id}").status_code == 200
    assert sign_in(cast.xiaohu).get(f"/appeals/{contest[1]}").status_code == 404  # not of this contest


def test_only_one_of_two_reviewers_proposes(app, cast, contest):
    with app.app_context():
        appeal = filed(contest[0], cast.zhuoma)
        found = db.session.get_one(Contest, contest[0])
        now = clock.now()
        give = {"contest": found, "appeal": appeal, "is_accepted": True, "answer": "成立", "now": now}
        services.propose(db.session, actor=actor_of(db.session, cast.province), **give)
        with pytest.raises(ConflictError):
            services.propose(db.session, actor=actor_of(db.session, cast.admin), **give)
        with pytest.raises(DomainError):
            services.decide(
                db.session, actor=actor_of(db.session, cast.province), contest=found, appeal=appeal, does="agree", note="",
                seen=0, now=now,
            )  # fmt: skip
        with pytest.raises(NotFoundError):
            services.decide(
                db.session, actor=actor_of(db.session, cast.county), contest=found, appeal=appeal, does="agree", note="",
                seen=0, now=now,
            )  # fmt: skip
