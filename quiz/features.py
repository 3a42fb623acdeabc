"""The ranked list of features: drives model import, blueprints, commands, jobs and navigation.

Lower features come first. A feature's rooms are found by name: ``models``, ``views`` (its ``blueprints`` and
``NAVIGATION``), ``cli`` (its ``commands``), ``jobs`` (its ``JOBS``: job name → function) and ``setup`` (its
``init_app``).
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from flask import Flask

FEATURES = (
    "jobs",
    "audit",
    "regions",
    "accounts",
    "items",
    "papers",
    "attempts",
    "practice",
    "contests",
    "registration",
    "rankings",
    "promotion",
    "appeals",
    "awards",
    "reports",
    "publicity",
    "operations",
    "desk",
    "home",
    "seed",
)


def room(feature: str, name: str) -> ModuleType | None:
    """Import ``quiz.<feature>.<name>``, or None where the feature has no such room."""
    full = f"quiz.{feature}.{name}"
    return import_module(full) if find_spec(full) else None


def load_models() -> None:
    """Import every feature's models, so that the metadata is whole."""
    for feature in FEATURES:
        room(feature, "models")


def init_app(app: Flask) -> None:
    """Register what each feature brings, in rank order."""
    load_models()
    app.extensions["jobs"] = {}
    for feature in FEATURES:
        if setup := room(feature, "setup"):
            setup.init_app(app)
        if views := room(feature, "views"):
            for blueprint in views.blueprints:
                app.register_blueprint(blueprint)
            app.extensions["navigation"].extend(getattr(views, "NAVIGATION", ()))
        if cli := room(feature, "cli"):
            for command in cli.commands:
                app.cli.add_command(command)
        if jobs := room(feature, "jobs"):
            app.extensions["jobs"].update(jobs.JOBS)
