"""The pupil's board: the own places first, then the upper half with masked names."""

from datetime import datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quiz import clock
from quiz.accounts.rules import mask_name
from quiz.contests.models import Contest
from quiz.contests.queries import contest_for_pupil
from quiz.db import db
from quiz.rankings import labels, queries
from quiz.rankings.gathering import opens_at
from quiz.rankings.models import ContestTally
from quiz.rankings.rules import ALL, BoardLevel, results_open
from quiz.rankings.views.blueprint import bp
from quiz.rankings.views.choices import Choices, chosen
from quiz.web.access import pupil_only


@bp.get("/rankings/<public_id>")
@pupil_only
def board(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    found = contest_for_pupil(db.session, current_user, public_id, now)
    contest, tally = found.contest, queries.tally_of(db.session, found.contest.id)
    if not results_open(found.sitting, now):
        return render_template("rankings/waiting.html", contest=contest, sitting=found.sitting)
    choices = chosen(contest, tally, "rankings.board", own_group=found.group.kind.value)
    own = queries.own_rank(db.session, contest.id, current_user.user_id)
    own_unit = own.unit_id(choices.level) if own else None
    return render_template(
        "rankings/board.html",
        contest=contest,
        own=own,
        own_unit=own_unit,
        own_unit_explained=tally is not None
        and _is_open(contest, ALL, now)
        and queries.is_explained(db.session, tally, level=choices.level, unit_id=own_unit),
        own_id=current_user.user_id,
        labels=labels,
        mask=mask_name,
        attempt=found.last_attempt,
        **lines(contest, tally, choices, is_open=_is_open(contest, choices.group, now)),
    )


def _is_open(contest: Contest, of_group: str, now: datetime) -> bool:
    """Boards of another group, or of all groups, wait for those groups' results."""
    groups = [group for group in contest.groups if group.kind.value == of_group] or contest.groups
    return all(results_open(group.sitting, now) for group in groups)


def lines(contest: Contest, tally: ContestTally | None, choices: Choices, *, is_open: bool = True) -> dict[str, Any]:
    """What the templates of boards need: the choices and the upper part of the board."""
    rows: Any = []
    size = 0
    if tally is not None and is_open and choices.level == BoardLevel.PUPIL:
        rows, size = queries.top_pupils(
            db.session, tally, group=choices.group, school_kind=choices.school_kind, at=opens_at(contest)
        )
    elif tally is not None and is_open:
        rows, size = queries.top_units(
            db.session, tally, level=choices.level, category=choices.show, at=opens_at(contest)
        )
    return {"choices": choices, "rows": rows, "size": size, "tally": tally, "is_people": choices.level == "pupil"}
