"""Error pages: friendly, actionable, never a stack trace; JSON where the caller asked for JSON.

A database that is away, full or too busy is a 503 with Retry-After: the answering page keeps the answer and tries
again. Nothing on that page needs the database.
"""

import logging
import sqlite3
from contextlib import suppress

import psycopg
import sqlalchemy as sa
from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from quiz.db import db
from quiz.errors import BusyError, DomainError
from quiz.web import metrics
from quiz.web.logs import request_id

PAGES = {400, 403, 404, 409, 413, 429, 500, 503}
RETRY_SECONDS = "3"
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
    if wants_json():
        return make_response(jsonify(error=status, message=message, request_id=request_id()), status)
    page = status if status in PAGES else (400 if status < 500 else 500)
    html = render_template(f"errors/{page}.html", message=message, request_id=request_id())
    return make_response(html, status)


def _let_go() -> None:
    """Give up what the request began to write: the error page must not trip over it when it asks the database."""
    if not g.get("keep_changes"):
        with suppress(sa.exc.SQLAlchemyError):  # the connection may be what is broken
            db.session.rollback()


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the database is away, locked or full, or has no connection to give: trying again later may help."""
    if isinstance(error, sa.exc.TimeoutError):  # every connection of the pool is in use
        return True
    driver = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(driver, sqlite3.Error):  # SQLITE_ERROR is a mistake in a statement, and that is ours
        return getattr(driver, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _SQLITE_UNAVAILABLE
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    return isinstance(driver, psycopg.OperationalError | psycopg.InterfaceError)


def _away(error: BaseException) -> Response:
    """The honest answer while the database is away; nothing was stored."""
    log.error("request %s: the database is away", request_id(), exc_info=error)
    metrics.count_event("database_away")
    g.pop("keep_changes", None)
    _let_go()
    if "_login_user" not in g:  # the page must not ask the database who this is
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    response = error_response(503)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _domain(error: DomainError) -> ResponseReturnValue:
    _let_go()
    response = error_response(error.status, gettext(error.message, **error.params))
    if error.status == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    if isinstance(error, BusyError):
        metrics.count_event("busy")
    return response


def _csrf(error: CSRFError) -> ResponseReturnValue:
    return error_response(400, gettext("这个页面放得太久，已经失效。请返回上一页，刷新后再试一次。"))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    cause = getattr(error, "original_exception", None)  # raised after the view, by the commit for instance
    if cause is not None and is_unavailable(cause):
        return _away(cause)
    response = error_response(error.code)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    if is_unavailable(error):
        return _away(error)
    # The rule, not the address: addresses of login slips carry what signs a pupil in.
    log.exception("request %s failed: %s %s", request_id(), request.method, request.url_rule or "-")
    _let_go()
    if current_app.config.get("TESTING"):
        raise error
    return error_response(500)


def init_app(app: Flask) -> None:
    """Register handlers for domain errors, HTTP errors, CSRF failures, a database away and everything unexpected."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
