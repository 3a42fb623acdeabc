"""Error pages: friendly, actionable, never a stack trace; JSON where the caller asked for JSON."""

import logging
import secrets

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from quiz.db import db
from quiz.errors import DomainError

PAGES = {400, 403, 404, 409, 413, 429, 500, 503}
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


def _let_go() -> None:
    """Give up what the request began to write: the error page must not trip over it when it asks the database."""
    if not g.get("keep_changes"):
        db.session.rollback()


def init_app(app: Flask) -> None:
    """Register handlers for domain errors, HTTP errors, CSRF failures and everything unexpected."""

    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> ResponseReturnValue:
        _let_go()
        response = error_response(error.status, gettext(error.message, **error.params))
        if error.status == 503:
            response.headers["Retry-After"] = "3"
        return response

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> ResponseReturnValue:
        return error_response(400, gettext("这个页面放得太久，已经失效。请返回上一页，刷新后再试一次。"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error
        response = error_response(error.code)
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> ResponseReturnValue:
        request_id = g.setdefault("request_id", secrets.token_hex(6))
        # The rule, not the address: addresses of login slips carry what signs a pupil in.
        log.exception("request %s failed: %s %s", request_id, request.method, request.url_rule or "-")
        _let_go()
        if app.config.get("TESTING"):
            raise error
        return error_response(500)
