"""Staff see the pupils of their own classes, and nobody else's."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.models import User
from quiz.db import db
from tests.cast import Cast
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]


def test_a_teacher_sees_the_class(cast: Cast, sign_in: SignIn) -> None:
    text = text_of(page(sign_in(cast.teacher).get(f"/classes/{cast.class_a1}/pupils")))
    assert "初二 1班的学生" in text
    assert "卓玛" in text
    assert "王芳" not in text


def test_the_list_is_searched_by_name_and_number(cast: Cast, sign_in: SignIn) -> None:
    teacher = sign_in(cast.teacher)
    for search in ("欧阳", "0103"):
        soup = page(teacher.get(f"/classes/{cast.class_a1}/pupils?q={search}"))
        assert [text_of(row.select_one("th label")) for row in soup.select("tbody tr")] == ["欧阳小雪"]
    assert "没有找到“%”" in text_of(page(teacher.get(f"/classes/{cast.class_a1}/pupils?q=%25")))


def test_a_teacher_of_one_class_comes_straight_to_it(cast: Cast, sign_in: SignIn) -> None:
    reply = sign_in(cast.teacher).get("/pupils")
    assert reply.headers["Location"] == f"/classes/{cast.class_a1}/pupils"


def test_a_school_administrator_chooses_among_the_schools_classes(cast: Cast, sign_in: SignIn) -> None:
    soup = page(sign_in(cast.school_admin).get("/pupils"))
    assert {text_of(link) for link in soup.select(".list a")} == {"初二 1班", "初二 2班", "五年级 1班"}


@pytest.mark.parametrize("who", ["colleague", "outsider_teacher"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "pupils"), ("post", "slips"), ("post", "pupils/{pupil}/pin"), ("post", "pupils/{pupil}/slips/revoke")],
)
def test_another_class_is_not_there(app: Flask, cast: Cast, sign_in: SignIn, who: str, method: str, path: str) -> None:
    client = sign_in(getattr(cast, who))
    with app.app_context():
        pupil = db.session.get_one(User, cast.zhuoma).public_id
    address = f"/classes/{cast.class_a1}/{path.format(pupil=pupil)}"
    reply = client.get(address) if method == "get" else post(client, address, {"all": "1"}, via="/account/password")
    assert reply.status_code == 404
    assert "卓玛" not in reply.text


def test_a_pupil_of_another_class_cannot_be_reached_through_ones_own(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        pupil = db.session.get_one(User, cast.wangfang).public_id
    reply = post(sign_in(cast.teacher), f"/classes/{cast.class_a1}/pupils/{pupil}/pin", via="/account/password")
    assert reply.status_code == 404


@pytest.mark.parametrize("who", ["county", "province", "editor", "zhuoma"])
def test_who_has_no_business_with_pupils_is_refused(cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(cast, who))
    assert client.get(f"/classes/{cast.class_a1}/pupils").status_code == 403
    assert client.get("/pupils").status_code == 403


def test_a_visitor_is_asked_to_sign_in(client: FlaskClient, cast: Cast) -> None:
    reply = client.get(f"/classes/{cast.class_a1}/pupils")
    assert reply.headers["Location"].startswith("/sign-in?next=")


def test_names_are_text_not_markup(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        db.session.get_one(User, cast.zhuoma).name = "<script>alert(1)</script>\"'卓"
        db.session.commit()
    teacher, path = sign_in(cast.teacher), f"/classes/{cast.class_a1}"
    assert "<script>alert" not in teacher.get(f"{path}/pupils").text
    assert "<script>alert" not in post(teacher, f"{path}/slips", {"all": "1"}, via=f"{path}/pupils").text
