"""Bring questions in: upload, look at the dry run, confirm; nothing is written before."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from question_bank.formats import spreadsheet
from question_bank.formats.registry import FORMATS
from quiz import clock
from quiz.db import db
from quiz.errors import DomainError
from quiz.items import labels
from quiz.items.editing.services import submit_many
from quiz.items.importing import queries, services
from quiz.items.importing.forms import SAMPLE, ConfirmForm, ImportForm
from quiz.items.importing.models import ItemImport, ItemImportStatus
from quiz.items.importing.shown import preview_of
from quiz.web.access import requires
from quiz.web.spreadsheets import XLSX_TYPE, attachment

bp = Blueprint("item_imports", __name__, url_prefix="/items/imports")


@bp.context_processor
def _labels() -> dict[str, Any]:
    return {"kind_labels": labels.KIND_LABELS, "topic_labels": labels.TOPIC_LABELS, "formats": FORMATS}


@bp.get("/")
@requires("items.edit")
def index() -> ResponseReturnValue:
    return _upload_page(ImportForm(formdata=None))


@bp.post("/")
@requires("items.edit")
def upload() -> ResponseReturnValue:
    form = ImportForm()
    try:
        if not form.validate_on_submit():
            return _upload_page(form), 422
        name, data = form.upload()
        row = services.start_import(
            db.session, actor=current_user, filename=name, data=data, code=form.code(), defaults=form.defaults(),
            now=clock.now(),
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        form.add_error(error)
        return _upload_page(form), error.status
    return redirect(url_for(".show", public_id=row.public_id), 303)


def _upload_page(form: ImportForm) -> str:
    return render_template(
        "items/importing/upload.html", form=form, sample=SAMPLE, recent=queries.recent_imports(db.session, current_user)
    )


@bp.get("/template.xlsx")
@requires("items.edit")
def template() -> Response:
    """An empty table with examples of every kind."""
    return attachment(spreadsheet.template(), _("题目导入模板.xlsx"), XLSX_TYPE)


@bp.get("/<public_id>")
@requires("items.edit")
def show(public_id: str) -> ResponseReturnValue:
    row = queries.get_import(db.session, public_id, current_user, whole=True)
    if row.status == ItemImportStatus.READY:
        preview = preview_of(row, request.args.get("show", ""), request.args.get("page", 1, int))
        return render_template(
            "items/importing/preview.html", row=row, preview=preview, form=ConfirmForm(formdata=None)
        )
    if row.status == ItemImportStatus.CONFIRMED:
        return render_template("items/importing/done.html", row=row)
    return render_template("items/importing/waiting.html", row=row, message=_refusal(row), **_progress(row))


@bp.get("/<public_id>/progress")
@requires("items.edit")
def progress(public_id: str) -> ResponseReturnValue:
    """The part of the page that is asked for again until the dry run is ready."""
    row = queries.get_import(db.session, public_id, current_user)
    return render_template("items/importing/_progress.html", row=row, **_progress(row))


@bp.post("/<public_id>/confirm")
@requires("items.edit")
def confirm(public_id: str) -> ResponseReturnValue:
    form = ConfirmForm()
    if form.validate_on_submit():
        services.confirm(
            db.session, actor=current_user, public_id=public_id, skip_same=bool(form.skip_same.data), now=clock.now()
        )
    return redirect(url_for(".show", public_id=public_id), 303)


@bp.post("/<public_id>/discard")
@requires("items.edit")
def discard(public_id: str) -> ResponseReturnValue:
    services.discard(db.session, actor=current_user, public_id=public_id, now=clock.now())
    flash(_("已放弃这次导入，题库没有变动。"), "info")
    return redirect(url_for(".index"), 303)


@bp.post("/<public_id>/submit")
@requires("items.edit")
def submit(public_id: str) -> ResponseReturnValue:
    """Send every sound draft of a confirmed import to the checks."""
    row = queries.get_import(db.session, public_id, current_user)
    sent, left = submit_many(db.session, actor=current_user, import_id=row.id, now=clock.now())
    flash(ngettext("%(num)d 道题已送审。", "%(num)d 道题已送审。", sent), "ok")
    if left:
        flash(ngettext("还有 %(num)d 道要先改好。", "还有 %(num)d 道要先改好。", left), "info")
    return redirect(url_for("item_drafts.index", from_import=row.id), 303)


def _progress(row: ItemImport) -> dict[str, int]:
    done, total = queries.job_progress(db.session, row)
    return {"done": done, "total": total}


def _refusal(row: ItemImport) -> str:
    reason = row.summary.get("message", "")
    return str(_(reason, **row.summary["params"])) if reason else ""
