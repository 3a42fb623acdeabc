"""What the server knows of an open attempt, for the answering page's script when it comes back from elsewhere."""

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from quiz import clock
from quiz.attempts import queries
from quiz.attempts.views.answering import is_open
from quiz.attempts.views.blueprint import bp
from quiz.db import db
from quiz.web.access import pupil_only


@bp.get("/<public_id>/state")
@pupil_only
def state(public_id: str) -> ResponseReturnValue:
    """Remaining time, the answers that stand and the next number; 410 with ``result`` when the attempt is over.

    Another device may have answered, staff may have given more time, and a new sign-in brings a new CSRF token.
    """
    now = clock.now()
    attempt = queries.get_attempt(db.session, public_id, current_user.user_id)
    if not is_open(attempt, now):
        return jsonify(status="closed", result=url_for("attempts.result", public_id=public_id)), 410
    log = queries.log_state(db.session, attempt.id)
    return jsonify(
        status="open",
        answers=log.answers,
        answered=log.answered,
        next_seq=log.last_seq + 1,
        remaining_seconds=max(0.0, (attempt.deadline_at - now).total_seconds()),
        csrf=generate_csrf(),
    )
