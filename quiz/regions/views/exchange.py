"""Schools as spreadsheets: export, template, import with a dry run."""

import json
import re
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.db import db
from quiz.errors import DomainError
from quiz.regions import browsing, importing
from quiz.regions.forms import SchoolsConfirmForm, SchoolsUploadForm
from quiz.regions.rules import GRADE_NAMES, grade_name
from quiz.regions.views.schools import asked_filters, bp
from quiz.web.access import requires
from quiz.web.spreadsheets import CSV_TYPE, XLSX_TYPE, Sheet, attachment, csv_bytes, xlsx

HEADINGS = ["学校代码", "学校名称", "学校类别", "地区代码", "市（州）", "县（市、区）", "登录条有效天数", "状态"]
HEADINGS += [f"{label}人数" for label in GRADE_NAMES.values()]
WIDTHS = [16, 34, 10, 10, 20, 16, 14, 8]
SHOWN_ROWS = 300
LINE = re.compile(r"[0-9]{1,7}")  # a spreadsheet has no more lines


def _school_rows() -> list[list[str | int | None]]:
    """The filtered schools of the actor's scope, one row each."""
    names = browsing.region_names(db.session)
    rows: list[list[str | int | None]] = []
    for school in db.session.scalars(browsing.list_schools(current_user.scope("schools.view"), asked_filters())):
        counts = {row.grade: row.pupils for row in school.headcounts}
        rows.append(
            [
                school.code, school.name, school.kind.value, school.county_id, names.get(school.prefecture_id or "", ""),
                school.county.name, school.slip_valid_days, "启用" if school.is_active else "停用",
                *(counts.get(grade) for grade in GRADE_NAMES),
            ]
        )  # fmt: skip
    return rows


@bp.get("/export.xlsx")
@requires("schools.view")
def export_xlsx() -> Response:
    return attachment(xlsx([Sheet("学校", HEADINGS, _school_rows(), WIDTHS)]), "学校.xlsx", XLSX_TYPE)


@bp.get("/export.csv")
@requires("schools.view")
def export_csv() -> Response:
    return attachment(csv_bytes(HEADINGS, _school_rows()), "学校.csv", CSV_TYPE)


@bp.get("/template.xlsx")
@requires("schools.manage")
def template() -> Response:
    """An empty table with the counties of the actor's scope on a second sheet."""
    names = browsing.region_names(db.session)
    counties = browsing.counties_within(db.session, current_user.scope("schools.manage"))
    places = [
        [one.id, names.get(one.prefecture_id or "", names.get(one.province_id, "")), one.name] for one in counties
    ]
    data = xlsx(
        [
            Sheet("学校", HEADINGS, [], WIDTHS),
            Sheet("地区代码", ["地区代码", "市（州）", "县（市、区）"], places, [10, 24, 20]),
        ]
    )
    return attachment(data, "学校导入模板.xlsx", XLSX_TYPE)


@bp.route("/import", methods=["GET", "POST"])
@requires("schools.manage")
def import_upload() -> ResponseReturnValue:
    """Upload, and answer with the dry run: what would be added and changed, or which rows are wrong."""
    form = SchoolsUploadForm()
    if form.validate_on_submit():
        try:
            upload = form.file.data
            db.session.rollback()  # reading takes a while, and on SQLite others would wait for the write lock
            file = importing.read_schools(upload.read() if upload else b"", (upload.filename or "") if upload else "")
            return _preview(file.rows, file.ignored)
        except DomainError as error:
            form.add_error(error)
    html = render_template("regions/schools_import.html", form=form)
    return (html, 422) if form.errors else html


@bp.post("/import/confirm")
@requires("schools.manage")
def import_confirm() -> ResponseReturnValue:
    form = SchoolsConfirmForm()
    if not form.validate_on_submit():
        return redirect(url_for(".import_upload"), 303)
    counts = importing.import_schools(
        db.session,
        actor_id=current_user.user_id,
        scope=current_user.scope("schools.manage"),
        rows=_rows_of(form.rows.data or ""),
        plan_digest=form.digest.data or "",
        now=clock.now(),
    )
    text = _("全部写入：新增 %(added)s 所，更新 %(changed)s 所，没有变化 %(same)s 所。", **counts)
    flash(text, "ok")
    return redirect(url_for(".index"), 303)


def _preview(rows: list[importing.RawRow], ignored: tuple[str, ...]) -> str:
    entries = importing.plan_schools(db.session, scope=current_user.scope("schools.manage"), rows=rows)
    counts = {kind: sum(1 for one in entries if one.kind == kind) for kind in ("added", "changed", "same", "wrong")}
    order = {"wrong": 0, "changed": 1, "added": 2}
    shown = sorted((one for one in entries if one.kind != "same"), key=lambda one: (order[one.kind], one.line))
    form = SchoolsConfirmForm(
        formdata=None,
        rows=json.dumps(rows, ensure_ascii=False, separators=(",", ":")),
        digest=importing.digest(entries),
    )
    return render_template(
        "regions/schools_preview.html",
        form=form,
        counts=counts,
        lines=[_line(one) for one in shown[:SHOWN_ROWS]],
        hidden=max(0, len(shown) - SHOWN_ROWS),
        ignored=ignored,
    )


def _line(entry: importing.SchoolEntry) -> dict[str, Any]:
    """An entry with its texts in the reader's language."""
    return {
        "kind": entry.kind,
        "line": entry.line,
        "raw": entry.raw,
        "changes": [(_title(key), old, entry.raw.get(key, "")) for key, old in entry.before.items()],
        "problems": [(_title(key), value, _(error.message, **error.params)) for key, value, error in entry.problems],
    }


def _title(key: str) -> str:
    return f"{grade_name(int(key[5:]))}人数" if key.startswith("grade") else importing.TITLES[key]


def _rows_of(text: str) -> list[importing.RawRow]:
    """The rows that the preview page carried; whatever else was sent is refused."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DomainError("预览已经失效。请重新上传。") from error
    known = {column.key for column in importing.COLUMNS} | {"line"}
    sound = isinstance(rows, list) and len(rows) <= importing.MAX_SCHOOLS
    for row in rows if sound else ():
        texts = isinstance(row, dict) and row.keys() <= known and all(isinstance(one, str) for one in row.values())
        sound = sound and texts and bool(LINE.fullmatch(row.get("line", "")))
    if not sound:
        raise DomainError("预览已经失效。请重新上传。")
    return list(rows)
