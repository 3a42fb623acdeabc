"""One pupil comes, is corrected, changes class, leaves; nobody needs a spreadsheet for that."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quiz import clock
from quiz.accounts.models import Enrolment, LoginSession, LoginSlip, User
from quiz.attempts import queries as attempts
from quiz.audit.models import AuditEntry
from quiz.audit.services import first_broken
from quiz.db import db
from quiz.regions.models import School, SchoolClass
from tests.cast import Cast
from tests.factories import sittings
from tests.integration.accounts.roster.upload import confirm, roster, upload
from tests.integration.accounts.walk import is_signed_in, sign_in_pupil
from tests.pages import csrf_of, page, post, text_of

SignIn = Callable[[int], FlaskClient]


def public_id(app: Flask, user_id: int) -> str:
    with app.app_context():
        return db.session.get_one(User, user_id).public_id


def add(client: FlaskClient, class_id: int, **values: str) -> TestResponse:
    data = {"name": "赵云", "student_number": "20240104", "gender": "", **values}
    return post(client, f"/classes/{class_id}/pupils/new", data)


def send(client: FlaskClient, address: str, **values: str) -> TestResponse:
    return post(client, address, values, via="/account/password")


def problem(response: TestResponse) -> str:
    """What a refused form says."""
    return text_of(page(response, 422).select_one(".error-summary"))


def enrolments(app: Flask, user_id: int) -> list[Enrolment]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Enrolment).where(Enrolment.user_id == user_id).order_by(Enrolment.id)))


def primary(soup: BeautifulSoup) -> list[str]:
    return [text_of(button) for button in soup.select("main .button--primary")]


def test_a_new_pupil_is_added_and_the_slip_is_one_press_away(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.teacher)
    link = next(one for one in page(client.get(f"/classes/{cast.class_a1}/pupils")).select("a") if "加一名" in one.text)
    assert primary(page(client.get(str(link["href"])))) == ["加进这个班"]
    reply = add(client, cast.class_a1, gender="女")
    assert reply.status_code == 303
    assert roster(app, cast.school_a)["20240104"] == ("赵云", cast.class_a1)
    soup = page(client.get(reply.location))
    assert primary(soup) == ["打印这一张登录条"]
    button = soup.select_one("main .button--primary")
    assert button is not None
    sheet = page(post(client, f"/classes/{cast.class_a1}/slips", {"pupil": str(button["value"])}, via=reply.location))
    assert len(sheet.select(".slip")) == 1
    pin = text_of(sheet.select_one(".slip__code")).replace(" ", "")
    pupil = app.test_client()
    sign_in_pupil(pupil, "20240104", pin)
    assert is_signed_in(pupil)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": " "}, "请填写姓名"),
        ({"student_number": ""}, "请填写学号"),
        ({"name": "123"}, "这不像姓名"),
        ({"student_number": "一二三"}, "学号只能由字母、数字和短横线组成"),
        ({"student_number": "630102201001012334"}, "身份证件号"),
        ({"student_number": "20240102"}, "就在这个班（初二 1班）"),
    ],
)
def test_a_wrong_form_says_what_to_do(
    app: Flask, cast: Cast, sign_in: SignIn, values: dict[str, str], says: str
) -> None:
    assert says in problem(add(sign_in(cast.teacher), cast.class_a1, **values))
    assert len(roster(app, cast.school_a)) == 5


def test_a_number_typed_on_a_chinese_keyboard_is_the_same_number(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    assert "已经有人使用" in problem(add(sign_in(cast.teacher), cast.class_a1, student_number="２０２４０１０２"))


def test_who_holds_a_number_is_said_only_to_those_who_may_see_it(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    told = problem(add(sign_in(cast.school_admin), cast.class_a1, student_number="20240201"))
    assert "在初二 2班" in told and "王芳" not in told
    untold = problem(add(sign_in(cast.teacher), cast.class_a1, student_number="20240201"))
    assert "另一个班" in untold and "2班" not in untold


def test_another_school_may_have_the_same_number(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    assert add(sign_in(cast.outsider_teacher), cast.class_b1, student_number="20240102").status_code == 303


def test_a_pupil_is_corrected(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    pupil = sign_in(cast.zhuoma)
    field = page(client.get(address)).select_one("input[name=name]")
    assert field is not None and field["value"] == "卓玛"
    reply = send(client, address, name="卓玛 • 才仁", student_number="20240109", gender="女")
    assert reply.status_code == 303
    (row,) = enrolments(app, cast.zhuoma)
    assert (row.student_number, row.gender, row.class_id) == ("20240109", "女", cast.class_a1)
    assert roster(app, cast.school_a)["20240109"][0] == "卓玛·才仁"
    assert is_signed_in(pupil)
    assert send(client, address, name="卓玛", student_number="20240109", gender="").status_code == 303
    assert enrolments(app, cast.zhuoma)[0].gender is None


def test_a_correction_cannot_take_anothers_number(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    address = f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    reply = send(sign_in(cast.teacher), address, name="卓玛", student_number="20240102", gender="")
    assert "就在这个班" in problem(reply)
    assert "20240102" in reply.text, "what was typed stays to be corrected"
    assert roster(app, cast.school_a)["20240101"][0] == "卓玛"


def test_moving_ends_one_enrolment_and_begins_another(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.school_admin), f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    options = [text_of(one) for one in page(client.get(address)).select("select[name=to_class] option")]
    assert options == ["请选择班级", "初二 2班", "五年级 1班"]
    reply = send(client, f"{address}/move", to_class=str(cast.class_a2))
    assert reply.location == f"/classes/{cast.class_a2}/pupils"
    assert "已经转到初二 2班" in text_of(page(client.get(reply.location)))
    old, new = enrolments(app, cast.zhuoma)
    assert (old.class_id, new.class_id) == (cast.class_a1, cast.class_a2)
    assert old.ended_at == new.started_at and new.ended_at is None
    assert new.student_number == "20240101"
    assert client.get(address).status_code == 404, "no longer in that class"
    assert send(client, f"{address}/move", to_class=str(cast.class_a5)).status_code == 404


def test_moving_keeps_the_gender(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context():
        db.session.execute(sa.update(Enrolment).where(Enrolment.user_id == cast.zhuoma).values(gender="女"))
        db.session.commit()
    address = f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    assert send(sign_in(cast.school_admin), f"{address}/move", to_class=str(cast.class_a2)).status_code == 303
    assert enrolments(app, cast.zhuoma)[1].gender == "女"


def test_a_pupil_goes_only_where_the_teacher_may_put_one(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    address = f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    teacher, school = sign_in(cast.teacher), sign_in(cast.school_admin)
    assert not page(teacher.get(address)).select("select[name=to_class]")
    assert "从列表里选择" in page(send(teacher, f"{address}/move", to_class=str(cast.class_a2)), 422).text
    with app.app_context():
        db.session.get_one(SchoolClass, cast.class_a5).is_active = False
        db.session.commit()
    for wrong in (str(cast.class_b1), str(cast.class_a1), str(cast.class_a5), "9" * 30, "0", "x", ""):
        page(send(school, f"{address}/move", to_class=wrong), 422)
    assert len(enrolments(app, cast.zhuoma)) == 1


def test_transferring_out_says_what_happens_and_ends_every_way_in(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    page(post(client, f"/classes/{cast.class_a1}/slips", {"all": "1"}, via=f"/classes/{cast.class_a1}/pupils"))
    pupil = sign_in(cast.zhuoma)
    assert is_signed_in(pupil)
    text = text_of(page(client.get(f"{address}/leave")))
    for word in ("马上退出登录", "成绩和名次保留", "新学校", "同一个学号和姓名"):
        assert word in text
    assert len(roster(app, cast.school_a)) == 5, "looking changes nothing"
    assert send(client, f"{address}/leave").status_code == 303
    assert "20240101" not in roster(app, cast.school_a)
    assert not is_signed_in(pupil)
    with app.app_context():
        for model in (LoginSession, LoginSlip):
            open_ones = sa.select(sa.func.count()).where(model.user_id == cast.zhuoma, model.revoked_at.is_(None))
            assert db.session.scalar(open_ones) == 0
    assert send(client, f"{address}/leave").status_code == 404, "once is enough"


def test_who_left_is_imported_by_another_school_and_comes_back_to_the_old_account(
    app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    address = f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    assert send(sign_in(cast.teacher), f"{address}/leave").status_code == 303
    admin = sign_in(cast.admin)
    assert confirm(admin, upload(app, admin, cast.school_b, [["20249999", "卓玛", "初二1班"]])).status_code == 303
    assert roster(app, cast.school_b)["20249999"] == ("卓玛", cast.class_b1)
    assert add(sign_in(cast.teacher), cast.class_a1, name="卓玛", student_number="20240101").status_code == 303
    assert [row.ended_at is None for row in enrolments(app, cast.zhuoma)] == [False, True]


def test_another_child_with_a_free_number_gets_a_new_account(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    assert send(client, f"{address}/leave").status_code == 303
    assert add(client, cast.class_a1, name="赵云", student_number="20240101").status_code == 303
    assert len(enrolments(app, cast.zhuoma)) == 1


def test_a_pupil_in_the_middle_of_a_paper_goes_on_after_a_move(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    now = clock.now()
    with app.app_context():
        sitting = sittings.make_sitting(
            db.session, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1)
        )
        attempt = sittings.start(db.session, sitting, cast.zhuoma, now)
        db.session.commit()
        attempt_id, path = attempt.id, f"/attempts/{attempt.public_id}"
    pupil = sign_in(cast.zhuoma)
    token = csrf_of(pupil, path)
    address = f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    staff = sign_in(cast.school_admin)
    assert send(staff, address, name="卓玛", student_number="20240109", gender="").status_code == 303
    assert send(staff, f"{address}/move", to_class=str(cast.class_a2)).status_code == 303
    answer = {"seq": 1, "position": 1, "choices": ["a"]}
    saved = pupil.post(f"{path}/answers", json=answer, headers={"X-CSRFToken": token})
    assert saved.get_json()["status"] == "saved"
    moved = address.replace(str(cast.class_a1), str(cast.class_a2), 1)
    assert send(staff, f"{moved}/leave").status_code == 303
    with app.app_context():
        assert attempts.current_answers(db.session, attempt_id) == {1: ["a"]}


def test_every_act_is_audited_without_personal_data(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.school_admin), f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}"
    add(client, cast.class_a1)
    same = {"name": "卓玛", "student_number": "20240101", "gender": ""}
    send(client, address, **same)
    send(client, address, **{**same, "name": "卓嘎", "gender": "女"})
    send(client, f"{address}/move", to_class=str(cast.class_a2))
    send(client, f"{address.replace(str(cast.class_a1), str(cast.class_a2), 1)}/leave")
    with app.app_context():
        found = list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))
        assert first_broken(db.session) is None
    assert [(one.action, one.details) for one in found] == [
        ("pupil:add", {"class_id": cast.class_a1}),
        ("pupil:edit", {"fields": ["name", "gender"]}),
        ("pupil:move", {"class_id": cast.class_a1, "to_class_id": cast.class_a2}),
        ("pupil:transfer_out", {"class_id": cast.class_a2}),
    ]
    assert {one.actor_id for one in found} == {cast.school_admin}
    assert [one.object_id for one in found[1:]] == [str(cast.zhuoma)] * 3


@pytest.mark.parametrize("who", ["colleague", "outsider_teacher"])
@pytest.mark.parametrize("act", ["new", "{pupil}", "{pupil}/move", "{pupil}/leave"])
def test_another_class_is_not_there(app: Flask, cast: Cast, sign_in: SignIn, who: str, act: str) -> None:
    client = sign_in(getattr(cast, who))
    address = f"/classes/{cast.class_a1}/pupils/{act.format(pupil=public_id(app, cast.zhuoma))}"
    values = {"name": "赵云", "student_number": "77", "gender": "", "to_class": str(cast.class_a2)}
    before = roster(app, cast.school_a)
    assert send(client, address, **values).status_code == 404
    assert client.get(address).status_code in {404, 405}
    assert roster(app, cast.school_a) == before


def test_a_pupil_of_another_class_cannot_be_reached_through_ones_own(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.teacher), f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.wangfang)}"
    for act in ("", "/move", "/leave"):
        values = {"name": "王芳", "student_number": "20240201", "gender": "", "to_class": str(cast.class_a1)}
        assert send(client, f"{address}{act}", **values).status_code == 404


@pytest.mark.parametrize("who", ["county", "editor", "zhuoma"])
def test_who_may_not_import_may_not_do_this_either(cast: Cast, sign_in: SignIn, who: str) -> None:
    assert sign_in(getattr(cast, who)).get(f"/classes/{cast.class_a1}/pupils/new").status_code == 403


def test_nobody_is_added_to_a_closed_class_or_school(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client, address = sign_in(cast.school_admin), f"/classes/{cast.class_a1}/pupils"
    for close in (SchoolClass, School):
        with app.app_context():
            closed = db.session.get_one(close, cast.class_a1 if close is SchoolClass else cast.school_a)
            closed.is_active = False
            db.session.commit()
        assert client.get(f"{address}/new").status_code == 404
        assert send(client, f"{address}/new", name="赵云", student_number="7", gender="").status_code == 404
        assert "加一名学生" not in text_of(page(client.get(address)).select_one("main"))


def test_of_two_who_add_one_number_at_once_the_second_is_told(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    clients = [sign_in(cast.school_admin) for _ in range(3)]
    places = [cast.class_a1, cast.class_a2, cast.class_a5]
    bodies = [
        {"name": "赵云", "student_number": "77", "gender": "", "csrf_token": csrf_of(client, "/account/password")}
        for client in clients
    ]
    start = Barrier(len(clients))

    def press(place: int) -> int:
        start.wait()
        return clients[place].post(f"/classes/{places[place]}/pupils/new", data=bodies[place]).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        assert sorted(pool.map(press, range(len(clients)))) == [303, 422, 422]


def test_of_two_who_move_one_pupil_at_once_the_second_finds_nobody(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    address = f"/classes/{cast.class_a1}/pupils/{public_id(app, cast.zhuoma)}/move"
    clients = [sign_in(cast.school_admin) for _ in range(3)]
    tokens = [csrf_of(client, "/account/password") for client in clients]
    start = Barrier(len(clients))

    def press(number: int) -> int:
        start.wait()
        data = {"to_class": str(cast.class_a2), "csrf_token": tokens[number]}
        return clients[number].post(address, data=data).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        assert sorted(pool.map(press, range(len(clients)))) == [303, 404, 404]
    assert len(enrolments(app, cast.zhuoma)) == 2
