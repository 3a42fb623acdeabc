"""The staff board: every row within the viewer's places, who has not started, and the table as a file."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from quiz import clock
from quiz.accounts.rules import mask_name
from quiz.audit.services import record
from quiz.contests.models import Contest
from quiz.contests.queries import get_visible, is_managed
from quiz.db import db
from quiz.rankings import labels, queries
from quiz.rankings.gathering import opens_at
from quiz.rankings.models import ContestTally
from quiz.rankings.rules import BoardLevel
from quiz.rankings.views.blueprint import bp
from quiz.rankings.views.choices import Choices, chosen
from quiz.regions.labels import class_words
from quiz.regions.rules import EVERYWHERE, Scope
from quiz.web.access import requires
from quiz.web.pagination import paginate
from quiz.web.spreadsheets import XLSX_TYPE, Cell, Sheet, attachment, xlsx
from quiz.web.transactions import only_reading

VIEW = "contests.view"


@bp.get("/rankings/<public_id>/manage")
@requires(VIEW)
def manage(public_id: str) -> ResponseReturnValue:
    contest = get_visible(db.session, public_id, current_user.scope(VIEW))
    tally = queries.tally_of(db.session, contest.id)
    choices = _chosen(contest, tally)
    page, rows = None, []
    if tally is not None:
        query, read = _board(contest, tally, choices)
        number = request.args.get("page", 1, type=int)
        page = paginate(db.session, query, number, scalars=choices.level != BoardLevel.PUPIL)
        rows = read(page.rows)
    return render_template(
        "rankings/manage.html", contest=contest, tally=tally, choices=choices, page=page, rows=rows, labels=labels,
        is_people=choices.level == BoardLevel.PUPIL, only_idle=_only_idle(choices),
        idle=_idle_count(contest, tally, choices), name_of=_names(), profile=choices.profile,
    )  # fmt: skip


@bp.post("/rankings/<public_id>/manage.xlsx")
@requires(VIEW)
def export(public_id: str) -> ResponseReturnValue:
    with only_reading():
        file, choices, count = _workbook(public_id)
    record(
        db.session, "rankings:board:export", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, level=choices.level.value, show=choices.show, rows=count,
    )  # fmt: skip
    return file


def _workbook(public_id: str) -> tuple[Response, Choices, int]:
    """The chosen board as a file, and how many rows it holds."""
    contest = get_visible(db.session, public_id, current_user.scope(VIEW))
    tally = queries.tally_of(db.session, contest.id)
    choices = _chosen(contest, tally)
    rows: Any = []
    if tally is not None:
        query, read = _board(contest, tally, choices)
        is_people = choices.level == BoardLevel.PUPIL
        rows = read(db.session.execute(query).all() if is_people else db.session.scalars(query).all())
    sheet = _people_sheet(rows) if choices.level == BoardLevel.PUPIL else _units_sheet(rows, choices)
    name = f"{contest.title}-{labels.LEVELS[choices.level]}-{clock.now():%Y%m%d}.xlsx"
    return attachment(xlsx([sheet]), name, XLSX_TYPE), choices, len(rows)


def _chosen(contest: Contest, tally: ContestTally | None) -> Choices:
    """The board asked for, else the first group in which the viewer has pupils."""
    found = queries.group_kinds(db.session, tally, _scope(contest)) if tally else []
    groups = {group for group, _ in found}
    own_group = next((group.kind.value for group in contest.groups if group.kind.value in groups), None)
    return chosen(contest, tally, "rankings.manage", own_group=own_group)


def _scope(contest: Contest) -> Scope:
    """Hosts see every row of their contest, others the rows of their places."""
    scope: Scope = current_user.scope(VIEW)
    return EVERYWHERE if is_managed(db.session, contest, scope) else scope


def _only_idle(choices: Choices) -> bool:
    return choices.level != BoardLevel.PUPIL and request.args.get("only") == "idle"


def _board(contest: Contest, tally: ContestTally, choices: Choices) -> tuple[Any, Callable[[Any], list[Any]]]:
    """The query of a board, and how its rows become lines."""
    scope, at = _scope(contest), opens_at(contest)
    if choices.level == BoardLevel.PUPIL:
        query = queries.pupils_query(tally, group=choices.group, school_kind=choices.school_kind, scope=scope)
        return query, lambda rows: [queries.pupil_line(row, at) for row in rows]
    units = queries.units_query(tally, level=choices.level, category=choices.show, scope=scope)
    if _only_idle(choices):
        units = queries.idle(units)
    return units, lambda rows: queries.unit_lines(db.session, rows, choices.level, at)


def _idle_count(contest: Contest, tally: ContestTally | None, choices: Choices) -> int | None:
    if tally is None or choices.level == BoardLevel.PUPIL:
        return None
    units = queries.units_query(tally, level=choices.level, category=choices.show, scope=_scope(contest))
    return queries.count(db.session, queries.idle(units))


def _names() -> Callable[[queries.PupilLine], str]:
    """Full names of pupils whom the viewer may see anyway, masked ones of all others."""
    scope = current_user.scope("pupils.view")
    known = queries.classes_in(db.session, scope)
    return lambda line: line.name if scope.everywhere or line.class_id in known else mask_name(line.name)


def _people_sheet(rows: Iterable[queries.PupilLine]) -> Sheet:
    name_of = _names()
    headings = [
        gettext("名次"),
        gettext("姓名"),
        gettext("学校"),
        gettext("班级"),
        gettext("得分"),
        gettext("用时（秒）"),
    ]
    cells: list[list[Cell]] = [
        [row.rank, name_of(row), row.school, class_words(row.class_label), row.score / 100, row.elapsed_seconds]
        for row in rows
    ]
    return Sheet(gettext("个人排名"), headings, cells, [8, 14, 36, 18, 10, 12])


def _units_sheet(rows: Iterable[queries.UnitLine], choices: Choices) -> Sheet:
    headings = [
        gettext("名次"), gettext("单位"), gettext("所属"), gettext("指数"), gettext("参赛学生"), gettext("应参赛学生"),
        *labels.fraction("parts", choices.level), gettext("及格学生"), gettext("满分学生"), gettext("成绩总和"),
    ]  # fmt: skip
    cells: list[list[Cell]] = [
        [
            row.rank, row.name, row.within, None if row.index is None else row.index / 100, row.pupils,
            row.figures["pupils_expected"], row.figures["parts"], row.figures["parts_expected"],
            row.figures["passed"], row.figures["full_marks"], row.figures["score_sum"] / 100,
        ]
        for row in rows
    ]  # fmt: skip
    title = gettext("%(level)s排名", level=labels.LEVELS[choices.level])
    return Sheet(title, headings, cells, [8, 36, 24, 10, 12, 12, 12, 12, 12, 12, 12])
