"""Flask-Login wiring: from the signed cookie to the Actor, and the policy behind every access rule.

The cookie carries ``<session id>.<user id>.<version>``; the ``login_session`` row is the truth, so a session
ends everywhere the moment its row is revoked or the user's version rises.
"""

from datetime import timedelta
from typing import Any

from flask import Flask, current_app, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin, LoginManager, current_user
from werkzeug.exceptions import Forbidden

from quiz import clock
from quiz.accounts.queries import load_actor
from quiz.accounts.rules import Actor
from quiz.web.access import set_policy
from quiz.web.errors import wants_json

STAFF_IDLE = timedelta(minutes=60)
OPEN_TO_UNCHANGED_SECRET = {"accounts.change_password", "accounts.change_password_post", "accounts.sign_out"}


class Visitor(AnonymousUserMixin):
    """Nobody signed in."""

    is_pupil = False
    is_staff = False
    name = ""

    def can(self, _permission: str) -> bool:
        return False


login_manager = LoginManager()
login_manager.session_protection = None  # phones change address between Wi-Fi and mobile networks
login_manager.anonymous_user = Visitor


@login_manager.user_loader
def _load(cookie_id: str) -> Actor | None:
    """The actor of a cookie, or None when its session has ended or staff have been idle too long."""
    session_id, _, rest = cookie_id.partition(".")
    user_id, _, version = rest.partition(".")
    if not (user_id.isdigit() and version.isdigit()):
        return None
    now = clock.now()
    actor = load_actor(
        current_app.extensions["direct"], session_id=session_id, user_id=int(user_id), version=int(version), now=now
    )
    if actor is None or not actor.is_staff:
        return actor
    seen = session.get("seen", now.timestamp())
    if now.timestamp() - seen > STAFF_IDLE.total_seconds():
        return None
    if "seen" not in session or now.timestamp() - seen > 60:
        session["seen"] = now.timestamp()
    return actor


def allows(rule: str) -> bool:
    """Whether the current user passes an access rule (navigation asks this too)."""
    if rule == "public":
        return True
    if not current_user.is_authenticated:
        return False
    if rule == "signed_in":
        return True
    if rule == "pupil":
        return bool(current_user.is_pupil)
    if rule == "staff":
        return bool(current_user.is_staff)
    kind, _, permission = rule.partition(":")
    return kind == "can" and bool(current_user.can(permission))


def policy(rule: str) -> ResponseReturnValue | None:
    """Let the request pass (None), send the visitor to sign in, or refuse."""
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if not allows(rule):
        raise Forbidden
    if current_user.must_change_secret and request.endpoint not in OPEN_TO_UNCHANGED_SECRET:
        return redirect(url_for("accounts.change_password"))
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    """401 for our scripts; for people the sign-in page, returning to where they were.

    A feature may keep what a form sent until its sender is back: ``extensions["keep_unsent"]`` maps an endpoint
    to a function that does so and returns where to go then.
    """
    if wants_json():
        return jsonify(error=401, sign_in=url_for("accounts.sign_in")), 401
    keep_unsent = current_app.extensions.get("keep_unsent", {}).get(request.endpoint)
    target: Any = keep_unsent() if keep_unsent else None
    if target is None:
        target = request.full_path if request.method in {"GET", "HEAD"} else _referring_path()
    return redirect(url_for("accounts.sign_in", next=target))


def _referring_path() -> str:
    """The page a form was sent from, as a path of this site."""
    prefix = request.host_url.rstrip("/")
    referrer = request.referrer or ""
    return referrer.removeprefix(prefix) if referrer.startswith(prefix + "/") else "/"


def init_app(app: Flask) -> None:
    """Install Flask-Login and the policy."""
    login_manager.init_app(app)
    set_policy(app, policy)
    app.extensions["access_allows"] = allows
