"""A mark that tells devices of one contest apart, and nothing else (docs/adr/0027).

The browser keeps a random number in a signed cookie of this site; scripts cannot read it, and nothing of the device is in it
(no fingerprint, no address). What the database gets with a start is its keyed hash for that contest alone, so that
two contests of the same device cannot be linked. A pupil's sign-in sets the cookie; clearing it makes a new device.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, current_app, request
from itsdangerous import BadSignature, Signer
from werkzeug.wrappers import Response

AGE = timedelta(days=30)
MARK_CHARACTERS = 16  # 64 bits: among a million devices of a contest two alike are one chance in thirty million


def cookie_name(app: Flask) -> str:
    """Beside the session's cookie, with its prefix."""
    return f"{app.config['SESSION_COOKIE_NAME']}-device"


def read(app: Flask, value: str | None) -> str | None:
    """The random number in a cookie; None without one, or for one that is not ours."""
    if not value:
        return None
    try:
        return _signer(app).unsign(value).decode()
    except BadSignature:
        return None


def mark(app: Flask, contest_id: int, number: str | None) -> str | None:
    """What the database gets: the same for the same device and contest, unrelated for any other contest."""
    if number is None:
        return None
    return hmac.digest(_key(app), f"{contest_id}:{number}".encode(), "sha256").hex()[:MARK_CHARACTERS]


def of_request() -> Callable[[int], str | None]:
    """The mark of the device that asks, by contest id."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    number = read(app, request.cookies.get(cookie_name(app)))
    return lambda contest_id: mark(app, contest_id, number)


def remember(response: Response) -> Response:
    """Give the browser its number unless it has one. It ends by itself; it is not made to last longer."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    name = cookie_name(app)
    if read(app, request.cookies.get(name)) is None:
        value = _signer(app).sign(secrets.token_urlsafe(12)).decode()
        response.set_cookie(
            name, value, max_age=AGE, httponly=True, samesite="Lax", secure=app.config["HTTPS_ONLY"], path="/"
        )
    return response


def _signer(app: Flask) -> Signer:
    return Signer(app.config["SECRET_KEY"], salt="device")


def _key(app: Flask) -> bytes:
    """A key of its own, derived once from the application's."""
    found: bytes | None = app.extensions.get("device_key")
    if found is None:
        found = app.extensions["device_key"] = hmac.digest(
            app.config["SECRET_KEY"].encode(), b"device marks of attempts", "sha256"
        )
    return found
