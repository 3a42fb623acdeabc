"""The plain way to save an answer, for comparison: Flask, Flask-Login's user loaded as an object, ORM objects, one commit.

Nothing of it is careless; it is what a tutorial would write. It guards owner, state and deadline in Python, so two requests
at once may both pass: it is here to be measured, not to be used.
"""

from flask import Flask, abort, jsonify, request, session

from quiz import clock, features
from quiz.accounts.models import LoginSession, User
from quiz.attempts.models import Attempt, AttemptStatus, ItemResponse
from quiz.config import load_config
from quiz.db import db, prepare_engine

features.load_models()
app = Flask("plain")
app.config.from_mapping(load_config())
db.init_app(app)
with app.app_context():
    prepare_engine(db.engine)


@app.post("/attempts/<public_id>/answers")
def save(public_id: str):  # type: ignore[no-untyped-def]
    """One save."""
    login_id, user_id, _ = session["_user_id"].split(".")
    login, user = db.session.get(LoginSession, login_id), db.session.get(User, int(user_id))
    attempt = db.session.query(Attempt).filter_by(public_id=public_id).one_or_none()
    now = clock.now()
    if not (login and user and attempt) or login.revoked_at or login.expires_at < now or attempt.user_id != user.id:
        abort(404)
    if attempt.status != AttemptStatus.IN_PROGRESS or attempt.deadline_at < now or attempt.sitting.cancelled_at:
        abort(410)
    sent = request.get_json()
    log = db.session.query(ItemResponse).filter_by(attempt_id=attempt.id).order_by(ItemResponse.number).all()
    standing = {row.position: row.choices for row in log}
    answered = len({at for at, choices in standing.items() if choices} | {sent["position"]})
    db.session.add(
        ItemResponse(
            attempt_id=attempt.id, number=len(log) + 1, seq=sent["seq"], position=sent["position"], choices=sent["choices"],
            arrived_at=now, change=int(not standing.get(sent["position"])), answered=answered, next_seq=sent["seq"] + 1,
        )
    )  # fmt: skip
    db.session.commit()
    return jsonify(status="saved", seq=sent["seq"], answered=answered, total=len(attempt.paper))
