"""The public board: after the contest, the upper half, masked; not for search engines, and only for a while."""

from flask import Response, make_response, render_template
from flask_login import current_user

from quiz import clock
from quiz.accounts.rules import mask_name
from quiz.db import db
from quiz.rankings import labels, queries, rules
from quiz.rankings.views.blueprint import bp
from quiz.rankings.views.choices import chosen
from quiz.rankings.views.student import lines
from quiz.web.access import public


@bp.get("/boards/<public_id>")
@public
def public_board(public_id: str) -> Response:
    contest = queries.get_public(db.session, public_id)
    state = rules.public_board([group.sitting for group in contest.groups], clock.now())
    if state == rules.PublicBoard.OPEN:
        tally = queries.tally_of(db.session, contest.id)
        choices = chosen(contest, tally, "rankings.public_board")
        found = lines(contest, tally, choices)
        page = render_template("rankings/public.html", contest=contest, mask=mask_name, labels=labels, **found)
    else:
        sitting = max((group.sitting for group in contest.groups), key=lambda one: one.closes_at)
        page = render_template("rankings/public_closed.html", contest=contest, state=state.value, sitting=sitting)
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if not current_user.is_authenticated:
        response.headers["Cache-Control"] = "private, max-age=5"
    return response
