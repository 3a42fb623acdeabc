"""Schools are created and edited, their classes added, renamed, retired, each within one's own place."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.audit.models import AuditEntry
from quiz.db import db
from quiz.regions.models import School, SchoolClass
from tests.cast import Cast
from tests.pages import page, post, text_of

SignIn = Callable[[int], FlaskClient]
NEW = {
    "name": "城西区第一小学", "code": "6301040001", "kind": "小学", "county_id": "630104", "slip_valid_days": "90",
    "is_active": "y", "grade1": "120", "grade6": "98",
}  # fmt: skip


def school(app: Flask, code: str) -> School:
    with app.app_context():
        query = sa.select(School).where(School.code == code).execution_options(populate_existing=True)
        found = db.session.scalar(query)
        assert found is not None
        assert found.headcounts is not None
        return found


def test_a_new_school_with_enrolment(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.prefecture)
    response = post(client, "/schools/new", NEW)
    assert response.status_code == 303
    made = school(app, "6301040001")
    assert (made.prefecture_id, made.province_id, made.slip_valid_days) == ("630100", "630000", 90)
    assert {row.grade: row.pupils for row in made.headcounts} == {1: 120, 6: 98}
    assert "218" in text_of(page(client.get(response.location)))


def test_what_is_refused_and_why(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.prefecture)

    def said(**changes: str) -> str:
        soup = page(post(client, "/schools/new", {**NEW, **changes}), 422)
        return text_of(soup.select_one(".error-summary"))

    assert "6301030001 已经有学校使用" in said(code="6301030001")
    assert "6328010001 已经有学校使用" in said(code="6328010001")
    assert "请填写学校名称" in said(name=" ")
    assert "没有这个年级" in said(grade7="10")
    assert "1 到 730" in said(slip_valid_days="9999")
    assert "县" in said(county_id="632801")


def test_editing_keeps_what_was_not_touched(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.county)
    path = f"/schools/{cast.school_a}/edit"
    form = page(client.get(path))
    assert form.select_one("#grade8")["value"] == "90"  # type: ignore[index]
    data = {
        "name": "城中区清源学校", "code": "6301030001", "kind": "九年一贯", "county_id": "630103", "slip_valid_days": "180",
        "is_active": "y", "grade8": "91",
    }  # fmt: skip
    assert post(client, path, data).status_code == 303
    found = school(app, "6301030001")
    assert (found.name, {row.grade: row.pupils for row in found.headcounts}) == ("城中区清源学校", {8: 91})
    assert post(client, path, data).status_code == 303
    with app.app_context():
        acts = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.object_type == "school")).all()
    assert acts == ["school:profile:change"], "the second, unchanged saving leaves no trace"
    assert sign_in(cast.prefecture).get(f"/schools/{cast.school_b}/edit").status_code == 404


def test_the_county_select_follows_the_province(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.admin)
    soup = page(client.get("/schools/new?county=632801"))
    chosen = soup.select_one("#county_id option[selected]")
    assert chosen is not None
    assert chosen["value"] == "632801"
    assert len(page(sign_in(cast.county).get("/schools/new")).select("#county_id option")) == 1


def names(app: Flask, school_id: int, grade_cohort: int | None = None) -> list[tuple[str, bool]]:
    with app.app_context():
        query = sa.select(SchoolClass.name, SchoolClass.is_active).where(SchoolClass.school_id == school_id)
        return sorted((name, active) for name, active in db.session.execute(query))


def test_many_classes_at_once_and_only_those_that_lack(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    home, target = f"/schools/{cast.school_b}", f"/schools/{cast.school_a}"
    post(client, f"{target}/classes", {"grade": "8", "count": "6"}, via=target)
    assert len(names(app, cast.school_a)) == 7
    assert "这些班已经有了" in text_of(
        page(post(client, f"{target}/classes", {"grade": "8", "count": "6"}, via=target, follow_redirects=True))
    )
    assert len(names(app, cast.school_a)) == 7
    page(post(client, f"{target}/classes", {"grade": "8", "count": "99"}, via=target), 422)
    page(post(client, f"{target}/classes", {"grade": "12", "count": "1"}, via=target), 422)
    assert post(client, f"{home}/classes", {"grade": "8", "count": "1"}, via=target).status_code == 404


def test_renaming_retiring_and_opening_again(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.school_admin)
    path = f"/schools/classes/{cast.class_a2}"
    soup = page(post(client, path, {"name": "（一）班"}), 422)
    assert "已经有“1班”" in text_of(soup.select_one(".error-summary"))
    assert post(client, path, {"name": "藏语班"}).status_code == 303
    post(client, f"{path}/retire", via=path)
    assert ("藏语班", False) in names(app, cast.school_a)
    assert "停用" in text_of(page(client.get(f"/schools/{cast.school_a}")))
    post(client, f"{path}/open", via=path)
    assert ("藏语班", True) in names(app, cast.school_a)
    assert client.get(f"/schools/classes/{cast.class_b1}").status_code == 404
