"""Error pages: friendly, actionable, never a stack trace; JSON where the caller asked for JSON."""

import logging
import secrets
import sqlite3

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from quiz.db import db
from quiz.errors import DomainError

PAGES = {400, 403, 404, 409, 413, 429, 500, 503}
RETRY_SECONDS = 3
_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL,
}  # fmt: skip
log = logging.getLogger(__name__)


def wants_json() -> bool:
    """Whether the caller is a script of ours (fetch) rather than a person's navigation."""
    return request.is_json or request.accept_mimetypes.best == "application/json"


def error_response(status: int, message: str | None = None) -> Response:
    """An error page (or JSON object) for a status, with a request id that the log repeats."""
    request_id = g.setdefault("request_id", secrets.token_hex(6))
    if wants_json():
        return make_response(jsonify(error=status, message=message, request_id=request_id), status)
    page = status if status in PAGES else (400 if status < 500 else 500)
    html = render_template(f"errors/{page}.html", message=message, request_id=request_id)
    return make_response(html, status)


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the database is away, locked or full, or has no connection to give: trying again later may help."""
    if isinstance(error, exc.TimeoutError):  # every connection of the pool is in use
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):  # SQLITE_ERROR is a mistake in a statement, and that is ours
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return code in _SQLITE_UNAVAILABLE
    return error.connection_invalidated or isinstance(error, exc.OperationalError | exc.InterfaceError)


def _unavailable(error: BaseException | None) -> Response:
    """503 with Retry-After: nothing was saved, and the caller is told to come back."""
    request_id = g.setdefault("request_id", secrets.token_hex(6))
    cause = type(getattr(error, "orig", None) or error).__name__
    log.error(
        "request %s: database unavailable (%s): %s %s", request_id, cause, request.method, request.url_rule or "-"
    )
    db.session.rollback()
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # the page must not ask who it is
    response = error_response(503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _let_go() -> None:
    """Give up what the request began to write: the error page must not trip over it when it asks the database."""
    if not g.get("keep_changes"):
        db.session.rollback()


def _unexpected(error: Exception) -> ResponseReturnValue:
    if is_unavailable(error):
        return _unavailable(error)
    request_id = g.setdefault("request_id", secrets.token_hex(6))
    # The rule, not the address: addresses of login slips carry what signs a pupil in.
    log.exception("request %s failed: %s %s", request_id, request.method, request.url_rule or "-")
    _let_go()
    if current_app.config.get("TESTING"):
        raise error
    return error_response(500)


def init_app(app: Flask) -> None:
    """Register handlers for domain errors, HTTP errors, CSRF failures and everything unexpected."""

    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> ResponseReturnValue:
        _let_go()
        response = error_response(error.status, gettext(error.message, **error.params))
        if error.status == 503:
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> ResponseReturnValue:
        return error_response(400, gettext("这个页面放得太久，已经失效。请返回上一页，刷新后再试一次。"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error
        cause = getattr(error, "original_exception", None)  # what broke after the view, at the commit
        if is_unavailable(cause):
            return _unavailable(cause)
        response = error_response(error.code)
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                response.headers[name] = value
        return response

    app.register_error_handler(Exception, _unexpected)
