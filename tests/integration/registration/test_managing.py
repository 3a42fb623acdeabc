"""Who manages a unit sees who came, removes wrong ones before they begin, and closes the door; nobody else does."""

from datetime import timedelta

import sqlalchemy as sa

from quiz import clock
from quiz.accounts.models import User
from quiz.audit.models import AuditEntry
from quiz.db import db
from quiz.registration.models import RegistrationLink
from tests.integration.registration.steps import join, number_of
from tests.pages import page, post, text_of


def test_the_managers_page_shows_the_link_and_who_came(app, cast, sign_in, client, office):
    join(client, office.join, name="扎西多杰")
    join(app.test_client(), office.join, name="扎西多杰")
    soup = page(sign_in(office.manager).get(f"{office.manage}/{office.link}"))
    text = text_of(soup.main)
    assert f"http://localhost{office.join}" in text and soup.select(".invitation__qr path")
    assert "扎西多杰" in text and number_of(client) in text and "同名" in text and "2 / 20 人" in text
    organiser = text_of(page(sign_in(cast.county).get(f"{office.manage}/{office.link}")).main)
    assert "扎*杰" in organiser and "扎西多杰" not in organiser


def test_a_wrong_one_is_removed_before_beginning_and_leaves_no_name(app, sign_in, client, office):
    join(client, office.join, name="不认识的人")
    number = number_of(client)
    manager, path = sign_in(office.manager), f"{office.manage}/{office.link}"
    public_id = _public_id(app, "不认识的人")
    assert post(manager, f"{path}/people/{public_id}/remove", via=path).status_code == 303
    text = text_of(page(manager.get(path)).main)
    assert "不认识的人" not in text and "0 / 20 人" in text
    assert client.get("/joined").status_code != 200
    refused = post(app.test_client(), "/sign-in", {"school": "DW01", "student_number": number, "pin": "高原小马爱喝水7"},
                   via="/sign-in?school=DW01")  # fmt: skip
    assert refused.status_code == 422
    assert post(manager, f"{path}/people/{public_id}/remove", via=path).status_code == 404
    with app.app_context():
        assert db.session.scalar(sa.select(User.id).where(User.name == "不认识的人")) is None
        actions = set(db.session.scalars(sa.select(AuditEntry.action)))
        assert {"registration:link:open", "registration:person:join", "registration:person:remove"} <= actions


def test_who_has_begun_stays(app, sign_in, client, office):
    join(client, office.join, name="已经开始的人")
    contest = f"/contests/{office.contest}"
    assert post(client, f"{contest}/start", via=contest).status_code == 303
    manager, path = sign_in(office.manager), f"{office.manage}/{office.link}"
    soup = page(manager.get(path))
    assert "已开始" in text_of(soup.main) and not soup.select("form[action$=remove]")
    public_id = _public_id(app, "已经开始的人")
    refused = post(manager, f"{path}/people/{public_id}/remove", via=path)
    assert refused.status_code == 409 and "已经开始答题" in refused.text
    assert client.get("/joined").status_code == 200


def test_closing_shuts_the_door_once_and_keeps_who_is_in(app, sign_in, client, office):
    join(client, office.join)
    manager, path = sign_in(office.manager), f"{office.manage}/{office.link}"
    for _ in range(2):
        assert post(manager, f"{path}/close", via=office.manage).status_code == 303
    assert "已关闭" in text_of(page(manager.get(path)).main)
    assert "已经关闭" in text_of(page(app.test_client().get(office.join)).main)
    assert client.get("/joined").status_code == 200
    with app.app_context():
        closed = sa.select(sa.func.count()).where(AuditEntry.action == "registration:link:close")
        assert db.session.scalar(closed) == 1


def test_a_link_is_opened_with_a_day_and_a_number(app, sign_in, office):
    manager = sign_in(office.manager)
    day = f"{clock.now() + timedelta(days=1):%Y-%m-%d}"  # the contest ends before
    good = {"contest": office.contest, "most": "5", "until": day}
    for wrong, words in (
        ({"most": "0"}, "人数填 1 到"), ({"most": "9999"}, "人数填 1 到"), ({"until": "2020-01-01"}, "已经过了"),
        ({"until": "x"}, "请选择登记截止的日期"), ({"contest": "nothing"}, "请选择一场"),
    ):  # fmt: skip
        soup = page(post(manager, office.manage, good | wrong), 422)
        assert words in text_of(soup.select_one(".error-summary")), wrong
    response = post(manager, office.manage, good)
    assert response.status_code == 303
    with app.app_context():
        link = db.session.scalars(sa.select(RegistrationLink).order_by(RegistrationLink.id.desc())).first()
        assert link.most == 5 and len(link.code) >= 22 and link.school_class.name == "本单位"


def test_others_find_nothing(cast, sign_in, office):
    path = f"{office.manage}/{office.link}"
    for stranger in (cast.school_admin,):
        assert sign_in(stranger).get(path).status_code == 404
        assert sign_in(stranger).get(office.manage).status_code == 404
    for nobody in (cast.teacher, cast.editor, cast.zhuoma):
        assert sign_in(nobody).get(path).status_code == 403
    manager = sign_in(office.manager)
    assert manager.get(f"/schools/{cast.school_a}/registration").status_code == 404
    assert manager.get(f"/schools/{cast.school_a}/registration/{office.link}").status_code == 404


def _public_id(app, name):
    with app.app_context():
        return db.session.scalars(sa.select(User.public_id).where(User.name == name)).one()
