"""Navigation: each feature's views list their entries, the layout shows those the user may open."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from flask import Flask, get_template_attribute, request, url_for
from flask_babel import get_locale
from flask_login import current_user
from markupsafe import Markup

KEPT = 1000  # rendered lists: pages × languages × whoever may open the same


@dataclass(frozen=True)
class NavItem:
    """One entry. ``rule`` is an access rule (quiz/web/access.py), ``label`` a lazy text, ``audience`` pupil, staff or public."""

    label: Any
    endpoint: str
    icon: str
    audience: str
    rule: str
    rank: int = 50
    covers: tuple[str, ...] = ()  # further blueprints whose pages belong to the entry


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
    """Give templates ``nav_list(audience)``: the entries of the layout's audience, which the current user may open.

    Without an audience it is the current user's; visitors see the public ones. Every page shows the list twice, and it is
    the same for all who may open the same entries, so it is rendered once for each page and language.
    """
    app.extensions["navigation"] = []
    app.extensions.setdefault("access_allows", lambda rule: rule == "public")

    def nav_list(audience: str = "") -> Markup:
        allows: Allows = app.extensions["access_allows"]
        wanted = audience if audience and current_user.is_authenticated else _audience()
        shown = [
            number for number, item in enumerate(app.extensions["navigation"])
            if item.audience == wanted and allows(item.rule)
        ]  # fmt: skip
        return _rendered(str(get_locale()), request.root_path, request.endpoint or "", tuple(shown))

    @lru_cache(KEPT)
    def _rendered(_locale: str, _root: str, endpoint: str, shown: tuple[int, ...]) -> Markup:
        entries = [app.extensions["navigation"][number] for number in shown]
        macro = get_template_attribute("layouts/partials/nav_links.html", "nav_links")
        return cast(Markup, macro(_links(entries, endpoint))) if entries else Markup()

    app.jinja_env.globals["nav_list"] = nav_list


def _links(entries: list[NavItem], endpoint: str) -> list[NavLink]:
    # A page of a feature belongs to the feature's entry, unless an entry names the very page.
    is_named = any(item.endpoint == endpoint for item in entries)
    blueprint = "" if is_named else endpoint.split(".")[0]
    return [
        NavLink(
            label=item.label,
            url=url_for(item.endpoint),
            icon=item.icon,
            is_current=endpoint == item.endpoint or blueprint in (item.endpoint.split(".")[0], *item.covers),
        )
        for item in sorted(entries, key=lambda item: item.rank)
    ]
