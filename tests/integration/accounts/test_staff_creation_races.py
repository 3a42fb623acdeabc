"""Two people make an account of the same name at once; hashing the password holds up nobody."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from quiz.accounts import services
from quiz.accounts.models import Role
from quiz.accounts.services import staff
from quiz.db import db
from quiz.errors import DomainError
from tests.cast import Cast

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def create(username: str) -> None:
    services.create_staff(db.session, actor=None, name="何老师", username=username, role=Role.EDITOR, now=NOW)
    db.session.commit()


def test_of_two_accounts_of_one_name_the_second_is_told(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = staff.hash_secret

    def twin_is_faster(password: str) -> str:
        monkeypatch.setattr(staff, "hash_secret", real)
        with app.app_context():  # a session of its own: would wait for ever if the write lock were held
            create("he.laoshi")
        return real(password)

    monkeypatch.setattr(staff, "hash_secret", twin_is_faster)
    with app.app_context(), pytest.raises(DomainError) as refused:
        create("he.laoshi")
    assert refused.value.field == "username"
