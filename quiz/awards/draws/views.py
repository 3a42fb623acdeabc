"""Prize draws: announced and drawn by staff, looked at and recomputed by anybody."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint as FlaskBlueprint
from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import line_names
from quiz.accounts.publication.queries import publishable
from quiz.accounts.publication.rules import public_name
from quiz.awards.draws import labels, queries, services
from quiz.awards.draws.forms import AnnounceForm, DrawForm
from quiz.awards.draws.models import PrizeDraw
from quiz.awards.draws.queries import PublicWinner
from quiz.awards.draws.rules import WAITS, DrawState, Who, are_named, parse_prizes, waits_for_results
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.db import db
from quiz.promotion.queries import is_settled
from quiz.rankings.rules import PUBLIC_FOR
from quiz.web.access import public, requires
from quiz.web.forms import tried

MANAGE = services.PERMISSION
bp = FlaskBlueprint("draws", __name__)


def _contest(public_id: str) -> Contest:
    """The contest, if the actor manages it (404 otherwise)."""
    return contests.get_managed(db.session, public_id, current_user.scope(MANAGE))


@bp.route("/desk/draws/<public_id>", methods=["GET", "POST"])
@requires(MANAGE)
def index(public_id: str) -> ResponseReturnValue:
    """The draws of a contest; POST announces one."""
    contest, form = _contest(public_id), AnnounceForm()
    if form.validate_on_submit() and tried(form, lambda: _announce(contest, form)):
        flash(_("抽奖已公布。把公示页的地址发出去，开奖前任何人都能记下承诺值。"), "ok")
        return redirect(url_for("draws.index", public_id=public_id), 303)
    html = render_template(
        "draws/index.html", contest=contest, form=form, rows=queries.draws_of(db.session, contest), labels=labels
    )
    return html, 422 if request.method == "POST" else 200


def _announce(contest: Contest, form: AnnounceForm) -> PrizeDraw:
    return services.announce(
        db.session, actor=current_user, contest=contest, title=form.title.data, who=Who(form.who.data),
        prizes=parse_prizes(form.prizes.data), public_source=form.public_source.data, now=clock.now(),
    )  # fmt: skip


@bp.route("/desk/draws/<public_id>/<draw_id>", methods=["GET", "POST"])
@requires(MANAGE)
def manage(public_id: str, draw_id: str) -> ResponseReturnValue:
    """One draw for staff; POST draws."""
    contest, form = _contest(public_id), DrawForm()
    found = queries.get_draw(db.session, contest, draw_id)
    if form.validate_on_submit() and tried(
        form,
        lambda: services.draw(
            db.session, actor=current_user, contest=contest, prize_draw=found, public_value=form.public_value.data,
            now=clock.now(),
        ),
    ):  # fmt: skip
        flash(_("正在开奖。"), "ok")
        return redirect(url_for("draws.manage", public_id=public_id, draw_id=draw_id), 303)
    now = clock.now()
    html = render_template(
        "draws/manage.html", contest=contest, draw=found, form=form, labels=labels, name_of=line_names(db.session, current_user), now=now,
        winners=queries.winners_of(db.session, found) if found.state is DrawState.DRAWN else [],
        is_own=current_user.user_id == found.announced_by, is_settled=is_settled(db.session, contest, now),
        waits=waits_for_results(found.who, [group.sitting for group in contest.groups], now), waits_for=WAITS,
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


@bp.post("/desk/draws/<public_id>/<draw_id>/cancel")
@requires(MANAGE)
def cancel(public_id: str, draw_id: str) -> ResponseReturnValue:
    contest = _contest(public_id)
    found = queries.get_draw(db.session, contest, draw_id)
    services.cancel(db.session, actor=current_user, contest=contest, prize_draw=found, now=clock.now())
    flash(_("抽奖已取消。"), "ok")
    return redirect(url_for("draws.index", public_id=public_id), 303)


@bp.get("/draws/<draw_id>")
@public
def show(draw_id: str) -> ResponseReturnValue:
    """What anybody sees: the commitment before; seed, number, winners and how to recompute them after."""
    found = queries.get_public(db.session, draw_id)
    is_drawn = found.state is DrawState.DRAWN
    winners = queries.public_winners(db.session, found) if is_drawn else []
    is_named = are_named(found.drawn_at, clock.now())
    html = render_template(
        "draws/show.html", draw=found, labels=labels, winners=winners, own=_own(found) if is_drawn else None,
        who=_public_words(winners) if is_named else {}, is_named=is_named, days=PUBLIC_FOR.days,
        value=repr(found.public_value),
    )  # fmt: skip
    return _sealed(make_response(html))


def _public_words(winners: Sequence[PublicWinner]) -> dict[str, tuple[str, str]]:
    """Ticket → (name, place): the school only beside a name that may be shown in full, else the county."""
    agreed = publishable(db.session, [one.user_id for one in winners])
    return {
        one.ticket: (
            public_name(one.name, one.user_id in agreed),
            (one.school if one.user_id in agreed else one.county) or "",
        )
        for one in winners
    }


@bp.get("/draws/<draw_id>/tickets.txt")
@public
def tickets(draw_id: str) -> ResponseReturnValue:
    """All tickets, one on a line: their SHA-256 is the digest on the page."""
    found = queries.get_public(db.session, draw_id)
    text = "".join(f"{one}\n" for one in queries.tickets_of(db.session, found))
    return _sealed(Response(text, content_type="text/plain; charset=utf-8"))


def _sealed(response: Response) -> Response:
    """Not for search engines, like every public page of a contest."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _own(found: PrizeDraw) -> Any:
    if not current_user.is_authenticated or not current_user.is_pupil:
        return None
    return queries.own_ticket(db.session, found, current_user.user_id)
