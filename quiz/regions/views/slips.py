"""How long a school's login slips work: the school's own decision."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.db import db
from quiz.errors import DomainError
from quiz.regions.forms import SlipDaysForm
from quiz.regions.queries import get_school
from quiz.regions.school_services import set_slip_days
from quiz.regions.views.schools import bp
from quiz.web.access import requires


@bp.route("/<int:school_id>/slips", methods=["GET", "POST"])
@requires("classes.manage")
def slip_days(school_id: int) -> ResponseReturnValue:
    school = get_school(db.session, school_id, current_user.scope("classes.manage"))
    form = SlipDaysForm(data={"slip_valid_days": school.slip_valid_days})
    if form.validate_on_submit():
        days = form.slip_valid_days.data or 0
        try:
            set_slip_days(db.session, actor_id=current_user.user_id, school=school, days=days, now=clock.now())
        except DomainError as error:
            form.add_error(error)
        else:
            flash(_("已保存。以后打印的登录条按新的天数失效。"), "ok")
            return redirect(url_for(".show", school_id=school.id), 303)
    html = render_template("regions/slip_days.html", form=form, school=school)
    return (html, 422) if form.errors else html
