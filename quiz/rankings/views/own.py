"""A pupil's own places on a board: patterns rendered with the shared page, filled in per request.

Rendering them for everybody who looks would cost more than all the rest of the page.
"""

from collections.abc import Mapping

from flask import current_app
from markupsafe import escape

from quiz.i18n import current_locale
from quiz.rankings import labels
from quiz.rankings.places import OwnRank
from quiz.rankings.rules import ALL, BoardLevel
from quiz.rankings.standings import own_category
from quiz.rankings.views.shared import Slots
from quiz.web.filters import duration
from quiz.web.filters import score as score_text

Patterns = dict[str, str]
MOST_REMEMBERED = 20_000
USUAL_SECONDS = 3600  # durations that are put into words once per process and language
_SECONDS: dict[tuple[str, int], str] = {}


def patterns(
    public_id: str, level: BoardLevel, group: str, levels: tuple[BoardLevel, ...], *, compares_time: bool
) -> Patterns:
    """The pieces of templates/rankings/_own.html in the language of the request, with slots for the numbers."""
    if (current_locale(), 0) not in _SECONDS:
        for seconds in range(USUAL_SECONDS):
            seconds_text(seconds)
    template = current_app.jinja_env.get_template("rankings/_own.html")
    own = own_category(group)
    context: dict[str, object] = {
        "labels": labels, "group": group, "category": None if own == ALL else own, "slots": Slots(),
        "public_id": public_id, "compares_time": compares_time,
    }  # fmt: skip
    current_app.update_template_context(context)
    module = template.make_module(context)
    found = {name: str(getattr(module, name)()) for name in ("head", "nowhere", "foot")}
    for one in labels.PLACES:
        if one in levels:
            found[one.value] = str(module.place(one, False))  # type: ignore[attr-defined]
            found[f"{one.value} tied"] = str(module.place(one, True))  # type: ignore[attr-defined]
    found["explained"] = "" if level == BoardLevel.PUPIL else str(module.explained(level.value))  # type: ignore[attr-defined]
    return found


def seconds_text(seconds: int) -> str:
    """A duration in the language of the request, remembered for seconds_known()."""
    key = (current_locale(), seconds)
    if key not in _SECONDS:
        if len(_SECONDS) >= MOST_REMEMBERED:
            _SECONDS.clear()
        _SECONDS[key] = str(escape(duration(seconds)))
    return _SECONDS[key]


def seconds_known(locale: str, seconds: int) -> str | None:
    """The same where there is no request, if some request has asked for it; else None."""
    return _SECONDS.get((locale, seconds))


def own_places(found: Patterns, own: OwnRank, elapsed: str) -> str:
    """The section with the own places: those in the upper half, else an encouragement."""
    head = _fill(found["head"], {"score": score_text(own.score), "elapsed": elapsed})
    shown = [
        _fill(found[f"{level.value} tied" if place.is_tied else level.value], {
            "rank": str(place.rank), "band": str(place.band), "size": str(place.size)
        })
        for level, place in sorted(own.upper_places().items(), key=lambda one: list(labels.PLACES).index(one[0]))
        if level.value in found
    ]  # fmt: skip
    if shown:
        body = f'  <dl class="own-places">\n{"".join(shown)}  </dl>\n'
    else:
        body = _fill(found["nowhere"], {"size": str(own.places[BoardLevel.PUPIL].size)})
    return head + body + _fill(found["foot"], {"attempt": str(escape(own.attempt))})


def explained(found: Patterns, unit_id: str) -> str:
    """The link to how the own unit's index came about."""
    return _fill(found["explained"], {"unit": unit_id})


def _fill(pattern: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        pattern = pattern.replace(f"\0{name}\0", value)
    return pattern
