"""Where an invitation leads: what is stored, a short form, and then the own number. Opening it stores nothing."""

import secrets

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from quiz import clock
from quiz.accounts import browser
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from quiz.regions.labels import class_words
from quiz.registration import queries, services
from quiz.registration.forms import JoinForm
from quiz.registration.models import RegistrationLink
from quiz.registration.rules import LinkState, refusal
from quiz.web.access import public, pupil_only

bp = Blueprint("join", __name__)


@bp.get("/join/<code>")
@public
def join(code: str) -> ResponseReturnValue:
    link = queries.find_link(db.session, code)
    return _unlisted(_page(link, _form(link)))


@bp.post("/join/<code>")
@public
def join_post(code: str) -> ResponseReturnValue:
    link = queries.find_link(db.session, code)
    school_code, form = link.school.code, _form(link)
    if not form.validate_on_submit():
        return _unlisted(make_response(_page(link, form), 422))
    now = clock.now()
    try:
        login = services.register(
            db.session, code=code, name=form.name.data or "", secret=form.secret.data or "",
            class_id=form.chosen, form_key=form.form_key.data or "", source=browser.source(), now=now,
        )  # fmt: skip
    except NotFoundError:
        raise
    except DomainError as error:
        db.session.rollback()
        form.add_error(error)
        link = queries.find_link(db.session, code)
        form = _offered(form, link)
        return _unlisted(browser.refused(error, _page(link, form)))
    browser.begin(login, now)
    return browser.remember_school(redirect(url_for(".joined"), 303), school_code)


@bp.get("/joined")
@pupil_only
def joined() -> ResponseReturnValue:
    """The own number, to write down or to keep as a picture of the screen."""
    found = queries.joined_of(db.session, current_user.user_id, clock.now())
    return _unlisted(render_template("registration/joined.html", joined=found))


def _form(link: RegistrationLink) -> JoinForm:
    form = _offered(JoinForm(), link)
    if not form.is_submitted():
        form.form_key.data = secrets.token_urlsafe(18)
    return form


def _offered(form: JoinForm, link: RegistrationLink) -> JoinForm:
    """The form with the classes of the invitation."""
    if "class_id" not in form:
        return form
    now = clock.now()
    classes = queries.classes_to_choose(db.session, link.school, now) if link.asks_class else []
    label = _("科室或网格") if link.school.is_unit else _("孩子的班级")
    form.offer([(one.id, class_words(one.label(now))) for one in classes], label=label)
    return form


def _page(link: RegistrationLink, form: JoinForm) -> str:
    state = link.state(clock.now())
    words = "" if state is LinkState.OPEN else _(refusal(state).message)
    return render_template("registration/join.html", link=link, school=link.school, form=form, closed=words)


def _unlisted(response: ResponseReturnValue) -> Response:
    found = make_response(response)
    found.headers["X-Robots-Tag"] = "noindex"
    found.headers["Referrer-Policy"] = "no-referrer"
    return found
