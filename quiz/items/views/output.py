"""Take items out: files in every format, and sheets to print. Staff who may read keys may take them out."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, RadioField

from question_bank.controls import cleaned
from question_bank.formats.base import FIELDS, Format, Written
from question_bank.formats.numbered import DOCX_TYPE
from question_bank.formats.printing import key_text, sections, write_paper
from question_bank.formats.registry import FORMATS
from question_bank.model import Item as BankItem
from quiz import clock
from quiz.audit.services import record
from quiz.db import db
from quiz.items import labels, queries
from quiz.items.answering import answer_view
from quiz.items.forms import ItemFilterForm
from quiz.web.access import requires
from quiz.web.forms import BaseForm, options
from quiz.web.spreadsheets import attachment

bp = Blueprint("item_output", __name__, url_prefix="/items/output")
LOSS_LABELS = {
    "grades": _l("情景题的等级"), "reasons": _l("选项的理由"), "misconceptions": _l("误区"), "explanation": _l("解析"),
    "topic": _l("主题"), "bands": _l("年级段"), "difficulty": _l("难度"), "sources": _l("出处"), "tags": _l("标签"),
    "validity": _l("使用期限"), "reviews": _l("核对记录"), "id": _l("题号"), "targets": _l("右项编号"),
}  # fmt: skip


#: What a format holds, but marks in its own way or only up to a point.
CAVEATS = {
    "xlsx": _l("选项或理由里有换行的题除外"),
    "csv": _l("选项或理由里有换行的题除外"),
    "docx": _l("选项和解析里有换行的题除外"),
    "text": _l("选项和解析里有换行的题除外"),
    "moodle": _l("几个空的填空题除外；多选题和配对题在那里答对一部分也给分"),
    "gift": _l("几个空的填空题除外；多选题和配对题在那里答对一部分也给分"),
}


class ExportForm(BaseForm):
    """Which format, and whether items that do not fit are left out."""

    format = RadioField(_l("格式"), validate_choice=False)
    leave_out = BooleanField(_l("知道了，导出其余的题目"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.format.choices = options({one.code: one.name for one in FORMATS.values()})


@bp.get("/")
@requires("items.view")
def index() -> ResponseReturnValue:
    """The selection of the list, and what can be done with it."""
    return _page(ExportForm(formdata=None))


@bp.post("/")
@requires("items.view")
def export() -> ResponseReturnValue:
    """The file; where items do not fit into the format, first the list of them."""
    form = ExportForm()
    if not form.validate_on_submit() or form.format.data not in FORMATS:
        form.format.errors = [_("请选一种格式。")]
        return _page(form), 422
    items, chosen = _items(), FORMATS[form.format.data]
    written = chosen.write(items)
    if written.refused and not form.leave_out.data:
        return _page(form, chosen, written), 422
    record(
        db.session, "item:bank:export", now=clock.now(), actor_id=current_user.user_id, object_type="bank",
        object_id=chosen.code, items=len(items) - len(written.refused),
    )  # fmt: skip
    return attachment(written.data, f"{_('题库')}-{chosen.code}.{chosen.extension}", chosen.media_type)


def _page(form: ExportForm, chosen: Format | None = None, written: Written | None = None) -> str:
    return render_template(
        "items/output/index.html", form=form, total=len(_items()), filters=_filters(), chosen=chosen, written=written,
        losses={one.code: _losses(one) for one in FORMATS.values()},
        caveats=CAVEATS,
    )  # fmt: skip


def _filters() -> dict[str, Any]:
    """The filters of the list as they stand in the address."""
    return {name: value for name, value in request.args.items() if value and name != "with_key"}


def _losses(one: Format) -> list[Any]:
    """What a format cannot hold, in words."""
    kinds = [labels.KIND_LABELS[kind] for kind in labels.KIND_LABELS if kind not in {str(k) for k in one.kinds}]
    return [*kinds, *(LOSS_LABELS[name] for name in FIELDS if name not in one.fields and name in LOSS_LABELS)]


def _items() -> list[BankItem]:
    """The items that the list's filters choose."""
    wanted = ItemFilterForm(request.args).wanted()
    return [cleaned(line.content) for line in queries.find_items(db.session, wanted, now=clock.now())]


@bp.get("/print")
@requires("items.view")
def sheet() -> ResponseReturnValue:
    """Questions for paper, with or without a sheet of keys."""
    items = [item for _kind, section in sections(_items()) for item in section]
    orders: Callable[[BankItem], tuple[str, ...]] = lambda item: (*item.choice_ids, *item.target_ids)  # noqa: E731
    return render_template(
        "items/output/print.html",
        questions=[(item, answer_view(item, orders(item), ()), key_text(item)) for item in items],
        with_key=bool(request.args.get("with_key")),
        kind_labels=labels.KIND_LABELS,
        back=url_for(".index", **_filters()),
    )


@bp.get("/paper.docx")
@requires("items.view")
def paper() -> Response:
    """The same as a Word document."""
    with_key = bool(request.args.get("with_key"))
    written = write_paper(_items(), _("禁毒知识练习"), with_key=with_key)
    name = _("练习（含答案）") if with_key else _("练习")
    return attachment(written.data, f"{name}.docx", DOCX_TYPE)
