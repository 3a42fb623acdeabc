"""Appeals for staff: the list of a contest, one appeal with its steps, and filing for a pupil."""

from typing import Any

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import line_names
from quiz.appeals import labels, queries, services
from quiz.appeals.forms import DecisionForm, ProposalForm, StaffAppealForm
from quiz.appeals.queries import AppealLine
from quiz.appeals.rules import AppealKind
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.db import db
from quiz.regions.rules import Scope
from quiz.web.access import requires
from quiz.web.forms import tried
from quiz.web.guard import as_id
from quiz.web.pagination import paginate

APPEALS = services.PERMISSION
bp = FlaskBlueprint("appeal_desk", __name__, url_prefix="/desk/appeals")


def _contest(public_id: str) -> tuple[Contest, Scope | None]:
    """The contest and the pupils whose appeals may be seen: all (None) for its hosts, one's own for others."""
    scope = current_user.scope(APPEALS)
    contest = contests.get_visible(db.session, public_id, scope)
    return contest, None if contests.is_managed(db.session, contest, scope) else scope


@bp.get("/<public_id>")
@requires(APPEALS)
def index(public_id: str) -> ResponseReturnValue:
    contest, scope = _contest(public_id)
    page = paginate(db.session, queries.lines(contest, scope), request.args.get("page", 1, type=int), scalars=False)
    return render_template(
        "appeals/index.html", contest=contest, page=page, rows=[AppealLine(*row) for row in page.rows], labels=labels,
        name_of=line_names(db.session, current_user), now=clock.now(), is_open=queries.is_open(contest, clock.now()),
    )  # fmt: skip


@bp.route("/<public_id>/new", methods=["GET", "POST"])
@requires(APPEALS)
def new(public_id: str) -> ResponseReturnValue:
    """A school files for one of its pupils."""
    contest, _scope = _contest(public_id)
    form = StaffAppealForm()
    if form.validate_on_submit() and tried(form, lambda: _file(contest, form)):
        flash(_("申诉已提交。"), "ok")
        return redirect(url_for("appeal_desk.index", public_id=public_id), 303)
    html = render_template("appeals/new.html", contest=contest, form=form)
    return html, 422 if request.method == "POST" else 200


def _file(contest: Contest, form: StaffAppealForm) -> None:
    user_id = queries.pupil_by_number(db.session, form.number.data, current_user.scope("pupils.view"))
    services.file(
        db.session, actor=current_user, contest=contest, user_id=user_id, kind=AppealKind(form.kind.data),
        text=form.text.data, now=clock.now(),
    )  # fmt: skip


@bp.route("/<public_id>/<appeal_id>", methods=["GET", "POST"])
@requires(APPEALS)
def show(public_id: str, appeal_id: str) -> ResponseReturnValue:
    """One appeal; POST proposes an answer."""
    contest, scope = _contest(public_id)
    line, form = queries.get_appeal(db.session, contest, appeal_id, scope), ProposalForm()
    if form.validate_on_submit() and tried(
        form,
        lambda: services.propose(
            db.session, actor=current_user, contest=contest, appeal=line.appeal,
            is_accepted=form.verdict.data == "accepted", answer=form.answer.data, now=clock.now(),
        ),
    ):  # fmt: skip
        flash(_("建议已记下，等另一个人复核。"), "ok")
        return _to(contest, line)
    return _page(contest, scope, line, form, DecisionForm(formdata=None))


@bp.post("/<public_id>/<appeal_id>/decide")
@requires(APPEALS)
def decide(public_id: str, appeal_id: str) -> ResponseReturnValue:
    contest, scope = _contest(public_id)
    line, form = queries.get_appeal(db.session, contest, appeal_id, scope), DecisionForm()
    does: Any = "send_back" if request.form.get("do") == "send_back" else "agree"
    if form.validate_on_submit():
        if tried(
            form,
            lambda: services.decide(
                db.session, actor=current_user, contest=contest, appeal=line.appeal, does=does,
                note=form.note.data or "", seen=request.form.get("seen", 0, type=as_id), now=clock.now(),
            ),
        ):  # fmt: skip
            flash(_("已退回。") if does == "send_back" else _("申诉已办结，学生能看到结果。"), "ok")
            return _to(contest, line)
        form.seen.data = ""  # the page that says why it was refused shows what stands now
    return _page(contest, scope, line, ProposalForm(formdata=None), form)


def _to(contest: Contest, line: AppealLine) -> ResponseReturnValue:
    address = url_for("appeal_desk.show", public_id=contest.public_id, appeal_id=line.appeal.public_id)
    return redirect(address, 303)


def _page(
    contest: Contest, scope: Scope | None, line: AppealLine, form: ProposalForm, decision: DecisionForm
) -> ResponseReturnValue:
    steps = queries.steps_of(db.session, line.appeal)
    decision.seen.data = decision.seen.data or str(steps[-1].step.id)
    html = render_template(
        "appeals/show.html", contest=contest, line=line, appeal=line.appeal, form=form, decision=decision, labels=labels,
        steps=steps, is_host=scope is None, name_of=line_names(db.session, current_user), now=clock.now(),
        is_own=current_user.user_id == line.appeal.proposed_by,
    )  # fmt: skip
    return html, 422 if form.errors or decision.errors else 200
