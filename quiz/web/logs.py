"""One line per request and one format for everything that is logged, without personal data.

A line holds the request's id, method, route *rule*, status and milliseconds. Never the address: addresses carry what
signs a pupil in. Never who it was. Messages of exceptions lose what a database or a parser quotes of its input.

LOG_FORMAT=json writes one JSON object a line, anything else lines for people; LOG_REQUESTS=0 leaves the lines of
requests out (errors stay). The id comes from the proxy's ``X-Request-ID`` where proxies are believed (PROXY_HOPS), is
made here otherwise, and goes back in the same header; error pages show it.
"""

import json
import logging
import re
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request

from quiz.web import metrics

log = logging.getLogger("quiz.requests")
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
#: What messages quote: values between quotation marks, PostgreSQL's DETAIL and CONTEXT, statements' parameters.
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|\([^()]*\)=\([^()]*\)")
TALKATIVE = ("DETAIL:", "CONTEXT:", "LINE ", "[parameters", "[SQL")
EXTRA = ("method", "route", "status", "ms")
ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def request_id() -> str:
    """The id of the request under way, made at the first question."""
    found: str | None = g.get("request_id")
    if found is None:
        found = g.request_id = _given_id() or secrets.token_hex(6)
    return found


def _given_id() -> str | None:
    """The proxy's id, where a proxy is believed and what it sends looks like one."""
    if not current_app.config["PROXY_HOPS"]:
        return None
    given = request.headers.get("X-Request-ID", "")
    return given if WELL_FORMED.fullmatch(given) else None


def scrubbed(text: str) -> str:
    """The message of an exception without the values that it quotes."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(TALKATIVE)]
    return QUOTED.sub("…", "\n".join(lines))


def trace(error: BaseException) -> str:
    """The traceback as Python writes it, of the whole chain, its messages scrubbed."""
    parts = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        frames = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"{frames}{type(one).__module__}.{type(one).__qualname__}: {scrubbed(str(one))}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\nwhich came from\n".join(parts)


class PlainFormatter(logging.Formatter):
    """Lines for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name that logging gives it
        return trace(ei[1])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, request_id and what a request's line adds."""

    def format(self, record: logging.LogRecord) -> str:
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            found["request_id"] = request_id()
        for name in EXTRA:
            if (value := record.__dict__.get(name)) is not None:
                found[name] = value
        if record.exc_info and record.exc_info[1] is not None:
            found["exception"] = trace(record.exc_info[1])
        return json.dumps(found, ensure_ascii=False)


class OurHandler(logging.StreamHandler[Any]):
    """Writes to whatever standard error is at the moment; recognised, so that it is installed only once."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _value: Any) -> None:
        pass


def configure(log_format: str, level: str) -> None:
    """Send what this application logs to standard error, in the format asked for."""
    logger = logging.getLogger("quiz")
    logger.setLevel(level.upper())
    handler = next((one for one in logger.handlers if isinstance(one, OurHandler)), None)
    if handler is None:
        handler = OurHandler()
        logger.addHandler(handler)
    handler.setFormatter(JsonFormatter() if log_format == "json" else PlainFormatter())


def init_app(app: Flask) -> None:
    """Take the time before anything else, write the line after everything else."""
    configure(app.config["LOG_FORMAT"], app.config["LOG_LEVEL"])
    logging.getLogger("quiz").propagate = bool(app.config.get("TESTING"))  # once is enough, except to be looked at
    app.log_exception = _log_exception  # type: ignore[method-assign]

    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()
        request_id()

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule else "-"
        metrics.observe(route, request.method, response.status_code, seconds)
        if app.config["LOG_REQUESTS"] and log.isEnabledFor(logging.INFO):
            _line(route, response.status_code, round(seconds * 1000, 1))
        return response


def _line(route: str, status: int, ms: float) -> None:
    fields = {"method": request.method, "route": route, "status": status, "ms": ms}
    log.info("%s %s %s %s %s ms", request_id(), request.method, route, status, ms, extra=fields)


def _log_exception(exc_info: Any) -> None:
    """In place of Flask's own, which would write the address."""
    route = request.url_rule.rule if request.url_rule else "-"
    logging.getLogger("quiz.web").error(
        "request %s failed: %s %s", request_id(), request.method, route, exc_info=exc_info
    )
