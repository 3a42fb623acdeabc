"""Invitations of a unit or a school's parents: open, show with the QR code, close; who came, and removing wrong ones."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.qr import qr_code
from quiz.clock import LOCAL_ZONE
from quiz.contests.labels import GROUPS
from quiz.db import db
from quiz.regions.models import School
from quiz.registration import queries, services
from quiz.registration.forms import OpenForm
from quiz.registration.labels import STATES
from quiz.web.access import requires
from quiz.web.forms import tried

bp = Blueprint("registration", __name__, url_prefix="/schools/<int:school_id>/registration")
DEFAULT_DAYS = 7


@bp.get("")
@requires(queries.PERMISSION)
def index(school_id: int) -> ResponseReturnValue:
    school = queries.get_unit(db.session, current_user, school_id)
    return _page(school, _form(school))


@bp.post("")
@requires(queries.PERMISSION)
def open_link(school_id: int) -> ResponseReturnValue:
    school = queries.get_unit(db.session, current_user, school_id)
    form = _form(school)
    if form.validate_on_submit():
        link = tried(
            form,
            lambda: services.open_link(
                db.session, actor=current_user, school_id=school.id, contest_id=form.contest.data or "",
                asks_class=bool("asks_class" in form and form.asks_class.data), most=form.most.data or 0,
                closes_at=form.closes_at(), now=clock.now(),
            ),
        )  # fmt: skip
        if link:
            flash(_("登记开放了。把链接或二维码发给要参加的人。"), "ok")
            return redirect(url_for(".show", school_id=school.id, link_id=link.id), 303)
    return _page(school, form), 422


@bp.get("/<int:link_id>")
@requires(queries.PERMISSION)
def show(school_id: int, link_id: int) -> ResponseReturnValue:
    now = clock.now()
    school = queries.get_unit(db.session, current_user, school_id)
    link = queries.get_link(db.session, school, link_id)
    address = url_for("join.join", code=link.code, _external=True)
    return render_template(
        "registration/link.html", school=school, link=link, state=STATES[link.state(now)], address=address,
        is_open=link.closed_at is None and link.closes_at > now, qr=qr_code(address),
        people=queries.people_of(db.session, current_user, link, now),
    )  # fmt: skip


@bp.post("/<int:link_id>/close")
@requires(queries.PERMISSION)
def close(school_id: int, link_id: int) -> ResponseReturnValue:
    services.close_link(db.session, actor=current_user, school_id=school_id, link_id=link_id, now=clock.now())
    flash(_("登记已关闭，链接不能再用。已经登记的人不受影响。"), "ok")
    return redirect(url_for(".show", school_id=school_id, link_id=link_id), 303)


@bp.post("/<int:link_id>/people/<user_public_id>/remove")
@requires(queries.PERMISSION)
def remove(school_id: int, link_id: int, user_public_id: str) -> ResponseReturnValue:
    services.remove_person(
        db.session, actor=current_user, school_id=school_id, link_id=link_id, public_id=user_public_id,
        now=clock.now(),
    )  # fmt: skip
    flash(_("已移除，名额空出来了。"), "ok")
    return redirect(url_for(".show", school_id=school_id, link_id=link_id, _anchor="people"), 303)


def _form(school: School) -> OpenForm:
    now = clock.now()
    form = OpenForm()
    form.offer(
        queries.contests_open_to(db.session, school, now),
        asks=queries.may_ask_class(current_user, school), is_unit=school.is_unit,
    )  # fmt: skip
    if not form.is_submitted():
        form.until.data = (now.astimezone(LOCAL_ZONE) + timedelta(days=DEFAULT_DAYS)).date()
    return form


def _page(school: School, form: OpenForm) -> str:
    now = clock.now()
    links = queries.links_of(db.session, school)
    return render_template(
        "registration/index.html", school=school, form=form, group=GROUPS[queries.adult_group(school)],
        links=[(link, STATES[link.state(now)]) for link in links],
    )  # fmt: skip
