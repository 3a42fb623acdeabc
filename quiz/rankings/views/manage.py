"""The staff board: every row within the viewer's places, who has not started, and the table as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from quiz import clock
from quiz.accounts.names import line_names
from quiz.audit.services import record
from quiz.contests.models import Contest
from quiz.contests.queries import get_visible, is_managed, opening_of
from quiz.db import db
from quiz.rankings import labels, queries
from quiz.rankings.boards import Board, Cursor, PupilLine, parse_cursor, pools_within
from quiz.rankings.expected import labels as expected
from quiz.rankings.frozen import seen
from quiz.rankings.gathering import opens_at
from quiz.rankings.models import ContestTally, UnitStanding
from quiz.rankings.profiles import Figures
from quiz.rankings.rules import BoardLevel
from quiz.rankings.snapshot import snapshot
from quiz.rankings.views.blueprint import bp
from quiz.rankings.views.choices import Choices, asked, chosen
from quiz.regions.labels import class_words
from quiz.regions.rules import EVERYWHERE, Scope
from quiz.web.access import requires
from quiz.web.pagination import PER_PAGE, paginate
from quiz.web.spreadsheets import XLSX_TYPE, Cell, Sheet, attachment, day_stamp, xlsx
from quiz.web.transactions import only_reading

VIEW = "contests.view"


@dataclass(frozen=True)
class Table:
    """What a page or a file shows: the board and the viewer's part of it. ``scope`` is None where that is everything."""

    session: Session
    contest: Contest
    tally: ContestTally
    choices: Choices
    scope: Scope

    @property
    def at(self) -> datetime:
        """The day that decides the grades in labels of classes."""
        return opens_at(self.contest)

    @property
    def board(self) -> Board:
        """The board of pupils."""
        return Board(self.session, self.tally, self.choices.group, self.choices.school_kind)

    @property
    def within(self) -> list[str] | None:
        """The pools of the viewer's places."""
        return pools_within(self.session, self.scope, self.choices.group)

    def units(self) -> Any:
        """The query of a board of units."""
        query = queries.units_query(
            self.tally, level=self.choices.level, category=self.choices.show, scope=self.scope
        )  # fmt: skip
        return queries.idle(query) if _only_idle(self.choices) else query

    def lines(self, units: Sequence[UnitStanding]) -> list[queries.UnitLine]:
        """The lines of such units."""
        level, category = self.choices.level, self.choices.show
        rows = queries.ranked(self.session, self.tally, level=level, category=category, units=units)
        return queries.unit_lines(self.session, rows, level, self.at)


@bp.get("/rankings/<public_id>/manage")
@requires(VIEW)
def manage(public_id: str) -> ResponseReturnValue:
    contest = get_visible(db.session, public_id, current_user.scope(VIEW))
    scope, is_manager = _scope(contest)
    with snapshot(db.session) as session:
        sight = seen(session, contest.id, clock.now(), is_manager=is_manager)
        tally = sight.tally
        choices = _chosen(session, contest, tally, scope)
        shown = _shown(Table(session, contest, tally, choices, scope)) if tally else {"rows": []}
    return render_template(
        "rankings/manage.html", contest=contest, tally=tally, choices=choices, labels=labels,
        is_people=choices.level == BoardLevel.PUPIL, only_idle=_only_idle(choices), name_of=line_names(db.session, current_user),
        profile=choices.profile, expected=expected, freeze=sight.freeze, is_live=sight.is_live,
        begins_at=opening_of(contest, clock.now()), **shown,
    )  # fmt: skip


def _shown(table: Table) -> dict[str, Any]:
    """The rows of the page, and what leads to the others."""
    if table.choices.level == BoardLevel.PUPIL:
        return _people(table)
    page = paginate(table.session, table.units(), request.args.get("page", 1, type=int))
    query = queries.units_query(table.tally, level=table.choices.level, category=table.choices.show, scope=table.scope)
    return {"page": page, "rows": table.lines(page.rows), "idle": queries.count(table.session, queries.idle(query)),
            "apart": queries.count(table.session, queries.apart(query))}  # fmt: skip


