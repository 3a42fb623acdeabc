"""Roster import: choose a school, upload, preview, confirm."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.accounts.roster import queries, services
from quiz.accounts.roster.forms import ConfirmForm, UploadForm
from quiz.accounts.roster.models import ImportStatus, RosterImport
from quiz.accounts.roster.services import Outcome
from quiz.accounts.roster.shown import file_notes, preview_of
from quiz.accounts.roster.templates import unit_template
from quiz.db import db
from quiz.errors import DomainError
from quiz.regions.models import School, SchoolClass
from quiz.web.access import requires
from quiz.web.navigation import NavItem
from quiz.web.pagination import paginate
from quiz.web.spreadsheets import XLSX_TYPE, Sheet, attachment, xlsx

bp = Blueprint("roster", __name__, url_prefix="/roster")
NAVIGATION = [NavItem(_l("导入名册"), "roster.index", "upload", "staff", "can:roster.import", rank=62)]


@bp.get("")
@requires("roster.import")
def index() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()
    query = queries.schools_for_import(current_user.scope("roster.import"), text)
    page = paginate(db.session, query, request.args.get("page", 1, int))
    if page.total == 1 and not text:
        return redirect(url_for(".upload", school_id=page.rows[0].id))
    addresses = {
        "prev_url": url_for(".index", q=text or None, page=page.number - 1) if page.has_previous else None,
        "next_url": url_for(".index", q=text or None, page=page.number + 1) if page.has_next else None,
    }
    pager = {**addresses, "number": page.number, "pages": page.pages, "total": page.total}
    return render_template("roster/index.html", page=page, text=text, pager=pager)


@bp.route("/schools/<int:school_id>", methods=["GET", "POST"])
@requires("roster.import")
def upload(school_id: int) -> ResponseReturnValue:
    school = _school(school_id)
    form = UploadForm()
    if form.validate_on_submit():
        try:
            data = form.file.data.read() if form.file.data else b""
            name = (form.file.data.filename or "") if form.file.data else ""
            row = services.start_import(
                db.session, actor=current_user, school=school, filename=name, data=data, now=clock.now()
            )
            return redirect(url_for(".show", public_id=row.public_id), 303)
        except DomainError as error:
            form.add_error(error)
    class_ids = queries.own_classes(db.session, school.id, current_user.scope(queries.PERMISSION))
    html = render_template(
        "roster/upload.html",
        school=school,
        form=form,
        classes=[_label(one) for one in queries.classes_of(db.session, school.id, class_ids)],
        whole=class_ids is None,
        recent=queries.recent_imports(db.session, school.id, current_user),
        several=paginate(db.session, queries.schools_for_import(current_user.scope("roster.import")), 1).total > 1,
    )
    return (html, 422) if form.errors else html


@bp.get("/schools/<int:school_id>/template.xlsx")
@requires("roster.import")
def template(school_id: int) -> Response:
    """A roster to fill in, with two example rows in the first class of the school."""
    school = _school(school_id)
    if school.is_unit:
        return unit_template(school.name)
    class_ids = queries.own_classes(db.session, school.id, current_user.scope(queries.PERMISSION))
    classes = queries.classes_of(db.session, school.id, class_ids)
    label = _label(classes[0]).replace(" ", "") if classes else "八年级1班"
    headings = ["学号", "姓名", "班级", "性别", "同意公开姓名"]
    help_rows = [
        ["学号", "在学校里不重复；这一列已设成文本格式，开头的 0 不会丢"],
        ["姓名", "照户口本写，少数民族姓名中间的点写“·”"],
        ["班级", "年级和班写在一起，如“八年级1班”“初二(1)班”；也可以另加一列“年级”"],
        ["性别", "男或女，可以不填"],
        ["同意公开姓名", "学生和监护人都在同意书上签了“同意”，填“是”；有一方不同意，填“否”；没有征求就留空，不会改动"],
        ["", "身份证号、手机号等其他信息不用填，填了也不会读取"],
    ]
    data = xlsx(
        [
            Sheet(
                "名册",
                headings,
                [["00000001", "示例学生一", label, "女"], ["00000002", "示例学生二", label, "男"]],
                [18, 18, 18, 8, 14],
            ),
            Sheet("填写说明", ["列", "怎么填"], help_rows, [14, 70]),
        ]
    )
    return attachment(data, f"{school.name}名册模板.xlsx", XLSX_TYPE)


@bp.get("/imports/<public_id>")
@requires("roster.import")
def show(public_id: str) -> ResponseReturnValue:
    row = queries.get_import(db.session, public_id, current_user, whole=True)
    return _import_page(row)


@bp.get("/imports/<public_id>/progress")
@requires("roster.import")
def progress(public_id: str) -> ResponseReturnValue:
    """The part of the page that is asked for again until the preview is ready."""
    row = queries.get_import(db.session, public_id, current_user)
    done, total = queries.job_progress(db.session, row)
    return render_template("roster/_progress.html", row=row, done=done, total=total)


@bp.post("/imports/<public_id>/confirm")
@requires("roster.import")
def confirm(public_id: str) -> ResponseReturnValue:
    form = ConfirmForm()
    if form.validate_on_submit():
        outcome = services.confirm(
            db.session,
            actor=current_user,
            public_id=public_id,
            plan_digest=form.digest.data or "",
            remove_missing=form.remove_missing.data,
            now=clock.now(),
        )
        if outcome == Outcome.CHANGED:
            flash(_("预览以后，学校的名册又有了变化，所以还没有导入。请再看一遍，然后确认。"), "warn")
    return redirect(url_for(".show", public_id=public_id), 303)


@bp.post("/imports/<public_id>/discard")
@requires("roster.import")
def discard(public_id: str) -> ResponseReturnValue:
    row = queries.get_import(db.session, public_id, current_user)
    services.discard(db.session, actor=current_user, public_id=public_id, now=clock.now())
    flash(_("已放弃这次导入，名册没有变动。"), "info")
    return redirect(url_for(".upload", school_id=row.school_id), 303)


def _import_page(row: RosterImport) -> str:
    """The page of an import in whatever state it is."""
    if row.status == ImportStatus.READY:
        preview = preview_of(row, request.args.get("kind", ""), request.args.get("page", 1, int))
        form = ConfirmForm(formdata=None, digest=row.plan_digest)
        return render_template("roster/preview.html", row=row, preview=preview, form=form, notes=file_notes(row))
    if row.status == ImportStatus.CONFIRMED:
        written = row.summary["written"]
        classes = [(one.id, _label(one)) for one in queries.classes_of(db.session, row.school_id, written["class_ids"])]
        return render_template("roster/done.html", row=row, written=written, classes=classes)
    done, total = queries.job_progress(db.session, row)
    reason = row.summary.get("message", "")
    message = _(reason, **row.summary["params"]) if reason else ""
    return render_template("roster/waiting.html", row=row, done=done, total=total, message=message)


def _school(school_id: int) -> School:
    return queries.get_import_school(db.session, school_id, current_user.scope(queries.PERMISSION))


def _label(one: SchoolClass) -> str:
    return one.label(clock.now())
