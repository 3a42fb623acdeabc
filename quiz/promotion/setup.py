"""What the feature adds to the application: how a stage promotes, for the pages that show a contest's rules."""

from flask import Flask

from quiz.contests.models import Contest
from quiz.db import db
from quiz.promotion import labels, queries


def _rules(contest: Contest) -> list[str]:
    """The declared way as sentences; empty where nothing was declared or no stage follows."""
    if not queries.is_declared(db.session, contest):
        return []
    return labels.plan_lines(queries.plan_of(db.session, contest), contest)


def init_app(app: Flask) -> None:
    """Offer the sentences to pages of contests, which know nothing of promotion."""
    app.extensions["promotion_rules"] = _rules
