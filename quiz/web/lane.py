"""The lane: what whole schools ask at the bell, answered in front of Flask.

A feature may register a handler for one method and path. It knows the plain case only: a browser with a signed cookie,
for a change also with its CSRF token, asking what our own pages ask. Everything else, every doubt and every error goes on
to the application with its body untouched and gets there what it always got; so a handler answers completely or not at all.
"""

import hmac
import io
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import brotli
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.http import parse_cookie
from werkzeug.sansio.utils import host_is_trusted

from quiz import clock
from quiz.direct import Direct, DriverError
from quiz.i18n import choose_locale
from quiz.web import device, metrics
from quiz.web.headers import page_policy
from quiz.web.logs import WELL_FORMED

log = logging.getLogger(__name__)
LONGEST_BODY = 4000
KEPT = 20_000  # cookies and tokens whose signatures need not be checked again
SMALLEST_COMPRESSED = 500
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]
#: What a session may hold for the lane; anything else (a message to show, an answer kept) is the application's matter.
PLAIN_SESSION = frozenset({"_user_id", "_fresh", "_id", "_permanent", "csrf_token", "locale", "_remember"})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a cookie says, its signature being in order. ``csrf`` is the session's raw token."""

    session_id: str
    user_id: int
    csrf: str
    locale: str | None
    signed_at: float
    device: str | None  # see quiz/web/device.py


