"""Demonstration accounts share one hash, and every staff page says that they are there."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz import clock
from quiz.accounts import services
from quiz.accounts.models import LoginThrottle, Role, User
from quiz.db import db
from tests.cast import PIN, Cast
from tests.integration.accounts.walk import sign_in_pupil, sign_in_staff
from tests.pages import page, text_of


def test_pupils_and_staff_may_share_one_hash(client: FlaskClient, app: Flask, cast: Cast) -> None:
    with app.app_context():
        shared = services.hash_secret(PIN)
        for number in ("9001", "9002"):
            services.create_pupil(
                db.session, name="演示学生", student_number=number, school_id=cast.school_a, class_id=cast.class_a1,
                gender="女", now=clock.now(), secret_hash=shared, is_demo=True,
            )  # fmt: skip
        user, password = services.create_staff(
            db.session, actor=None, name="演示教师", username="demo", role=Role.TEACHER, class_id=cast.class_a1,
            now=clock.now(), secret_hash=shared, is_demo=True,
        )  # fmt: skip
        assert (password, user.must_change_secret) == ("", False)
        db.session.commit()
    assert sign_in_pupil(app.test_client(), number="9002").status_code == 303
    assert sign_in_staff(client, "demo", PIN).status_code == 303


def test_staff_pages_warn_while_there_are_any(app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient]) -> None:
    teacher = sign_in(cast.teacher)
    app.extensions["demo_flag"].clear()
    assert "这里有演示账号" not in text_of(page(teacher.get("/account/password")))
    with app.app_context():
        db.session.execute(sa.update(User).where(User.id == cast.zhuoma).values(is_demo=True))
        db.session.commit()
    assert "这里有演示账号" not in teacher.get("/account/password").text, "remembered for a minute"
    app.extensions["demo_flag"].clear()
    assert "这里有演示账号" in text_of(page(teacher.get("/account/password")))
    app.extensions["demo_flag"].clear()


def test_the_sweep_is_a_periodic_duty(app: Flask, cast: Cast) -> None:
    assert "every:3600:operations.retention" in app.extensions["jobs"]
    with app.app_context():
        app.extensions["jobs"]["every:3600:operations.retention"](db.session, {}, clock.now(), lambda done, total: None)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(LoginThrottle)) == 0


def test_a_student_number_is_used_once_in_a_school(app: Flask, cast: Cast) -> None:
    import pytest

    from quiz.errors import DomainError

    with app.app_context(), pytest.raises(DomainError) as refused:
        services.create_pupil(
            db.session, name="另一个", student_number="20240101", school_id=cast.school_a, class_id=cast.class_a2,
            gender=None, now=clock.now(),
        )  # fmt: skip
    assert refused.value.field == "student_number"
