"""Lists cost the same number of queries however long they are."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts import services
from quiz.accounts.models import Role
from quiz.db import db
from quiz.regions.models import School, SchoolClass
from tests.cast import Cast
from tests.factories.queries import counted

SignIn = Callable[[int], FlaskClient]


def grow(app: Flask, cast: Cast) -> None:
    """Ten more schools, each with a class, a teacher and a pupil."""
    with app.app_context():
        for number in range(10):
            old = db.session.get_one(School, cast.school_a)
            school = School(
                code=f"99{number}", name=f"第{number}小学", kind=old.kind, county_id=old.county_id,
                prefecture_id=old.prefecture_id, province_id=old.province_id,
            )  # fmt: skip
            db.session.add(school)
            db.session.flush()
            school_class = SchoolClass(school_id=school.id, cohort_year=2024, entry_grade=1, name="1班")
            db.session.add(school_class)
            db.session.flush()
            services.create_staff(
                db.session, actor=None, name="老师", username=f"laoshi{number}", role=Role.TEACHER,
                class_id=school_class.id, secret_hash="x", now=clock.now(),
            )  # fmt: skip
            services.create_pupil(
                db.session, name="学生", student_number=f"5{number}", school_id=cast.school_a, class_id=cast.class_a1,
                gender=None, now=clock.now(),
            )  # fmt: skip
        db.session.commit()


def test_lists_do_not_ask_once_per_row(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    admin = sign_in(cast.admin)
    paths = ["/pupils", f"/classes/{cast.class_a1}/pupils", "/staff/", "/staff/new?role=teacher", "/roster"]
    before = {}
    for path in paths:
        with counted(app) as statements:
            assert admin.get(path).status_code == 200
        before[path] = len(statements)
    grow(app, cast)
    for path in paths:
        with counted(app) as statements:
            assert admin.get(path).status_code == 200
        assert len(statements) <= before[path] <= 8, (path, statements)
