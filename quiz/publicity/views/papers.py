"""What is printed: the rules of a stage and the poster of a contest, each on one sheet of A4."""

from typing import Any

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz import clock
from quiz.accounts.qr import qr_code
from quiz.contests import labels
from quiz.contests.models import Contest
from quiz.contests.rules import ContestState
from quiz.contests.stages import stage_lines
from quiz.db import db
from quiz.papers.rules import parse_rows, total_items
from quiz.publicity import queries
from quiz.publicity.views.blueprint import bp
from quiz.publicity.views.page import answer, sealed
from quiz.rankings.views import shared
from quiz.web.access import public


@bp.get("/c/<public_id>/rules")
@public
def rules(public_id: str) -> ResponseReturnValue:
    """The rules of a stage as pupils and schools read them."""
    first, stage = queries.get_public(db.session, public_id)
    return answer(f"rules:{public_id}", lambda viewer: _rules(first, stage, viewer))


def _rules(first: Contest, stage: Contest, viewer: Any) -> shared.Page:
    sitting = stage.groups[0].sitting
    return shared.render(
        "publicity/rules.html", current_user=viewer, first=first, contest=stage, sitting=sitting, labels=labels,
        items=total_items(parse_rows(sitting.paper_spec.rows)),
        stages=stage_lines(db.session, stage, clock.now()), shows_drafts=False,
        promotion=current_app.extensions["promotion_rules"](stage) if stage.stage_name else [],
    )  # fmt: skip


@bp.get("/c/<public_id>/poster")
@public
def poster(public_id: str) -> ResponseReturnValue:
    """Not shared: the address on it is the one under which this visitor knows the site."""
    first, _stage = queries.get_public(db.session, public_id)
    address = url_for("publicity.show", public_id=first.public_id, _external=True)
    lines = [line for line in queries.lines_of(db.session, first, clock.now()) if line.state is not ContestState.DRAFT]
    return sealed(
        render_template(
            "publicity/poster.html", contest=first, lines=lines, labels=labels, address=address, qr=qr_code(address)
        )
    )
