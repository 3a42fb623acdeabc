"""The lane: saves of answers answered in front of Flask, because at the bell nearly every request is one.

It knows one case only, the plain one: a script's JSON with a signed cookie and its CSRF token, for a paper that this
process has met, and a row that the guarded statement takes. Everything else, every doubt and every error goes on to the
application with its body untouched, and gets there what it always got. The statement is the services' own.
"""

import hmac
import io
import json
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Engine
from werkzeug.http import parse_cookie
from werkzeug.sansio.utils import host_is_trusted

from question_bank.kinds import BadResponse, kind_of
from quiz import clock
from quiz.attempts import forms, outlines
from quiz.attempts.services.answers import APPEND, parameters
from quiz.direct import Direct, DriverError
from quiz.items import catalogue

PATH = re.compile(r"/attempts/([\w-]{1,16})/answers")
LONGEST_BODY = 2000
COOKIES_KEPT = 20_000
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]
#: The headers of quiz/web/headers.py for a reply that is no page.
HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]


class Lane:
    """WSGI middleware: ``Lane(app.wsgi_app, app, engine)``."""

    def __init__(self, wsgi_app: WsgiApp, app: Flask, engine: Engine) -> None:
        self._next = wsgi_app
        self._app = app
        self._append = Direct(engine, APPEND)
        self._cookie = re.compile(rf"(?:^|;\s*){re.escape(app.config['SESSION_COOKIE_NAME'])}=")
        self._session_of = lru_cache(COOKIES_KEPT)(self._read_cookie)
        self._csrf_of = lru_cache(COOKIES_KEPT)(self._read_csrf)
        self._tokens = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the plain case, pass on everything else."""
        if environ["REQUEST_METHOD"] == "POST" and (match := PATH.fullmatch(environ["PATH_INFO"])):
            reply = self._try(environ, match[1])
            if reply is not None:
                body = reply.encode()
                start_response("200 OK", [*HEADERS, ("Content-Length", str(len(body)))])
                return (body,)
        return self._next(environ, start_response)

    def _try(self, environ: dict[str, Any], public_id: str) -> str | None:
        outline = outlines.known(public_id)
        if outline is None or not environ.get("CONTENT_TYPE", "").startswith("application/json"):
            return None
        signed_in = self._signed_in(environ)
        if signed_in is None or signed_in[1] != outline.user_id:
            return None
        body = _body(environ)
        now = clock.now()  # the request is here as a whole; only this moment counts
        answer = _answer(body, outline)
        if answer is None:
            return None
        seq, position, choices = answer
        try:
            row = self._append.one(parameters(outline, signed_in[0], seq, position, choices, now))
        except DriverError:
            return None  # if the commit was done after all, the application finds the row and gives its reply
        if row is None:
            return None
        return _reply(seq, row, outline.total, choices)

    def _signed_in(self, environ: dict[str, Any]) -> tuple[str, int] | None:
        """(login session, user) of a cookie that is in order, with its CSRF token and, over TLS, its referrer."""
        cookie = environ.get("HTTP_COOKIE")
        found = cookie and self._session_of(cookie)
        if not found:
            return None
        session_id, user_id, csrf, signed_at = found
        if time.time() - signed_at > self._app.permanent_session_lifetime.total_seconds():
            return None
        token = self._csrf_of(environ.get("HTTP_X_CSRFTOKEN", ""))
        if token is None or not hmac.compare_digest(token, csrf) or not self._is_ours(environ):
            return None
        return session_id, user_id

    def _is_ours(self, environ: dict[str, Any]) -> bool:
        """What Flask and Flask-WTF ask beyond the token: a trusted host, and over TLS a referrer from here."""
        host = environ.get("HTTP_HOST", "")
        trusted = self._app.config["TRUSTED_HOSTS"]
        if trusted and not host_is_trusted(host, trusted):
            return False
        if environ["wsgi.url_scheme"] != "https":
            return True
        scheme, netloc, *_ = urlsplit(str(environ.get("HTTP_REFERER", "")))
        return scheme == "https" and netloc == host

    def _read_cookie(self, header: str) -> tuple[str, int, str, float] | None:
        """(login session, user, CSRF token, when it was signed) of a Cookie header; None for one that is not ours."""
        serializer = SecureCookieSessionInterface().get_signing_serializer(self._app)
        value = parse_cookie(header).get(self._app.config["SESSION_COOKIE_NAME"])
        if serializer is None or not value:
            return None
        try:
            content, signed_at = serializer.loads(value, return_timestamp=True)
            session_id, user_id, _version = content["_user_id"].split(".")
            return session_id, int(user_id), content["csrf_token"], signed_at.timestamp()
        except (BadData, KeyError, ValueError, AttributeError):
            return None

    def _read_csrf(self, token: str) -> str | None:
        try:
            found = self._tokens.loads(token)
        except BadData:
            return None
        return found if isinstance(found, str) else None


def _body(environ: dict[str, Any]) -> bytes:
    """The whole body, which is left in place for the application."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdigit() or int(length) > LONGEST_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _answer(body: bytes, outline: outlines.Outline) -> tuple[int, int, list[str]] | None:
    """(seq, position, canonical choices) of a body that our script would send; None for any other."""
    try:
        sent = forms.from_json(json.loads(body))
    except (ValueError, RecursionError, forms.UnreadableAnswerError):
        return None
    entry = outline.entries.get(sent.position)
    item = catalogue.known(*entry) if entry else None
    if item is None or sent.seq > outline.most_saves:
        return None
    try:
        return sent.seq, sent.position, list(kind_of(item).parse_response(list(sent.choices), item))
    except BadResponse:
        return None


def _reply(seq: int, row: tuple[Any, ...], total: int, choices: list[str]) -> str:
    """The reply of the answering view, byte for byte (keys in order)."""
    answered, next_seq, deadline_at = row
    left = max(0.0, (_moment(deadline_at) - clock.now()).total_seconds())
    body = {
        "answered": answered, "choices": choices, "next_seq": next_seq, "remaining_seconds": left, "seq": seq,
        "status": "saved", "total": total,
    }  # fmt: skip
    return json.dumps(body, separators=(",", ":")) + "\n"


def _moment(value: Any) -> datetime:
    """A time as the driver gives it: aware from PostgreSQL, text in UTC from SQLite."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value + "+00:00")
