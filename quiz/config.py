"""Settings: from the environment, else defaults; the secret key is kept in the instance folder.

Every setting and its environment variable is listed in docs/configuration.md.
"""

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from quiz.db import render_migration_type

ROOT = Path(__file__).resolve().parent.parent


def instance_path() -> Path:
    """The folder that holds the database and the secret key (INSTANCE_PATH, default ./instance)."""
    return Path(os.environ.get("INSTANCE_PATH", ROOT / "instance")).resolve()


def secret_key(folder: Path) -> str:
    """SECRET_KEY from the environment, else one made once and kept readable to the owner only."""
    if key := os.environ.get("SECRET_KEY"):
        if len(key) < 32:
            raise SystemExit("SECRET_KEY must have at least 32 characters")
        return key
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"secret_key.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process was first; nobody ever finds half a key
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def database_url(folder: Path) -> str:
    """DATABASE_URL, else SQLite in the instance folder."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'qingyuan.sqlite3'}"


def _engine_options(url: str) -> dict[str, Any]:
    """Pool sizes; parameters stay out of error messages, and so names and numbers of pupils out of the logs."""
    options: dict[str, Any] = {"url": url, "pool_size": 8, "hide_parameters": True}
    if url.startswith("sqlite"):
        return options | {"max_overflow": 16}
    return options | {"max_overflow": 8, "pool_pre_ping": True, "pool_timeout": 10}


def load_config() -> dict[str, Any]:
    """Build the Flask configuration from defaults and environment."""
    folder = instance_path()
    https = os.environ.get("HTTPS_ONLY", "0") == "1"
    return {
        "SECRET_KEY": secret_key(folder),
        "SQLALCHEMY_ENGINES": {"default": _engine_options(database_url(folder))},
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "SESSION_COOKIE_NAME": "__Host-qingyuan" if https else "qingyuan",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,  # the session's row ends after these twelve hours, whatever a cookie says
        "HTTPS_ONLY": https,
        "TRUSTED_HOSTS": [host for host in os.environ.get("TRUSTED_HOSTS", "").split(",") if host] or None,
        "PROXY_HOPS": int(os.environ.get("PROXY_HOPS", "0")),
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 2000,
        "WTF_CSRF_TIME_LIMIT": None,  # the session's own lifetime is the limit; a contest page may stay open for hours
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "quiz" / "translations"),
        "COMPRESS_ALGORITHM": ["br", "gzip"],  # a whole paper is one page: a tenth of its size on a weak network
        "COMPRESS_BR_LEVEL": 4,
        "LANE": os.environ.get("LANE", "1") != "0",
        "LOG_FORMAT": os.environ.get("LOG_FORMAT", "plain"),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
        "LOG_REQUESTS": os.environ.get("LOG_REQUESTS", "1") == "1",
        "METRICS_TOKEN": os.environ.get("METRICS_TOKEN") or None,
        "METRICS_FOLDER": os.environ.get("METRICS_FOLDER") or str(folder / "metrics"),
        "HELP_LINE": os.environ.get("HELP_LINE", "110"),
        "REDIS_URL": os.environ.get("REDIS_URL") or None,
        "DEMO_PUBLIC": os.environ.get("DEMO_PUBLIC", "0") == "1",
        "ALEMBIC": {"script_location": str(ROOT / "quiz" / "migrations"), "version_locations": []},
        "ALEMBIC_CONTEXT": {
            "render_as_batch": True,
            "compare_type": True,
            "compare_server_default": False,
            "render_item": render_migration_type,
        },
        "INSTANCE_FOLDER": str(folder),
    }
