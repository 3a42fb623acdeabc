"""Pupils' pages of contests: the list, the rules on one screen, and the start."""

from flask import Blueprint as FlaskBlueprint
from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.contests import labels, queries, services
from quiz.contests.notices import views as notices
from quiz.contests.notices.queries import notices_of
from quiz.contests.stages import own_stages, stage_lines
from quiz.contests.teams.queries import own_team
from quiz.db import db
from quiz.papers.rules import parse_rows, total_items
from quiz.web import device
from quiz.web.access import pupil_only
from quiz.web.navigation import NavItem

bp = FlaskBlueprint("contests", __name__, url_prefix="/contests")
blueprints = [bp, notices.bp]
NAVIGATION = [NavItem(_l("比赛"), "contests.index", "contest", "pupil", "pupil", 20, covers=("appeals",))]


@bp.get("/")
@pupil_only
def index() -> ResponseReturnValue:
    rows = queries.contests_for_pupil(db.session, current_user, clock.now())
    return render_template("contests/index.html", rows=rows, labels=labels)


@bp.get("/<public_id>")
@pupil_only
def show(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    row = queries.contest_for_pupil(db.session, current_user, public_id, now)
    items, lines = total_items(parse_rows(row.sitting.paper_spec.rows)), stage_lines(db.session, row.contest, now)
    promotion = current_app.extensions["promotion_rules"](row.contest) if lines and not lines[-1].is_current else []
    return render_template(
        "contests/show.html", row=row, contest=row.contest, items=items, stages=lines, promotion=promotion,
        labels=labels, own_stages=own_stages(db.session, lines, current_user.user_id), notices=notices_of(db.session, row.contest),
        team=own_team(db.session, row.contest.id, current_user.user_id) if row.contest.is_by_teams else None,
    )  # fmt: skip


@bp.post("/<public_id>/start")
@pupil_only
def start(public_id: str) -> ResponseReturnValue:
    attempt = services.enter_and_start(
        db.session, contest_public_id=public_id, actor=current_user, now=clock.now(), device_of=device.of_request()
    )  # fmt: skip
    return redirect(url_for("attempts.show", public_id=attempt.public_id), 303)
