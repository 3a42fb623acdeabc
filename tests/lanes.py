"""Switch the lane off, or watch what it takes: what it answers must be what the application would have answered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask


@contextmanager
def without_lane(app: Flask) -> Iterator[None]:
    """Everything goes to the application."""
    ways = app.extensions["lane"]
    kept = list(ways)
    ways.clear()
    try:
        yield
    finally:
        ways.extend(kept)


@contextmanager
def only_lane(app: Flask) -> Iterator[list[str]]:
    """Collects the paths that the lane passed on to the application."""
    lane = app.wsgi_app
    onward, passed = lane._next, []  # type: ignore[attr-defined]

    def note(environ, start_response):  # type: ignore[no-untyped-def]
        passed.append(environ["PATH_INFO"])
        return onward(environ, start_response)

    lane._next = note  # type: ignore[attr-defined]
    try:
        yield passed
    finally:
        lane._next = onward  # type: ignore[attr-defined]


def settled(html: str) -> str:
    """A page without what differs each time: nonces, signed tokens, seconds left."""
    html = re.sub(r'nonce="[^"]+"', 'nonce=""', html)
    html = re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", html)
    return re.sub(r'"remaining": [\d.]+', '"remaining": 0', html)
