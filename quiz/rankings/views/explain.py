"""“Why is our number so”: every term of a unit's index with numerator, denominator, cap and weight."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from quiz import clock
from quiz.contests.models import Contest
from quiz.contests.queries import contest_for_pupil, get_visible, is_managed
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.rankings import labels, queries
from quiz.rankings.frozen import seen
from quiz.rankings.gathering import opens_at
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.profiles import Figures, profile_of
from quiz.rankings.rules import ALL, SMALLEST_UNIT, UNIT_LEVELS, BoardLevel, results_open, upper_half
from quiz.rankings.snapshot import snapshot
from quiz.rankings.views.blueprint import bp
from quiz.web.access import signed_in


@bp.get("/rankings/<public_id>/explain/<level>/<unit_id>")
@signed_in
def explain(public_id: str, level: str, unit_id: str) -> ResponseReturnValue:
    contest = _contest(public_id)
    is_manager = current_user.is_staff and is_managed(db.session, contest, current_user.scope("contests.view"))
    known = next((one for one in UNIT_LEVELS if one.value == level), None)
    with snapshot(db.session) as session:
        sight = seen(session, contest.id, clock.now(), is_manager=is_manager)
        tally = sight.tally
        if tally is None or known is None:
            raise NotFoundError("没有找到这个单位的排名。")
        category = request.args.get("show", ALL)
        row = queries.get_unit(session, tally, level=known, category=category, unit_id=unit_id)
        size = queries.ranked_units(session, tally, level=known, category=category)
        is_upper = row.rank is not None and row.rank <= upper_half(size)
        _check_visible(contest, tally, row.unit, is_upper=is_upper, is_manager=is_manager)
        facts = _facts(session, contest, tally, row, known)
    return render_template(
        "rankings/explain.html", **facts, shows_rank=is_upper or current_user.is_staff, size=size,
        freeze=sight.freeze, is_live=sight.is_live,
    )  # fmt: skip


def _contest(public_id: str) -> Contest:
    if current_user.is_pupil:
        return contest_for_pupil(db.session, current_user, public_id, clock.now()).contest
    return get_visible(db.session, public_id, current_user.scope("contests.view"))


def _check_visible(
    contest: Contest, tally: ContestTally, unit: UnitStanding, *, is_upper: bool, is_manager: bool
) -> None:
    """Staff: own places, everything for hosts, and what is on the board. Pupils: the board and their own units."""
    is_shown = is_upper and unit.pupils >= SMALLEST_UNIT
    if current_user.is_staff:
        scope = current_user.scope("contests.view")
        if is_shown or is_manager or queries.is_within(db.session, tally, unit, scope):
            return
    elif all(results_open(group.sitting, clock.now()) for group in contest.groups):
        own = queries.own_rank(db.session, contest.id, current_user.user_id)
        is_own = own is not None and own.unit_id(BoardLevel(unit.level)) == unit.unit_id
        if is_shown or (is_own and unit.pupils >= SMALLEST_UNIT):
            return
    raise NotFoundError("没有找到这个单位的排名。")


def _facts(
    session: Session, contest: Contest, tally: ContestTally, row: queries.RankedUnit, level: BoardLevel
) -> dict[str, Any]:
    profile = profile_of(contest.ranking_profile)
    unit: UnitStanding = row.unit
    line = queries.unit_lines(session, [row], level, opens_at(contest))[0]
    return {
        "contest": contest,
        "tally": tally,
        "unit": line,
        "level": level,
        "category": labels.category(unit.category),
        "show": unit.category,
        "profile": profile,
        "terms": profile.explain(Figures.from_dict(unit.figures)),
        "source": labels.SOURCES[unit.figures["source"]],
        "labels": labels,
    }
