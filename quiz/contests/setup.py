"""What the feature adds to the application: the way from a pupil's result back to the contest."""

from flask import Flask, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quiz import clock
from quiz.attempts.models import Sitting
from quiz.contests import lane
from quiz.contests.queries import further_attempts
from quiz.db import db


def _contest_link(sitting: Sitting) -> tuple[str, str] | None:
    found = further_attempts(db.session, sitting, current_user.user_id, clock.now())
    if found is None:
        return None
    public_id, left = found
    label = ngettext("还可以再答 %(num)d 次", "还可以再答 %(num)d 次", left) if left else _("看比赛说明")
    return label, url_for("contests.show", public_id=public_id)


def init_app(app: Flask) -> None:
    """Offer the link to the pages of attempts, which know sittings only."""
    app.extensions.setdefault("sitting_links", []).append(_contest_link)
    app.extensions.setdefault("promotion_rules", lambda _contest: [])  # promotion brings them
    lane.init_app(app)
