"""The browser's side of signing in: a fresh signed cookie, where to go next, where the request came from."""

import logging
from datetime import datetime, timedelta

from flask import after_this_request, current_app, make_response, redirect, request, session, url_for
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from quiz.accounts import services
from quiz.accounts.models import LoginSession
from quiz.accounts.queries import load_actor
from quiz.db import db
from quiz.errors import DomainError
from quiz.i18n import local_path
from quiz.web import device

log = logging.getLogger(__name__)
SCHOOL_COOKIE = "school"
BUSY_SECONDS = 3  # after which who found the hashing line full may try again
SCHOOL_COOKIE_AGE = timedelta(days=180)
#: What survives signing in: the language, and an answer that a session running out left unsaved.
KEPT = ("locale", "pending_answer")


def source() -> str:
    """The network source of the request (believed as far as PROXY_HOPS says)."""
    return request.remote_addr or ""


def next_path() -> str:
    """Where to go after signing in: a path of this site that is not the sign-in itself."""
    path = local_path(request.values.get("next"))
    return "/" if path.startswith(("/sign-", "/s/")) else path


def begin(login: LoginSession, now: datetime) -> None:
    """Give the browser a new cookie for this login; whoever was signed in here before is signed out."""
    if current_user.is_authenticated:
        services.sign_out(db.session, session_id=current_user.session_id, now=now)
    db.session.commit()  # identity looks at what is committed
    direct = current_app.extensions["direct"]
    actor = load_actor(direct, session_id=login.id, user_id=login.user_id, version=login.user_version, now=now)
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    if actor is None or not login_user(actor):
        raise DomainError("登录没有成功，请再试一次。")
    if actor.is_pupil:
        after_this_request(device.remember)


def go_on() -> Response:
    """Redirect to where the person was going."""
    return redirect(next_path(), 303)


def end(now: datetime) -> Response:
    """Sign out on the server and in the browser (a shared phone keeps nothing), and go to the sign-in page."""
    if current_user.is_authenticated:
        services.sign_out(db.session, session_id=current_user.session_id, now=now)
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale
    response = redirect(url_for("accounts.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def remember_school(response: Response, code: str) -> Response:
    """Keep the school for the next pupil at this computer or phone."""
    response.set_cookie(
        SCHOOL_COOKIE, code, max_age=SCHOOL_COOKIE_AGE, httponly=True, samesite="Lax",
        secure=current_app.config["HTTPS_ONLY"],
    )  # fmt: skip
    return response


def refused(error: DomainError, html: str) -> Response:
    """The form again with its error; when waiting helps, the answer says how long."""
    response = make_response(html, error.status)
    log.info("sign-in refused with %s: %s from %s", error.status, request.path, source())
    if error.status in {429, 503}:
        response.headers["Retry-After"] = "60" if error.status == 429 else str(BUSY_SECONDS)
    return response
