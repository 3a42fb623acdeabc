"""The public page: when, for whom, news, and what came out. Made once a second for all visitors."""

from collections.abc import Callable
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import escape

from quiz import clock
from quiz.contests import labels
from quiz.contests.models import Contest
from quiz.contests.notices.queries import notices_of
from quiz.db import db
from quiz.papers.rules import parse_rows, total_items
from quiz.publicity import queries, rules
from quiz.publicity.views.blueprint import bp
from quiz.rankings.views import shared
from quiz.web.access import public
from quiz.web.pagination import paginate

PER_PAGE, MOST_PAGES = 100, 1000  # of a list of winners
_Pupil = SimpleNamespace(is_authenticated=True, is_staff=False, is_pupil=True, name=shared.Slots().name)


def answer(key: str, make: Callable[[Any], shared.Page]) -> Response:
    """A public page: shared by visitors and by pupils, made anew for staff, whose menu depends on what they may do.

    The view has looked already whether there is such a page now: what is switched off is gone at once.
    """
    if current_user.is_staff:
        page = make(current_user)
    else:
        who, viewer = ("pupil", _Pupil) if current_user.is_authenticated else ("visitor", current_user)
        page = shared.shared_page(f"{key}:{who}", lambda: make(viewer))
    return sealed(shared.fill(page, {"name": str(escape(current_user.name))}))


def sealed(html: str) -> Response:
    """The answer with the headers of public pages: not for search engines, kept by a browser for a moment."""
    response = make_response(html)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if not current_user.is_authenticated:
        response.headers["Cache-Control"] = "private, max-age=5"
    return response


@bp.get("/c/<public_id>")
@public
def show(public_id: str) -> ResponseReturnValue:
    first, stage = queries.get_public(db.session, public_id)
    if stage is not first:
        return redirect(url_for("publicity.show", public_id=first.public_id))
    return answer(f"contest:{public_id}", lambda viewer: _make(first, viewer))


def _make(first: Contest, viewer: Any) -> shared.Page:
    now = clock.now()
    lines = queries.lines_of(db.session, first, now)
    moment = rules.next_moment(lines)
    return shared.render(
        "publicity/page.html", current_user=viewer, contest=first, lines=lines, labels=labels,
        state=rules.whole_state(lines), moment=moment,
        seconds_left=0 if moment is None else max(0, int((moment.at - now).total_seconds())),
        sitting=first.groups[0].sitting, items=total_items(parse_rows(first.groups[0].sitting.paper_spec.rows)),
        notices=notices_of(db.session, first), results=queries.results_of(db.session, lines, now),
    )  # fmt: skip


@bp.get("/c/<public_id>/winners")
@public
def winners(public_id: str) -> ResponseReturnValue:
    """The list of a stage's award winners, while it is public."""
    first, stage = queries.get_public(db.session, public_id)
    query = queries.winners_query(db.session, stage, clock.now())  # 404 at once when the list was taken back
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    return answer(f"winners:{public_id}:{number}", lambda viewer: _winners(first, stage, query, number, viewer))


def _winners(first: Contest, stage: Contest, query: Any, number: int, viewer: Any) -> shared.Page:
    page = paginate(db.session, query, number, PER_PAGE, scalars=False)
    return shared.render(
        "publicity/winners.html", current_user=viewer, contest=first, stage=stage, page=page, labels=labels,
        tiers=[(tier, list(rows)) for tier, rows in groupby((queries.winner(*row) for row in page.rows), lambda one: one.tier)],
    )  # fmt: skip
