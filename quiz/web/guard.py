"""What no page of ours sends, refused before a view or the database meets it.

PostgreSQL takes no NUL character in a text and neither database a number of thirty digits as an id: both would
end as an error of ours instead of one of the sender's.
"""

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """``<int:…>`` in an address: what cannot be an id is an address that does not exist."""

    def __init__(self, map: Map, max: int = LARGEST_ID) -> None:
        super().__init__(map, max=max)


def as_id(text: str) -> int:
    """A number of an address or a form that may be an id, for ``args.get(…, type=as_id)``; ValueError for any other."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_ID):
        raise ValueError("no id")
    return int(text)


def init_app(app: Flask) -> None:
    """Install the converter (before any route is added) and the check."""
    app.url_map.converters["int"] = IdConverter

    @app.before_request
    def _refuse() -> None:
        texts = [request.path, *request.args.keys(), *request.form.keys()]
        for values in (*request.args.listvalues(), *request.form.listvalues()):
            texts += values
        if any("\0" in text for text in texts):
            abort(400)
