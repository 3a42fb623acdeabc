"""Teams of a stage, for the schools that register them and the organisers who see them all.

Who is in a team is who is expected: every act asks the next tally to look, for perhaps no result comes any more.
"""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import line_names
from quiz.audit.services import record
from quiz.contests import labels
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.contests.rules import ContestState
from quiz.contests.teams import queries, services
from quiz.contests.teams.queries import MemberLine, TeamLine
from quiz.contests.teams.registering import Registration, registration_of
from quiz.db import db
from quiz.desk.team_forms import StandInForm, TeamForm
from quiz.desk.views.blueprint import bp
from quiz.desk.views.running import VIEW, visible
from quiz.errors import NotFoundError
from quiz.rankings.expected.services import look_again
from quiz.regions.labels import class_words
from quiz.regions.rules import Scope
from quiz.web.access import requires
from quiz.web.forms import tried
from quiz.web.pagination import paginate
from quiz.web.spreadsheets import XLSX_TYPE, Cell, Sheet, attachment, xlsx
from quiz.web.transactions import only_reading

REGISTER = services.PERMISSION
PER_PAGE = 25  # teams with their members: on a phone each is a card


def _contest(public_id: str) -> tuple[Contest, Scope | None]:
    """A stage by teams, and whose teams may be seen: all (None) for its hosts, those of the own places for others."""
    contest = visible(public_id)
    if not contest.is_by_teams:
        raise NotFoundError("这个赛段不按队比。")
    scope = current_user.scope(VIEW)
    return contest, None if contests.is_managed(db.session, contest, scope) else scope


def _registration(contest: Contest) -> Registration | None:
    """Whether teams can be registered and changed now by the actor."""
    return registration_of(db.session, contest, current_user, clock.now())


@bp.get("/<public_id>/teams")
@requires(VIEW)
def teams(public_id: str) -> ResponseReturnValue:
    contest, scope = _contest(public_id)
    text = request.args.get("q", "").strip()
    query = queries.lines(contest.id, scope, text=text)
    page = paginate(
        db.session, query, request.args.get("page", 1, type=int), per_page=PER_PAGE, scalars=False
    )  # fmt: skip
    rows = [TeamLine(*row) for row in page.rows]
    return render_template(
        "desk/teams.html", contest=contest, page=page, rows=rows, labels=labels, text=text, now=clock.now(),
        members=queries.members_of(db.session, [row.team.id for row in rows]), groups=_group_names(contest),
        name_of=line_names(db.session, current_user), registration=_registration(contest),
        state=contests.state_of(contest, clock.now()).value, is_promoted=services.comes_from_teams(db.session, contest),
    )  # fmt: skip


@bp.post("/<public_id>/teams.xlsx")
@requires(VIEW)
def teams_workbook(public_id: str) -> ResponseReturnValue:
    now = clock.now()
    with only_reading():
        contest, scope = _contest(public_id)
        rows = [TeamLine(*row) for row in db.session.execute(queries.lines(contest.id, scope))]
        members = queries.members_of(db.session, [row.team.id for row in rows])
        sheet = _sheet(contest, rows, members)
        file = attachment(xlsx([sheet]), _("%(contest)s 参赛队", contest=contest.title) + ".xlsx", XLSX_TYPE)
    record(
        db.session, "contest:team:export", now=now, actor_id=current_user.user_id, object_type="contest",
        object_id=public_id, rows=len(rows),
    )  # fmt: skip
    return file


def _sheet(contest: Contest, rows: Sequence[TeamLine], members: dict[int, list[MemberLine]]) -> Sheet:
    name_of, groups, now = line_names(db.session, current_user), _group_names(contest), clock.now()
    headings = [
        _("县区"), _("学校"), _("组别"), _("队名"), _("指导教师"), _("身份"), _("姓名"), _("班级"),
    ]  # fmt: skip
    cells: list[list[Cell]] = [
        [
            row.county, row.school, str(groups[row.team.group_id]), row.team.name, row.team.instructor,
            _("候补") if one.is_reserve else _("队员"), name_of(one), class_words(one.school_class.label(now)),
        ]
        for row in rows
        for one in members[row.team.id]
    ]  # fmt: skip
    return Sheet(_("参赛队"), headings, cells, [16, 36, 12, 24, 20, 8, 14, 18])


@bp.route("/<public_id>/teams/new", methods=["GET", "POST"])
@requires(REGISTER)
def new_team(public_id: str) -> ResponseReturnValue:
    contest, _scope = _contest(public_id)
    form = _team_form(contest)
    if form.validate_on_submit() and tried(
        form,
        lambda: services.register(
            db.session, actor=current_user, contest=contest, values=form.values(), now=clock.now()
        ),
    ):  # fmt: skip
        look_again(db.session, contest.id)
        flash(_("“%(team)s”报上了。开始以前都可以改。", team=form.name.data), "ok")
        return redirect(url_for("desk.teams", public_id=public_id), 303)
    return _team_page(form, contest, None)


