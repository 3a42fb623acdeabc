"""What the feature adds to the application: the way from a pupil's result back to the contest."""

import sqlalchemy as sa
from flask import Flask, url_for
from flask_babel import gettext as _

from quiz.contests.models import Contest, ContestGroup
from quiz.db import db


def _contest_link(sitting_id: int) -> tuple[str, str] | None:
    query = sa.select(Contest.public_id).join(ContestGroup).where(ContestGroup.sitting_id == sitting_id)
    public_id = db.session.scalar(query)
    return (_("看比赛说明"), url_for("contests.show", public_id=public_id)) if public_id else None


def init_app(app: Flask) -> None:
    """Offer the link to the pages of attempts, which know sittings only."""
    app.extensions.setdefault("sitting_links", []).append(_contest_link)
