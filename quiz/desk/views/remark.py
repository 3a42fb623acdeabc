"""A wrong key is marked again: choose the corrected item, read the report, let a second person confirm."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.accounts.models import User
from quiz.accounts.names import staff_names
from quiz.audit.services import record
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.contests.remarks.models import Remark, RemarkState
from quiz.contests.rules import ContestState
from quiz.db import db
from quiz.desk.forms import RemarkForm, options
from quiz.desk.tables import remark_sheets
from quiz.desk.views.blueprint import bp
from quiz.jobs.queries import is_stuck
from quiz.operations.remarking import queries, services
from quiz.web.access import requires
from quiz.web.forms import tried
from quiz.web.spreadsheets import XLSX_TYPE, attachment, xlsx
from quiz.web.transactions import only_reading

REMARK = services.PERMISSION
STATES = {
    RemarkState.COUNTING: (_l("正在试算"), "lake"),
    RemarkState.READY: (_l("等待确认"), "warn"),
    RemarkState.APPLYING: (_l("正在改分"), "lake"),
    RemarkState.APPLIED: (_l("已改分"), "ok"),
    RemarkState.WITHDRAWN: (_l("已撤回"), ""),
    RemarkState.REFUSED: (_l("不能用"), "danger"),
}


def _contest(public_id: str) -> Contest:
    """The contest, if the actor may mark it again (404 otherwise)."""
    return contests.get_managed(db.session, public_id, current_user.scope(REMARK))


def _load(public_id: str, remark_id: str) -> tuple[Contest, Remark]:
    contest = _contest(public_id)
    return contest, queries.get_remark(db.session, contest, remark_id)


def _to(contest: Contest, remark: Remark) -> ResponseReturnValue:
    return redirect(url_for("desk.remark_report", public_id=contest.public_id, remark_id=remark.public_id), 303)


@bp.route("/<public_id>/remark", methods=["GET", "POST"])
@requires(REMARK)
def remark(public_id: str) -> ResponseReturnValue:
    contest, now = _contest(public_id), clock.now()
    found = queries.corrections(db.session, contest)
    form = RemarkForm()
    form.item.choices = options((f"{one.item_id}:{one.version}", f"{one.item_id} · {one.stem}") for one in found)
    if form.validate_on_submit():
        item_id, _colon, version = form.item.data.rpartition(":")
        made = tried(
            form,
            lambda: services.request(
                db.session, actor=current_user, contest=contest, item_id=item_id, version=int(version),
                reason=form.reason.data, now=now,
            ),
        )  # fmt: skip
        if made:
            return _to(contest, made)
    return render_template(
        "desk/remark.html", contest=contest, form=form, found={f"{one.item_id}:{one.version}": one for one in found},
        is_running=contests.state_of(contest, now) is ContestState.RUNNING, states=STATES,
        history=queries.remarks_of(db.session, contest), under_way=queries.open_remark(db.session, contest),
    ), 422 if form.errors else 200  # fmt: skip


@bp.get("/<public_id>/remark/<remark_id>")
@requires(REMARK)
def remark_report(public_id: str, remark_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, remark_id)
    return render_template("desk/remark_report.html", **_facts(contest, found))


@bp.get("/<public_id>/remark/<remark_id>/state")
@requires(REMARK)
def remark_state(public_id: str, remark_id: str) -> ResponseReturnValue:
    """The fragment that the page fetches again while somebody counts."""
    contest, found = _load(public_id, remark_id)
    return render_template("desk/_remark.html", **_facts(contest, found))


@bp.post("/<public_id>/remark/<remark_id>/confirm")
@requires(REMARK)
def remark_confirm(public_id: str, remark_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, remark_id)
    services.confirm(db.session, actor=current_user, contest=contest, remark=found, now=clock.now())
    flash(_("已确认，正在重新判分。"), "ok")
    return _to(contest, found)


@bp.post("/<public_id>/remark/<remark_id>/withdraw")
@requires(REMARK)
def remark_withdraw(public_id: str, remark_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, remark_id)
    services.withdraw(db.session, actor=current_user, contest=contest, remark=found, now=clock.now())
    flash(_("已撤回，什么都没有改。"), "ok")
    return redirect(url_for("desk.remark", public_id=public_id), 303)


@bp.post("/<public_id>/remark/<remark_id>/resume")
@requires(REMARK)
def remark_resume(public_id: str, remark_id: str) -> ResponseReturnValue:
    contest, found = _load(public_id, remark_id)
    services.resume(db.session, actor=current_user, contest=contest, remark=found, now=clock.now())
    return _to(contest, found)


@bp.post("/<public_id>/remark/<remark_id>/report.xlsx")
@requires(REMARK)
def remark_workbook(public_id: str, remark_id: str) -> ResponseReturnValue:
    with only_reading():
        contest, found = _load(public_id, remark_id)
        rows = queries.change_rows(db.session, found)
        sheets = remark_sheets(found, rows, staff_names(db.session, current_user), clock.now())
        name = _("%(contest)s 重新判分 %(item)s", contest=contest.title, item=found.item_id)
        file = attachment(xlsx(sheets), f"{name}.xlsx", XLSX_TYPE)
    record(
        db.session, "contest:remark:export", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, remark=remark_id, rows=len(rows),
    )  # fmt: skip
    return file


def _facts(contest: Contest, found: Remark) -> dict[str, Any]:
    job = queries.job_of(db.session, found) if found.state in (RemarkState.COUNTING, RemarkState.APPLYING) else None
    top = (found.report or {}).get("top", [])
    return {
        "contest": contest,
        "remark": found,
        "report": found.report,
        "job": job,
        "is_busy": found.state in (RemarkState.COUNTING, RemarkState.APPLYING),
        "is_stuck": found.state in (RemarkState.COUNTING, RemarkState.APPLYING) and is_stuck(job),
        "is_own": current_user.user_id == found.requested_by,
        "states": STATES,
        "people": queries.people(db.session, found, contest, [row[0] for row in top]),
        "name_of": staff_names(db.session, current_user),
        "said_by": _who(found.requested_by),
        "confirmed_by": _who(found.confirmed_by),
        "key": queries.key_change(db.session, found),
        "buckets": _buckets(found.report),
        "now": clock.now(),
    }


def _who(user_id: int | None) -> str:
    user = db.session.get(User, user_id) if user_id else None
    return user.name if user else ""


def _buckets(report: dict[str, Any] | None) -> list[tuple[str, int, int]]:
    """Label, pupils before, pupils after, from full marks down."""
    if not report:
        return []
    labels = [f"{start}–{start + 9}" for start in range(0, 100, 10)] + [str(_("100（满分）"))]
    return list(zip(labels, report["before"], report["after"], strict=True))[::-1]
