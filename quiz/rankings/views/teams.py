"""Boards of teams for staff, pupils and the public, and “why is our number so”: what every member adds."""

from dataclasses import asdict
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import line_names
from quiz.audit.services import record
from quiz.contests import labels as contest_labels
from quiz.contests.models import Contest, ContestGroup
from quiz.contests.queries import contest_for_pupil, get_visible, is_managed, opening_of
from quiz.contests.teams.queries import get_line, own_team
from quiz.db import db
from quiz.errors import NotFoundError, msgid
from quiz.rankings import labels, queries, rules
from quiz.rankings.frozen import Seen, freeze_in_force, seen
from quiz.rankings.gathering import opens_at
from quiz.rankings.snapshot import snapshot
from quiz.rankings.team_boards import TeamBoard, TeamRow, row_of, upper_teams
from quiz.rankings.views import shared
from quiz.rankings.views.blueprint import bp
from quiz.rankings.views.choices import Tab, levels_of
from quiz.regions.rules import Scope
from quiz.web.access import public, requires, signed_in
from quiz.web.pagination import paginate
from quiz.web.spreadsheets import XLSX_TYPE, Cell, Sheet, attachment, day_stamp, xlsx
from quiz.web.transactions import only_reading

VIEW = "contests.view"
MINE = ("public_id", "score", "results", "rank", "is_tied")  # what a team sees of itself on its board
NO_TEAMS = msgid("这个赛段不按队比。")


def _staff(public_id: str) -> tuple[Contest, Scope | None]:
    """A stage by teams, and whose teams may be seen: all (None) for its hosts."""
    scope = current_user.scope(VIEW)
    contest = get_visible(db.session, public_id, scope)
    if not contest.is_by_teams:
        raise NotFoundError(NO_TEAMS)
    return contest, None if is_managed(db.session, contest, scope) else scope


def _group(contest: Contest, default: ContestGroup | None = None) -> ContestGroup:
    """The group asked for, else the default or the first."""
    wanted = request.args.get("group", "")
    return next((one for one in contest.groups if one.kind.value == wanted), default or contest.groups[0])


def _tabs(contest: Contest, endpoint: str, own: str) -> list[Tab]:
    """The other boards of the stage, this one first."""
    others = [
        Tab(labels.LEVELS[one], url_for(endpoint, public_id=contest.public_id, level=one.value), False)
        for one in levels_of(contest)
    ]
    return [Tab(labels.TEAMS, url_for(own, public_id=contest.public_id), True), *others]


@bp.get("/rankings/<public_id>/teams")
@signed_in
def teams(public_id: str) -> ResponseReturnValue:
    return _for_pupil(public_id) if current_user.is_pupil else _for_staff(public_id)


def _for_staff(public_id: str) -> str:
    if not current_user.can(VIEW):
        raise NotFoundError(NO_TEAMS)
    contest, scope = _staff(public_id)
    group, page = _group(contest), None
    with snapshot(db.session) as session:
        sight = seen(session, contest.id, clock.now(), is_manager=scope is None)
        tally = sight.tally
        if tally is not None:
            query = TeamBoard(session, tally, group).query(scope)
            page = paginate(session, query, request.args.get("page", 1, type=int), scalars=False)
    return render_template(
        "rankings/teams_staff.html", contest=contest, tally=tally, page=page, group=group,
        rows=[row_of(row) for row in page.rows] if page else [], groups=contest_labels.GROUPS,
        tabs=_tabs(contest, "rankings.manage", "rankings.teams"), freeze=sight.freeze, is_live=sight.is_live,
        begins_at=opening_of(contest, clock.now()),
    )  # fmt: skip


@bp.post("/rankings/<public_id>/teams.xlsx")
@requires(VIEW)
def export_teams(public_id: str) -> ResponseReturnValue:
    with only_reading():
        contest, scope = _staff(public_id)
        group, rows = _group(contest), []
        with snapshot(db.session) as session:
            tally = seen(session, contest.id, clock.now(), is_manager=scope is None).tally
            if tally is not None:
                rows = TeamBoard(session, tally, group).rows(scope)
        name = f"{contest.title}-{labels.TEAMS}-{day_stamp(clock.now())}.xlsx"
        file = attachment(xlsx([_sheet(contest, rows)]), name, XLSX_TYPE)
    record(
        db.session, "rankings:board:export", now=clock.now(), actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, level="team", show=group.kind.value, rows=len(rows),
    )  # fmt: skip
    return file


def _sheet(contest: Contest, rows: list[TeamRow]) -> Sheet:
    has_time = contest.compares_time
    headings = [
        gettext("名次"), gettext("队名"), gettext("学校"), gettext("县区"), gettext("全队得分"),
        *([gettext("全队用时（秒）")] if has_time else []), gettext("有成绩的队员"), gettext("每队人数"),
    ]  # fmt: skip
    cells: list[list[Cell]] = [
        [
            row.rank, row.name, row.school, row.county, row.score / 100, *([row.seconds] if has_time else []), row.results,
            contest.team_size,
        ]
        for row in rows
    ]  # fmt: skip
    return Sheet(gettext("团队排名"), headings, cells, [8, 24, 36, 16, 12, *([14] if has_time else []), 14, 10])


