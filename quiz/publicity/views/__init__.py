"""Public pages of a contest, and the page on which its organiser switches them."""

from quiz.publicity.views import manage, page, papers
from quiz.publicity.views.blueprint import bp

__all__ = ["manage", "page", "papers"]
blueprints = [bp]
