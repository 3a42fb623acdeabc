"""What the lane (quiz/web/lane.py) answers for attempts: a save, the answering page, handing in."""

from flask import Flask

from quiz.attempts.lane.saving import save
from quiz.web import lane

ID = r"([\w-]{1,16})"


def init_app(app: Flask) -> None:
    """Register the ways; the busiest first."""
    lane.add(app, "POST", rf"/attempts/{ID}/answers", save)
