"""The notices of a contest for who manages it: publish, change, take back."""

from typing import Any

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.contests.models import Contest
from quiz.contests.notices import queries, services
from quiz.contests.notices.forms import NoticeForm
from quiz.contests.queries import get_managed
from quiz.contests.services import MANAGE
from quiz.db import db
from quiz.web.access import requires
from quiz.web.forms import tried

bp = FlaskBlueprint("notices", __name__, url_prefix="/desk/contests")


def _contest(public_id: str) -> Contest:
    """The contest, if the actor manages it (404 otherwise)."""
    return get_managed(db.session, public_id, current_user.scope(MANAGE))


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("notices.index", public_id=public_id), 303)


@bp.route("/<public_id>/notices", methods=["GET", "POST"])
@requires(MANAGE)
def index(public_id: str) -> ResponseReturnValue:
    """All notices; POST publishes one."""
    contest, form = _contest(public_id), NoticeForm()
    if form.validate_on_submit() and tried(form, lambda: _publish(contest, form)):
        flash(_("公告已发布。"), "ok")
        return _back(public_id)
    rows = queries.all_notices(db.session, contest)
    return _page("notices/index.html", contest, form, rows=rows)


def _publish(contest: Contest, form: NoticeForm) -> Any:
    key = (form.key.data or "")[:64] or form.key.default()
    return services.publish(
        db.session, actor=current_user, contest=contest, wording=form.wording(), key=key, now=clock.now()
    )


@bp.route("/<public_id>/notices/<notice_id>", methods=["GET", "POST"])
@requires(MANAGE)
def edit(public_id: str, notice_id: str) -> ResponseReturnValue:
    contest = _contest(public_id)
    notice = queries.get_notice(db.session, contest, notice_id)
    form = NoticeForm(obj=notice)
    if form.validate_on_submit() and tried(form, lambda: _change(contest, notice_id, form)):
        flash(_("公告已修改。"), "ok")
        return _back(public_id)
    return _page("notices/edit.html", contest, form, notice=notice)


def _change(contest: Contest, notice_id: str, form: NoticeForm) -> Any:
    return services.change(
        db.session, actor=current_user, contest=contest, public_id=notice_id, wording=form.wording(),
        revision=form.revision.data or 0, now=clock.now(),
    )  # fmt: skip


def _page(template: str, contest: Contest, form: NoticeForm, **found: Any) -> ResponseReturnValue:
    html = render_template(template, contest=contest, form=form, **found)
    return html, 422 if request.method == "POST" else 200


@bp.post("/<public_id>/notices/<notice_id>/withdraw")
@requires(MANAGE)
def withdraw(public_id: str, notice_id: str) -> ResponseReturnValue:
    services.withdraw(
        db.session, actor=current_user, contest=_contest(public_id), public_id=notice_id, now=clock.now()
    )  # fmt: skip
    flash(_("公告已撤下，大家看不到了。"), "ok")
    return _back(public_id)
