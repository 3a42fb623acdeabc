"""The report of one class in one contest: page, workbook and CSV."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import knows_class
from quiz.audit.services import record
from quiz.contests import queries
from quiz.contests.models import Contest
from quiz.db import db
from quiz.desk import tables
from quiz.desk.views.blueprint import bp
from quiz.desk.views.running import VIEW, visible
from quiz.items.labels import KIND_LABELS, TOPIC_LABELS
from quiz.rankings.frozen import freeze_in_force
from quiz.rankings.models import BoardFreeze
from quiz.regions.labels import class_words
from quiz.reports.queries import ClassReport, class_report
from quiz.web.access import requires
from quiz.web.spreadsheets import CSV_TYPE, XLSX_TYPE, attachment, csv_bytes, xlsx
from quiz.web.transactions import only_reading


def _load(public_id: str, class_id: int) -> tuple[Contest, ClassReport, BoardFreeze | None]:
    """The report; while boards are frozen, of the papers handed in before for all who do not hold the contest.

    Organisers above the school read how a class did; only who may see its pupils reads who they are.
    """
    contest, scope = visible(public_id), current_user.scope(VIEW)
    freeze = freeze_in_force(db.session, contest.id, clock.now())
    if freeze is not None and queries.is_managed(db.session, contest, scope):
        freeze = None
    closed_by = freeze.freezes_at if freeze else None
    report = class_report(db.session, contest=contest, class_id=class_id, scope=scope, closed_by=closed_by)
    return contest, report if knows_class(db.session, current_user)(class_id) else report.masked(), freeze


@bp.get("/<public_id>/classes/<int:class_id>")
@requires(VIEW)
def class_page(public_id: str, class_id: int) -> ResponseReturnValue:
    contest, report, freeze = _load(public_id, class_id)
    return render_template(
        "reports/class.html",
        contest=contest,
        state=queries.state_of(contest, clock.now()),
        report=report,
        freeze=freeze,
        class_id=class_id,
        statuses=tables.STATUSES,
        topics=TOPIC_LABELS,
        kinds=KIND_LABELS,
    )


@bp.post("/<public_id>/classes/<int:class_id>/report.xlsx")
@requires(VIEW)
def class_workbook(public_id: str, class_id: int) -> ResponseReturnValue:
    with only_reading():
        contest, report, _freeze = _load(public_id, class_id)
        sheets = [tables.pupil_sheet(report), tables.item_sheet(report), tables.topic_sheet(report)]
        file = attachment(xlsx(sheets), _filename(contest, report, "xlsx"), XLSX_TYPE)
    _note_export(public_id, class_id, report, "xlsx")
    return file


@bp.post("/<public_id>/classes/<int:class_id>/pupils.csv")
@requires(VIEW)
def class_csv(public_id: str, class_id: int) -> ResponseReturnValue:
    with only_reading():
        contest, report, _freeze = _load(public_id, class_id)
        sheet = tables.pupil_sheet(report)
        file = attachment(csv_bytes(sheet.headings, sheet.rows), _filename(contest, report, "csv"), CSV_TYPE)
    _note_export(public_id, class_id, report, "csv")
    return file


def _note_export(public_id: str, class_id: int, report: ClassReport, ending: str) -> None:
    """Pupils' results leave the system: the log keeps who took them, not whose they are."""
    record(
        db.session, "report:class:export", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, class_id=class_id, format=ending, pupils=len(report.pupils),
    )  # fmt: skip


def _filename(contest: Contest, report: ClassReport, ending: str) -> str:
    name = _("%(contest)s %(label)s 班级报告", contest=contest.title, label=class_words(report.label))
    return f"{name}.{ending}"
