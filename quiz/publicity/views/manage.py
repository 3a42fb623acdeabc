"""Where the organiser switches the public page, prints its poster and publishes the list of award winners."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.qr import qr_code
from quiz.contests.models import Contest
from quiz.contests.notices.queries import notices_of
from quiz.contests.queries import get_managed
from quiz.contests.rules import ContestState
from quiz.contests.services import MANAGE
from quiz.contests.stages import first_of
from quiz.db import db
from quiz.publicity import queries, services
from quiz.publicity.rules import is_listed
from quiz.publicity.views.blueprint import bp
from quiz.rankings.rules import PUBLIC_FOR
from quiz.web.access import requires


def _contest(public_id: str, permission: str = MANAGE) -> Contest:
    """The contest, if the actor manages it (404 otherwise)."""
    return get_managed(db.session, public_id, current_user.scope(permission))


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("publicity.manage", public_id=public_id), 303)


@bp.get("/desk/contests/<public_id>/public")
@requires(MANAGE)
def manage(public_id: str) -> ResponseReturnValue:
    now, contest = clock.now(), _contest(public_id)
    first = first_of(db.session, contest)
    lines = queries.lines_of(db.session, first, now)
    address = url_for("publicity.show", public_id=first.public_id, _external=True)
    return render_template(
        "publicity/manage.html", contest=contest, first=first, address=address, qr=qr_code(address),
        notices=notices_of(db.session, contest),
        stages=[(line, queries.issued_count(db.session, line.contest)) for line in lines if line.state is ContestState.FINISHED],
        is_listed=lambda stage: is_listed(stage.awards_listed_at, now), days=PUBLIC_FOR.days, until=PUBLIC_FOR,
    )  # fmt: skip


@bp.post("/desk/contests/<public_id>/public")
@requires(MANAGE)
def switch(public_id: str) -> ResponseReturnValue:
    is_on = request.form.get("on") == "1"
    services.switch_page(db.session, actor=current_user, contest=_contest(public_id), is_on=is_on, now=clock.now())
    flash(_("公开页已打开。") if is_on else _("公开页已关闭，外面的人看不到了。"), "ok")
    return _back(public_id)


@bp.post("/desk/contests/<public_id>/public/winners")
@requires(services.AWARDS)
def list_awards(public_id: str) -> ResponseReturnValue:
    """Publish the list of winners of this stage, or take it back."""
    contest, now = _contest(public_id, services.AWARDS), clock.now()
    if request.form.get("on") == "1":
        services.list_awards(db.session, actor=current_user, contest=contest, now=now)
        flash(_("获奖名单已公开，姓名都遮去一部分。"), "ok")
    else:
        services.unlist_awards(db.session, actor=current_user, contest=contest, now=now)
        flash(_("获奖名单已收回。"), "ok")
    return _back(public_id)
