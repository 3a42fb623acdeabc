"""Reminders: the counties with schools that have not begun, and one county's list to send, to copy and to tick off."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quiz import clock
from quiz.audit.services import record
from quiz.contests.models import Contest
from quiz.db import db
from quiz.desk.command.queries import get_contest, get_root, is_waiting
from quiz.desk.forms import CHANNELS, ReminderForm
from quiz.desk.models import ReminderChannel
from quiz.desk.reminding import queries, services
from quiz.desk.tables import reminder_sheet
from quiz.desk.views.blueprint import bp
from quiz.rankings.queries import tally_of
from quiz.regions.models import Region
from quiz.web.access import requires
from quiz.web.filters import when
from quiz.web.forms import tried
from quiz.web.pagination import paginate
from quiz.web.spreadsheets import XLSX_TYPE, attachment, xlsx
from quiz.web.transactions import only_reading

COMMAND = services.PERMISSION
NOTHING = queries.CountyList((), 0)


def _contest(public_id: str) -> Contest:
    return get_contest(db.session, public_id, current_user.scope(COMMAND))


def _county(public_id: str, region_id: str) -> tuple[Contest, Region, queries.CountyList]:
    contest = _contest(public_id)
    county = queries.get_county(db.session, contest, current_user.scope(COMMAND), region_id)
    tally = tally_of(db.session, contest.id)
    return contest, county, queries.county_list(db.session, contest, tally, county, clock.now()) if tally else NOTHING


@bp.get("/<public_id>/reminders")
@requires(COMMAND)
def reminders(public_id: str) -> ResponseReturnValue:
    contest = _contest(public_id)
    root = get_root(db.session, contest, current_user.scope(COMMAND), None)
    tally = tally_of(db.session, contest.id)
    page = None
    if tally is not None:
        query, number = queries.counties_query(contest, tally, root, clock.now()), request.args.get("page", 1, type=int)
        page = paginate(db.session, query, number, scalars=False)
    rows = queries.county_lines(page.rows) if page else []
    return render_template(
        "desk/reminders.html", contest=contest, root=root, tally=tally, page=page, rows=rows,
        is_waiting=is_waiting(contest, clock.now()),
    )  # fmt: skip


@bp.route("/<public_id>/reminders/<region_id>", methods=["GET", "POST"])
@requires(COMMAND)
def reminders_county(public_id: str, region_id: str) -> ResponseReturnValue:
    contest, county, found = _county(public_id, region_id)
    form = ReminderForm()
    if form.validate_on_submit():
        written = tried(
            form,
            lambda: (services.mark(
                db.session, actor=current_user, contest=contest, region_id=region_id,
                school_ids=form.schools.data or [], channel=ReminderChannel(form.channel.data), now=clock.now(),
            ),),
        )  # fmt: skip
        if written:
            words = ngettext("已记下：提醒了 %(num)d 所学校。", "已记下：提醒了 %(num)d 所学校。", written[0])
            flash(words if written[0] else _("刚才已经记过了，没有再记。"), "ok")
            return redirect(url_for("desk.reminders_county", public_id=public_id, region_id=region_id), 303)
    html = render_template(
        "desk/reminders_county.html", contest=contest, county=county, found=found, form=form, channels=CHANNELS,
        message=message(contest, found.schools), chosen=set(form.schools.data or ()) if form.is_submitted() else None,
    )  # fmt: skip
    return html, 422 if form.errors else 200


@bp.post("/<public_id>/reminders/<region_id>/list.xlsx")
@requires(COMMAND)
def reminders_workbook(public_id: str, region_id: str) -> ResponseReturnValue:
    with only_reading():
        contest, county, found = _county(public_id, region_id)
        sheet = reminder_sheet(found.schools, county.name, CHANNELS)
        name = _("%(contest)s-%(county)s-没开始的学校", contest=contest.title, county=county.name)
        file = attachment(xlsx([sheet]), f"{name}.xlsx", XLSX_TYPE)
    record(
        db.session, "contest:reminder:export", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, county=region_id, rows=len(found.schools),
    )  # fmt: skip
    return file


def message(contest: Contest, schools: Any) -> str:
    """A text to paste into a message: the schools, the end, and that nobody is forced."""
    closes_at = max(group.sitting.closes_at for group in contest.groups)
    lines = [
        _("“%(contest)s”：截至%(time)s，下列学校还没有学生开始答题。", contest=contest.title, time=when(clock.now()))
    ]
    lines += [
        _("%(number)s. %(school)s（应参赛 %(pupils)s 人）", number=number, school=one.name, pupils=one.expected)
        for number, one in enumerate(schools, start=1)
    ]
    lines.append(
        _("比赛到%(closes)s结束。参加自愿；如果是设备、账号或时间上有困难，请告诉我们。", closes=when(closes_at))
    )
    return "\n".join(lines)
