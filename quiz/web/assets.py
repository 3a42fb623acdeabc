"""Static addresses carry a hash of the file, so browsers may keep files for ever and still see a new version at once."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, request

MAX_AGE_SECONDS = 365 * 24 * 3600


@lru_cache(maxsize=512)
def _digest(path: str, _modified: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def init_app(app: Flask) -> None:
    """Add ``v=<hash>`` to the address of every static file; a page names thirty, so serving keeps the addresses."""

    @app.url_defaults
    def _version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values and "v" not in values:
            path = Path(app.static_folder or "") / values["filename"]
            if path.is_file():
                values["v"] = _digest(str(path), path.stat().st_mtime)

    if app.debug:  # files change while one works on them
        return

    @lru_cache(maxsize=512)
    def _address(_root: str, filename: str) -> str:
        return app.url_for("static", filename=filename)

    def url_for(endpoint: str, **values: Any) -> str:
        if endpoint == "static" and values.keys() == {"filename"} and request:
            return _address(request.root_path, values["filename"])
        return app.url_for(endpoint, **values)

    app.jinja_env.globals["url_for"] = url_for
