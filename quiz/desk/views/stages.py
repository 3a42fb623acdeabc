"""A further stage of a contest, and a contest held again."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.contests import labels, stages
from quiz.contests.copying import copy_contest
from quiz.db import db
from quiz.desk.forms import STAGE_NAMES, StageForm
from quiz.desk.views.blueprint import bp
from quiz.desk.views.wizard import MANAGE, managed
from quiz.promotion import services as promotion
from quiz.web.access import requires
from quiz.web.forms import tried


@bp.route("/<public_id>/stages/new", methods=["GET", "POST"])
@requires(MANAGE)
def new_stage(public_id: str) -> ResponseReturnValue:
    now, contest = clock.now(), managed(public_id)
    lines = stages.stage_lines(db.session, contest, now)
    form = StageForm()
    if lines:
        del form.own_name  # every stage has its name already
    if not form.is_submitted():
        form.name.data = str(STAGE_NAMES[min(max(len(lines), 1), len(STAGE_NAMES)) - 1])
    if form.validate_on_submit():
        own_name = form.own_name.data if "own_name" in form else ""
        made = tried(
            form,
            lambda: stages.add_stage(
                db.session, actor=current_user, contest=contest, own_name=own_name, name=form.name.data, now=now
            ),
        )
        if made:
            flash(_("赛段已加上，还是草稿。接着定时间和试卷。"), "ok")
            return redirect(url_for("desk.time", public_id=made.public_id), 303)
    html = render_template("desk/stage.html", form=form, contest=contest, stages=lines, labels=labels)
    return html, 422 if request.method == "POST" else 200


@bp.post("/<public_id>/copy")
@requires(MANAGE)
def copy(public_id: str) -> ResponseReturnValue:
    """Hold the contest again, with all its stages and ways of promotion."""
    now, contest = clock.now(), managed(public_id)
    old = stages.stages_of(db.session, contest)
    made = copy_contest(db.session, actor=current_user, contest=contest, now=now)
    if current_user.can(promotion.PERMISSION):
        for before, after in zip(old, made, strict=True):
            promotion.copy_plan(db.session, actor=current_user, source=before, contest=after, now=now)
    flash(_("照原来的办了一份草稿，时间顺延到同一季节。看一遍时间和试卷，再发布。"), "ok")
    return redirect(url_for("desk.time", public_id=made[0].public_id), 303)
