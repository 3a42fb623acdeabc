"""Pages of boards that are the same for all viewers but a few places: rendered once a tally, filled in per request.

The page is rendered with slots where something of the viewer stands; between two NUL characters, which no text of ours
or of a request may hold (quiz/web/guard.py). A viewer who is on the board gets the own row's slots filled as well.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from flask import current_app, render_template, request, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from quiz.i18n import current_locale
from quiz.web.headers import csp_nonce
from quiz.web.shared_cache import SharedCache

SECONDS = 1.0  # for which a page may be shown after something else than the standings has changed
SLOT = re.compile("\0([^\0]*)\0")
Page = dict[str, Any]


class Slots:
    """What the templates of a shared page write where a viewer's own things stand."""

    def __getattr__(self, name: str) -> Markup:
        return Markup(f"\0{name}\0")  # noqa: S704 - a name from a template

    def row(self, owner: object, part: str, others: object = "") -> Markup:
        """Part of a row that its owner sees otherwise than ``others`` do."""
        return Markup(f"\0{owner}|{part}|{escape(others)}\0")  # noqa: S704 - escaped


def shared_page(key: str, make: Callable[[], Page]) -> Page:
    """The page of a key in this language, from the cache if it is there."""
    cache: SharedCache = current_app.extensions["shared_cache"]
    return cache.get_or_make(localised(key, current_locale()), SECONDS, make)


def localised(key: str, locale: str) -> str:
    """The key of a page in one language."""
    return f"{key}:{locale}"


def render(template: str, **context: Any) -> Page:
    """Render a template with slots into a page; ``context`` must hold nothing of the viewer."""
    slots = Slots()
    html = render_template(
        template, slots=slots, csrf_token=lambda: slots.csrf, csp_nonce=lambda: slots.nonce,
        get_flashed_messages=lambda **_: [],
        request=SimpleNamespace(path=slots.path, full_path=slots.path, query_string=b"", blueprint=request.blueprint),
        **context,
    )  # fmt: skip
    pieces = SLOT.split(html)
    return {
        "pieces": pieces,
        "plain": _plain(pieces),
        "owners": sorted({one.split("|")[0] for one in pieces[1::2] if "|" in one}),
    }


def _plain(pieces: list[str]) -> list[str]:
    """The pieces as somebody sees them who is in none of the rows."""
    found = [pieces[0]]
    for slot, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if "|" in slot:
            found[-1] += slot.split("|", 2)[2] + text
        else:
            found += [slot, text]
    return found


def fill(page: Page, slots: Mapping[str, str], owner: str = "", own_row: Mapping[str, str] | None = None) -> str:
    """The page of the viewer of this request, with what every page has of its viewer."""
    return fill_with(
        page, {**slots, "csrf": _csrf(), "nonce": csp_nonce(), "path": _path(), "flashes": _flashes()}, owner, own_row
    )


def fill_with(page: Page, slots: Mapping[str, str], owner: str, own_row: Mapping[str, str] | None) -> str:
    """The page with these slots. ``own_row`` has the parts of the rows that belong to ``owner``."""
    is_listed = bool(own_row) and owner in page["owners"]
    pieces = page["pieces" if is_listed else "plain"].copy()
    for at in range(1, len(pieces), 2):
        slot = pieces[at]
        if "|" in slot:
            of_whom, part, others = slot.split("|", 2)
            pieces[at] = own_row[part] if own_row and of_whom == owner else others
        else:
            pieces[at] = slots[slot]
    return "".join(pieces)


def _csrf() -> str:
    """The session's token. Signed once and remembered: it does not expire, and the session's own secret is in it."""
    raw = session.get("csrf_token")
    return generate_csrf() if raw is None else _signed(current_app.config["SECRET_KEY"], raw)


@lru_cache(20_000)
def _signed(_key: str, _raw: str) -> str:
    return str(generate_csrf())


def _path() -> str:
    return str(escape(request.full_path if request.query_string else request.path))


def _flashes() -> str:
    """Messages for this viewer, if any wait."""
    return render_template("layouts/partials/flashes.html") if "_flashes" in session else ""
