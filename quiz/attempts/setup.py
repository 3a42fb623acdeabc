"""What the feature adds to the application: no answer is lost when a sign-in runs out during a save; its ways in the lane."""

from flask import Flask

from quiz.attempts import lane
from quiz.attempts.views.unsent import keep_unsent


def init_app(app: Flask) -> None:
    """Tell the sign-in policy how to keep an answer that a plain form sent (see accounts/identity.py)."""
    app.extensions.setdefault("keep_unsent", {})["attempts.save"] = keep_unsent
    lane.init_app(app)
