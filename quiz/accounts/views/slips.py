"""The address of a login slip's QR code. Opening it signs nobody in: link previews open addresses too."""

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from quiz import clock
from quiz.accounts import browser, services
from quiz.accounts.queries import find_slip, load_place
from quiz.accounts.views.blueprint import bp
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.web.access import public


@bp.get("/s/<token>")
@public
def slip(token: str) -> ResponseReturnValue:
    now = clock.now()
    owner = find_slip(db.session, token=token, now=now)
    if owner is None:
        return _ended()
    html = render_template("accounts/slip.html", owner=owner, token=token, place=load_place(db.session, owner, now))
    return _unlisted(make_response(html))


@bp.post("/s/<token>")
@public
def use_slip(token: str) -> ResponseReturnValue:
    now = clock.now()
    owner = find_slip(db.session, token=token, now=now)
    if owner is None:
        return _ended()
    try:
        login = services.sign_in_slip(db.session, token=token, now=now)
    except NotFoundError:
        return _ended()
    browser.begin(login, now)
    return browser.remember_school(browser.go_on(), owner.school_code)


def _ended() -> ResponseReturnValue:
    return _unlisted(make_response(render_template("accounts/slip_ended.html"), 404))


def _unlisted(response: ResponseReturnValue) -> ResponseReturnValue:
    response.headers["X-Robots-Tag"] = "noindex"  # type: ignore[union-attr]
    return response
