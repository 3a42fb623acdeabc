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
from quiz.rankings import labels, queries, what_if
from quiz.rankings.expected import labels as expected
from quiz.rankings.frozen import seen
from quiz.rankings.gathering import opens_at
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.notes import notes_of
from quiz.rankings.profiles import Figures, ProgressProfile, profile_of
from quiz.rankings.rules import ALL, SMALLEST_UNIT, UNIT_LEVELS, BoardLevel, results_open, upper_half
from quiz.rankings.snapshot import snapshot
from quiz.rankings.views.blueprint import bp
from quiz.web.access import signed_in

LONGEST_TYPED = 20  # characters of a value that are shown again


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
        facts |= (
            _what_if(session, contest, tally, row) if _may_suppose(contest, tally, row.unit) else {"supposed": None}
        )
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
    figures = Figures.from_dict(unit.figures)
    return {
        "contest": contest,
        "tally": tally,
        "unit": line,
        "level": level,
        "category": labels.category(unit.category),
        "show": unit.category,
        "profile": profile,
        "figures": figures,
        "terms": profile.explain(figures),
        "comparison": profile.compare(figures) if isinstance(profile, ProgressProfile) else None,
        "no_rank": labels.unranked(profile, unit.figures)[1] if unit.index is None else "",
        "equation": expected.equation_of(unit.figures),
        "notes": notes_of(session, contest),
        "source": labels.source(contest, unit.figures["source"]),
        "labels": labels,
    }


def _may_suppose(contest: Contest, tally: ContestTally, unit: UnitStanding) -> bool:
    """Staff of the unit, of what lies above it, and hosts may reckon with other results."""
    if not current_user.is_staff:
        return False
    scope = current_user.scope("contests.view")
    return is_managed(db.session, contest, scope) or queries.is_within(db.session, tally, unit, scope)


def _what_if(session: Session, contest: Contest, tally: ContestTally, row: queries.RankedUnit) -> dict[str, Any]:
    """The form, and the index and place with what was entered. Nothing is stored."""
    profile, figures = profile_of(contest.ranking_profile), Figures.from_dict(row.unit.figures)
    fields = what_if.fields_of(profile)
    if not any(name in request.args for name in fields):
        return {"supposed": what_if.Asked(what_if.start(figures, profile), None, None), "would": None}
    values = {name: request.args.get(name, "")[:LONGEST_TYPED] for name in fields}
    marks = [group.sitting.pass_hundredths for group in contest.groups]
    supposed = what_if.read(values, figures, profile, marks)
    would = None
    if supposed.figures is not None:
        index = profile.index(supposed.figures)
        place = None if index is None else queries.place_with(session, tally, row.unit, index)
        would = {
            "index": index, "place": place, "terms": profile.explain(supposed.figures),
            "comparison": profile.compare(supposed.figures) if isinstance(profile, ProgressProfile) else None,
            "no_rank": labels.unranked(profile, supposed.figures.to_dict())[1],
        }  # fmt: skip
    return {"supposed": supposed, "would": would}
