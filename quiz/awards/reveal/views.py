"""Pages of a reveal: where it is begun, the presenter's buttons, and the screen in the hall, which follows by itself."""

from typing import Any

from flask import Blueprint as FlaskBlueprint
from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.awards.queries import counts, is_withheld
from quiz.awards.reveal import labels, queries, rules, services
from quiz.awards.reveal.forms import StartForm
from quiz.awards.reveal.models import AwardReveal
from quiz.awards.reveal.rules import RevealState
from quiz.awards.services.scope import PERMISSION
from quiz.awards.views.common import staff_names
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.db import db
from quiz.rankings.frozen import freeze_in_force
from quiz.web.access import requires
from quiz.web.forms import tried

bp = FlaskBlueprint("reveal", __name__, url_prefix="/desk/reveal")


def _contest(public_id: str) -> Contest:
    """The contest, if the actor may award in it (404 otherwise)."""
    return contests.get_managed(db.session, public_id, current_user.scope(PERMISSION))


def _load(public_id: str, reveal_id: str) -> tuple[Contest, AwardReveal]:
    contest = _contest(public_id)
    return contest, queries.get_reveal(db.session, contest, reveal_id)


def _to(reveal: AwardReveal, contest: Contest) -> ResponseReturnValue:
    return redirect(url_for("reveal.present", public_id=contest.public_id, reveal_id=reveal.public_id), 303)


@bp.route("/<public_id>", methods=["GET", "POST"])
@requires(PERMISSION)
def index(public_id: str) -> ResponseReturnValue:
    """What is needed before a reveal, and the button that begins it; POST begins it or a rehearsal, or counts the steps."""
    contest, form, now = _contest(public_id), StartForm(), clock.now()
    freeze = freeze_in_force(db.session, contest.id, now)
    if freeze is None:
        del form.lifts_freeze
    if not is_withheld(contest, now):
        del form.releases
    tiers = rules.choices(queries.samples_of(db.session, contest), request.form)
    is_asked = request.form.get("do") in ("start", "rehearse")
    if is_asked and form.validate_on_submit() and (made := tried(form, lambda: _start(contest, form, tiers))):
        return _to(made, contest)
    rows = queries.reveals_of(db.session, contest)
    given = sum(counts(db.session, contest.id).values())
    html = render_template(
        "reveal/index.html", contest=contest, form=form, rows=rows, labels=labels, freeze=freeze, given=given,
        tiers=tiers, steps=rules.steps_of(tiers),
        who=staff_names({one.started_by for one in rows}),
    )  # fmt: skip
    return html, 422 if is_asked else 200


def _start(contest: Contest, form: StartForm, tiers: list[rules.TierChoice]) -> AwardReveal:
    return services.start(
        db.session, actor=current_user, contest=contest, is_rehearsal=request.form.get("do") == "rehearse",
        showings={tier.key: tier.chosen for tier in tiers},
        lifts_freeze="lifts_freeze" in form and form.lifts_freeze.data,
        releases="releases" in form and form.releases.data, now=clock.now(),
    )  # fmt: skip


@bp.get("/<public_id>/<reveal_id>")
@requires(PERMISSION)
def present(public_id: str, reveal_id: str) -> ResponseReturnValue:
    """The presenter's page: what the hall sees, what comes next, one large button."""
    contest, found = _load(public_id, reveal_id)
    steps = [queries.step_of(db.session, found, found.step + more) for more in (0, 1)]
    return render_template(
        "reveal/present.html", contest=contest, reveal=found, now_step=steps[0], next_step=steps[1], labels=labels,
        now_lines=_lines(found, steps[0]), next_lines=_lines(found, steps[1]), mark=_mark(found),
        is_on=found.state is RevealState.RUNNING,
    )  # fmt: skip


def _lines(found: AwardReveal, step: Any) -> list[queries.Line]:
    if step is None or not step.ids:
        return []
    return labels.samples(step) if found.is_rehearsal else queries.lines_of(db.session, step)


@bp.post("/<public_id>/<reveal_id>/step")
@requires(PERMISSION)
def step(public_id: str, reveal_id: str) -> ResponseReturnValue:
    """One screen on or back, from the one that the form was made for."""
    contest, found = _load(public_id, reveal_id)
    seen, forward = request.form.get("step", -1, type=int), request.form.get("do") != "back"
    before = found.step
    moved = services.lead(db.session, actor=current_user, contest=contest, reveal=found, seen=seen, forward=forward)
    if not moved and before == seen and found.state is not RevealState.RUNNING:
        flash(_("这次揭晓已经结束。"), "warn")
    elif not moved:
        flash(_("大屏已经在第 %(step)s 步，没有再动。", step=found.step + 1), "info")
    return _to(found, contest)


@bp.post("/<public_id>/<reveal_id>/end")
@requires(PERMISSION)
def end(public_id: str, reveal_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, reveal_id)
    services.end(db.session, actor=current_user, contest=contest, reveal=found, now=clock.now())
    if found.state is not RevealState.ENDED:
        flash(_("已停下，别的都没有变。"), "ok")
    else:
        flash(_("彩排已结束。") if found.is_rehearsal else _("揭晓已结束。"), "ok")
    return redirect(url_for("reveal.index", public_id=public_id), 303)


@bp.get("/<public_id>/stage")
@requires(PERMISSION)
def stage(public_id: str) -> ResponseReturnValue:
    """The screen in the hall: the same address for rehearsal and reveal."""
    contest = _contest(public_id)
    return render_template("reveal/stage.html", contest=contest, **_screen(contest))


@bp.get("/<public_id>/stage/live")
@requires(PERMISSION)
def stage_live(public_id: str) -> ResponseReturnValue:
    """The fragment that the screen fetches when the step is another one."""
    contest = _contest(public_id)
    return render_template("reveal/_stage.html", contest=contest, **_screen(contest))


@bp.get("/<public_id>/stage/state")
@requires(PERMISSION)
def stage_state(public_id: str) -> Response:
    """A few bytes: which screen is on."""
    return jsonify(mark=_mark(queries.newest(db.session, _contest(public_id))))


def _mark(found: AwardReveal | None) -> str:
    return f"{found.public_id}.{found.step}.{found.state.value}" if found else ""


def _screen(contest: Contest) -> dict[str, Any]:
    """What the hall sees; nothing of a reveal that was given up or of a rehearsal that is over."""
    found = queries.newest(db.session, contest)
    is_shown = found is not None and (
        found.state is RevealState.RUNNING or (found.state is RevealState.ENDED and not found.is_rehearsal)
    )
    current = queries.step_of(db.session, found, found.step) if found is not None and is_shown else None
    lines = _lines(found, current) if found is not None else []
    return {"mark": _mark(found), "step": current, "lines": lines, "labels": labels,
            "is_rehearsal": is_shown and found is not None and found.is_rehearsal}  # fmt: skip
