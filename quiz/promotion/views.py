"""Pages of a promotion: the declared way, the trial with everybody's reason, decisions, confirmation and publication."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.models import User
from quiz.accounts.names import staff_names
from quiz.audit.services import record
from quiz.contests import labels as contest_labels
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.contests.stages import next_stage, stage_lines
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.jobs.queries import is_stuck
from quiz.promotion import labels, queries, services
from quiz.promotion.forms import DecisionForm, PlanForm, plan_data
from quiz.promotion.models import PromotionRun, RunState
from quiz.promotion.playoffs import queries as playoffs
from quiz.promotion.playoffs import views as playoff_views
from quiz.promotion.queries import RemarkLine
from quiz.promotion.rules import Outcome, UnitLevel
from quiz.promotion.tables import line_score, line_seconds, run_sheets, team_sheets, unit_lines
from quiz.promotion.teams.queries import TeamRemarkLine
from quiz.web.access import requires
from quiz.web.forms import options, tried
from quiz.web.pagination import Page, paginate
from quiz.web.spreadsheets import XLSX_TYPE, attachment, xlsx
from quiz.web.transactions import only_reading

PROMOTE = services.PERMISSION
bp = FlaskBlueprint("promotion", __name__, url_prefix="/desk/promotion")
blueprints = [bp, playoff_views.bp]
PER_PAGE = 25  # names: on a phone each is a card
UNITS = 50  # lines of a page: a province may have thirty thousand schools
#: What the tabs of a run show.
SHOWN = {"through": Outcome.THROUGH, "reserve": Outcome.RESERVE, "undecided": Outcome.UNDECIDED, "out": Outcome.OUT}


def _contest(public_id: str) -> Contest:
    """The stage, if the actor may promote from it (404 otherwise)."""
    return contests.get_managed(db.session, public_id, current_user.scope(PROMOTE))


def _load(public_id: str, run_id: str) -> tuple[Contest, PromotionRun]:
    contest = _contest(public_id)
    return contest, queries.get_run(db.session, contest, run_id)


def _to_run(contest: Contest, run: PromotionRun) -> ResponseReturnValue:
    return redirect(url_for("promotion.run", public_id=contest.public_id, run_id=run.public_id), 303)


@bp.route("/<public_id>", methods=["GET", "POST"])
@requires(PROMOTE)
def show(public_id: str) -> ResponseReturnValue:
    """How the stage promotes; saved with POST."""
    now, contest = clock.now(), _contest(public_id)
    form = PlanForm(data=plan_data(queries.plan_of(db.session, contest)))
    if contest.is_by_teams:
        form.without_classes()
    groups, after = [group.kind.value for group in contest.groups], next_stage(db.session, contest)
    if form.validate_on_submit() and tried(
        form,
        lambda: services.declare(
            db.session, actor=current_user, contest=contest, plan=form.plan(groups), now=now
        ),
    ):  # fmt: skip
        flash(_("晋级办法已保存。"), "ok")
        return redirect(url_for("promotion.show", public_id=public_id), 303)
    html = render_template(
        "promotion/show.html", form=form, contest=contest, labels=labels, group_names=contest_labels.GROUPS,
        stages=stage_lines(db.session, contest, now), contest_labels=contest_labels,
        after=after, is_over=after is not None and services.is_over(after, now), is_declared=queries.is_declared(db.session, contest),
        is_settled=queries.is_settled(db.session, contest, now), runs=queries.runs_of(db.session, contest),
        decisions=services.reads_of(contest).decision_lines(db.session, contest), open_run=queries.open_run(db.session, contest),
        playoffs=playoffs.playoffs_of(db.session, contest),
        name_of=_names(),
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


@bp.post("/<public_id>/runs")
@requires(PROMOTE)
def new_run(public_id: str) -> ResponseReturnValue:
    contest = _contest(public_id)
    return _to_run(contest, services.request(db.session, actor=current_user, contest=contest, now=clock.now()))


@bp.get("/<public_id>/runs/<run_id>")
@requires(PROMOTE)
def run(public_id: str, run_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, run_id)
    return render_template("promotion/run.html", **_facts(contest, found))


@bp.get("/<public_id>/runs/<run_id>/state")
@requires(PROMOTE)
def run_state(public_id: str, run_id: str) -> ResponseReturnValue:
    """The fragment that the page fetches again while the trial is computed."""
    contest, found = _load(public_id, run_id)
    return render_template("promotion/_run.html", **_facts(contest, found))


@bp.post("/<public_id>/runs/<run_id>/confirm")
@requires(PROMOTE)
def confirm(public_id: str, run_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, run_id)
    services.confirm(db.session, actor=current_user, contest=contest, run=found, now=clock.now())
    flash(_("名单已确认，还没有发布。"), "ok")
    return _to_run(contest, found)


@bp.post("/<public_id>/runs/<run_id>/publish")
@requires(PROMOTE)
def publish(public_id: str, run_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, run_id)
    services.publish(db.session, actor=current_user, contest=contest, run=found, now=clock.now())
    flash(_("名单已发布，晋级的学生可以参加下一赛段了。"), "ok")
    return _to_run(contest, found)


@bp.post("/<public_id>/runs/<run_id>/withdraw")
@requires(PROMOTE)
def withdraw(public_id: str, run_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, run_id)
    services.withdraw(db.session, actor=current_user, contest=contest, run=found, now=clock.now())
    flash(_("已撤回，什么都没有改。"), "ok")
    return redirect(url_for("promotion.show", public_id=public_id), 303)


@bp.post("/<public_id>/runs/<run_id>/resume")
@requires(PROMOTE)
def resume(public_id: str, run_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, run_id)
    services.resume(db.session, actor=current_user, contest=contest, run=found, now=clock.now())
    return _to_run(contest, found)


@bp.post("/<public_id>/runs/<run_id>/list.xlsx")
@requires(PROMOTE)
def workbook(public_id: str, run_id: str) -> ResponseReturnValue:
    now = clock.now()
    with only_reading():
        contest, found = _load(public_id, run_id)
        rows = db.session.execute(services.reads_of(contest).remark_lines(db.session, found))
        lines: list[Any] = [_line(contest, row) for row in rows]
        units = _unit_names(found, (one["unit"] for one in _unit_lines(found)))
        sheets = (
            team_sheets(found, lines, units, has_time=contest.compares_time)
            if contest.is_by_teams
            else run_sheets(found, lines, units, _names(found), now, has_time=contest.compares_time)
        )
        file = attachment(xlsx(sheets), _("%(contest)s 晋级名单", contest=contest.title) + ".xlsx", XLSX_TYPE)
    record(
        db.session, "contest:promotion:export", now=now, actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, run=run_id, rows=len(lines),
    )  # fmt: skip
    return file


@bp.route("/<public_id>/runs/<run_id>/pupils/<user_public_id>", methods=["GET", "POST"])
@requires(PROMOTE)
def decide(public_id: str, run_id: str, user_public_id: str) -> ResponseReturnValue:
    return _decide(public_id, run_id, user_public_id, is_team=False)


@bp.route("/<public_id>/runs/<run_id>/teams/<team_id>", methods=["GET", "POST"])
@requires(PROMOTE)
def decide_team(public_id: str, run_id: str, team_id: str) -> ResponseReturnValue:
    return _decide(public_id, run_id, team_id, is_team=True)


def _decide(public_id: str, run_id: str, key: str, *, is_team: bool) -> ResponseReturnValue:
    contest, found = _of_kind(public_id, run_id, is_team=is_team)
    line, form = services.reads_of(contest).get_candidate(db.session, found, key), DecisionForm()
    form.kind.choices = options({kind: name for kind, (name, _hint) in labels.decisions(contest).items()})
    about = line.remark.team_id if is_team else line.remark.user_id
    if form.validate_on_submit() and tried(
        form,
        lambda: services.decide(
            db.session, actor=current_user, contest=contest, user_id=about, kind=form.decision(),
            reason=form.reason.data, now=clock.now(),
        ),
    ):  # fmt: skip
        flash(_("决定已记下，重新试算后生效。"), "ok")
        return redirect(url_for("promotion.show", public_id=public_id), 303)
    html = render_template(
        "promotion/decide.html", contest=contest, run=found, line=line, form=form, labels=labels, name_of=_names(found),
        reason=_reason(found), score_of=line_score, seconds_of=_seconds(contest), now=clock.now(),
        decisions=labels.decisions(contest),
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


def _of_kind(public_id: str, run_id: str, *, is_team: bool) -> tuple[Contest, PromotionRun]:
    """A run of pupils or of teams; NotFoundError for the other."""
    contest, found = _load(public_id, run_id)
    if contest.is_by_teams is not is_team:
        raise NotFoundError("没有找到这一项。")
    return contest, found


@bp.post("/<public_id>/pupils/<user_public_id>/revoke")
@requires(PROMOTE)
def revoke(public_id: str, user_public_id: str) -> ResponseReturnValue:
    """Of a pupil, or of a team by its own id."""
    contest = _contest(public_id)
    key = services.reads_of(contest).decided_about(db.session, contest, user_public_id)
    if key is not None:
        services.revoke(db.session, actor=current_user, contest=contest, user_id=key, now=clock.now())
        flash(_("决定已收回，重新试算后生效。"), "ok")
    return redirect(url_for("promotion.show", public_id=public_id), 303)


def _line(contest: Contest, row: Any) -> Any:
    """A row of a run with its names."""
    return TeamRemarkLine(*row) if contest.is_by_teams else RemarkLine(*row)


def _seconds(contest: Contest) -> Callable[[Any], int | None]:
    """The seconds in an order key or a team's line; nobody's where time is not compared."""
    return line_seconds if contest.compares_time else lambda _line: None


def _names(found: PromotionRun | None = None) -> Callable[[Any], str]:
    """Full names of those who were decided about, and of those who go on or stand in reserve once another person has said so.

    Of others only to those who know them: a trial alone, with as many seats as anybody likes, must not name everybody.
    """
    name_of = staff_names(db.session, current_user)
    is_agreed = found is not None and found.state in (RunState.CONFIRMED, RunState.PUBLISHED)

    def shown(line: Any) -> str:
        remark = getattr(line, "remark", None)
        if remark is None or isinstance(line, TeamRemarkLine) or (is_agreed and remark.outcome is not Outcome.OUT):
            return str(line.name)
        return name_of(line.name, remark.class_id)

    return shown


def _unit_names(found: PromotionRun, units: Iterable[str]) -> dict[str, str]:
    return queries.unit_names(db.session, UnitLevel(found.plan["level"]), units, clock.now())


def _reason(found: PromotionRun) -> Callable[[Any], str]:
    """The reasons of a run, which name the level of its units."""
    return partial(labels.reason, level=UnitLevel(found.plan["level"]))


def _unit_lines(found: PromotionRun) -> list[dict[str, Any]]:
    return unit_lines(found)


def _unit_page(found: PromotionRun) -> Page:
    """Some of the lines of the units, by the number in the address."""
    lines = _unit_lines(found)
    number = min(max(1, request.args.get("units", 1, type=int)), max(1, -(-len(lines) // UNITS)))
    return Page(lines[(number - 1) * UNITS : number * UNITS], number, len(lines), UNITS)


def _facts(contest: Contest, found: PromotionRun) -> dict[str, Any]:
    show, text = request.args.get("show", "through"), request.args.get("q", "").strip()
    group, unit = request.args.get("group", ""), request.args.get("unit", "")
    outcome = SHOWN.get(show, Outcome.THROUGH)
    reads = services.reads_of(contest)
    query = reads.remark_lines(
        db.session, found, group=group, unit=unit, outcomes=[] if text else [outcome], text=text
    )  # fmt: skip
    is_open = found.state in (RunState.READY, RunState.CONFIRMED)
    is_busy = found.state is RunState.COUNTING
    page = paginate(db.session, query, request.args.get("page", 1, type=int), per_page=PER_PAGE, scalars=False)
    job = queries.job_of(db.session, found) if is_busy else None
    change = reads.impact_of(db.session, found) if is_open else None
    unit_page = _unit_page(found)
    names = _unit_names(
        found,
        {one["unit"] for one in unit_page.rows} | {one["unit"] for one in _unit_lines(found) if one["unit"] == unit},
    )
    return {
        "contest": contest, "run": found, "labels": labels, "group_names": contest_labels.GROUPS, "page": page,
        "lines": [_line(contest, row) for row in page.rows], "units": names, "unit_page": unit_page, "name_of": _names(found),
        "is_agreed": found.state in (RunState.CONFIRMED, RunState.PUBLISHED),
        "reason": _reason(found), "score_of": line_score, "seconds_of": _seconds(contest), "now": clock.now(),
        "show": outcome.value, "text": text, "group": group, "unit": unit, "job": job, "is_busy": is_busy,
        "is_stuck": is_busy and is_stuck(job), "is_own": current_user.user_id == found.asked_by,
        "is_current": services.is_current(db.session, contest, found) if is_open else True, "change": change,
        "leaving": reads.people(db.session, [*change.leaving_ids, *change.kept_ids]) if change else {},
        "asked_by": _who(found.asked_by), "confirmed_by": _who(found.confirmed_by),
        "published_by": _who(found.published_by), "numbers": _numbers(found), "ties": _ties(contest, found),
    }  # fmt: skip


def _ties(contest: Contest, found: PromotionRun) -> list[tuple[dict[str, Any], Any]]:
    """The ties that need a play-off, with the one that is announced."""
    if found.state is not RunState.READY:
        return []
    return [(one, playoffs.open_for(db.session, contest, one["users"])) for one in playoffs.ties_of(found)]


def _numbers(found: PromotionRun) -> dict[str, int]:
    """How many of each outcome, all groups together."""
    groups = (found.summary or {}).get("groups", {}).values()
    return {outcome.value: sum(one.get(outcome.value, 0) for one in groups) for outcome in Outcome}


def _who(user_id: int | None) -> str:
    user = db.session.get(User, user_id) if user_id else None
    return user.name if user else ""