def _for_pupil(public_id: str) -> str:
    """The upper half of the own group, the own team first; when results are open."""
    now = clock.now()
    found = contest_for_pupil(db.session, current_user, public_id, now)
    if not found.contest.is_by_teams:
        raise NotFoundError(NO_TEAMS)
    group = _group(found.contest, found.group)
    closed = [one for one in (found.sitting, group.sitting) if not rules.results_open(one, now)]
    if closed:
        return render_template("rankings/waiting.html", contest=found.contest, sitting=closed[0], now=now)
    own = own_team(db.session, found.contest.id, current_user.user_id)
    sight = seen(db.session, found.contest.id, now, is_manager=False)
    shown, of_own = _top(found.contest, group, sight), _top(found.contest, found.group, sight)
    mine = of_own["all"].get(str(own.team.id)) if own and sight.is_live else None
    return render_template(
        "rankings/teams.html", contest=found.contest, group=group, groups=contest_labels.GROUPS, is_public=False,
        own=own if sight.is_live else None,
        mine=dict(zip(MINE, mine, strict=True)) if mine else None, own_size=of_own["size"],
        tally=sight.tally, freeze=sight.freeze,
        tabs=_tabs(found.contest, "rankings.board", "rankings.teams"), **shown,
    )  # fmt: skip


def _top(contest: Contest, group: ContestGroup, sight: Seen) -> dict[str, Any]:
    """What everybody may see of a board, and what each team may see of itself: counted once for all viewers of a second."""

    def make() -> dict[str, Any]:
        with snapshot(db.session) as session:
            tally = seen(session, contest.id, clock.now(), is_manager=False).tally
            everybody = TeamBoard(session, tally, group).rows() if tally else []
        rows, size = upper_teams(everybody)
        every = {str(row.team_id): [getattr(row, name) for name in MINE] for row in everybody}
        return {"rows": [asdict(row) for row in rows], "size": size, "all": every}

    return shared.shared_page(
        f"teams:{contest.public_id}:{group.kind.value}:{'live' if sight.is_live else 'frozen'}", make
    )


@bp.get("/boards/<public_id>/teams")
@public
def public_teams(public_id: str) -> Response | ResponseReturnValue:
    contest = queries.get_public(db.session, public_id)
    sittings = [group.sitting for group in contest.groups]
    if rules.public_board(sittings, clock.now()) != rules.PublicBoard.OPEN or not contest.is_by_teams:
        return redirect(url_for("rankings.public_board", public_id=public_id))  # which says why
    group, sight = _group(contest), seen(db.session, contest.id, clock.now(), is_manager=False)
    response = make_response(
        render_template(
            "rankings/teams.html",
            contest=contest,
            group=group,
            groups=contest_labels.GROUPS,
            mine=None,
            own=None,
            tally=sight.tally,
            freeze=sight.freeze,
            is_public=True,
            tabs=_tabs(contest, "rankings.public_board", "rankings.public_teams"),
            **_top(contest, group, sight),
        )  # fmt: skip
    )
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/rankings/<public_id>/teams/<team_id>")
@signed_in
def explain_team(public_id: str, team_id: str) -> ResponseReturnValue:
    """The terms of one team: staff of its place or of the host, and its own members once results are open."""
    contest, team, is_manager = _own(public_id, team_id) if current_user.is_pupil else _seen(public_id, team_id)
    group = next(one for one in contest.groups if one.id == team.group_id)
    with snapshot(db.session) as session:
        sight = seen(session, contest.id, clock.now(), is_manager=is_manager)
        tally = sight.tally
        if tally is None:
            raise NotFoundError("没有找到这个队。")
        board = TeamBoard(session, tally, group)
        row, terms = board.one(team.id), board.terms(team.id)
    if row is None:
        raise NotFoundError("没有找到这个队。")
    name_of = (lambda line: line.name) if current_user.is_pupil else line_names(db.session, current_user)
    return render_template(
        "rankings/team_explain.html", contest=contest, group=contest_labels.GROUPS[group.kind], row=row, terms=terms,
        tally=tally, name_of=name_of, at=opens_at(contest), freeze=sight.freeze, is_live=sight.is_live,
    )  # fmt: skip


def _own(public_id: str, team_id: str) -> tuple[Contest, Any, bool]:
    now = clock.now()
    found = contest_for_pupil(db.session, current_user, public_id, now)
    own = own_team(db.session, found.contest.id, current_user.user_id)
    if own is None or own.team.public_id != team_id or not rules.results_open(found.sitting, now):
        raise NotFoundError("没有找到这个队。")
    if freeze_in_force(db.session, found.contest.id, now) is not None:
        raise NotFoundError("榜单已封，队里的成绩将在颁奖时公布。")
    return found.contest, own.team, False


def _seen(public_id: str, team_id: str) -> tuple[Contest, Any, bool]:
    if not current_user.can(VIEW):
        raise NotFoundError("没有找到这个队。")
    contest, scope = _staff(public_id)
    return contest, get_line(db.session, contest.id, team_id, scope).team, scope is None
