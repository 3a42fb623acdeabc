"""What the lane (quiz/web/lane.py) answers for attempts: a save, the answering page, handing in."""

from flask import Flask

from quiz.attempts.lane.page import show
from quiz.attempts.lane.saving import save
from quiz.attempts.lane.sheet import Sheet
from quiz.attempts.lane.submitting import submit
from quiz.web import lane

ID = r"([\w-]{1,16})"


def init_app(app: Flask) -> None:
    """Register the ways; the busiest first."""
    app.extensions["answering_sheet"] = Sheet(app)
    lane.add(app, "POST", rf"/attempts/{ID}/answers", save)
    lane.add(app, "GET", rf"/attempts/{ID}", show)
    lane.add(app, "POST", rf"/attempts/{ID}/submit", submit)
