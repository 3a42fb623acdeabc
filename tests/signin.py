"""Sign a user in without walking the sign-in page (tests of that page do walk it)."""

import secrets
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from quiz.accounts.models import LoginSession, User
from quiz.db import db


def sign_in_as(app: Flask, user_id: int, now: datetime) -> FlaskClient:
    """A client whose cookie belongs to a new login session of the user."""
    session_id = secrets.token_urlsafe(32)
    with app.app_context():
        user = db.session.get(User, user_id)
        assert user is not None
        version = user.session_version
        db.session.add(
            LoginSession(
                id=session_id,
                user_id=user_id,
                user_version=version,
                method="pin",
                created_at=now,
                expires_at=now + timedelta(hours=12),
            )  # fmt: skip
        )
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{session_id}.{user_id}.{version}"
        cookie["_fresh"] = True
    return client
