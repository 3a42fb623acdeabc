"""Notices of a contest: published once, changed with a date, taken back, seen by everybody whom they concern."""

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.audit.models import AuditEntry
from quiz.contests import stages
from quiz.contests.models import Contest
from quiz.contests.notices import queries, rules, services
from quiz.contests.notices.models import ContestNotice
from quiz.contests.notices.services import Wording
from quiz.db import db
from quiz.errors import ConflictError, DomainError, NotFoundError
from tests.factories.contests import actor_of, make_contest
from tests.pages import csrf_of, page, post, text_of

TEXT = "第一行\n\n<img src=x onerror=alert(1)> 第二行 https://example.org"


@pytest.fixture
def contest_id(app, cast):
    """The public id of a running contest of the province."""
    with app.app_context():
        contest = make_contest(db.session, host="region:630000", by=cast.province, now=clock.now())
        db.session.commit()
        return contest.public_id


def publish(app, cast, title="时间提醒", *, text=TEXT, is_pinned=False, key=None):
    with app.app_context():
        notice = services.publish(
            db.session, actor=actor_of(db.session, cast.province), contest=db.session.query(Contest).first(),
            wording=Wording(title, text, is_pinned), key=key or title, now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        return notice.public_id


def acts():
    query = sa.select(AuditEntry.action).where(AuditEntry.action.like("contest:notice:%")).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def shown(client, path):
    return [text_of(one) for one in page(client.get(path)).select("[aria-labelledby=notices] .notices__item")]


def test_the_whole_walk_by_plain_http(app, cast, sign_in, client, contest_id):
    organiser, desk = sign_in(cast.province), f"/desk/contests/{contest_id}/notices"
    places = [
        (client, f"/c/{contest_id}"), (sign_in(cast.zhuoma), f"/contests/{contest_id}"),
        (sign_in(cast.teacher), f"/desk/contests/{contest_id}"),
    ]  # fmt: skip
    assert "还没有公告" in text_of(page(organiser.get(desk)).main)
    assert post(organiser, desk, {"title": "时间提醒", "text": TEXT}).status_code == 303
    kept = app.extensions["shared_cache"]._kept  # the public page is up to a second old
    for who, path in places:
        (notice,) = shown(who, path)
        assert "时间提醒" in notice and "<img src=x onerror=alert(1)> 第二行 https://example.org" in notice
        assert "发布" in notice and "修改过" not in notice
        assert not page(who.get(path)).select("[aria-labelledby=notices] img, [aria-labelledby=notices] a")
    edit = page(organiser.get(desk)).select_one(f"a[href^='{desk}/']")["href"]
    assert post(organiser, edit, {"title": "时间改了", "text": "明天", "revision": "1"}).status_code == 303
    kept.clear()
    assert all("时间改了" in one and "修改过" in one for who, path in places for one in shown(who, path))
    assert post(organiser, f"{edit}/withdraw", via=desk).status_code == 303
    kept.clear()
    assert [shown(who, path) for who, path in places] == [[], [], []]
    assert "已撤下" in text_of(page(organiser.get(desk)).main)
    with app.app_context():
        assert acts() == ["contest:notice:publish", "contest:notice:change", "contest:notice:withdraw"]


def test_pressing_twice_is_one_notice(app, cast, sign_in, contest_id):
    client, desk = sign_in(cast.province), f"/desk/contests/{contest_id}/notices"
    key = page(client.get(desk)).select_one("input[name=key]")["value"]
    data = {"title": "一次", "text": "就一次", "key": key, "csrf_token": csrf_of(client, desk)}
    assert [client.post(desk, data=data).status_code for _ in range(2)] == [303, 303]
    with app.app_context():
        assert db.session.query(ContestNotice).count() == 1 and acts() == ["contest:notice:publish"]


@pytest.mark.parametrize(
    ("title", "text", "message"),
    [("", "有", "请写公告标题"), ("有", " ", "请写公告内容"), ("长" * 61, "有", "最多 60 个字"), ("有", "长" * 2001, "最多 2000 个字")],
)  # fmt: skip
def test_what_cannot_be_published_comes_back_with_everything_typed(cast, sign_in, contest_id, title, text, message):
    client, desk = sign_in(cast.province), f"/desk/contests/{contest_id}/notices"
    soup = page(post(client, desk, {"title": title, "text": text}), 422)
    assert message in text_of(soup.select_one(".error-summary"))
    assert soup.select_one("#title")["value"] == title and soup.select_one("#text").text.strip() == text.strip()


def test_pinned_ones_come_first_and_pinning_is_no_change_of_words(app, cast, client, contest_id):
    first = publish(app, cast, "旧的")
    publish(app, cast, "新的")
    with app.app_context():
        contest = db.session.query(Contest).one()
        services.change(
            db.session, actor=actor_of(db.session, cast.province), contest=contest, public_id=first,
            wording=Wording("旧的", TEXT, True), revision=1, now=clock.now(),
        )  # fmt: skip
        db.session.commit()
    found = shown(client, f"/c/{contest_id}")
    assert found[0].startswith("旧的 置顶") and "修改过" not in found[0] and found[1].startswith("新的")


def test_two_people_who_change_it_at_once_do_not_overwrite_each_other(app, cast, contest_id):
    public_id = publish(app, cast)
    with app.app_context():
        contest, actor = db.session.query(Contest).one(), actor_of(db.session, cast.province)

        def say(title, revision):
            return services.change(
                db.session, actor=actor, contest=contest, public_id=public_id,
                wording=Wording(title, TEXT, False), revision=revision, now=clock.now(),
            )  # fmt: skip

        assert say("甲改的", 1).revision == 2
        with pytest.raises(ConflictError):
            say("乙改的", 1)
        assert say("甲改的", 1).revision == 2  # the same words once more: a second press


def test_there_are_limits(app, cast, contest_id, monkeypatch):
    for number in range(rules.MOST_PINNED):
        publish(app, cast, f"置顶{number}", is_pinned=True)
    with pytest.raises(ConflictError):
        publish(app, cast, "再置顶一条", is_pinned=True)
    monkeypatch.setattr(rules, "MOST_STANDING", rules.MOST_PINNED)
    with pytest.raises(ConflictError):
        publish(app, cast, "再一条")


def test_only_who_manages_the_contest_may(app, cast, sign_in, contest_id):
    public_id = publish(app, cast)
    desk = f"/desk/contests/{contest_id}/notices"
    for who in (cast.teacher, cast.school_admin, cast.prefecture):
        client = sign_in(who)
        assert client.get(desk).status_code == 404
        assert post(client, f"{desk}/{public_id}/withdraw", via="/desk/contests/new").status_code == 404
    with app.app_context():
        contest, outsider = db.session.query(Contest).one(), actor_of(db.session, cast.teacher)
        with pytest.raises(NotFoundError):
            services.publish(
                db.session,
                actor=outsider,
                contest=contest,
                wording=Wording("甲", "乙", False),
                key="k",
                now=clock.now(),
            )
        with pytest.raises(DomainError):
            services.change(
                db.session, actor=outsider, contest=contest, public_id=public_id, wording=Wording("甲", "乙", False),
                revision=1, now=clock.now(),
            )  # fmt: skip


def test_all_stages_of_a_contest_have_the_same_notices(app, cast, sign_in, contest_id):
    with app.app_context():
        first, actor = db.session.query(Contest).one(), actor_of(db.session, cast.province)
        later = stages.add_stage(
            db.session, actor=actor, contest=first, own_name="校级初赛", name="省级决赛", now=clock.now()
        )
        services.publish(
            db.session, actor=actor, contest=later, wording=Wording("从决赛发的", "大家都看到", False), key="k",
            now=clock.now(),
        )  # fmt: skip
        db.session.commit()
        assert [one.title for one in queries.notices_of(db.session, first)] == ["从决赛发的"]
        assert [one.title for one in queries.notices_of(db.session, later)] == ["从决赛发的"]
    assert shown(sign_in(cast.zhuoma), f"/contests/{contest_id}")
