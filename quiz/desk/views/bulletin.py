"""The bulletin of a contest: a page that prints on A4, a PDF, a Word document, a workbook. Only for those who hold it."""

from dataclasses import dataclass
from pathlib import Path

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from question_bank.formats.numbered import DOCX_TYPE
from quiz import clock
from quiz.audit.services import record
from quiz.awards.fonts import font_set
from quiz.contests.models import Contest
from quiz.db import db
from quiz.desk.views.blueprint import bp
from quiz.desk.views.wizard import MANAGE
from quiz.errors import ConflictError
from quiz.rankings import labels
from quiz.rankings.frozen import freeze_in_force
from quiz.rankings.gathering import opens_at
from quiz.rankings.notes import notes_of
from quiz.rankings.profiles import profile_of
from quiz.rankings.queries import tally_of
from quiz.rankings.rules import BoardLevel
from quiz.rankings.snapshot import snapshot
from quiz.reports.bulletin import pdf, queries, rules, tables, word, words
from quiz.web.access import requires
from quiz.web.spreadsheets import XLSX_TYPE, attachment, xlsx
from quiz.web.transactions import only_reading

PDF_TYPE = "application/pdf"
MOST_ON_PAGE = 200  # lines; a browser lays out three thousand for seconds, and nobody reads them on a page
PUBLIC, INTERNAL = "public", "internal"  # what an address calls the two copies


@dataclass(frozen=True)
class Made:
    """What was asked for. ``document`` is None where there are no results yet or the copy may not be made yet."""

    contest: Contest
    levels: tuple[BoardLevel, ...]
    level: BoardLevel
    is_public: bool
    may_be_public: bool
    is_frozen: bool
    document: words.Document | None

    @property
    def filename(self) -> str:
        """The name of a file, without its ending."""
        level, title = labels.LEVELS[self.level], self.contest.title
        if self.is_public:
            return str(_("%(contest)s-通报-%(level)s-对外", contest=title, level=level))
        return str(_("%(contest)s-通报-%(level)s-内部", contest=title, level=level))


def _make(public_id: str, most_rows: int | None = None) -> Made:
    """The copy that the address asks for; files have all its lines."""
    now = clock.now()
    contest = queries.get_contest(db.session, public_id, current_user.scope(MANAGE))
    levels = rules.levels_of(contest.host_region_id)
    level = next((one for one in levels if one.value == request.args.get("level")), levels[0])
    is_public = request.args.get("copy") == PUBLIC
    is_frozen = freeze_in_force(db.session, contest.id, now) is not None
    may_be_public = not is_frozen and rules.may_leave_the_house([group.sitting for group in contest.groups], now)
    document = None
    with snapshot(db.session) as session:
        tally = tally_of(session, contest.id)
        lines = queries.lines_of(session, tally, level, opens_at(contest)) if tally else []
        is_settled = queries.is_settled(session, contest, now)
        basis = notes_of(session, contest)
    if tally and lines and (may_be_public or not is_public):
        found = rules.compose(lines, level=level, profile=profile_of(contest.ranking_profile), is_public=is_public)
        document = words.document(
            contest, found, tally.tallied_at, is_settled=is_settled, basis=basis, most_rows=most_rows
        )
    return Made(contest, levels, level, is_public, may_be_public, is_frozen, document)


@bp.get("/<public_id>/bulletin")
@requires(MANAGE)
def bulletin(public_id: str) -> ResponseReturnValue:
    made = _make(public_id, MOST_ON_PAGE)
    return render_template(
        "reports/bulletin.html", made=made, contest=made.contest, document=made.document, labels=labels,
        copies={INTERNAL: _("内部稿：全部单位"), PUBLIC: _("对外稿：只列前一半")},
    )  # fmt: skip


@bp.post("/<public_id>/bulletin.pdf")
@requires(MANAGE)
def bulletin_pdf(public_id: str) -> ResponseReturnValue:
    with only_reading():
        made = _make(public_id)
        data = pdf.write(_document(made), font_set(Path(current_app.config["INSTANCE_FOLDER"])))
        file = attachment(data, f"{made.filename}.pdf", PDF_TYPE)
    return _noted(file, made, "pdf")


@bp.post("/<public_id>/bulletin.docx")
@requires(MANAGE)
def bulletin_word(public_id: str) -> ResponseReturnValue:
    with only_reading():
        made = _make(public_id)
        file = attachment(word.write(_document(made)), f"{made.filename}.docx", DOCX_TYPE)
    return _noted(file, made, "docx")


@bp.post("/<public_id>/bulletin.xlsx")
@requires(MANAGE)
def bulletin_workbook(public_id: str) -> ResponseReturnValue:
    with only_reading():
        made = _make(public_id)
        file = attachment(xlsx(tables.sheets(_document(made))), f"{made.filename}.xlsx", XLSX_TYPE)
    return _noted(file, made, "xlsx")


def _document(made: Made) -> words.Document:
    if made.document is None:
        raise ConflictError("现在还不能出这份通报：还没有成绩，或者成绩还没有公布。")
    return made.document


def _noted(file: Response, made: Made, ending: str) -> Response:
    """The log keeps which copy was taken out, by whom."""
    record(
        db.session, "report:bulletin:export", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=made.contest.public_id, level=made.level.value, copy=PUBLIC if made.is_public else INTERNAL,
        format=ending, rows=len(made.document.rows) if made.document else 0,
    )  # fmt: skip
    return file
