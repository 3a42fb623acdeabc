"""A school's classes: add many, rename one, retire and open again."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quiz import clock
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from quiz.regions import school_services
from quiz.regions.forms import AddClassesForm, ClassForm, DepartmentForm
from quiz.regions.labels import class_words
from quiz.regions.models import School, SchoolClass
from quiz.regions.queries import get_class, get_school
from quiz.regions.rules import NO_GRADE
from quiz.regions.views.schools import bp, school_page
from quiz.web.access import requires
from quiz.web.forms import tried


@bp.post("/<int:school_id>/classes")
@requires("classes.manage")
def add_classes(school_id: int) -> ResponseReturnValue:
    school = _school(school_id, is_unit=False)
    form = AddClassesForm()
    form.offer(school)
    if form.validate_on_submit():
        try:
            made = school_services.add_classes(
                db.session,
                actor_id=current_user.user_id,
                school=school,
                grade=form.grade.data,
                count=form.count.data,
                now=clock.now(),
            )
            flash(
                ngettext("新建了 %(num)d 个班。", "新建了 %(num)d 个班。", made) if made else _("这些班已经有了。"),
                "ok",
            )
            return redirect(url_for(".show", school_id=school.id, _anchor="classes"), 303)
        except DomainError as error:
            form.add_error(error)
    return school_page(school, form), 422


@bp.post("/<int:school_id>/departments")
@requires("classes.manage")
def add_department(school_id: int) -> ResponseReturnValue:
    school = _school(school_id, is_unit=True)
    form = DepartmentForm()
    if form.validate_on_submit() and tried(
        form,
        lambda: school_services.add_department(
            db.session, actor_id=current_user.user_id, school=school, name=form.name.data or "", now=clock.now()
        ),
    ):
        flash(_("已新建“%(name)s”。", name=form.name.data), "ok")
        return redirect(url_for(".show", school_id=school.id, _anchor="classes"), 303)
    return school_page(school, form), 422


@bp.route("/classes/<int:class_id>", methods=["GET", "POST"])
@requires("classes.manage")
def edit_class(class_id: int) -> ResponseReturnValue:
    one = _class(class_id)
    form = ClassForm(obj=one)
    if form.validate_on_submit():
        try:
            school_services.rename_class(
                db.session,
                actor_id=current_user.user_id,
                school_class=one,
                name=form.name.data or "",
                now=clock.now(),
            )
            flash(_("已保存。"), "ok")
            return redirect(url_for(".show", school_id=one.school_id, _anchor="classes"), 303)
        except DomainError as error:
            form.add_error(error)
    label = class_words(one.label(clock.now()))
    if one.entry_grade <= NO_GRADE:
        form.name.label.text, form.name.description = _("科室或网格"), ""
    html = render_template("regions/class_form.html", form=form, one=one, label=label)
    return (html, 422) if form.errors else html


@bp.post("/classes/<int:class_id>/retire")
@requires("classes.manage")
def retire_class(class_id: int) -> ResponseReturnValue:
    return _set_active(class_id, False)


@bp.post("/classes/<int:class_id>/open")
@requires("classes.manage")
def open_class(class_id: int) -> ResponseReturnValue:
    return _set_active(class_id, True)


def _set_active(class_id: int, is_active: bool) -> ResponseReturnValue:
    one = _class(class_id)
    school_services.set_class_active(
        db.session, actor_id=current_user.user_id, school_class=one, is_active=is_active, now=clock.now()
    )
    if one.entry_grade <= NO_GRADE:
        flash(_("已启用。") if is_active else _("已停用，成绩都还在。"), "ok")
    else:
        flash(_("班级已启用。") if is_active else _("班级已停用，成绩都还在。"), "ok")
    return redirect(url_for(".show", school_id=one.school_id, _anchor="classes"), 303)


def _school(school_id: int, *, is_unit: bool) -> School:
    """A school, or a unit: classes go by grade in one, by name in the other."""
    school = get_school(db.session, school_id, current_user.scope("classes.manage"))
    if school.is_unit != is_unit:
        raise NotFoundError("没有找到这个页面。")
    return school


def _class(class_id: int) -> SchoolClass:
    return get_class(db.session, class_id, current_user.scope("classes.manage"))
