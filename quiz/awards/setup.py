"""What the feature adds to the application: the limit on failed verifications of this process."""

from flask import Flask

from quiz.awards.limit import FailureLimit


def init_app(app: Flask) -> None:
    """Begin to count."""
    app.extensions["verification_limit"] = FailureLimit()
