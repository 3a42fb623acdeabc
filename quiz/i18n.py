"""Language of a request. Simplified Chinese is the source language and the default; English is complete.

Message ids are the Chinese texts themselves (docs/adr/0003): templates read as the product reads.
"""

from flask import Blueprint as FlaskBlueprint
from flask import Flask, Response, redirect, request, session
from flask_babel import Babel

LOCALES = {"zh": "中文", "en": "English"}
HTML_LANG = {"zh": "zh-Hans", "en": "en"}

babel = Babel()
blueprint = FlaskBlueprint("i18n", __name__)


def choose_locale(chosen: str | None, accept_language: str) -> str:
    """Pick a catalogue: the user's own choice, else the first language of the header that we have, else Chinese.

    Compares primary subtags in the order sent. Werkzeug's ``best_match`` and Babel's ``negotiate_locale``
    both answer ``en`` to ``zh-CN,en;q=0.8`` when the catalogue is called ``zh``.
    """
    if chosen in LOCALES:
        return str(chosen)
    for part in accept_language.split(","):
        primary = part.split(";")[0].strip().split("-")[0].lower()
        if primary in LOCALES:
            return primary
    return "zh"


def current_locale() -> str:
    """The catalogue of this request."""
    return choose_locale(session.get("locale"), request.headers.get("Accept-Language", ""))


def local_path(target: str | None) -> str:
    """``target`` if it is a path on this site, else the home page (no open redirect).

    Browsers drop tabs and line breaks from addresses and read a backslash as a slash, so neither may occur.
    """
    if (
        target
        and target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and target.isprintable()
    ):
        return target
    return "/"


@blueprint.post("/locale")
def set_locale() -> Response:
    """Remember the language in the session and return to the page."""
    if request.form.get("locale") in LOCALES:
        session["locale"] = request.form["locale"]
    return redirect(local_path(request.form.get("next")), 303)  # type: ignore[return-value]


set_locale.__access__ = "public"  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """Register Babel, the language switch and what templates need."""
    babel.init_app(app, locale_selector=current_locale)
    app.register_blueprint(blueprint)

    @app.context_processor
    def _languages() -> dict[str, object]:
        locale = current_locale()
        return {"g_locale": HTML_LANG[locale], "locale_code": locale, "locales": LOCALES}