def _people(table: Table) -> dict[str, Any]:
    """Pupils by keyset: an address names the row behind (or before) which the page begins."""
    board, within = table.board, table.within
    behind = parse_cursor(request.args.get("after", ""))
    before = parse_cursor(request.args.get("before", ""), is_before=True)
    cursor = behind or before
    rows = board.page(table.at, cursor, PER_PAGE + 1, within, table.scope)
    has_more = len(rows) > PER_PAGE
    if cursor is not None and cursor.is_before:
        rows = rows[-PER_PAGE:]
        has_previous, has_next = has_more, True
    else:
        rows = rows[:PER_PAGE]
        has_previous, has_next = cursor is not None, has_more
    edges = {"before": rows[0] if rows and has_previous else None, "after": rows[-1] if rows and has_next else None}
    links = {name: Cursor(row.key, row.user_id) for name, row in edges.items() if row is not None}
    is_counted = table.choices.school_kind is None or within is None
    total = (board.size if within is None else board.count(within)) if is_counted else None
    return {"rows": rows, "links": links, "total": total}


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
    scope, is_manager = _scope(contest)
    rows: Any = []
    with snapshot(db.session) as session:
        tally = seen(session, contest.id, clock.now(), is_manager=is_manager).tally
        choices = _chosen(session, contest, tally, scope)
        is_people = choices.level == BoardLevel.PUPIL
        if tally is not None:
            table = Table(session, contest, tally, choices, scope)
            rows = (
                table.board.everybody(table.at, table.within, scope)
                if is_people
                else table.lines(session.scalars(table.units()).all())
            )
    sheet = _people_sheet(rows, choices) if is_people else _units_sheet(rows, choices)
    name = f"{contest.title}-{labels.LEVELS[choices.level]}-{day_stamp(clock.now())}.xlsx"
    return attachment(xlsx([sheet]), name, XLSX_TYPE), choices, len(rows)


def _chosen(session: Session, contest: Contest, tally: ContestTally | None, scope: Scope) -> Choices:
    """The board asked for, else the first group in which the viewer has pupils."""
    groups = queries.groups_within(session, tally, scope) if tally else set()
    own_group = next((group.kind.value for group in contest.groups if group.kind.value in groups), None)
    return chosen(session, contest, tally, "rankings.manage", asked(), own_group=own_group)


def _scope(contest: Contest) -> tuple[Scope, bool]:
    """Hosts (True) see every row of their contest, others the rows of their places."""
    scope: Scope = current_user.scope(VIEW)
    is_manager = is_managed(db.session, contest, scope)
    return EVERYWHERE if is_manager else scope, is_manager


def _only_idle(choices: Choices) -> bool:
    return choices.level != BoardLevel.PUPIL and request.args.get("only") == "idle"


def _people_sheet(rows: Iterable[PupilLine], choices: Choices) -> Sheet:
    name_of = line_names(db.session, current_user)
    headings = [
        gettext("名次"),
        gettext("姓名"),
        gettext("学校"),
        gettext("班级"),
        gettext("得分"),
        *([gettext("用时（秒）")] if choices.compares_time else []),
    ]
    cells: list[list[Cell]] = [
        [
            row.rank, name_of(row), row.school, class_words(row.class_label), row.score / 100,
            *([row.elapsed_seconds] if choices.compares_time else []),
        ]
        for row in rows
    ]  # fmt: skip
    return Sheet(gettext("个人排名"), headings, cells, [8, 14, 36, 18, 10, 12][: len(headings)])


def _units_sheet(rows: Iterable[queries.UnitLine], choices: Choices) -> Sheet:
    headings = [
        gettext("名次"), gettext("单位"), gettext("所属"), gettext("指数"), gettext("参赛学生"), gettext("应参赛学生"),
        *labels.fraction("parts", choices.level), gettext("及格学生"), gettext("满分学生"), gettext("成绩总和"),
        gettext("在籍"), *(str(word) for word in expected.EXCUSES.values()),
    ]  # fmt: skip
    cells: list[list[Cell]] = [
        [
            row.rank, row.name, row.within, None if row.index is None else row.index / 100, row.pupils,
            row.figures["pupils_expected"], row.figures["parts"], row.figures["parts_expected"],
            row.figures["passed"], row.figures["full_marks"], row.figures["score_sum"] / 100,
            Figures.from_dict(row.figures).counted, *(row.figures.get(kind.value, 0) for kind in expected.EXCUSES),
        ]
        for row in rows
    ]  # fmt: skip
    title = gettext("%(level)s排名", level=labels.LEVELS[choices.level])
    return Sheet(title, headings, cells, [8, 36, 24, 10, 12, 12, 12, 12, 12, 12, 12, 10, 8, 8, 8])
