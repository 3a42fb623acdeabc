"""The log for administrators: filtered, page by page, as a file; and when it was last proved."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.audit import labels, queries
from quiz.audit.forms import FilterForm
from quiz.audit.models import AuditEntry
from quiz.audit.people import people
from quiz.audit.rules import MOST_EXPORTED, Cursor, Wanted
from quiz.audit.services import record
from quiz.clock import LOCAL_ZONE
from quiz.db import db
from quiz.jobs.services import enqueue
from quiz.web.access import requires
from quiz.web.navigation import NavItem
from quiz.web.spreadsheets import XLSX_TYPE, Cell, Sheet, attachment, day_stamp, xlsx
from quiz.web.transactions import only_reading

bp = Blueprint("audit", __name__, url_prefix="/audit")
blueprints = [bp]
NAVIGATION = [NavItem(_l("审计日志"), "audit.index", "audit", "staff", "can:audit.view", rank=82)]
MOST_ID = 2**31 - 1
LONGEST_CELL = 32_000  # what a spreadsheet takes, with a little room


@bp.get("")
@requires("audit.view")
def index() -> ResponseReturnValue:
    form = _form(request.args)
    is_valid = form.validate()
    found = queries.page(db.session, _wanted(form), _cursor()) if is_valid else queries.EntryPage([], False, False)
    html = render_template(
        "audit/index.html",
        form=form,
        rows=found.rows,
        newer_url=_address(after=found.rows[0].id) if found.rows and found.has_newer else "",
        older_url=_address(before=found.rows[-1].id) if found.rows and found.has_older else "",
        kept=_kept(),
        is_narrowed=bool(_kept()),
        names=_names(found.rows),
        check=queries.last_check(db.session),
        is_being_checked=queries.is_being_checked(db.session),
        labels=labels,
        exact=exact,
        most=MOST_EXPORTED,
    )
    return html, 200 if is_valid else 422


@bp.post("/verify")
@requires("audit.view")
def verify() -> ResponseReturnValue:
    enqueue(db.session, queries.JOB, now=clock.now(), key=queries.JOB)
    flash(_("开始核验了，过一会儿刷新这个页面看结果。"), "ok")
    return redirect(url_for(".index"), 303)


@bp.post("/log.xlsx")
@requires("audit.view")
def export() -> ResponseReturnValue:
    """The filtered entries, the newest ones where there are more than a file takes."""
    form = _form(request.form)
    if not form.validate():
        return redirect(url_for(".index", **_kept()), 303)
    with only_reading():
        wanted = _wanted(form)
        total = queries.count(db.session, wanted)
        lines = list(_lines(queries.newest(db.session, wanted, MOST_EXPORTED)))
        file = attachment(
            xlsx(_sheets(form, lines, total)), f"{_('审计日志')}-{day_stamp(clock.now())}.xlsx", XLSX_TYPE
        )
    record(
        db.session, "system:audit:export", now=clock.now(), actor_id=current_user.user_id, object_type="log",
        object_id="all", rows=len(lines), filter=_kept(),
    )  # fmt: skip
    return file


def exact(entry: AuditEntry) -> str:
    """The moment of an entry to the second, in China's time."""
    return f"{entry.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S}"


def _form(values: Any) -> FilterForm:
    form = FilterForm(values)
    form.offer(
        queries.distinct_values(db.session, AuditEntry.action),
        queries.distinct_values(db.session, AuditEntry.object_type),
    )
    return form


def _wanted(form: FilterForm) -> Wanted:
    return Wanted(
        since=form.since.data,
        until=form.until.data,
        actors=_actors(form.actor.data or ""),
        prefix=form.action.data or "",
        object_type=form.object_type.data or "",
        object_id=form.object_id.data or "",
    )


def _actors(text: str) -> tuple[int, ...] | None:
    """The users whom a text means: by name, user name or number; None without a text."""
    if not text:
        return None
    number = [_number(text)] if _number(text) else []
    return (*number, *people().find(db.session, text))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MOST_ID else 0


def _cursor() -> Cursor | None:
    before, after = _number(request.args.get("before", "")), _number(request.args.get("after", ""))
    if after:
        return Cursor(after, is_up=True)
    return Cursor(before) if before else None


def _kept() -> dict[str, Any]:
    """The filter as it stands in the address or the form."""
    names = ("since", "until", "actor", "action", "object_type", "object_id")
    return {name: request.values[name][:100] for name in names if request.values.get(name, "").strip()}


def _address(**cursor: Any) -> str:
    return url_for(".index", **_kept(), **cursor)


def _names(rows: Iterable[AuditEntry]) -> dict[int, str]:
    return people().names(db.session, {row.actor_id for row in rows if row.actor_id})


def _lines(rows: Iterable[AuditEntry]) -> Iterable[list[Cell]]:
    names: dict[int | None, str] = {None: _("系统")}
    for row in rows:
        if row.actor_id is not None and row.actor_id not in names:
            names[row.actor_id] = people().names(db.session, [row.actor_id]).get(row.actor_id, "")
        details = _("；").join(f"{name} {value}" for name, value in labels.details(row.details))
        yield [
            row.id, exact(row), row.actor_id, names[row.actor_id], labels.action(row.action), row.action,
            row.object_type, row.object_id, details[:LONGEST_CELL], row.hash,
        ]  # fmt: skip


def _sheets(form: FilterForm, lines: list[list[Cell]], total: int) -> list[Sheet]:
    headings = [
        _("序号"), _("时间（北京时间）"), _("操作人编号"), _("操作人"), _("做了什么"), _("代码"), _("对象"),
        _("对象编号"), _("详情"), _("校验值"),
    ]  # fmt: skip
    cut = _(
        "符合条件的共 %(total)s 条，只导出最新的 %(most)s 条。请缩小日期范围，分几次导出。",
        total=total,
        most=MOST_EXPORTED,
    )
    told: list[list[Cell]] = [
        [_("导出时间"), f"{clock.now().astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"],
        [_("条数"), cut if total > len(lines) else str(len(lines))],
    ]
    told += [[str(form[name].label.text), value] for name, value in _kept().items()]
    return [
        Sheet(_("审计日志"), headings, lines, [8, 20, 10, 14, 22, 26, 14, 20, 60, 66]),
        Sheet(_("说明"), [_("项目"), _("内容")], told, [16, 60]),
    ]
