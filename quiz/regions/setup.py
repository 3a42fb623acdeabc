"""What the feature adds to the application: the names of classes in the language of the page."""

from flask import Flask

from quiz.regions.labels import class_words


def init_app(app: Flask) -> None:
    """Register the template filter."""
    app.jinja_env.filters["class_words"] = class_words
