"""The public page that says whether a certificate is genuine, and repeats what it must say."""

import hmac

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz import clock
from quiz.accounts.browser import source
from quiz.accounts.throttle import source_key
from quiz.awards import labels, queries
from quiz.awards.limit import WINDOW, FailureLimit
from quiz.awards.models import Award
from quiz.awards.publication import shown_instructors, shown_members, shown_name
from quiz.awards.rules import CODE_LENGTH, shown_code, typed_code
from quiz.awards.views.blueprint import bp
from quiz.db import db
from quiz.web.access import public


@bp.get("/verify")
@public
def verify() -> ResponseReturnValue:
    """The form; what was typed leads to the address of the certificate."""
    number, code = request.args.get("serial", "").strip()[:60], request.args.get("code", "").strip()[:60]
    if not number and not code:
        return _answer(render_template("awards/verify.html", serial="", code="", failed=""), 200)
    typed = len(typed_code(code))
    if typed < CODE_LENGTH:
        page = render_template("awards/verify.html", serial=number, code=code, failed="short", typed=typed)
        return _answer(page, 422)
    found = _genuine(number.upper(), typed_code(code))
    if found is None:
        return _failed(number, code)
    return redirect(url_for("awards.verified", serial=number.upper(), code=found.check_code))


@bp.get("/verify/<serial>/<code>")
@public
def verified(serial: str, code: str) -> ResponseReturnValue:
    """The address in the QR code. Every letter of it counts."""
    found = _genuine(serial, code)
    if found is None:
        return _failed("", "")
    newer = queries.successor(db.session, found)
    page = render_template(
        "awards/verified.html", award=found, name=shown_name(db.session, found), serial=serial, newer=newer,
        newer_serial=queries.serial_of(db.session, newer) if newer else "", labels=labels,
        code=shown_code(found.check_code), members=shown_members(db.session, found),
        instructors=shown_instructors(found),
    )  # fmt: skip
    return _answer(page, 200)


def _genuine(serial: str, code: str) -> Award | None:
    """The award with this serial, if the code is its own to the last letter."""
    found = queries.by_serial(db.session, serial)
    if found is None or not hmac.compare_digest(found.check_code.encode(), code.encode()):
        return None
    return found


def _failed(serial: str, code: str) -> Response:
    """The same answer whether the serial or the code is wrong; after many, one that asks to wait."""
    limit: FailureLimit = current_app.extensions["verification_limit"]
    too_many = limit.failed(source_key(source()), clock.now())
    page = render_template(
        "awards/verify.html", serial=serial, code=code, failed="wait" if too_many else "unknown",
        minutes=int(WINDOW.total_seconds() // 60),
    )  # fmt: skip
    response = _answer(page, 429 if too_many else 404)
    if too_many:
        response.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return response


def _answer(page: str, status: int) -> Response:
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
