"""The list of contests that have boards: a pupil's own ones, or those of a staff member's places."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quiz import clock
from quiz.contests import labels as contest_labels
from quiz.contests.queries import contests_for_pupil, contests_managed
from quiz.contests.rules import ContestState
from quiz.db import db
from quiz.rankings import queries
from quiz.rankings.frozen import frozen_among
from quiz.rankings.rules import results_open
from quiz.rankings.views.blueprint import bp
from quiz.web.access import signed_in


@bp.get("/rankings/")
@signed_in
def index() -> ResponseReturnValue:
    return _for_pupil() if current_user.is_pupil else _for_staff()


def _for_pupil() -> str:
    now = clock.now()
    contests = [
        row
        for row in contests_for_pupil(db.session, current_user, now)
        if row.phase in ("open", "after") and not row.contest.playoff_of_id
    ]
    ids = [row.contest.id for row in contests]
    frozen = frozen_among(db.session, ids, now)
    own = queries.own_ranks(db.session, [one for one in ids if one not in frozen], current_user.user_id)
    rows = [(row, results_open(row.sitting, now), own.get(row.contest.id)) for row in contests]
    return render_template("rankings/index_pupil.html", rows=rows, frozen=frozen)


def _for_staff() -> str:
    contests = contests_managed(db.session, current_user.scope("contests.view"), clock.now())
    shown = (ContestState.RUNNING, ContestState.FINISHED)
    rows = [row for row in contests if row.state in shown and not row.contest.playoff_of_id]
    return render_template("rankings/index_staff.html", rows=rows, labels=contest_labels)
