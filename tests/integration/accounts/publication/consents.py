"""Write and read consents for tests."""

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quiz import clock
from quiz.accounts.models import PublicationConsent, User
from quiz.accounts.publication.rules import ConsentChannel, ConsentState
from quiz.db import db
from tests.pages import page, post


def public_id(app: Flask, user_id: int) -> str:
    """What stands in addresses."""
    with app.app_context():
        return db.session.get_one(User, user_id).public_id


def consent(app: Flask, user_id: int, by: int, state: str = "agreed", channel: str = "form", text: str = "1") -> None:
    """A row of the history, as if somebody had entered it."""
    agrees = True if state == "agreed" else None
    with app.app_context():
        db.session.add(
            PublicationConsent(
                user_id=user_id, state=ConsentState(state), pupil_agrees=agrees, guardian_agrees=agrees,
                channel=ConsentChannel(channel), text_version=text, recorded_at=clock.now(), recorded_by=by,
            )
        )  # fmt: skip
        db.session.commit()


def states(app: Flask, user_id: int) -> list[str]:
    """The history of a pupil, oldest first: “agreed form”."""
    with app.app_context():
        query = sa.select(PublicationConsent).where(PublicationConsent.user_id == user_id)
        rows = db.session.scalars(query.order_by(PublicationConsent.id))
        return [f"{row.state.value} {row.channel.value}" for row in rows]


def enter(client: FlaskClient, app: Flask, user_id: int, pupil: str, guardian: str, **kept: str) -> TestResponse:
    """Open a pupil's page and enter what the form says. ``kept`` overrides what the page carries (seen, text)."""
    address = f"/consents/{public_id(app, user_id)}"
    soup = page(client.get(address))
    fields = {name: str(soup.select_one(f"input[name={name}]")["value"]) for name in ("seen", "text")}  # type: ignore[index]
    return post(client, address, {**fields, "pupil": pupil, "guardian": guardian, **kept})
