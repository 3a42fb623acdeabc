"""What the feature adds to the application: the way from a pupil's result back to the contest."""

import sqlalchemy as sa
from flask import Flask, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quiz import clock
from quiz.contests import lane
from quiz.contests.models import Contest, ContestGroup
from quiz.contests.queries import contests_for_pupil
from quiz.db import db


def _contest_link(sitting_id: int) -> tuple[str, str] | None:
    query = sa.select(Contest.public_id).join(ContestGroup).where(ContestGroup.sitting_id == sitting_id)
    public_id = db.session.scalar(query)
    if public_id is None:
        return None
    rows = contests_for_pupil(db.session, current_user, clock.now(), public_id=public_id)
    left = rows[0].attempts_left if rows and rows[0].phase == "open" and not rows[0].open_attempt else 0
    label = ngettext("还可以再答 %(num)d 次", "还可以再答 %(num)d 次", left) if left else _("看比赛说明")
    return label, url_for("contests.show", public_id=public_id)


def init_app(app: Flask) -> None:
    """Offer the link to the pages of attempts, which know sittings only."""
    app.extensions.setdefault("sitting_links", []).append(_contest_link)
    lane.init_app(app)
