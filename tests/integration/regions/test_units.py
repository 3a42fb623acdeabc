"""Units of adults in the tree: made, listed and imported apart from schools, with departments instead of classes."""

import sqlalchemy as sa

from quiz import clock
from quiz.accounts.roster.columns import RosterRow
from quiz.accounts.roster.rules import Known, KnownClass, make_plan
from quiz.db import db
from quiz.regions.classnames import ClassKey
from quiz.regions.models import School, SchoolClass
from tests.factories.adults import make_unit
from tests.pages import page, post, text_of

UNIT = {
    "code": "DW9",
    "name": "礼让街社区",
    "kind": "社区",
    "county_id": "630103",
    "slip_valid_days": "180",
    "is_active": "y",
}


def test_a_unit_is_made_with_its_own_words_and_gets_grids(app, cast, sign_in):
    client = sign_in(cast.county)
    soup = page(client.get("/schools/new?of=units"))
    text = text_of(soup.main)
    assert "单位名称" in text and "学校名称" not in text and "在校生" not in text
    response = post(client, "/schools/new?of=units", UNIT)
    assert response.status_code == 303
    unit = response.location
    soup = page(client.get(unit))
    assert "还没有科室或网格" in text_of(soup.main) and "学生" not in text_of(soup.main)
    assert post(client, f"{unit}/departments", {"name": "第 一 网格"}, via=unit).status_code == 303
    assert "第 一 网格" in text_of(page(client.get(unit)).main)
    for name, words in (("第 一  网格", "已经有"), (" ", "没有写"), ("网" * 31, "太长")):
        refused = post(client, f"{unit}/departments", {"name": name}, via=unit)
        assert words in text_of(page(refused, 422).main), name
    school = post(client, f"/schools/{cast.school_a}/departments", {"name": "办公室"}, via=f"/schools/{cast.school_a}")
    assert school.status_code == 404
    assert post(client, f"{unit}/classes", {"grade": "5", "count": "2"}, via=unit).status_code == 404


def test_lists_and_numbers_of_schools_hold_no_units(app, cast, sign_in):
    with app.app_context():
        make_unit(db.session, by=cast.county, now=clock.now())
        db.session.commit()
    client = sign_in(cast.province)
    schools, units = (text_of(page(client.get(path)).main) for path in ("/schools", "/schools?of=units"))
    assert "城中区政务服务中心" not in schools and "清源实验学校" in schools
    assert "城中区政务服务中心" in units and "清源实验学校" not in units
    assert "共 2 所学校" in client.get("/schools").text and "共 1 个单位" in client.get("/schools?of=units").text
    assert "城中区政务服务中心" not in client.get("/schools/export.csv").text
    county = page(client.get("/regions/630103"))
    assert "启用的学校 1 所" in county.get_text() and "城中区政务服务中心" in county.get_text()


def test_a_unit_with_people_does_not_become_a_school(app, cast, sign_in):
    with app.app_context():
        unit = make_unit(db.session, by=cast.county, now=clock.now()).id
        db.session.commit()
    path = f"/schools/{unit}/edit"
    client = sign_in(cast.county)
    assert page(client.get(path)).select("select[name=kind] option[value=机关单位]")
    assert not page(client.get(path)).select("select[name=kind] option[value=小学]")
    assert post(client, path, UNIT | {"kind": "小学"}).status_code == 422
    with app.app_context():
        assert db.session.get_one(School, unit).kind.value == "机关单位"


def test_the_roster_of_a_unit_reads_departments_as_they_are_written():
    office = ClassKey(0, 0, "办公室")
    known = Known(
        "机关单位", (), (KnownClass(1, office, True, True), KnownClass(2, ClassKey(0, 0, "级"), True, True)), True
    )
    rows = [
        RosterRow(2, "01", "甲", "", "办公室", ""),
        RosterRow(3, "02", "乙", "", "2 楼窗口", ""),
        RosterRow(4, "03", "丙", "", "", ""),
    ]
    plan = make_plan(rows, known, at=clock.now())
    assert [(one.kind.value, one.class_label) for one in plan] == [
        ("added", "办公室"), ("added", "2 楼窗口"), ("wrong", ""),
    ]  # fmt: skip
    assert "科室或网格" in plan[2].problems[0].message


def test_a_units_template_has_its_own_columns(app, cast, sign_in):
    from quiz.accounts.models import Role, RoleGrant

    with app.app_context():
        unit = make_unit(db.session, by=cast.county, now=clock.now()).id
        db.session.add(
            RoleGrant(user_id=cast.school_admin, role=Role.SCHOOL_ADMIN, school_id=unit, created_at=clock.now())
        )
        db.session.commit()
    client = sign_in(cast.school_admin)
    response = client.get(f"/roster/schools/{unit}/template.xlsx")
    assert response.status_code == 200 and len(response.data) > 2000
    assert "参赛号、姓名、科室或网格" in text_of(page(client.get(f"/roster/schools/{unit}")).main)


def test_the_list_of_a_classs_parents_goes_with_the_class(app, cast, sign_in):
    with app.app_context():
        one = db.session.get_one(SchoolClass, cast.class_a1)
        parents = SchoolClass(
            school_id=cast.school_a, cohort_year=one.cohort_year, entry_grade=-one.entry_grade, name=one.name
        )
        db.session.add(parents)
        db.session.commit()
        parents_id = parents.id
    client = sign_in(cast.school_admin)
    assert "初二 1班 家长" in text_of(page(client.get(f"/schools/{cast.school_a}")).main)
    assert post(client, f"/schools/classes/{cast.class_a1}", {"name": "藏语班"}).status_code == 303
    with app.app_context():
        assert db.session.scalar(sa.select(SchoolClass.name).where(SchoolClass.id == parents_id)) == "藏语班"
    moves = page(client.get(f"/classes/{cast.class_a1}/pupils/{_public(app, cast.zhuoma)}"))
    assert "家长" not in text_of(moves.main)


def _public(app, user_id):
    from quiz.accounts.models import User

    with app.app_context():
        return db.session.get_one(User, user_id).public_id
