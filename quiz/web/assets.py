"""Static addresses carry a hash of the file, so browsers may keep files for ever and still see a new version at once."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask

MAX_AGE_SECONDS = 365 * 24 * 3600


@lru_cache(maxsize=512)
def _digest(path: str, _modified: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def init_app(app: Flask) -> None:
    """Add ``v=<hash>`` to the address of every static file."""

    @app.url_defaults
    def _version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values and "v" not in values:
            path = Path(app.static_folder or "") / values["filename"]
            if path.is_file():
                values["v"] = _digest(str(path), path.stat().st_mtime)
