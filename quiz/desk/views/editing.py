"""What staff change once a contest is published: words, a later end, release, extra time, an end before its time."""

from datetime import datetime
from typing import Literal, cast

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.contests import entering, extending, queries, services
from quiz.contests.models import Contest
from quiz.contests.rules import ContestState
from quiz.contests.windows import differ, whole
from quiz.db import db
from quiz.desk.forms import ExtraTimeForm, TextForm
from quiz.desk.timing_forms import WindowForm, window_form
from quiz.desk.views.blueprint import bp
from quiz.desk.views.wizard import MANAGE, managed, tell_moved
from quiz.desk.wording import words_of
from quiz.web.access import requires
from quiz.web.forms import tried


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("desk.show", public_id=public_id), 303)


@bp.route("/<public_id>/text", methods=["GET", "POST"])
@requires(MANAGE)
def text(public_id: str) -> ResponseReturnValue:
    contest = managed(public_id)
    form = TextForm(data={"title": contest.title, **words_of(contest)})
    if form.validate_on_submit() and tried(
        form,
        lambda: services.change_text(
            db.session, actor=current_user, contest=contest, title=form.title.data,
            theme=form.theme.data or "", organisers=form.organisers(), notice=form.notice.data or "", now=clock.now(),
        ),
    ):  # fmt: skip
        flash(_("名称和说明已修改。"), "ok")
        return _back(public_id)
    return render_template("desk/text.html", form=form, contest=contest), 422 if form.errors else 200


@bp.route("/<public_id>/window", methods=["GET", "POST"])
@requires(MANAGE)
def window(public_id: str) -> ResponseReturnValue:
    contest, now = managed(public_id), clock.now()
    windows = queries.windows_of(contest)
    form = window_form(windows, now)
    if form.validate_on_submit() and tried(form, lambda: _extend(form, contest, now)):
        return _back(public_id)
    status = 422 if form.errors else 200
    html = render_template(
        "desk/window.html", form=form, contest=contest, window=whole(windows), has_own=differ(windows)
    )
    return html, status


def _extend(form: WindowForm, contest: Contest, now: datetime) -> None:
    if "closes_at" in form:
        closes_at = form["closes_at"].data
        moved = extending.change_window(db.session, actor=current_user, contest=contest, closes_at=closes_at, now=now)
    else:
        moved = extending.change_ends(db.session, actor=current_user, contest=contest, ends=form.ends(), now=now)
    flash(_("结束时间已延长。"), "ok")
    tell_moved(moved)


@bp.post("/<public_id>/release/<what>")
@requires(MANAGE)
def release(public_id: str, what: str) -> ResponseReturnValue:
    if what not in {"results", "keys"}:
        abort(404)
    chosen = cast(Literal["results", "keys"], what)
    entering.release(db.session, actor=current_user, contest=managed(public_id), what=chosen, now=clock.now())
    flash(_("成绩已公布。") if what == "results" else _("答案和解析已公布。"), "ok")
    return _back(public_id)


@bp.post("/<public_id>/unpublish")
@requires(MANAGE)
def unpublish(public_id: str) -> ResponseReturnValue:
    services.unpublish(db.session, actor=current_user, contest=managed(public_id), now=clock.now())
    flash(_("比赛已撤回成草稿，学生看不到了。"), "ok")
    return redirect(url_for("desk.paper", public_id=public_id), 303)


@bp.post("/<public_id>/cancel")
@requires(MANAGE)
def cancel(public_id: str) -> ResponseReturnValue:
    services.cancel(db.session, actor=current_user, contest=managed(public_id), now=clock.now())
    flash(_("比赛已取消。"), "ok")
    return _back(public_id)


@bp.route("/<public_id>/pupils/<user_public_id>/extra-time", methods=["GET", "POST"])
@requires("pupils.view")
def extra_time(public_id: str, user_public_id: str) -> ResponseReturnValue:
    """By the staff of the pupil's own school: they know why the minutes were lost."""
    now, scope = clock.now(), current_user.scope("pupils.view")
    contest = queries.get_visible(db.session, public_id, scope)
    pupil = queries.eligible_pupil(db.session, contest, user_public_id, scope)
    if queries.state_of(contest, now) not in {ContestState.ANNOUNCED, ContestState.RUNNING}:
        abort(404)
    form = ExtraTimeForm()
    if form.validate_on_submit() and tried(
        form,
        lambda: entering.grant_extra_time(
            db.session, actor=current_user, contest=contest, user_public_id=user_public_id,
            minutes=form.minutes.data, reason=form.reason.data, now=now,
        ),
    ):  # fmt: skip
        flash(_("已给%(name)s补时 %(minutes)s 分钟。", name=pupil.name, minutes=form.minutes.data), "ok")
        return redirect(url_for("desk.show", public_id=public_id, place=request.args.get("place")), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("desk/extra_time.html", form=form, contest=contest, pupil=pupil), status
