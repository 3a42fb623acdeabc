"""The application factory."""

from typing import Any

from flask import Flask
from flask_alembic import Alembic
from flask_compress import Compress
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from quiz import features, i18n
from quiz.config import ROOT, load_config
from quiz.db import Base, db, prepare_engine
from quiz.direct import Direct
from quiz.web import (
    access,
    arrival,
    assets,
    errors,
    filters,
    guard,
    headers,
    logs,
    metrics,
    navigation,
    shared_cache,
    transactions,
)
from quiz.web.lane import Lane

csrf = CSRFProtect()
compress = Compress()


class Migrations(Alembic):
    """Migrations numbered 0001, 0002, …: two branches that both add one conflict in git, not in production."""

    def rev_id(self) -> str:
        return f"{len(list(self.script_directory.walk_revisions())) + 1:04d}"

    def run_migrations(self, fn: Any, **kwargs: Any) -> None:
        """Run and let go: on SQLite a look that finds nothing to do would keep the only writer's lock."""
        super().run_migrations(fn, **kwargs)
        for context in self.migration_contexts.values():
            if context.connection is not None:
                context.connection.commit()


alembic = Migrations(run_mkdir=False, metadatas=Base.metadata)


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """Build the application from the environment, with ``config`` laid over it."""
    app = Flask(
        "quiz",
        root_path=str(ROOT / "quiz"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.from_mapping(load_config())
    app.config.from_mapping(config or {})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    with app.app_context():
        engine = db.engine
        prepare_engine(engine)
    _keep_only_plain_sessions(app)
    app.extensions["lane"], app.extensions["direct"] = [], Direct(engine)
    alembic.init_app(app)
    metrics.init_app(app)
    logs.init_app(app)  # the clock runs from before everything to after everything
    compress.init_app(app)  # its after_request runs on the finished page
    arrival.init_app(app)  # first: nothing may wait before the time is taken
    guard.init_app(app)
    transactions.init_app(app)
    headers.init_app(app)
    i18n.init_app(app)
    navigation.init_app(app)
    access.init_app(app)  # before CSRF: a session that ran out is told to sign in, not that its form is stale
    csrf.init_app(app)
    filters.init_app(app)
    shared_cache.init_app(app)
    assets.init_app(app)
    errors.init_app(app)
    features.init_app(app)
    app.jinja_env.globals["help_line"] = lambda: app.config["HELP_LINE"]
    _wrap_wsgi(app)
    return app


def _keep_only_plain_sessions(app: Flask) -> None:
    """There are no asynchronous sessions here; closing them would start a thread at the end of every request."""
    app.teardown_appcontext_funcs = [
        one for one in app.teardown_appcontext_funcs if one.__name__ != "_close_async_sessions"
    ]


def _wrap_wsgi(app: Flask) -> None:
    """Serve static files and plain saves before Flask, and believe exactly as many proxies as are configured."""
    whitenoise = WhiteNoise(app.wsgi_app, max_age=assets.MAX_AGE_SECONDS, autorefresh=app.debug)
    whitenoise.add_files(str(ROOT / "static"), prefix="static/")
    app.wsgi_app = Lane(whitenoise, app) if app.config["LANE"] else whitenoise  # type: ignore[method-assign]
    hops = app.config["PROXY_HOPS"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