@dataclass(slots=True)
class Asked:
    """One request. ``body`` is whole and empty for a GET; ``now`` is when it had arrived."""

    app: Flask
    environ: dict[str, Any]
    match: re.Match[str]
    signed_in: SignedIn
    direct: Direct
    now: datetime
    body: bytes
    sign: Callable[[str], str | bytes]

    @property
    def csrf_token(self) -> str:
        """The token for the forms of a page."""
        return str(self.sign(self.signed_in.csrf))

    @property
    def is_json(self) -> bool:
        """Whether it was sent by our script."""
        return bool(self.environ.get("CONTENT_TYPE", "").startswith("application/json"))

    @property
    def locale(self) -> str:
        """The catalogue of the reply."""
        return choose_locale(self.signed_in.locale, self.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer; bytes are UTF-8."""

    body: str | bytes
    content_type: str = "application/json"
    status: str = "200 OK"
    headers: list[tuple[str, str]] = field(default_factory=list)
    nonce: str | None = None  # of a page


Handler = Callable[[Asked], Reply | None]


@dataclass(frozen=True)
class Way:
    """One method and route that a feature answers; ``path`` is the route as a pattern."""

    method: str
    route: str
    path: re.Pattern[str]
    handler: Handler
    takes_query: bool = False  # else an address with a query is the application's matter


class Lane:
    """WSGI middleware: ``Lane(app.wsgi_app, app)``; the ways are in ``app.extensions["lane"]``."""

    def __init__(self, wsgi_app: WsgiApp, app: Flask) -> None:
        self._next = wsgi_app
        self._app = app
        self._direct: Direct = app.extensions["direct"]
        self._ways: list[Way] = app.extensions["lane"]
        self._tokens = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
        self._sessions = SecureCookieSessionInterface().get_signing_serializer(app)
        self._session_of = lru_cache(KEPT)(self._read_cookie)
        self._csrf_of = lru_cache(KEPT)(self._read_csrf)
        self._new_token = lru_cache(KEPT)(self._tokens.dumps)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the plain case, pass on everything else."""
        begun = time.perf_counter()
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        for way in self._ways:
            if way.method == method and (match := way.path.fullmatch(path)):
                reply = self._ask(way, environ, match)
                if reply is not None:
                    sent = self._send(reply, environ, start_response)
                    metrics.observe(way.route, method, int(reply.status[:3]), time.perf_counter() - begun)
                    return sent
                break
        return self._next(environ, start_response)

    def _ask(self, way: Way, environ: dict[str, Any], match: re.Match[str]) -> Reply | None:
        signed_in = self._signed_in(environ)
        if signed_in is None or (environ.get("QUERY_STRING") and not way.takes_query):
            return None
        body = b""
        if environ["REQUEST_METHOD"] == "POST":
            body = _read_body(environ)
            if not self._is_ours(environ, body, signed_in):
                return None
        try:
            # The request is here as a whole; only this moment counts.
            return way.handler(
                Asked(self._app, environ, match, signed_in, self._direct, clock.now(), body, self._new_token)
            )
        except DriverError:
            return None  # if it was committed after all, the application finds it done and says so
        except Exception:
            log.exception("lane: %s %s", way.method, way.route)
            return None

    def _send(self, reply: Reply, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = reply.body if isinstance(reply.body, bytes) else reply.body.encode()
        headers = [("Content-Type", reply.content_type), *reply.headers, *self._headers(reply)]
        headers.append(("X-Request-ID", self._request_id(environ)))
        if len(body) >= SMALLEST_COMPRESSED and "br" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = brotli.compress(body, quality=self._app.config["COMPRESS_BR_LEVEL"])
            headers += [("Content-Encoding", "br"), ("Vary", "Accept-Encoding, Cookie")]
        else:
            headers.append(("Vary", "Cookie"))
        start_response(reply.status, [*headers, ("Content-Length", str(len(body)))])
        return (body,)

    def _headers(self, reply: Reply) -> list[tuple[str, str]]:
        """Those of quiz/web/headers.py."""
        policy = page_policy(reply.nonce) if reply.nonce else "default-src 'none'; frame-ancestors 'none'"
        found = [
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ]
        return [*found, ("Strict-Transport-Security", "max-age=31536000")] if self._app.config["HTTPS_ONLY"] else found

    def _request_id(self, environ: dict[str, Any]) -> str:
        """As quiz/web/logs.py has it: the proxy's where one is believed, else a new one."""
        given = str(environ.get("HTTP_X_REQUEST_ID", "")) if self._app.config["PROXY_HOPS"] else ""
        return given if WELL_FORMED.fullmatch(given) else secrets.token_hex(6)

    def _signed_in(self, environ: dict[str, Any]) -> SignedIn | None:
        cookie = environ.get("HTTP_COOKIE")
        found = self._session_of(cookie) if cookie else None
        if found is None:
            return None
        is_old = time.time() - found.signed_at > self._app.permanent_session_lifetime.total_seconds()
        return None if is_old else found

    def _is_ours(self, environ: dict[str, Any], body: bytes, signed_in: SignedIn) -> bool:
        """What Flask and Flask-WTF ask of a change: the session's token, a trusted host, over TLS a referrer from here."""
        token = self._csrf_of(environ.get("HTTP_X_CSRFTOKEN") or form_field(body, "csrf_token"))
        if token is None or not hmac.compare_digest(token, signed_in.csrf):
            return False
        host = environ.get("HTTP_HOST", "")
        trusted = self._app.config["TRUSTED_HOSTS"]
        if trusted and not host_is_trusted(host, trusted):
            return False
        if environ["wsgi.url_scheme"] != "https":
            return True
        scheme, netloc, *_ = urlsplit(str(environ.get("HTTP_REFERER", "")))
        return scheme == "https" and netloc == host

    def _read_cookie(self, header: str) -> SignedIn | None:
        """What a Cookie header says; None for one that is not ours, or whose session holds more than usual."""
        cookies = parse_cookie(header)
        value = cookies.get(self._app.config["SESSION_COOKIE_NAME"])
        if self._sessions is None or not value:
            return None
        try:
            content, signed_at = self._sessions.loads(value, return_timestamp=True)
            session_id, user_id, _version = content["_user_id"].split(".")
            if not content.keys() <= PLAIN_SESSION:
                return None
            return SignedIn(
                session_id, int(user_id), content["csrf_token"], content.get("locale"), signed_at.timestamp(),
                device.read(self._app, cookies.get(device.cookie_name(self._app))),
            )  # fmt: skip
        except (BadData, KeyError, ValueError, AttributeError):
            return None

    def _read_csrf(self, token: str) -> str | None:
        try:
            found = self._tokens.loads(token)
        except BadData:
            return None
        return found if isinstance(found, str) else None


def _read_body(environ: dict[str, Any]) -> bytes:
    """The whole body, which is left in place for the application; nothing of one that is too long."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdigit() or int(length) > LONGEST_BODY:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def form_field(body: bytes, name: str) -> str:
    """A field of a form that was sent; empty without it."""
    try:
        return parse_qs(body.decode()).get(name, [""])[0]
    except ValueError:
        return ""


def new_nonce() -> str:
    """The nonce of one page."""
    return secrets.token_urlsafe(16)


def add(app: Flask, method: str, route: str, handler: Handler, *, takes_query: bool = False) -> None:
    """Register a handler for the route of a view (in a feature's setup), whose one variable part is a public id."""
    path = re.compile(re.sub(r"<\w+>", r"([\\w-]{1,16})", route))
    app.extensions.setdefault("lane", []).append(Way(method, route, path, handler, takes_query))
