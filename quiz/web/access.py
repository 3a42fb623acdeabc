"""Who may call a route. Every view declares one rule; a view without one is refused (and fails the tests).

Rules are plain strings: ``public``, ``signed_in``, ``pupil``, ``staff`` or ``can:<permission>``. What a
permission means is one table, ``quiz/accounts/permissions.py``; accounts registers the policy that reads it.
A ``can:`` rule says that the actor holds the permission *somewhere*; views pass the actor's scope to queries,
and what lies outside the scope is a 404.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

View = TypeVar("View", bound=Callable[..., Any])
#: Takes a rule, returns None to let the request pass or the response that refuses it.
Policy = Callable[[str], ResponseReturnValue | None]


def access(rule: str) -> Callable[[View], View]:
    """Declare a view's access rule (put it closest to the function, below the route)."""

    def mark(view: View) -> View:
        view.__access__ = rule  # type: ignore[attr-defined]
        return view

    return mark


public = access("public")
signed_in = access("signed_in")
pupil_only = access("pupil")
staff_only = access("staff")


def requires(permission: str) -> Callable[[View], View]:
    """Declare that a view needs a permission, held anywhere in the tree."""
    return access(f"can:{permission}")


def rule_of(app: Flask, endpoint: str) -> str | None:
    """The declared rule of an endpoint, ``public`` for static files, None where none is declared."""
    if endpoint == "static":
        return "public"
    return getattr(app.view_functions[endpoint], "__access__", None)


def set_policy(app: Flask, policy: Policy) -> None:
    """Install the function that decides (called by the accounts feature)."""
    app.extensions["access_policy"] = policy


def init_app(app: Flask) -> None:
    """Check every request against its view's rule before the view runs."""

    @app.before_request
    def _check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # 404 and 405 are answered by the error pages
        rule = rule_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]
        if rule == "public":
            return None
        if rule is None:
            raise RuntimeError(f"{request.endpoint} declares no access rule")
        policy: Policy = current_app.extensions["access_policy"]
        return policy(rule)