@bp.route("/<public_id>/teams/<team_id>", methods=["GET", "POST"])
@requires(VIEW)
def team(public_id: str, team_id: str) -> ResponseReturnValue:
    """One team: its members and history; changed by its school until the stage opens."""
    contest, scope = _contest(public_id)
    line = queries.get_line(db.session, contest.id, team_id, scope)
    members = queries.members_of(db.session, [line.team.id])[line.team.id]
    form = _team_form(contest, is_new=False)
    if not form.is_submitted():
        form.name.data, form.instructor.data = line.team.name, line.team.instructor
        form.members.data = "\n".join(one.student_number or one.name for one in members if not one.is_reserve)
        if "reserves" in form:
            form.reserves.data = "\n".join(one.student_number or one.name for one in members if one.is_reserve)
    if form.validate_on_submit() and tried(
        form,
        lambda: services.change(
            db.session, actor=current_user, contest=contest, team=line.team, values=form.values(), now=clock.now()
        ),
    ):  # fmt: skip
        look_again(db.session, contest.id)
        flash(_("已保存。"), "ok")
        return redirect(url_for("desk.team", public_id=public_id, team_id=team_id), 303)
    return _team_page(form, contest, line, members)


@bp.post("/<public_id>/teams/<team_id>/dissolve")
@requires(REGISTER)
def dissolve_team(public_id: str, team_id: str) -> ResponseReturnValue:
    contest, scope = _contest(public_id)
    line = queries.get_line(db.session, contest.id, team_id, scope)
    services.dissolve(db.session, actor=current_user, contest=contest, team=line.team, now=clock.now())
    look_again(db.session, contest.id)
    flash(_("“%(team)s”已解散，队员可以参加别的队。", team=line.team.name), "ok")
    return redirect(url_for("desk.teams", public_id=public_id), 303)


@bp.route("/<public_id>/teams/<team_id>/stand-in", methods=["GET", "POST"])
@requires(REGISTER)
def stand_in(public_id: str, team_id: str) -> ResponseReturnValue:
    contest, scope = _contest(public_id)
    line = queries.get_line(db.session, contest.id, team_id, scope)
    if not queries.is_own(db.session, line.team, current_user.scope(REGISTER)):
        raise NotFoundError(queries.NO_TEAM)
    form = StandInForm()
    form.offer(queries.members_of(db.session, [line.team.id])[line.team.id])
    if form.validate_on_submit() and tried(
        form,
        lambda: services.stand_in(
            db.session, actor=current_user, contest=contest, team=line.team, out_public_id=form.out.data,
            in_public_id=form.come.data, reason=form.reason.data, now=clock.now(),
        ),
    ):  # fmt: skip
        look_again(db.session, contest.id)
        flash(_("候补已上场，可以答题了。"), "ok")
        return redirect(url_for("desk.team", public_id=public_id, team_id=team_id), 303)
    html = render_template("desk/stand_in.html", form=form, contest=contest, line=line)
    return html, 422 if request.method == "POST" else 200


def _team_form(contest: Contest, *, is_new: bool = True) -> TeamForm:
    """Without the fields that would have no meaning."""
    form = TeamForm()
    own = queries.own_schools(db.session, current_user.scope(REGISTER))
    if not is_new or len(own) == 1:
        del form.school
    if not contest.team_reserves:
        del form.reserves
    return form


def _team_page(
    form: TeamForm, contest: Contest, line: TeamLine | None, members: Sequence[MemberLine] = ()
) -> ResponseReturnValue:
    is_own = line is not None and queries.is_own(db.session, line.team, current_user.scope(REGISTER))
    registration = _registration(contest)
    state = contests.state_of(contest, clock.now())
    html = render_template(
        "desk/team.html", form=form, contest=contest, line=line, members=members, labels=labels, now=clock.now(),
        groups=_group_names(contest), registration=registration,
        may_change=bool(form.errors) or (registration is not None and (is_own if line else not registration.is_full)),
        may_swap=is_own and current_user.can(REGISTER) and any(one.is_reserve for one in members)
        and state in (ContestState.ANNOUNCED, ContestState.RUNNING),
        history=queries.history(db.session, line.team) if line else [], name_of=line_names(db.session, current_user),
        knows=is_own, unit=contest.unit_rule, is_announced=state is ContestState.ANNOUNCED,
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


def _group_names(contest: Contest) -> dict[int, Any]:
    return {group.id: labels.GROUPS[group.kind] for group in contest.groups}
