"""What accounts installs in the application."""

from flask import Flask

from quiz.accounts import identity


def init_app(app: Flask) -> None:
    """Sign-in state and the access policy."""
    identity.init_app(app)
