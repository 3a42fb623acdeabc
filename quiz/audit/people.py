"""Who the numbers in the log are. Accounts stand above this feature and register what knows them."""

from collections.abc import Collection
from typing import Protocol, cast

from flask import Flask, current_app
from sqlalchemy.orm import Session


class People(Protocol):
    """What the page of the log asks of accounts."""

    def names(self, session: Session, user_ids: Collection[int]) -> dict[int, str]:
        """Names of those of these users who are staff; pupils are not named in the log."""

    def find(self, session: Session, text: str) -> list[int]:
        """Ids of staff whose name contains the text or who have this user name."""


def set_people(app: Flask, people: People) -> None:
    """Install what knows the users (called by the accounts feature)."""
    app.extensions["audit_people"] = people


def people() -> People:
    """What accounts has installed."""
    return cast(People, current_app.extensions["audit_people"])
