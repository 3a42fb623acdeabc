"""Navigation: each feature's views list their entries, the layout shows those the user may open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user


@dataclass(frozen=True)
class NavItem:
    """One entry. ``rule`` is an access rule (quiz/web/access.py), ``label`` a lazy text, ``audience`` pupil, staff or public."""

    label: Any
    endpoint: str
    icon: str
    audience: str
    rule: str
    rank: int = 50


@dataclass(frozen=True)
class NavLink:
    """An entry as the layout shows it."""

    label: Any
    url: str
    icon: str
    is_current: bool


#: Answers whether the current user passes a rule; accounts installs it.
Allows = Callable[[str], bool]


def _audience() -> str:
    """Whose navigation this page shows."""
    if not current_user.is_authenticated:
        return "public"
    return "pupil" if current_user.is_pupil else "staff"


def init_app(app: Flask) -> None:
    """Give templates ``nav_items()``."""
    app.extensions["navigation"] = []
    app.extensions.setdefault("access_allows", lambda rule: rule == "public")

    def nav_items(audience: str = "") -> list[NavLink]:
        """The entries of the layout's audience (default: the current user's); visitors see the public ones.

        A page shows them twice, for a phone and for a computer; they are put together once.
        """
        found: dict[str, list[NavLink]] = g.setdefault("nav_items", {})
        if audience not in found:
            found[audience] = _links(audience)
        return found[audience]

    def _links(audience: str) -> list[NavLink]:
        allows: Allows = app.extensions["access_allows"]
        wanted = audience if audience and current_user.is_authenticated else _audience()
        entries = [item for item in app.extensions["navigation"] if item.audience == wanted and allows(item.rule)]
        endpoint = request.endpoint or ""
        # A page of a feature belongs to the feature's entry, unless an entry names the very page.
        is_named = any(item.endpoint == endpoint for item in entries)
        blueprint = "" if is_named else endpoint.split(".")[0]
        return [
            NavLink(
                label=item.label,
                url=url_for(item.endpoint),
                icon=item.icon,
                is_current=endpoint == item.endpoint or blueprint == item.endpoint.split(".")[0],
            )
            for item in sorted(entries, key=lambda item: item.rank)
        ]

    app.jinja_env.globals["nav_items"] = nav_items
