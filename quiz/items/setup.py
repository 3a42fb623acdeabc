"""What the bank gives every page: the ``gaps`` filter, which draws the blanks of a stem."""

from flask import Flask

from quiz.items.answering import shown_stem


def init_app(app: Flask) -> None:
    """Register the filter."""
    app.jinja_env.filters["gaps"] = shown_stem
