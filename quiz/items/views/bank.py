"""The bank for staff: find an item, read it with key, explanation and sources."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from quiz.db import db
from quiz.items import citations, labels, queries
from quiz.items.forms import ItemFilterForm
from quiz.items.rules import is_about_qinghai, reviewed_choices
from quiz.web.access import requires
from quiz.web.navigation import NavItem
from quiz.web.pagination import PER_PAGE, Page

bp = Blueprint("items", __name__, url_prefix="/items")
NAVIGATION = [
    NavItem(_l("题库"), "items.index", icon="bank", audience="staff", rule="can:items.view", rank=40),
]


@bp.context_processor
def _labels() -> dict[str, Any]:
    return {**{name.lower(): getattr(labels, name) for name in labels.SHARED}, "is_about_qinghai": is_about_qinghai}


@bp.get("/")
@requires("items.view")
def index() -> ResponseReturnValue:
    form = ItemFilterForm(request.args)
    found = queries.find_items(db.session, form.wanted())
    number = min(max(1, request.args.get("page", 1, int)), max(1, -(-len(found) // PER_PAGE)))
    page = Page(found[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(found))
    return render_template("items/index.html", form=form, page=page)


@bp.get("/<item_id>")
@requires("items.view")
def show(item_id: str) -> ResponseReturnValue:
    view = queries.get_item(db.session, item_id)
    return render_template(
        "items/show.html",
        view=view,
        item=view.content,
        choices=reviewed_choices(view.content, view.content.choice_ids, ()),
        sources=citations.for_staff(view.content.sources),
    )
