"""Report a problem with an item; for editors, the queue of what must be looked at."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.i18n import local_path
from quiz.items import catalogue, labels
from quiz.items.concerns import queries, services
from quiz.items.concerns.forms import ReportForm, SettleForm
from quiz.items.concerns.labels import CONCERN_LABELS, OUTCOME_LABELS, RAISED_BY_LABELS
from quiz.items.queries import get_item
from quiz.web.access import requires, signed_in
from quiz.web.navigation import NavItem
from quiz.web.pagination import paginate

bp = Blueprint("item_concerns", __name__, url_prefix="/items/concerns")
NAVIGATION = [
    NavItem(_l("题目问题"), "item_concerns.index", icon="warn", audience="staff", rule="can:items.edit", rank=44),
]


@bp.context_processor
def _labels() -> dict[str, Any]:
    return {
        "kind_labels": labels.KIND_LABELS,
        "concern_labels": CONCERN_LABELS,
        "outcome_labels": OUTCOME_LABELS,
        "raised_by_labels": RAISED_BY_LABELS,
    }


@bp.get("/")
@requires("items.edit")
def index() -> ResponseReturnValue:
    return _queue(SettleForm(formdata=None))


def _queue(form: SettleForm, failed: str = "") -> str:
    is_open = request.args.get("state") != "settled"
    page = paginate(db.session, queries.select_concerns(is_open=is_open), request.args.get("page", 1, int), 20)
    bank = catalogue.load(db.session)
    return render_template(
        "items/concerns/index.html",
        page=page,
        contents={one.id: bank.get(db.session, one.item_id, one.version) for one in page.rows},
        people=queries.kinds_of_people(db.session, [one.raised_by for one in page.rows]),
        is_open=is_open,
        waiting=queries.count_open(db.session),
        form=form,
        failed=failed,
    )


@bp.post("/<public_id>/settle")
@requires("items.edit")
def settle(public_id: str) -> ResponseReturnValue:
    form = SettleForm()
    try:
        if not form.validate_on_submit():
            return _queue(form, public_id), 422
        draft = services.settle(
            db.session, actor=current_user, public_id=public_id, outcome=form.outcome.data or "",
            answer=form.answer.data or "", now=clock.now(),
        )  # fmt: skip
    except ConflictError as error:  # settled by somebody else meanwhile: the queue has no place left to say so
        db.session.rollback()
        flash(_(error.message, **error.params), "warn")
        return redirect(url_for(".index"), 303)
    except DomainError as error:
        if error.field is None:
            raise
        db.session.rollback()
        form.add_error(error)
        return _queue(form, public_id), error.status
    flash(_("已经记下处理结果。"), "ok")
    if draft is not None:
        return redirect(url_for("item_drafts.show", public_id=draft.public_id), 303)
    return redirect(url_for(".index"), 303)


@bp.get("/report/<item_id>")
@signed_in
def report(item_id: str) -> ResponseReturnValue:
    form = ReportForm(formdata=None, back=local_path(request.args.get("back")) or "")
    return _report_page(item_id, form)


@bp.post("/report/<item_id>")
@signed_in
def send(item_id: str) -> ResponseReturnValue:
    form = ReportForm()
    try:
        if not form.validate_on_submit():
            return _report_page(item_id, form), 422
        is_new = services.report_item(
            db.session, actor=current_user, item_id=item_id, kind=form.kind.data or "", text=form.text.data or "",
            now=clock.now(),
        )  # fmt: skip
    except DomainError as error:
        if error.field is None:
            raise
        db.session.rollback()
        form.add_error(error)
        return _report_page(item_id, form), error.status
    flash(_("谢谢你，编辑会来看这道题。") if is_new else _("你已经报告过这个问题，编辑正在看。"), "ok")
    return redirect(local_path(form.back.data) or url_for("home.index"), 303)


def _report_page(item_id: str, form: ReportForm) -> str:
    """The form alone: the item itself is not shown, because its reader may not be allowed to see it yet."""
    get_item(db.session, item_id)
    layout = "layouts/student.html" if current_user.is_pupil else "layouts/staff.html"
    return render_template("items/concerns/report.html", form=form, item_id=item_id, layout=layout)
