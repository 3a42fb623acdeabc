"""An adult opens the invitation, registers, signs in again elsewhere, sits, and stands on the board."""

import sqlalchemy as sa
from bs4 import BeautifulSoup

from quiz import clock
from quiz.accounts.models import Enrolment, User
from quiz.accounts.services import create_pupil
from quiz.contests.models import Contest
from quiz.db import db
from quiz.rankings.services import rebuild
from quiz.regions.models import SchoolClass
from quiz.registration.models import Registration, RegistrationLink
from tests.factories.adults import SECRET, adults_contest, make_link
from tests.factories.contests import make_contest, take
from tests.integration.registration.steps import form_of, join, number_of
from tests.pages import page, post, text_of
from tests.signin import sign_in_as


def test_register_sign_in_sit_and_stand_on_the_board_with_a_masked_name(app, cast, client, office):
    notice = text_of(page(client.get(office.join)).select_one("main"))
    for word in ("登记前请看", "不收手机号、证件号", "城中区政务服务中心", "六二六禁毒知识竞赛", "张*三"):
        assert word in notice, word
    assert "自助" not in notice
    response = join(client, office.join)
    assert response.status_code == 303 and response.location == "/joined"
    ticket = text_of(page(client.get("/joined")).select_one("main"))
    number = number_of(client)
    assert number[0] == "C" and len(number) == 7 and number in ticket and "扎西多杰" in ticket

    other = app.test_client()
    soup = page(other.get("/sign-in?school=DW01"))
    assert "参赛号" in text_of(soup.main) and "学号" not in text_of(soup.main)
    wrong = post(other, "/sign-in", {"school": "DW01", "student_number": number, "pin": "不对的密码啊啊"},
                 via="/sign-in?school=DW01")  # fmt: skip
    assert "参赛号或密码不对" in text_of(page(wrong, 422).main)
    response = post(other, "/sign-in", {"school": "DW01", "student_number": number.lower(), "pin": SECRET},
                    via="/sign-in?school=DW01")  # fmt: skip
    assert response.status_code == 303, response.text[:300]
    me = text_of(page(other.get("/me")).main)
    assert number in me and "单位" in me and "科室或网格" in me and "扎*杰" in me and "监护人" not in me
    response = post(other, f"/contests/{office.contest}/start", via=f"/contests/{office.contest}")
    assert response.status_code == 303 and response.location.startswith("/attempts/")
    assert "公职人员组" in text_of(page(other.get(f"/contests/{office.contest}")).main)

    with app.app_context():
        others = [_pupil(office, f"成员{name}") for name in "甲乙丙丁戊"]
        for place, user in enumerate(others):
            take(db.session, _contest(office), user, right=4 - place % 3, now=clock.now(), seconds=40 + place)
        rebuild(db.session, contest_id=office.contest_id, now=clock.now())
        db.session.commit()
        best = others[0]
    board = text_of(page(sign_in_as(app, best, clock.now()).get(f"/rankings/{office.contest}")).main)
    assert "成*丁" in board and "成员丁" not in board
    units = text_of(page(sign_in_as(app, best, clock.now()).get(f"/rankings/{office.contest}?level=school")).main)
    assert "城中区政务服务中心" in units and "本单位" in units


def _contest(office):
    return db.session.get_one(Contest, office.contest_id)


def _pupil(office, name):
    department = db.session.scalars(sa.select(SchoolClass.id).where(SchoolClass.school_id == office.school)).first()
    user = create_pupil(
        db.session, name=name, student_number=f"X{name}", school_id=office.school, class_id=department, gender=None,
        now=clock.now(),
    )  # fmt: skip
    return user.id


def test_the_same_form_twice_is_one_person(app, client, office):
    fields = form_of(client, office.join) | {"name": "李娜", "secret": SECRET, "repeated": SECRET}
    assert post(client, office.join, fields).status_code == 303
    number = number_of(client)
    again = app.test_client()
    assert post(again, office.join, fields).status_code == 303
    assert number_of(again) == number
    stranger = app.test_client()
    refused = post(stranger, office.join, fields | {"secret": SECRET + "x", "repeated": SECRET + "x"})
    assert "已经登记过了" in text_of(page(refused, 409).main)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 1
        assert db.session.get_one(RegistrationLink, office.link).registered == 1


def test_numbers_and_symbols_are_no_names_and_nothing_typed_is_lost(app, client, office):
    for name, words in (
        ("13897001234", "不收集"), ("王芳 138 9700 1234", "不收集"), ("１３８９７００１２３４", "不收集"),
        ("630102199001011234", "不收集"), ("<script>alert(1)</script>", "只写姓名"), ("=cmd()", "只写姓名"),
        ("王芳😀", "只写姓名"), ("·", "不像姓名"), ("王" * 61, "太长"), ("王\u202e芳3", "只写姓名"),
    ):  # fmt: skip
        soup = page(join(client, office.join, name=name), 422)
        assert words in text_of(soup.select_one(".error-summary")), name
        assert soup.select_one("input[name=name]")["value"].strip()
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 0
    assert join(client, office.join, name="卓玛·次仁 措").status_code == 303


