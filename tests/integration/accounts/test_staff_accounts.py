"""Accounts of staff are opened, extended and stopped from above only, within one's own place."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.models import Role, RoleGrant, User
from quiz.audit.models import AuditEntry
from quiz.clock import now
from quiz.db import db
from tests.cast import Cast
from tests.integration.accounts.walk import sign_in_staff
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def public_id(app: Flask, user_id: int) -> str:
    with app.app_context():
        return db.session.get_one(User, user_id).public_id


def create(client: FlaskClient, role: str, place: object, username: str = "xinlaoshi"):  # type: ignore[no-untyped-def]
    data = {"role": role, "place": str(place), "name": "新老师", "username": username}
    return post(client, "/staff/new", data, via="/staff/new?role=" + role)


def test_a_new_teacher_gets_a_password_once_and_has_to_change_it(
    client: FlaskClient, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    head = sign_in(cast.school_admin)
    page(head.get("/staff/new"))
    page(head.get("/staff/new?role=teacher"))
    password = text_of(page(create(head, "teacher", cast.class_a2)).select_one(".secret code"))
    assert password not in head.get("/staff/").text
    assert "还没改初始密码" in text_of(page(head.get("/staff/?q=xinlaoshi")))
    assert sign_in_staff(client, "xinlaoshi", password).status_code == 303
    assert client.get(f"/classes/{cast.class_a2}/pupils").headers["Location"] == "/account/password"
    new = {"current": password, "password": "春天的油菜花开满了门源县", "repeated": "春天的油菜花开满了门源县"}
    assert post(client, "/account/password", new).status_code == 303
    assert page(client.get(f"/classes/{cast.class_a2}/pupils"))
    assert client.get(f"/classes/{cast.class_a1}/pupils").status_code == 404


@pytest.mark.parametrize(
    ("who", "role", "place"),
    [
        ("admin", "province_organiser", "630000"),
        ("admin", "editor", ""),
        ("province", "prefecture_organiser", "632800"),
        ("prefecture", "county_organiser", "630104"),
        ("county", "school_admin", "school_a"),
        ("county", "teacher", "class_a2"),
        ("school_admin", "teacher", "class_a5"),
    ],
)
def test_a_role_is_given_below_ones_own(cast: Cast, sign_in: SignIn, who: str, role: str, place: str) -> None:
    assert create(sign_in(getattr(cast, who)), role, getattr(cast, place, place)).status_code == 200


@pytest.mark.parametrize(
    ("who", "role", "place"),
    [
        ("admin", "admin", ""),
        ("province", "province_organiser", "630000"),
        ("province", "editor", ""),
        ("prefecture", "county_organiser", "632801"),
        ("prefecture", "county_organiser", "630100"),
        ("prefecture", "county_organiser", "630104; DROP"),
        ("county", "school_admin", "school_b"),
        ("county", "school_admin", ""),
        ("school_admin", "teacher", "class_b1"),
        ("school_admin", "school_admin", "school_a"),
        ("school_admin", "teacher", "x"),
    ],
)
def test_a_role_is_not_given_at_or_above_ones_own_nor_elsewhere(
    app: Flask, cast: Cast, sign_in: SignIn, who: str, role: str, place: str
) -> None:
    reply = create(sign_in(getattr(cast, who)), role, getattr(cast, place, place))
    assert reply.status_code == 422
    page(reply, 422)
    with app.app_context():
        assert db.session.scalar(sa.select(User.id).where(User.username == "xinlaoshi")) is None


@pytest.mark.parametrize("who", ["teacher", "editor", "zhuoma"])
def test_who_may_not_manage_staff_is_refused(cast: Cast, sign_in: SignIn, who: str) -> None:
    assert sign_in(getattr(cast, who)).get("/staff/").status_code == 403
    assert sign_in(getattr(cast, who)).get("/staff/new").status_code == 403


@pytest.mark.parametrize(
    ("who", "seen", "hidden"),
    [
        ("school_admin", ["周老师", "何老师"], ["外校老师", "学校管理员", "城中区组织者", "题库编辑"]),
        ("county", ["学校管理员", "周老师"], ["外校老师", "西宁组织者", "城中区组织者"]),
        ("province", ["外校老师", "西宁组织者"], ["题库编辑", "省级组织者", "系统管理员"]),
        ("admin", ["外校老师", "题库编辑", "系统管理员"], []),
    ],
)
def test_the_list_shows_those_below(cast: Cast, sign_in: SignIn, who: str, seen: list[str], hidden: list[str]) -> None:
    soup = page(sign_in(getattr(cast, who)).get("/staff/"))
    names = [text_of(link) for link in soup.select("tbody th a")]
    assert set(seen) <= set(names)
    assert not set(hidden) & set(names)


@pytest.mark.parametrize("who", ["school_admin", "county"])
def test_staff_elsewhere_are_not_there(app: Flask, cast: Cast, sign_in: SignIn, who: str) -> None:
    client, outsider = sign_in(getattr(cast, who)), public_id(app, cast.outsider_teacher)
    assert client.get(f"/staff/{outsider}").status_code == 404
    assert client.get(f"/staff/{outsider}/roles/new").status_code == 404
    for act in ("password", "active"):
        assert post(client, f"/staff/{outsider}/{act}", {"active": "0"}, via="/staff/new").status_code == 404
    data = {"role": "teacher", "place": str(cast.class_a1)}
    assert post(client, f"/staff/{outsider}/roles/new", data, via="/staff/new").status_code == 404


def test_somebody_with_a_higher_role_elsewhere_is_seen_but_not_touched(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        db.session.add(
            RoleGrant(user_id=cast.teacher, role=Role.COUNTY_ORGANISER, region_id="632801", created_at=now())
        )
        db.session.commit()
    client, teacher = sign_in(cast.school_admin), public_id(app, cast.teacher)
    text = text_of(page(client.get(f"/staff/{teacher}")))
    assert "由上级处理" in text
    assert "县级组织者" not in text
    assert post(client, f"/staff/{teacher}/password", via="/staff/new").status_code == 404


def test_nobody_manages_themselves(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    admin = public_id(app, cast.admin)
    assert post(sign_in(cast.admin), f"/staff/{admin}/active", {"active": "0"}, via="/staff/new").status_code == 404


def test_a_revoked_role_ends_with_the_next_request(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    teacher, head = sign_in(cast.teacher), sign_in(cast.school_admin)
    page(head.get(f"/staff/{public_id(app, cast.teacher)}"))
    with app.app_context():
        grant = db.session.scalar(sa.select(RoleGrant.id).where(RoleGrant.user_id == cast.teacher))
        beyond = db.session.scalar(sa.select(RoleGrant.id).where(RoleGrant.user_id == cast.outsider_teacher))
    assert teacher.get(f"/classes/{cast.class_a1}/pupils").status_code == 200
    assert post(head, f"/staff/grants/{beyond}/revoke", via="/staff/new").status_code == 404
    assert post(head, f"/staff/grants/{grant}/revoke", via="/staff/new").status_code == 303
    assert teacher.get(f"/classes/{cast.class_a1}/pupils").status_code == 403


def test_a_further_class_is_added_once(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    head, path = sign_in(cast.school_admin), f"/staff/{public_id(app, cast.teacher)}/roles/new"
    page(head.get(path + "?role=teacher"))
    data = {"role": "teacher", "place": str(cast.class_a2)}
    assert post(head, path, data, via="/staff/new").status_code == 303
    page(post(head, path, data, via="/staff/new"), 422)
    assert sign_in(cast.teacher).get(f"/classes/{cast.class_a2}/pupils").status_code == 200


def test_a_reset_password_replaces_the_old_and_ends_sessions(
    client: FlaskClient, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    teacher, head = sign_in(cast.teacher), sign_in(cast.school_admin)
    reply = post(head, f"/staff/{public_id(app, cast.teacher)}/password", via="/staff/new")
    password = text_of(page(reply).select_one(".secret code"))
    assert teacher.get("/account/password").status_code == 302
    assert sign_in_staff(client).status_code == 422
    assert sign_in_staff(client, password=password).status_code == 303


def test_a_stopped_account_is_out_and_can_come_back(
    client: FlaskClient, app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    teacher, head, path = sign_in(cast.teacher), sign_in(cast.school_admin), public_id(app, cast.teacher)
    assert post(head, f"/staff/{path}/active", {"active": "0"}, via="/staff/new").status_code == 303
    assert teacher.get("/account/password").status_code == 302
    assert sign_in_staff(client).status_code == 422
    assert "已停用" in text_of(page(head.get("/staff/")))
    page(head.get(f"/staff/{path}"))
    assert post(head, f"/staff/{path}/active", {"active": "1"}, via="/staff/new").status_code == 303
    assert sign_in_staff(client).status_code == 303


def test_a_taken_or_impossible_user_name_keeps_what_was_filled_in(cast: Cast, sign_in: SignIn) -> None:
    head = sign_in(cast.school_admin)
    for username, message in [("ＴＥＡＣＨＥＲ", "已经有人使用"), ("a b", "中间不留空格")]:
        soup = page(create(head, "teacher", cast.class_a2, username), 422)
        assert message in text_of(soup)
        name, chosen = soup.select_one("#name"), soup.select_one("#place option[selected]")
        assert name is not None
        assert chosen is not None
        assert (name["value"], chosen["value"]) == ("新老师", str(cast.class_a2))


def test_places_are_searched_when_there_are_many(cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.admin).get("/staff/new?role=teacher&q=昆仑"))
    assert [option["value"] for option in soup.select("#place option")] == [str(cast.class_b1)]


def test_every_act_is_audited(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    head = sign_in(cast.school_admin)
    create(head, "teacher", cast.class_a2)
    with app.app_context():
        made = db.session.scalars(sa.select(User).where(User.username == "xinlaoshi")).one()
    post(head, f"/staff/{made.public_id}/password", via="/staff/new")
    post(head, f"/staff/{made.public_id}/active", {"active": "0"}, via="/staff/new")
    with app.app_context():
        entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "admin:staff:create", "admin:grant:create", "admin:password:reset", "admin:staff:deactivate",
    ]  # fmt: skip
    assert {entry.actor_id for entry in entries} == {cast.school_admin}
    assert entries[1].details == {"role": "teacher", "grant": entries[1].details["grant"], "class_id": cast.class_a2}
