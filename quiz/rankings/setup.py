"""What the feature adds to the application: the way from a pupil's result to the board, with the encouraging place."""

import sqlalchemy as sa
from flask import Flask, url_for
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.attempts.models import Sitting
from quiz.contests.models import Contest, ContestGroup
from quiz.db import db
from quiz.rankings.frozen import freeze_in_force
from quiz.rankings.queries import own_rank
from quiz.rankings.rules import results_open
from quiz.rankings.views import lane


def _board_link(sitting: Sitting) -> tuple[str, str] | None:
    """Label and address of the board once results are open; the label names the pupil's best upper place, if any."""
    if not results_open(sitting, clock.now()):
        return None
    query = sa.select(Contest.id, Contest.public_id).join(ContestGroup).where(ContestGroup.sitting_id == sitting.id)
    row = db.session.execute(query).first()
    if row is None:
        return None
    is_frozen = freeze_in_force(db.session, row.id, clock.now()) is not None
    own = None if is_frozen else own_rank(db.session, row.id, current_user.user_id)
    bands = [place.band for place in own.upper_places().values() if place.band] if own else []
    label = _("看排行：你在前 %(band)d%%", band=min(bands)) if bands else _("看排行")
    return label, url_for("rankings.board", public_id=row.public_id)


def init_app(app: Flask) -> None:
    """Offer the link to the pages of attempts, which know sittings only; answer plain boards in the lane."""
    app.extensions.setdefault("sitting_links", []).append(_board_link)
    lane.init_app(app)