def test_passwords_that_are_guessed_first_are_refused(client, office):
    for secret, words in (
        ("短短", "至少 8"), ("13897001234", "只用数字"), ("19900101", "只用数字"), ("63010219900101123X", "证件号"),
        ("password", "容易被猜到"), ("aaaaaaaaab", "容易被猜到"), ("qinghaijindu", "容易被猜到"), ("扎西多杰扎西多杰", "容易被猜到"),
    ):  # fmt: skip
        soup = page(join(client, office.join, secret=secret), 422)
        assert words in text_of(soup.select_one(".error-summary")), secret
    mismatched = join(client, office.join, repeated=SECRET + "1")
    assert "两次输入的密码不一样" in text_of(page(mismatched, 422).main)


def test_a_class_must_be_one_of_the_list(app, cast, client, office):
    for value in ("", "999999", str(cast.class_a1), "x"):
        soup = page(join(client, office.join, class_id=value), 422)
        assert "请从列表里选择" in text_of(soup.main)


def test_closed_expired_and_full_links_say_so(app, cast, client, office):
    with app.app_context():
        now = clock.now()
        full = make_link(db.session, _contest(office), office.school, by=office.manager, now=now, most=1)
        expired = make_link(db.session, _contest(office), office.school, by=office.manager, now=now)
        expired.closes_at = now
        closed = make_link(db.session, _contest(office), office.school, by=office.manager, now=now)
        closed.closed_at = now
        codes = {"人数已满": full.code, "时间已经过了": expired.code, "已经关闭": closed.code}
        db.session.commit()
    fields = form_of(app.test_client(), f"/join/{codes['人数已满']}")
    assert join(client, f"/join/{codes['人数已满']}").status_code == 303
    for words, code in codes.items():
        other = app.test_client()
        soup = page(other.get(f"/join/{code}"))
        assert words in text_of(soup.main) and not soup.select("input[name=name]")
        token = BeautifulSoup(other.get(office.join).text, "html.parser").select_one("input[name=csrf_token]")["value"]
        late = other.post(f"/join/{code}", data=fields | {
            "form_key": "k" * 20, "name": "王芳", "secret": SECRET, "repeated": SECRET, "csrf_token": token,
        })  # fmt: skip
        assert words in text_of(page(late, 422).main)
    assert page(client.get("/join/nothing"), 404)


def test_a_source_registers_so_many_and_then_waits(app, client, office, monkeypatch):
    monkeypatch.setattr("quiz.registration.rules.REGISTRATIONS_OF_SOURCE", 1)
    assert join(client, office.join).status_code == 303
    refused = join(app.test_client(), office.join, name="王芳")
    assert refused.status_code == 429 and "分钟再试" in text_of(page(refused, 429).main)


def test_parents_choose_a_class_only_where_the_school_opened_that_and_see_no_pupil(app, cast, sign_in, client):
    with app.app_context():
        contest = adults_contest(db.session, by=cast.county, now=clock.now())
        db.session.commit()
        chosen = contest.public_id
    manage = f"/schools/{cast.school_a}/registration"
    county = page(sign_in(cast.county).get(manage))
    assert not county.select("input[name=asks_class]")
    assert "班级列表" not in text_of(county.main)
    data = {"contest": chosen, "most": "30", "until": "2099-01-01", "asks_class": "y"}  # ends with the contest
    assert post(sign_in(cast.county), manage, data).status_code == 303  # asked for, and not taken from an organiser
    assert post(sign_in(cast.school_admin), manage, data).status_code == 303
    with app.app_context():
        links = db.session.scalars(sa.select(RegistrationLink).order_by(RegistrationLink.id)).all()
        assert [link.asks_class for link in links] == [False, True]
        code = links[1].code
    soup = page(client.get(f"/join/{code}"))
    text = text_of(soup.main)
    assert "孩子的班级" in text and "初二 1班" in text
    for pupil in ("卓玛", "李明", "欧阳小雪", "王芳", "马小虎"):
        assert pupil not in text
    fields = {"class_id": str(cast.class_a1)}
    assert join(client, f"/join/{code}", name="李明妈妈", **fields).status_code == 303
    assert "初二 1班 家长" in text_of(page(client.get("/joined")).main)
    number = number_of(client)
    other = app.test_client()
    pupils = page(other.get("/sign-in?school=6301030001"))
    assert "学号" in text_of(pupils.main) and "我是家长" in text_of(pupils.main)
    response = post(other, "/sign-in", {"school": "6301030001", "who": "adult", "student_number": number, "pin": SECRET},
                    via="/sign-in?school=6301030001&who=adult")  # fmt: skip
    assert response.status_code == 303
    assert "家长组" in text_of(page(other.get(f"/contests/{chosen}")).main)
    with app.app_context():
        parents = db.session.scalars(sa.select(SchoolClass).where(SchoolClass.entry_grade < 0)).one()
        assert parents.label(clock.now()) == "初二 1班 家长"
        enrolled = sa.select(User.name).join(Enrolment).where(Enrolment.class_id == cast.class_a1)
        assert "李明妈妈" not in db.session.scalars(enrolled).all()


def test_an_invitation_needs_a_contest_that_its_adults_may_enter(app, cast, sign_in, office):
    with app.app_context():
        make_contest(db.session, host="region:632801", by=cast.province, now=clock.now(), groups=("public_servant",))
        make_contest(db.session, host="region:630103", by=cast.county, now=clock.now(), groups=("junior",))
        db.session.commit()
    options = page(sign_in(office.manager).get(office.manage)).select("select[name=contest] option")
    assert [option["value"] for option in options] == [office.contest]
