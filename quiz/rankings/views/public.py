"""The public board: after the contest, the upper half, masked without consent; not for search engines, and only for a while."""

from types import SimpleNamespace
from typing import Any

from flask import Response, make_response
from flask_login import current_user
from markupsafe import escape

from quiz import clock
from quiz.db import db
from quiz.rankings import labels, queries, rules
from quiz.rankings.frozen import seen
from quiz.rankings.snapshot import snapshot
from quiz.rankings.views import shared
from quiz.rankings.views.blueprint import bp
from quiz.rankings.views.choices import Asked, asked, chosen
from quiz.rankings.views.student import lines
from quiz.web.access import public


@bp.get("/boards/<public_id>")
@public
def public_board(public_id: str) -> Response:
    wanted = asked()
    if current_user.is_staff:
        page = _make(public_id, wanted, current_user)  # whose navigation depends on what they may do
    else:
        who, viewer = ("pupil", _Pupil) if current_user.is_authenticated else ("visitor", current_user)
        key = f"public:{public_id}:{wanted.level.value}:{wanted.show}:{who}"
        page = shared.shared_page(key, lambda: _make(public_id, wanted, viewer))
    response = make_response(shared.fill(page, {"name": str(escape(current_user.name))}))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if not current_user.is_authenticated:
        response.headers["Cache-Control"] = "private, max-age=5"
    return response


_Pupil = SimpleNamespace(is_authenticated=True, is_staff=False, is_pupil=True, name=shared.Slots().name)


def _make(public_id: str, wanted: Asked, viewer: Any) -> shared.Page:
    """The board from one snapshot, or why there is none now."""
    with snapshot(db.session) as session:
        contest = queries.get_public(session, public_id)
        sittings = [group.sitting for group in contest.groups]
        state = rules.public_board(sittings, clock.now())
        if state != rules.PublicBoard.OPEN:
            last = max(sittings, key=lambda one: one.closes_at)
            return shared.render(
                "rankings/public_closed.html", contest=contest, state=state.value, sitting=last, current_user=viewer
            )
        shown = seen(session, contest.id, clock.now(), is_manager=False)
        choices = chosen(session, contest, shown.tally, "rankings.public_board", wanted)
        found = lines(session, contest, shown.tally, choices)
        return shared.render(
            "rankings/public.html", contest=contest, labels=labels, current_user=viewer, freeze=shown.freeze, **found
        )
