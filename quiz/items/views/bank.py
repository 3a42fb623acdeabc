"""The bank for staff: find an item, read it with key, explanation, sources and history; retire it, begin a draft."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.db import db
from quiz.errors import DomainError
from quiz.items import citations, labels, queries, services
from quiz.items.editing.forms import RetireForm
from quiz.items.editing.queries import names, open_draft
from quiz.items.editing.services import edit_item
from quiz.items.editing.shown import differences, revealed
from quiz.items.forms import ItemFilterForm
from quiz.items.rules import is_about_qinghai
from quiz.web.access import requires
from quiz.web.guard import as_id
from quiz.web.navigation import NavItem
from quiz.web.pagination import PER_PAGE, Page

bp = Blueprint("items", __name__, url_prefix="/items")
NAVIGATION = [
    NavItem(
        _l("题库"),
        "items.index",
        icon="bank",
        audience="staff",
        rule="can:items.view",
        rank=40,
        covers=("item_output", "item_sources"),
    ),
]


@bp.context_processor
def _labels() -> dict[str, Any]:
    return {**{name.lower(): getattr(labels, name) for name in labels.SHARED}, "is_about_qinghai": is_about_qinghai}


@bp.get("/")
@requires("items.view")
def index() -> ResponseReturnValue:
    form = ItemFilterForm(request.args)
    wanted = form.wanted()
    found = queries.find_items(db.session, wanted, now=clock.now())
    number = min(max(1, request.args.get("page", 1, int)), max(1, -(-len(found) // PER_PAGE)))
    page = Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(found))
    return render_template("items/index.html", form=form, page=page, has_more=wanted.has_more)


@bp.get("/<item_id>")
@requires("items.view")
def show(item_id: str) -> ResponseReturnValue:
    """An item with key, explanation, sources and history, at its current version or an older one."""
    return _item_page(item_id, RetireForm(formdata=None))


def _item_page(item_id: str, form: RetireForm) -> str:
    view = queries.get_item(db.session, item_id, request.args.get("version", type=as_id))
    versions, changes = queries.versions_of(db.session, item_id), queries.status_changes(db.session, item_id)
    before = None
    if view.version > 1:
        before = queries.get_item(db.session, item_id, view.version - 1).content
    actors = [one.published_by for one in versions] + [one.actor_id for one in changes]
    return render_template(
        "items/show.html",
        view=view,
        content=view.content,
        choices=revealed(view.content),
        sources=citations.for_staff(view.content.sources),
        versions=versions,
        status_changes=changes,
        changes=differences(before, view.content) if before else [],
        names=names(db.session, actors),
        draft=open_draft(db.session, item_id),
        form=form,
        may_edit=current_user.can("items.edit"),
    )


@bp.post("/<item_id>/edit")
@requires("items.edit")
def edit(item_id: str) -> ResponseReturnValue:
    """Open the item's draft, or begin one from its current version."""
    draft = edit_item(db.session, actor=current_user, item_id=item_id, now=clock.now())
    return redirect(url_for("item_drafts.show", public_id=draft.public_id), 303)


@bp.post("/<item_id>/status")
@requires("items.edit")
def change_status(item_id: str) -> ResponseReturnValue:
    """Retire a published item, bring a retired one back."""
    form = RetireForm()
    is_published = queries.get_item(db.session, item_id).is_published
    act = services.retire if is_published else services.restore
    try:
        if not form.validate_on_submit():
            return _item_page(item_id, form), 422
        act(db.session, item_id=item_id, reason=form.reason.data or "", actor_id=current_user.user_id, now=clock.now())
    except DomainError as error:
        db.session.rollback()
        form.add_error(error)
        return _item_page(item_id, form), error.status
    flash(_("题目已停用。已经组好的试卷不受影响。") if is_published else _("题目恢复使用了。"), "ok")
    return redirect(url_for(".show", item_id=item_id), 303)
