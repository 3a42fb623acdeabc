"""Drafts: the queue, the editor with its preview, the two checks."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from question_bank.model import Item as BankItem
from question_bank.model import ItemKind
from quiz import clock
from quiz.db import db
from quiz.errors import DomainError
from quiz.items import citations
from quiz.items import labels as item_labels
from quiz.items.editing import queries, rules, services, shown
from quiz.items.editing.content import blank_item
from quiz.items.editing.forms import CheckForm, DraftForm, NewDraftForm, StepForm
from quiz.items.editing.labels import EVENT_LABELS, KIND_HINTS, STAGE_LABELS, STAGE_TONES
from quiz.items.editing.models import ItemDraft
from quiz.items.editing.rules import DraftStage, DraftStep
from quiz.web.access import requires
from quiz.web.forms import options
from quiz.web.guard import as_id
from quiz.web.navigation import NavItem
from quiz.web.pagination import paginate

bp = Blueprint("item_drafts", __name__, url_prefix="/items/drafts")
NAVIGATION = [
    NavItem(
        _l("题目审核"),
        "item_drafts.index",
        icon="review",
        audience="staff",
        rule="can:items.edit",
        rank=42,
        covers=("item_imports",),
    ),
]
CHECK_STEPS = {
    DraftStage.SOURCE_CHECK: DraftStep.CONFIRM_SOURCE,
    DraftStage.SAFETY_CHECK: DraftStep.CONFIRM_SAFETY,
}


@bp.context_processor
def _labels() -> dict[str, Any]:
    return {
        **{name.lower(): getattr(item_labels, name) for name in item_labels.SHARED},
        "stage_labels": STAGE_LABELS,
        "stage_tones": STAGE_TONES,
        "event_labels": EVENT_LABELS,
    }


@bp.get("/")
@requires("items.edit")
def index() -> ResponseReturnValue:
    stage = _stage(request.args.get("stage", ""))
    wanted = queries.DraftFilter(
        stage=stage,
        mine=current_user.user_id if request.args.get("mine") else None,
        import_id=request.args.get("from_import", type=as_id),
    )
    page = paginate(db.session, queries.select_drafts(wanted), request.args.get("page", 1, int))
    return render_template(
        "items/editing/index.html",
        page=page,
        lines=[shown.queue_line(draft, current_user.user_id) for draft in page.rows],
        names=queries.names(db.session, [draft.created_by for draft in page.rows]),
        stage=stage,
        counts=queries.stage_counts(db.session),
        wanted=wanted,
    )


@bp.get("/new")
@requires("items.edit")
def new() -> ResponseReturnValue:
    return _new_page(NewDraftForm())


@bp.post("/new")
@requires("items.edit")
def create() -> ResponseReturnValue:
    form = NewDraftForm()
    if not form.validate_on_submit() or form.kind.data not in set(ItemKind):
        form.kind.errors = [_("请选一种题型。")]
        return _new_page(form), 422
    draft = services.create_draft(
        db.session, actor=current_user, content=blank_item(ItemKind(form.kind.data)), now=clock.now()
    )
    return redirect(url_for(".show", public_id=draft.public_id), 303)


def _new_page(form: NewDraftForm) -> str:
    form.kind.choices = options(item_labels.KIND_LABELS)
    return render_template("items/editing/new.html", form=form, hints=KIND_HINTS)


@bp.get("/<public_id>")
@requires("items.edit")
def show(public_id: str) -> ResponseReturnValue:
    draft = queries.get_draft(db.session, public_id)
    content = BankItem.from_dict(draft.content)
    if draft.stage is DraftStage.DRAFT:
        return _editor(draft, DraftForm.of(content, draft.revision))
    return _review_page(draft, content)


@bp.post("/<public_id>")
@requires("items.edit")
def save(public_id: str) -> ResponseReturnValue:
    """Save, and where the author asks for it send to the source check."""
    draft = queries.get_draft(db.session, public_id)
    form = DraftForm(BankItem.from_dict(draft.content))
    if not form.validate_on_submit():
        return _editor(draft, form), 422
    if "more" in request.form:
        return _editor(draft, form)
    try:
        saved = services.save_draft(
            db.session, actor=current_user, public_id=public_id, content=form.content(), revision=form.seen_revision,
            now=clock.now(),
        )  # fmt: skip
        if "submit" in request.form:
            return _submit(saved)
    except DomainError as error:
        db.session.rollback()
        form.add_error(error)
        return _editor(draft, form), error.status
    flash(_("草稿已保存。"), "ok")
    return redirect(url_for(".show", public_id=public_id), 303)


def _submit(draft: ItemDraft) -> ResponseReturnValue:
    services.take_step(
        db.session, actor=current_user, public_id=draft.public_id, step=DraftStep.SUBMIT, revision=draft.revision,
        comment="", now=clock.now(),
    )  # fmt: skip
    flash(_("已经送审。先由一个人核对事实，再由另一个人核对安全。"), "ok")
    return redirect(url_for(".index"), 303)


@bp.post("/<public_id>/preview")
@requires("items.edit")
def preview(public_id: str) -> ResponseReturnValue:
    """The fields as a pupil will see them; nothing is written."""
    draft = queries.get_draft(db.session, public_id)
    form = DraftForm(BankItem.from_dict(draft.content))
    form.validate()
    return render_template("items/editing/_preview.html", shown=shown.preview(db.session, form.content()))


@bp.post("/<public_id>/step")
@requires("items.review")
def step(public_id: str) -> ResponseReturnValue:
    """One of the two checks, sending back, or withdrawing."""
    draft = queries.get_draft(db.session, public_id)
    form = CheckForm()
    wanted = _step(request.form.get("step", ""), draft)
    if not form.validate_on_submit():
        return _review_page(draft, BankItem.from_dict(draft.content), form), 422
    if wanted in rules.CHECKS and not form.did_read.data:
        form.did_read.errors = [_("请先逐句读过、对照过，再勾选这一项。")]
        return _review_page(draft, BankItem.from_dict(draft.content), form), 422
    try:
        done = services.take_step(
            db.session, actor=current_user, public_id=public_id, step=wanted, revision=form.seen_revision,
            comment=form.comment.data or "", now=clock.now(),
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        form.add_error(error)
        fresh = queries.get_draft(db.session, public_id)
        return _review_page(fresh, BankItem.from_dict(fresh.content), form), error.status
    flash(_done_message(wanted, done), "ok")
    if wanted is DraftStep.CONFIRM_SAFETY:
        return redirect(url_for("items.show", item_id=done.item_id), 303)
    return redirect(url_for(".index"), 303)


@bp.post("/<public_id>/comments")
@requires("items.edit")
def comment(public_id: str) -> ResponseReturnValue:
    form = StepForm()
    draft = queries.get_draft(db.session, public_id)
    try:
        if form.validate_on_submit():
            services.comment_on(
                db.session, actor=current_user, public_id=public_id, text=form.comment.data or "", now=clock.now()
            )
    except DomainError as error:
        flash(_(error.message, **error.params), "warn")
    return redirect(url_for(".show", public_id=draft.public_id, _anchor="history"), 303)


def _editor(draft: ItemDraft, form: DraftForm) -> str:
    content = form.content() if form.is_submitted() else BankItem.from_dict(draft.content)
    return render_template(
        "items/editing/edit.html",
        draft=draft,
        form=form,
        kind=str(content.kind),
        shown=shown.preview(db.session, content),
        citable=citations.citable(),
        names=queries.names(db.session, queries.actor_ids([draft])),
    )


def _review_page(draft: ItemDraft, content: BankItem, form: CheckForm | None = None) -> str:
    step = CHECK_STEPS.get(draft.stage)
    reason = ""
    if step:
        reason = rules.why_not_check(step, current_user.user_id, queries.authors(draft), draft.source_checked_by)
    return render_template(
        "items/editing/review.html",
        draft=draft,
        content=content,
        shown=shown.preview(db.session, content),
        changes=shown.changes(db.session, draft, content),
        step=step,
        why_not=_(reason) if reason else "",
        form=form or CheckForm(formdata=None, revision=str(draft.revision)),
        names=queries.names(db.session, queries.actor_ids([draft])),
    )


def _stage(value: str) -> DraftStage:
    return DraftStage(value) if value in set(DraftStage) else DraftStage.DRAFT


def _step(value: str, draft: ItemDraft) -> DraftStep:
    """The step that was pressed; "confirm" means the check that is due."""
    if value == "confirm":
        return CHECK_STEPS.get(draft.stage, DraftStep.CONFIRM_SOURCE)
    return DraftStep.WITHDRAW if value == "withdraw" else DraftStep.SEND_BACK


def _done_message(step: DraftStep, draft: ItemDraft) -> str:
    if step is DraftStep.CONFIRM_SOURCE:
        return str(_("事实核对已记下。接下来由另一个人核对安全。"))
    if step is DraftStep.CONFIRM_SAFETY:
        return str(_("两项核对都已完成，题目 %(id)s 已发布。", id=draft.item_id))
    return str(_("草稿已撤回。") if step is DraftStep.WITHDRAW else _("已退回，作者会看到你的意见。"))
