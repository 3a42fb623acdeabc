"""What is kept how long: the list, one kind with its dry run, and the confirmed erasing."""

from datetime import datetime

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.db import db
from quiz.errors import DomainError, NotFoundError
from quiz.jobs.queries import is_stuck
from quiz.operations.retention import labels, queries, services
from quiz.operations.retention.forms import EraseForm, SettingForm
from quiz.operations.retention.rules import TERMS, Kind
from quiz.web.access import requires
from quiz.web.forms import tried

MANAGE = "retention.manage"
bp = FlaskBlueprint("retention", __name__, url_prefix="/retention")


def _kind(code: str) -> Kind:
    try:
        return Kind(code)
    except ValueError as error:
        raise NotFoundError("没有这一类数据。") from error


@bp.get("/")
@requires(MANAGE)
def index() -> ResponseReturnValue:
    now = clock.now()
    rows = [queries.dry_run(db.session, kind, now) for kind in Kind]
    under_way = {kind for kind in Kind if queries.running(db.session, kind) is not None}
    return render_template("retention/index.html", rows=rows, labels=labels, under_way=under_way, now=now)


@bp.route("/<kind>", methods=["GET", "POST"])
@requires(MANAGE)
def show(kind: str) -> ResponseReturnValue:
    """One kind: how long, what would go now, what went before. POST changes the length."""
    found = _kind(kind)
    setting = queries.setting_of(db.session, found)
    form = SettingForm(data={"amount": setting.amount, "is_automatic": setting.is_automatic})
    if form.validate_on_submit() and tried(form, lambda: _change(found, form)):
        flash(_("已保存。"), "ok")
        return redirect(url_for("retention.show", kind=kind), 303)
    return _page(found, form), 422 if request.method == "POST" else 200


def _change(kind: Kind, form: SettingForm) -> None:
    services.change(
        db.session, actor=current_user, kind=kind, amount=form.amount.data or 0,
        is_automatic=bool(form.is_automatic.data), now=clock.now(),
    )  # fmt: skip


@bp.post("/<kind>/erase")
@requires(MANAGE)
def erase(kind: str) -> ResponseReturnValue:
    """Begin what the dry run showed, once its number was typed."""
    found, form = _kind(kind), EraseForm()
    if form.validate_on_submit() and tried(form, lambda: _ask(found, form)):
        flash(_("开始清理了，在后台一批一批地做。"), "ok")
        return redirect(url_for("retention.show", kind=kind), 303)
    setting = queries.setting_of(db.session, found)
    plain = SettingForm(formdata=None, data={"amount": setting.amount, "is_automatic": setting.is_automatic})
    return _page(found, plain, form), 422


def _ask(kind: Kind, form: EraseForm) -> None:
    try:
        until, expected = datetime.fromisoformat(form.until.data or ""), int(form.expected.data or "")
        if until.tzinfo is None:
            raise ValueError(until)
    except ValueError as error:
        raise DomainError("请刷新页面再试一次。") from error
    services.ask(
        db.session, actor=current_user, kind=kind, until=until, expected=expected, typed=form.typed.data or "",
        now=clock.now(),
    )  # fmt: skip


@bp.post("/<kind>/resume")
@requires(MANAGE)
def resume(kind: str) -> ResponseReturnValue:
    services.resume(db.session, kind=_kind(kind), now=clock.now())
    flash(_("接着清理了。"), "ok")
    return redirect(url_for("retention.show", kind=kind), 303)


def _page(kind: Kind, form: SettingForm, erasing: EraseForm | None = None) -> str:
    now = clock.now()
    due, run = queries.dry_run(db.session, kind, now), queries.running(db.session, kind)
    errors = erasing.errors if erasing is not None else {}
    form.amount.label.text = labels.HOW_MANY[TERMS[kind].unit]
    fresh = EraseForm(formdata=None, data={"until": due.before.isoformat(), "expected": str(due.count)})
    for name, messages in errors.items():
        if name in fresh:
            fresh[name].errors = messages
        else:
            fresh.form_errors.extend(messages)
    return render_template(
        "retention/show.html", kind=kind, form=form, erasing=fresh, due=due, run=run, labels=labels, term=TERMS[kind],
        runs=[row for row in queries.runs_of(db.session, kind) if row[0].erased or row[0].asked_by],
        is_stuck=run is not None and is_stuck(queries.job_of(db.session, run)), now=now,
    )  # fmt: skip
