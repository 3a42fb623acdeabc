"""What accounts installs in the application."""

import time

from flask import Flask

from quiz.accounts import identity
from quiz.accounts.queries import has_demo_accounts
from quiz.accounts.staff_queries import Actors
from quiz.audit.people import set_people
from quiz.db import db

DEMO_SECONDS = 60  # how long a process remembers whether there are demonstration accounts


class DemoFlag:
    """True while the database holds demonstration accounts; asked only where a template looks at it."""

    def __init__(self) -> None:
        self._value = False
        self._until = 0.0

    def __bool__(self) -> bool:
        if time.monotonic() >= self._until:
            self._value = has_demo_accounts(db.session)
            self._until = time.monotonic() + DEMO_SECONDS
        return self._value

    def clear(self) -> None:
        """Look again at the next question."""
        self._until = 0.0


def init_app(app: Flask) -> None:
    """Sign-in state, the access policy, who the numbers in the audit log are, and the warning about demonstration accounts."""
    identity.init_app(app)
    set_people(app, Actors())
    flag = app.extensions["demo_flag"] = DemoFlag()

    @app.context_processor
    def _demo() -> dict[str, object]:
        return {"has_demo_accounts": flag}
