"""Pages of a play-off: announced from a trial, its standing, and the winners recorded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import line_names
from quiz.clock import LOCAL_ZONE
from quiz.contests import labels as contest_labels
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.contests.stages import next_stage
from quiz.db import db
from quiz.papers.rules import parse_rows, total_items
from quiz.promotion.playoffs import queries, rules, services
from quiz.promotion.playoffs.forms import PlayoffForm
from quiz.promotion.playoffs.rules import PlayoffState
from quiz.promotion.queries import get_run, is_settled, unit_names
from quiz.promotion.rules import UnitLevel
from quiz.rankings.snapshot import snapshot
from quiz.web.access import requires
from quiz.web.forms import tried

PROMOTE = services.PERMISSION
bp = FlaskBlueprint("playoffs", __name__, url_prefix="/desk/promotion")


def _contest(public_id: str) -> Contest:
    """The stage, if the actor may promote from it (404 otherwise)."""
    return contests.get_managed(db.session, public_id, current_user.scope(PROMOTE))


@bp.route("/<public_id>/runs/<run_id>/ties/<int:tie>", methods=["GET", "POST"])
@requires(PROMOTE)
def new(public_id: str, run_id: str, tie: int) -> ResponseReturnValue:
    """A play-off for one tie of a trial; announced with POST."""
    contest, now = _contest(public_id), clock.now()
    run = get_run(db.session, contest, run_id)
    ties = queries.ties_of(run)
    found = ties[tie] if tie < len(ties) else None
    form = PlayoffForm(data=_usual(contest, found, now)) if request.method == "GET" and found else PlayoffForm()
    if form.validate_on_submit():
        made = tried(
            form,
            lambda: services.create(
                db.session, actor=current_user, contest=contest, run=run, tie=tie, wanted=form.wanted(), now=now
            ),
        )
        if made:
            flash(_created(contest), "ok")
            return redirect(url_for("playoffs.show", public_id=public_id, playoff_id=made.public_id), 303)
    html = render_template(
        "promotion/playoff_new.html", contest=contest, run=run, tie=tie, found=found, form=form,
        group_names=contest_labels.GROUPS, name_of=line_names(db.session, current_user),
        tied=queries.tied_lines(db.session, contest, run, found["users"]) if found else [],
        unit=_unit_name(run.plan["level"], found["unit"] if found else ""),
        standing=queries.open_for(db.session, contest, found["users"]) if found else None,
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200 if found else 404


def _usual(contest: Contest, found: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Tomorrow at ten if that is before the next stage, else in an hour; two hours; ten items."""
    group = next(one for one in contest.groups if one.kind.value == found["group"])
    opens_at = (now.astimezone(LOCAL_ZONE) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    after = next_stage(db.session, contest)
    if after is not None and opens_at + timedelta(hours=2) > contests.window_of(after)[0]:
        opens_at = (now + timedelta(hours=1)).astimezone(LOCAL_ZONE).replace(minute=0, second=0, microsecond=0)
    of_items = total_items(parse_rows(group.sitting.paper_spec.rows))
    items = min(rules.USUAL_ITEMS, of_items)
    return {
        "opens_at": opens_at, "closes_at": opens_at + timedelta(hours=2), "items": items,
        "minutes": rules.usual_minutes(items, of_items, group.sitting.duration_seconds),
    }  # fmt: skip


def _unit_name(level: str, unit: str) -> str:
    return unit_names(db.session, UnitLevel(level), [unit], clock.now()).get(unit, "") if unit else ""


@bp.get("/<public_id>/playoffs/<playoff_id>")
@requires(PROMOTE)
def show(public_id: str, playoff_id: str) -> ResponseReturnValue:
    contest, now = _contest(public_id), clock.now()
    line = queries.get_playoff(db.session, contest, playoff_id)
    with snapshot(db.session) as session:
        results = queries.results_of(session, line)
    return render_template(
        "promotion/playoff.html", contest=contest, line=line, results=results, name_of=line_names(db.session, current_user),
        proposal=queries.proposal_of(line, results), group_names=contest_labels.GROUPS,
        state=contests.state_of(line.contest, now), states=contest_labels.STATES, winners=set(line.playoff.winners),
        is_settled=is_settled(db.session, line.contest, now), is_open=line.playoff.state is PlayoffState.OPEN,
        sitting=line.contest.groups[0].sitting,
    )  # fmt: skip


@bp.post("/<public_id>/playoffs/<playoff_id>/settle")
@requires(PROMOTE)
def settle(public_id: str, playoff_id: str) -> ResponseReturnValue:
    """Record the winners; with do=all those who are equal again as well."""
    contest = _contest(public_id)
    line = queries.get_playoff(db.session, contest, playoff_id)
    winners = services.settle(
        db.session, actor=current_user, contest=contest, line=line, takes_tied=request.form.get("do") == "all",
        now=clock.now(),
    )  # fmt: skip
    flash(_said(contest, winners), "ok" if winners else "warn")
    return redirect(url_for("playoffs.show", public_id=public_id, playoff_id=playoff_id), 303)


def _created(contest: Contest) -> str:
    if contest.is_by_teams:
        return str(_("加赛已发布，并列各队的队员在自己的比赛列表里能看到。"))
    return str(_("加赛已发布，并列的学生在自己的比赛列表里能看到。"))


def _said(contest: Contest, winners: Sequence[int]) -> str:
    if not winners:
        return str(_("没有分出胜负，没有记下决定。可以再安排一次加赛。"))
    if contest.is_by_teams:
        return str(
            ngettext(
                "已给 %(num)d 队记下“加赛胜出”，重新试算后生效。",
                "已给 %(num)d 队记下“加赛胜出”，重新试算后生效。",
                len(winners),
            )
        )
    return str(
        ngettext(
            "已给 %(num)d 人记下“加赛胜出”，重新试算后生效。",
            "已给 %(num)d 人记下“加赛胜出”，重新试算后生效。",
            len(winners),
        )
    )
