"""The freeze of a contest's boards: when it begins, when it ends, and ending it by hand."""

from datetime import datetime, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.contests.models import Contest
from quiz.contests.queries import state_of, window_of
from quiz.contests.rules import ContestState
from quiz.db import db
from quiz.desk.freeze_forms import FreezeForm
from quiz.desk.views.blueprint import bp
from quiz.desk.views.wizard import MANAGE, managed
from quiz.rankings.frozen import freeze_of
from quiz.rankings.models import BoardFreeze
from quiz.rankings.rules import is_frozen
from quiz.rankings.services import freezing
from quiz.web.access import requires
from quiz.web.forms import tried

BEFORE_THE_END = timedelta(hours=1)  # proposed, as programming contests do it


@bp.route("/<public_id>/freeze", methods=["GET", "POST"])
@requires(MANAGE)
def freeze(public_id: str) -> ResponseReturnValue:
    contest, now = _contest(public_id), clock.now()
    found = freeze_of(db.session, contest.id)
    in_force = found is not None and is_frozen(found.freezes_at, found.unfreezes_at, now)
    form = _form(contest, found, now, in_force=in_force)
    if form.validate_on_submit() and tried(form, lambda: _set(contest, form, found, now)):
        flash(_("封榜时间已保存。"), "ok")
        return _back(public_id)
    return render_template(
        "desk/freeze.html", contest=contest, form=form, found=found, in_force=in_force, now=now,
        is_over=state_of(contest, now) is ContestState.FINISHED, window=window_of(contest),
    ), 422 if form.errors else 200  # fmt: skip


def _contest(public_id: str) -> Contest:
    """A contest that people can see: a draft and a cancelled one have no boards."""
    contest = managed(public_id)
    if state_of(contest, clock.now()) in {ContestState.DRAFT, ContestState.CANCELLED}:
        abort(404)
    return contest


def _form(contest: Contest, found: BoardFreeze | None, now: datetime, *, in_force: bool) -> FreezeForm:
    opens_at, closes_at = window_of(contest)
    is_ahead = found is not None and found.freezes_at > now
    form = FreezeForm()
    if in_force and found is not None:
        del form.freezes_at  # what has been hidden since then stays so
    if request.method == "GET":
        if not in_force:
            proposed = max(closes_at - BEFORE_THE_END, opens_at + (closes_at - opens_at) / 2)
            form.freezes_at.data = found.freezes_at if found is not None and is_ahead else proposed
        form.unfreezes_at.data = found.unfreezes_at if found is not None and (in_force or is_ahead) else None
    return form


def _set(contest: Contest, form: FreezeForm, found: BoardFreeze | None, now: datetime) -> None:
    freezes_at = form.freezes_at.data if "freezes_at" in form else found.freezes_at if found else now
    freezing.set_freeze(
        db.session, actor=current_user, contest=contest, freezes_at=freezes_at,
        unfreezes_at=form.unfreezes_at.data, now=now,
    )  # fmt: skip


@bp.post("/<public_id>/freeze/now")
@requires(MANAGE)
def freeze_now(public_id: str) -> ResponseReturnValue:
    """Freeze at this moment; pressed twice, the first one stands."""
    contest, now = _contest(public_id), clock.now()
    found = freeze_of(db.session, contest.id)
    if found is None or not is_frozen(found.freezes_at, found.unfreezes_at, now):
        ends_at = found.unfreezes_at if found is not None and found.unfreezes_at and found.unfreezes_at > now else None
        freezing.set_freeze(
            db.session, actor=current_user, contest=contest, freezes_at=now, unfreezes_at=ends_at, now=now
        )
    flash(_("已封榜。学生和公众从现在起看不到名次的变化。"), "ok")
    return _back(public_id)


@bp.post("/<public_id>/freeze/lift")
@requires(MANAGE)
def unfreeze(public_id: str) -> ResponseReturnValue:
    contest = _contest(public_id)
    if freezing.lift(db.session, actor=current_user, contest=contest, now=clock.now()):
        flash(_("已解封，所有人看到的都是现在的名次。"), "ok")
    return _back(public_id)


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("desk.freeze", public_id=public_id), 303)
