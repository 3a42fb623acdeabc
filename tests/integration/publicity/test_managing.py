"""The organiser's page about the public page: the switch, and the list of award winners by an explicit act."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from quiz import clock
from quiz.audit.models import AuditEntry
from quiz.contests.models import Contest
from quiz.db import db
from quiz.errors import ConflictError, NotFoundError
from quiz.publicity import services
from tests.factories.contests import actor_of
from tests.integration.publicity.conftest import change
from tests.pages import page, post, text_of


def acts():
    query = sa.select(AuditEntry.action).order_by(AuditEntry.id)
    wanted = ("contest:page:", "contest:winners:")
    return [one for one in db.session.scalars(query) if one.startswith(wanted)]


def test_the_page_is_closed_and_opened_again(scene, client, sign_in):
    organiser, desk = sign_in(scene.cast.province), f"/desk/contests/{scene.public_id}/public"
    assert page(organiser.get(desk)).select_one(f"a[href='/c/{scene.public_id}']")
    for is_on, status in (("0", 404), ("0", 404), ("1", 200)):
        assert post(organiser, desk, {"on": is_on}).status_code == 303
        assert client.get(f"/c/{scene.public_id}").status_code == status
        assert client.get(f"/c/{scene.public_id}/rules").status_code == status
    with scene.app.app_context():
        assert acts() == ["contest:page:close", "contest:page:open"]


def test_it_warns_of_a_page_that_does_not_say_who_stands_behind_it(scene, sign_in):
    desk = f"/desk/contests/{scene.public_id}/public"
    assert "还没有写主办单位" in text_of(page(sign_in(scene.cast.province).get(desk)).main)
    change(scene.app, organisers={"host": ["青海省禁毒委员会办公室"]})
    assert "还没有写主办单位" not in text_of(page(sign_in(scene.cast.province).get(desk)).main)


def test_the_list_of_winners_is_public_only_by_an_act_and_can_be_taken_back(issued, client, sign_in):
    organiser, desk = sign_in(issued.cast.province), f"/desk/contests/{issued.public_id}/public"
    address = f"/c/{issued.public_id}/winners"
    assert client.get(address).status_code == 404
    assert not page(client.get(f"/c/{issued.public_id}")).select(f"a[href='{address}']")
    assert post(organiser, f"{desk}/winners", {"on": "1"}, via=desk).status_code == 303
    soup = page(client.get(address))
    tiers = {text_of(one.select_one("h2")): text_of(one) for one in soup.select("main section.card")}
    assert list(tiers)[:3] == ["一等奖", "二等奖", "三等奖"]
    assert "李*" in tiers["一等奖"] and "城中区" in tiers["一等奖"] and "初中组" in tiers["一等奖"]
    assert "城中区清源实验学校" in tiers["优秀组织单位"]  # schools in full, nobody else's school
    assert not [text for tier, text in tiers.items() if tier != "优秀组织单位" and "清源实验" in text]
    assert post(organiser, f"{desk}/winners", {"on": "0"}, via=desk).status_code == 303
    assert client.get(address).status_code == 404
    with issued.app.app_context():
        assert acts() == ["contest:winners:list", "contest:winners:unlist"]


def test_the_list_comes_down_after_thirty_days_and_with_the_page(issued, client):
    address = f"/c/{issued.public_id}/winners"
    change(issued.app, awards_listed_at=clock.now() - timedelta(days=29))
    assert client.get(address).status_code == 200
    change(issued.app, awards_listed_at=clock.now() - timedelta(days=30))
    assert client.get(f"{address}").status_code == 404
    change(issued.app, awards_listed_at=clock.now(), has_public_page=False)
    assert client.get(f"{address}").status_code == 404


def test_a_revoked_award_is_not_listed(issued, client):
    with issued.app.app_context():
        issued.award("李明").revoked_at = clock.now()
        db.session.commit()
    change(issued.app, awards_listed_at=clock.now())
    text = text_of(page(client.get(f"/c/{issued.public_id}/winners")).main)
    assert "李*" not in text and "一等奖" not in text


def test_nothing_is_listed_before_anything_was_issued_or_the_contest_is_over(scene):
    with scene.app.app_context():
        actor, contest = actor_of(db.session, scene.cast.province), scene.contest()
        with pytest.raises(ConflictError):
            services.list_awards(db.session, actor=actor, contest=contest, now=clock.now())


def test_others_may_neither_switch_nor_list(issued, sign_in):
    desk = f"/desk/contests/{issued.public_id}/public"
    for who in (issued.cast.school_admin, issued.cast.prefecture):
        client = sign_in(who)
        assert client.get(desk).status_code == 404
        assert post(client, desk, {"on": "0"}, via="/desk/contests/new").status_code == 404
        assert post(client, f"{desk}/winners", {"on": "1"}, via="/desk/contests/new").status_code == 404
    with issued.app.app_context():
        teacher = actor_of(db.session, issued.cast.teacher)
        for act in (services.list_awards, services.unlist_awards):
            with pytest.raises(NotFoundError):
                act(db.session, actor=teacher, contest=issued.contest(), now=clock.now())
        assert db.session.query(Contest.awards_listed_at).scalar() is None
