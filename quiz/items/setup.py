"""What the bank gives every page: filters that draw the blanks of a stem and name grade bands."""

from flask import Flask

from quiz.items.answering import shown_stem
from quiz.items.labels import band_text


def init_app(app: Flask) -> None:
    """Register the filters ``gaps`` and ``bands``."""
    app.jinja_env.filters["gaps"] = shown_stem
    app.jinja_env.filters["bands"] = band_text
