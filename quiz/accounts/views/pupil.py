"""One pupil of a class: add, edit, move, transfer out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms.fields import SelectChoice

from quiz import clock
from quiz.accounts.pupil_forms import MoveForm, PupilForm
from quiz.accounts.queries import get_pupil
from quiz.accounts.services import enrolments
from quiz.accounts.views.pupils import label_of
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from quiz.regions.labels import class_words
from quiz.regions.models import SchoolClass
from quiz.regions.queries import get_class
from quiz.regions.rules import NO_GRADE
from quiz.web.access import requires

bp = Blueprint("accounts_pupil", __name__, url_prefix="/classes/<int:class_id>/pupils")


@bp.route("/new", methods=["GET", "POST"])
@requires("roster.import")
def add(class_id: int) -> ResponseReturnValue:
    school_class = _class(class_id)
    if class_id not in {one.id for one in _open_classes(school_class)}:
        raise NotFoundError("没有找到这个班级。")
    form = PupilForm()
    if form.validate_on_submit():
        try:
            public_id = enrolments.add_pupil(
                db.session, actor=current_user, class_id=class_id, now=clock.now(), **_written(form)
            )
            return redirect(url_for("accounts_pupils.pupils", class_id=class_id, added=public_id), 303)
        except DomainError as error:
            _tell(form, error)
    _word(form, school_class)
    html = render_template(
        "accounts/pupil_new.html", form=form, school_class=school_class, label=label_of(school_class)
    )
    return (html, 422) if form.errors else html


@bp.route("/<user_public_id>", methods=["GET", "POST"])
@requires("roster.import")
def edit(class_id: int, user_public_id: str) -> ResponseReturnValue:
    school_class = _class(class_id)
    form = PupilForm()
    if form.validate_on_submit():
        try:
            enrolments.edit_pupil(
                db.session,
                actor=current_user,
                class_id=class_id,
                public_id=user_public_id,
                now=clock.now(),
                **_written(form),
            )
            flash(_("改好了。"), "ok")
            return redirect(_class_page(class_id), 303)
        except DomainError as error:
            _tell(form, error)
    return _pupil_page(school_class, user_public_id, form if form.errors else None)


@bp.post("/<user_public_id>/move")
@requires("roster.import")
def move(class_id: int, user_public_id: str) -> ResponseReturnValue:
    school_class = _class(class_id)
    form = MoveForm()
    if form.validate_on_submit():
        try:
            target = enrolments.move_pupil(
                db.session,
                actor=current_user,
                class_id=class_id,
                public_id=user_public_id,
                to_class_id=form.to_class.data or 0,
                now=clock.now(),
            )
            flash(_("已经转到%(label)s。", label=label_of(target)), "ok")
            return redirect(_class_page(target.id), 303)
        except DomainError as error:
            _tell(form, error)
    return _pupil_page(school_class, user_public_id, move_form=form)


@bp.route("/<user_public_id>/leave", methods=["GET", "POST"])
@requires("roster.import")
def leave(class_id: int, user_public_id: str) -> ResponseReturnValue:
    school_class = _class(class_id)
    if request.method == "POST":
        name = enrolments.transfer_out(
            db.session, actor=current_user, class_id=class_id, public_id=user_public_id, now=clock.now()
        )
        flash(_("%(name)s已经转出。", name=name), "ok")
        return redirect(_class_page(class_id), 303)
    pupil = get_pupil(db.session, class_id, user_public_id)
    return render_template("accounts/pupil_leave.html", pupil=pupil, label=label_of(school_class))


def _class(class_id: int) -> SchoolClass:
    return get_class(db.session, class_id, current_user.scope("roster.import"))


def _open_classes(school_class: SchoolClass) -> list[SchoolClass]:
    return enrolments.open_classes(db.session, actor=current_user, school_id=school_class.school_id)


def _class_page(class_id: int) -> str:
    return url_for("accounts_pupils.pupils", class_id=class_id)


def _word(form: PupilForm, school_class: SchoolClass) -> None:
    """Adults have a participant's number, and no gender is asked of them."""
    if school_class.entry_grade <= NO_GRADE:
        form.student_number.label.text = _("参赛号")
        form.student_number.description = _("可以用工号或自编的号，不是身份证号、手机号。")


def _written(form: PupilForm) -> dict[str, str]:
    return {
        "name": form.name.data or "",
        "number": form.student_number.data or "",
        "gender": form.gender.data or "",
    }


def _tell(form: PupilForm | MoveForm, error: DomainError) -> None:
    """Show a refusal beside its field, classes in the language of the page; what is not there stays a 404."""
    if isinstance(error, NotFoundError):
        raise error
    if "label" in error.params:
        error.params["label"] = class_words(str(error.params["label"]))
    form.add_error(error)


def _pupil_page(
    school_class: SchoolClass, public_id: str, form: PupilForm | None = None, move_form: MoveForm | None = None
) -> ResponseReturnValue:
    """The pupil's page, with the form that was refused, if any."""
    pupil = get_pupil(db.session, school_class.id, public_id)
    values = {"name": pupil.user.name, "student_number": pupil.student_number, "gender": pupil.gender or ""}
    form, move_form = form or PupilForm(formdata=None, data=values), move_form or MoveForm(formdata=None)
    _word(form, school_class)
    is_adult = school_class.entry_grade <= NO_GRADE
    others = [
        one
        for one in _open_classes(school_class)
        if one.id != school_class.id and (one.entry_grade <= NO_GRADE) == is_adult
    ]
    if others:
        classes = [SelectChoice(one.id, label_of(one)) for one in others]
        move_form.to_class.choices = [SelectChoice(0, _("请选择班级")), *classes]
    html = render_template(
        "accounts/pupil_edit.html", pupil=pupil, form=form, move_form=move_form, label=label_of(school_class)
    )
    return (html, 422) if form.errors or move_form.errors else html
