"""A school decides how long its login slips work."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.models import LoginSlip, User
from quiz.audit.models import AuditEntry
from quiz.db import db
from quiz.regions.models import School
from tests.cast import Cast
from tests.pages import page, post

SignIn = Callable[[int], FlaskClient]


def test_slips_printed_afterwards_end_after_the_days_that_the_school_set(
    app: Flask, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.school_admin)
    page(client.get(f"/schools/{cast.school_a}/slips"))
    assert post(client, f"/schools/{cast.school_a}/slips", {"slip_valid_days": "30"}).status_code == 303
    pupils = f"/classes/{cast.class_a1}/pupils"
    with app.app_context():
        chosen = db.session.get_one(User, cast.zhuoma).public_id
    assert post(client, f"/classes/{cast.class_a1}/slips", {"pupil": [chosen]}, via=pupils).status_code == 200
    with app.app_context():
        slip = db.session.scalars(sa.select(LoginSlip).limit(1)).one()
        assert slip.expires_at - slip.created_at == timedelta(days=30)
        assert db.session.scalar(sa.select(AuditEntry.id).where(AuditEntry.action == "school:slips:term"))


@pytest.mark.parametrize("days", ["0", "731", "", "many"])
def test_days_out_of_range_are_refused(app: Flask, cast: Cast, sign_in: SignIn, days: str) -> None:
    client = sign_in(cast.school_admin)
    found = page(post(client, f"/schools/{cast.school_a}/slips", {"slip_valid_days": days}), 422)
    assert "登录条有效天数" in found.get_text()
    with app.app_context():
        assert db.session.get_one(School, cast.school_a).slip_valid_days == 180


def test_another_school_is_not_found_and_teachers_may_not(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.school_admin).get(f"/schools/{cast.school_b}/slips").status_code == 404
    assert sign_in(cast.teacher).get(f"/schools/{cast.school_a}/slips").status_code == 403
