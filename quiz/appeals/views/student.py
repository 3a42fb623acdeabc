"""A pupil's appeals in one contest: file one, see what became of it, take it back."""

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.appeals import labels, queries, services
from quiz.appeals.forms import AppealForm
from quiz.appeals.rules import UNSETTLED, AppealKind
from quiz.contests.queries import contest_for_pupil
from quiz.db import db
from quiz.web.access import pupil_only
from quiz.web.forms import tried

bp = FlaskBlueprint("appeals", __name__, url_prefix="/appeals")


@bp.route("/<public_id>", methods=["GET", "POST"])
@pupil_only
def mine(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    contest = contest_for_pupil(db.session, current_user, public_id, now).contest
    form, user_id = AppealForm(), current_user.user_id
    if form.validate_on_submit() and tried(
        form,
        lambda: services.file(
            db.session, actor=current_user, contest=contest, user_id=user_id, kind=AppealKind(form.kind.data),
            text=form.text.data, now=now,
        ),
    ):  # fmt: skip
        flash(_("申诉已收到，处理结果会写在这一页。"), "ok")
        return redirect(url_for("appeals.mine", public_id=public_id), 303)
    rows = queries.own_appeals(db.session, contest, user_id)
    html = render_template(
        "appeals/mine.html", contest=contest, form=form, rows=rows, labels=labels,
        texts={one.id: queries.steps_of(db.session, one)[0].step.text for one in rows},
        unsettled=next((one for one in rows if one.state in UNSETTLED), None), is_open=queries.is_open(contest, now),
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


@bp.post("/<public_id>/<appeal_id>/withdraw")
@pupil_only
def withdraw(public_id: str, appeal_id: str) -> ResponseReturnValue:
    now = clock.now()
    contest = contest_for_pupil(db.session, current_user, public_id, now).contest
    line = queries.get_appeal(db.session, contest, appeal_id)
    services.withdraw(db.session, actor=current_user, contest=contest, appeal=line.appeal, now=now)
    flash(_("申诉已撤回。"), "ok")
    return redirect(url_for("appeals.mine", public_id=public_id), 303)
