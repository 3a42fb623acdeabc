"""An outage is given back: from when to when, a preview in numbers and names, then one press."""

import secrets
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import line_names
from quiz.contests import queries, stages
from quiz.contests.models import Contest
from quiz.contests.rules import ContestState, Place, parse_place
from quiz.db import db
from quiz.desk import queries as desk
from quiz.desk.forms import OutageForm, options
from quiz.desk.views.blueprint import bp
from quiz.desk.views.running import chosen_place, visible
from quiz.desk.views.wizard import MANAGE
from quiz.operations.outages import queries as outages
from quiz.operations.outages import services
from quiz.operations.outages.models import Outage
from quiz.operations.outages.queries import Preview
from quiz.regions.labels import class_words
from quiz.web.access import requires
from quiz.web.filters import duration, when
from quiz.web.forms import tried
from quiz.web.transactions import only_reading

WHOLE = "all"


@bp.route("/<public_id>/outage", methods=["GET", "POST"])
@requires(MANAGE)
def outage(public_id: str) -> ResponseReturnValue:
    contest, now = visible(public_id), clock.now()
    if queries.state_of(contest, now) in {ContestState.DRAFT, ContestState.CANCELLED}:
        abort(404)
    form, place = _form(contest), chosen_place()
    found: Preview | None = None
    if request.form.get("do") != "edit" and form.validate_on_submit():
        if request.form.get("do") == "give":
            done = tried(form, lambda: _give(contest, form))
            if done:
                flash(said(done), "ok")
                return redirect(url_for("desk.outage", public_id=public_id, place=request.args.get("place")), 303)
        else:
            with only_reading():
                found = tried(form, lambda: _preview(contest, form))
    page = render_template(
        "desk/outage.html", contest=contest, form=form, place=place, preview=found, name_of=line_names(db.session, current_user), now=now,
        history=[(act, _area(outages.place_of(act))) for act in outages.outages_of(db.session, contest)],
        area=_area(_whom(form)) if found else "", overlapped=_overlapped(contest, found),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _form(contest: Contest) -> OutageForm:
    """With what the actor may extend: the whole contest for its hosts, and the area that was looked at."""
    form = OutageForm()
    choices = []
    if queries.is_managed(db.session, contest, current_user.scope(MANAGE)):
        choices.append((WHOLE, _("所有参赛学生")))
    place = chosen_place()
    if place is not None and (not choices or request.args.get("place")):
        choices.append((str(place), _("只给%(place)s", place=_area(place))))
    form.whom.choices = options(choices)
    if not form.is_submitted():
        form.key.data = secrets.token_urlsafe(24)
        form.whom.data = str(place) if request.args.get("place") and place else choices[0][0] if choices else None
        form.ended_at.data = clock.now().replace(second=0, microsecond=0)
    return form


def _whom(form: OutageForm) -> Place | None:
    return None if form.whom.data == WHOLE else parse_place(form.whom.data)


def _preview(contest: Contest, form: OutageForm) -> Preview:
    now, period = clock.now(), (form.began_at.data, form.ended_at.data)
    place = _whom(form)
    services.check_scope(db.session, actor=current_user, contest=contest, place=place)
    services.check_period(period, now)
    return outages.preview(db.session, contest=contest, place=place, period=period, now=now)


def _overlapped(contest: Contest, found: Preview | None) -> tuple[Contest, datetime] | None:
    """The next stage and when it begins, where the later end would reach into it."""
    after = stages.next_held(db.session, contest) if found and found.new_closes_at else None
    if after is None or found is None or found.new_closes_at is None:
        return None
    opens_at = queries.window_of(after)[0]
    return (after, opens_at) if found.new_closes_at > opens_at else None


def _give(contest: Contest, form: OutageForm) -> Outage:
    return services.give_back(
        db.session, actor=current_user, contest=contest, place=_whom(form),
        period=(form.began_at.data, form.ended_at.data), reason=form.reason.data, key=form.key.data, now=clock.now(),
    )  # fmt: skip


def said(act: Outage) -> str:
    """“已给 348 人各加 12 分钟，截止改为 …”."""
    text = str(
        ngettext(
            "已给正在作答的 %(num)d 人加 %(length)s。", "已给正在作答的 %(num)d 人加 %(length)s。", act.pupils,
            length=duration(act.seconds),
        )
    )  # fmt: skip
    if act.closes_at is not None:
        text += str(_("比赛结束时间改为 %(time)s。", time=when(act.closes_at)))
    return text


def _area(place: Place | None) -> str:
    if place is None:
        return str(_("所有参赛学生"))
    return str(class_words(desk.place_label(db.session, place, clock.now())))
