"""The wizard: a draft is written after the first step, so that a reload or a lost session loses nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.clock import LOCAL_ZONE
from quiz.contests import labels, queries, services
from quiz.contests.comparing import change_comparison, earlier_contests
from quiz.contests.eligibility import eligible_counts, place_of
from quiz.contests.models import Contest
from quiz.contests.rules import Basics, ContestGroupKind, Place, parse_place
from quiz.contests.stages import stages_of
from quiz.db import db
from quiz.desk import queries as desk
from quiz.desk.checklist import checks
from quiz.desk.forms import TEMPLATE_HINTS, TEMPLATES, BasicsForm, PaperForm, row_data
from quiz.desk.forms import options as as_choices
from quiz.desk.presets import PRESETS, SINGLE, add_stages
from quiz.desk.rules import CLASSES, PlaceOption, host_of, school_lines
from quiz.desk.timing_forms import NOW, OWN, TimingForm, timing_form
from quiz.desk.views.blueprint import bp
from quiz.desk.wording import words_of
from quiz.errors import DomainError
from quiz.papers.rules import parse_rows, total_items, total_points
from quiz.rankings.expected.rules import check_day
from quiz.regions.labels import class_words
from quiz.regions.models import RegionLevel
from quiz.web.access import requires
from quiz.web.filters import day, when
from quiz.web.forms import tried
from quiz.web.transactions import keep_changes

MANAGE = "contests.manage"
USUAL_TEMPLATE = {CLASSES: "class_quiz", "school": "school_contest", "region": "national_pattern"}


def managed(public_id: str) -> Contest:
    """The contest, if the actor manages it (404 otherwise)."""
    return queries.get_managed(db.session, public_id, current_user.scope(MANAGE))


@bp.route("/new", methods=["GET", "POST"])
@requires(MANAGE)
def new() -> ResponseReturnValue:
    now = clock.now()
    hosts = desk.host_options(db.session, current_user)
    host = request.args.get("host") or (hosts[0].value if hosts else "")
    if host not in {option.value for option in hosts}:
        abort(404)
    form = _basics_form(host, now, template=request.args.get("template", ""))
    if form.validate_on_submit():
        contest = tried(form, lambda: _create(form, host, now))
        if contest:
            return redirect(_after_basics(contest), 303)
    return _basics_page(form, hosts, host, None)


def _create(form: BasicsForm, host: str, now: datetime) -> Contest:
    contest = services.create_contest(db.session, actor=current_user, basics=_basics(form, host, now), now=now)
    if "stages" in form and form.stages.data != SINGLE:
        preset = PRESETS[RegionLevel(form.stages.data)]
        add_stages(db.session, actor=current_user, contest=contest, preset=preset, now=now)
    return contest


@bp.route("/<public_id>/scope", methods=["GET", "POST"])
@requires(MANAGE)
def scope(public_id: str) -> ResponseReturnValue:
    now, contest = clock.now(), managed(public_id)
    if contest.is_by_promotion:  # who takes part follows from the stage before
        return redirect(url_for("desk.time", public_id=public_id), 303)
    host = desk.host_value(contest)
    form = _basics_form(host, now, contest=contest)
    if form.validate_on_submit() and tried(
        form,
        lambda: services.change_basics(
            db.session, actor=current_user, contest=contest, basics=_basics(form, host, now), now=now
        ),
    ):
        return redirect(_after_basics(contest), 303)
    return _basics_page(form, [], host, contest)


def _after_basics(contest: Contest) -> str:
    step = "paper" if request.form.get("do") == "preview" else "time"
    return url_for(f"desk.{step}", public_id=contest.public_id)


def _basics_page(form: BasicsForm, hosts: list[Any], host: str, contest: Contest | None) -> ResponseReturnValue:
    html = render_template(
        "desk/scope.html", form=form, hosts=hosts, host=host, contest=contest, hints=TEMPLATE_HINTS,
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


def _basics_form(host: str, now: datetime, *, template: str = "", contest: Contest | None = None) -> BasicsForm:
    form = BasicsForm()
    options = desk.place_options(db.session, current_user, host, now)
    form.places.choices = as_choices((str(option.place), _option_label(option, host)) for option in options)
    if host == CLASSES:
        del form.groups  # follow from the classes
    if not host.startswith("region:"):
        del form.schools
    preset = desk.stage_preset(db.session, host) if contest is None else None
    if preset is None:
        del form.stages
    else:
        level, found = preset
        form.stages.choices = as_choices([(SINGLE, _("只有一个赛段")), (level.value, found.label)])
    if not form.is_submitted():
        _fill_basics(form, options, host, now, template, contest)
    return form


def _option_label(option: PlaceOption, host: str) -> str:
    return str(_("全部：%(name)s", name=option.label)) if str(option.place) == host else class_words(option.label)


def _fill_basics(
    form: BasicsForm, options: list[Any], host: str, now: datetime, template: str, contest: Contest | None
) -> None:
    """The draft as stored, or defaults with which most people can go on at once."""
    if contest is None:
        form.template.data = template if template in TEMPLATE_HINTS else USUAL_TEMPLATE[host.partition(":")[0]]
        form.places.data = [str(option.place) for option in options[:1]]
        places = tuple(option.place for option in options[:1])
        groups: list[ContestGroupKind] = desk.usual_groups(db.session, places, now)
    else:
        form.template.data, form.title.data = contest.template, contest.title
        stored = [str(place_of(row)) for row in contest.places]
        offered = {str(option.place) for option in options}
        form.places.data = [place for place in stored if place in offered]
        groups = [group.kind for group in contest.groups]
        others = [parse_place(place).number for place in stored if place not in offered and place.startswith("school:")]
        if "schools" in form:
            form.schools.data = "\n".join(desk.school_codes(db.session, others))
    if "groups" in form:
        form.groups.data = [group.value for group in groups]


def _basics(form: BasicsForm, host: str, now: datetime) -> Basics:
    places: tuple[Place, ...] = tuple(parse_place(text) for text in form.places.data or ())
    if "schools" in form and (lines := school_lines(form.schools.data or "")):
        places = desk.schools_named(db.session, lines, current_user.scope(MANAGE))
    if "groups" in form:
        groups = tuple(ContestGroupKind(value) for value in form.groups.data or ())
    else:
        groups = desk.groups_within(db.session, places, now)
    if len(places) > 1 and host in map(str, places):
        raise DomainError("“全部”和其中一部分只能选一种：让一部分参加，就去掉“全部”前面的勾。", field="places")
    if not places:
        raise DomainError("请至少选择一个参赛的地区、学校或班级。", field="places")
    title = form.title.data or _default_title(form.template.data, now)
    return Basics(form.template.data, title, parse_place(host_of(host, places)), places, groups)


def _default_title(template: str, now: datetime) -> str:
    local = now.astimezone(LOCAL_ZONE)
    kind = dict(TEMPLATES).get(template, TEMPLATES[-1][1])
    return str(_("禁毒知识%(kind)s（%(month)s月%(day)s日）", kind=kind, month=local.month, day=local.day))


@bp.route("/<public_id>/time", methods=["GET", "POST"])
@requires(MANAGE)
def time(public_id: str) -> ResponseReturnValue:
    now, contest = clock.now(), managed(public_id)
    kinds = [group.kind for group in contest.groups]
    form = timing_form(kinds, starts_now=not contest.is_by_promotion, data=words_of(contest))
    if not form.is_submitted():
        form.fill(services.timing_of(contest))
        form.show_unit(contest.unit_rule)
    if form.validate_on_submit() and tried(form, lambda: _save_time(form, contest, now)):
        return redirect(url_for("desk.paper", public_id=public_id), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("desk/time.html", form=form, contest=contest, unit_hints=labels.UNIT_HINTS), status


def _save_time(form: TimingForm, contest: Contest, now: datetime) -> None:
    unit = form.chosen_unit(contest.unit_rule)
    try:
        moved = services.change_timing(
            db.session, actor=current_user, contest=contest, timing=form.timing(now), unit=unit, now=now
        )
    except DomainError as error:
        if error.field == "closes_at" and form.start.data == NOW:
            error.field = "window_minutes"
        elif error.field in {"opens_at", "closes_at"} and form.start.data == OWN:
            error.field = None  # about all groups together
        raise
    services.change_text(
        db.session, actor=current_user, contest=contest, title=contest.title,
        theme=form.theme.data or "", organisers=form.organisers(), notice=form.notice.data or "", now=now,
    )  # fmt: skip
    tell_moved(moved)


def tell_moved(stages: Sequence[Contest]) -> None:
    """Say which later drafts moved along with the window of a stage."""
    if stages:
        names = _("、").join(_("“%(stage)s”", stage=one.stage_name) for one in stages)
        flash(_("后面的草稿%(stages)s跟着移到了新的时间，看一眼合不合适。", stages=names), "ok")


@bp.route("/<public_id>/paper", methods=["GET", "POST"])
@requires(MANAGE)
def paper(public_id: str) -> ResponseReturnValue:
    now, contest = clock.now(), managed(public_id)
    stored = parse_rows(contest.groups[0].sitting.paper_spec.rows)
    form = PaperForm(
        rows=[row_data(row) for row in stored],
        ranking_profile=contest.ranking_profile,
        has_common_items=contest.groups[0].sitting.has_common_items,
        shares_equal_scores=not contest.compares_time,
        has_public_board=contest.has_public_board,
        has_public_page=contest.has_public_page,
        expected_on=contest.expected_on,
    )
    if contest.is_by_promotion:
        del form.has_public_page  # one page for all stages, switched on with the first
    _offer_earlier(form, contest)
    do, _sep, number = request.form.get("do", "").partition(":")
    if do in {"add", "remove"}:
        _change_rows(form, do, number)
        return _paper_page(form, contest, 200)
    if form.validate_on_submit() and tried(form, lambda: _save_paper(form, contest, now)):
        if do != "publish":
            flash(_("草稿已保存。"), "ok")
            again = url_for("desk.paper", public_id=public_id)
            return redirect(url_for("desk.index") if do == "draft" else again, 303)
        keep_changes()  # the paper is saved even where publishing is refused
        if tried(form, lambda: services.publish(db.session, actor=current_user, contest=contest, now=now)):
            flash(_published(contest, now), "ok")
            return redirect(url_for("desk.show", public_id=public_id), 303)
    return _paper_page(form, contest, 422 if request.method == "POST" else 200)


def _published(contest: Contest, now: datetime) -> str:
    """What to do next: watch, or come back, and with later stages still drafts, set those."""
    opens_at = queries.window_of(contest)[0]
    text = str(_("比赛已发布，%(time)s 开始。", time=when(opens_at)))
    if opens_at <= now:
        text = str(_("比赛已发布。把下面的进度页开着，就能看到谁开始了。"))
    drafts = [one for one in stages_of(db.session, contest) if one.published_at is None and one.cancelled_at is None]
    if drafts:
        names = _("、").join(_("“%(stage)s”", stage=one.stage_name) for one in drafts)
        text += str(_("后面的%(stages)s还是草稿：定好时间也发布，学校和家长才看得到。", stages=names))
    return text


def _offer_earlier(form: PaperForm, contest: Contest) -> None:
    """The contests that progress may be measured against; a later stage's pupils are counted by their entries."""
    found = earlier_contests(db.session, contest)
    form.earlier.choices = as_choices([("", _("不比")), *((one.public_id, _earlier_label(one)) for one in found)])
    if not form.is_submitted():
        form.earlier.data = next((one.public_id for one in found if one.id == contest.earlier_contest_id), "")
    if contest.is_by_promotion:
        del form.expected_on


def _earlier_label(contest: Contest) -> str:
    closes_at = queries.window_of(contest)[1]
    return str(_("%(title)s（%(day)s结束）", title=contest.title, day=day(closes_at)))


def _change_rows(form: PaperForm, do: str, number: str) -> None:
    """Add an empty row, or drop one; nothing is stored yet."""
    if do == "add" and len(form.rows.entries) < 30:
        form.rows.append_entry()
    elif number in map(str, range(len(form.rows.entries))) and len(form.rows.entries) > 1:
        form.rows.entries.pop(int(number))


def _save_paper(form: PaperForm, contest: Contest, now: datetime) -> None:
    rows = [entry.form.row() for entry in form.rows]
    try:
        checked = [row.to_dict() for row in parse_rows(rows)]
    except DomainError as error:
        error.field = None  # it names its row itself; a list of fields has no place for a message
        raise
    services.change_paper(
        db.session,
        actor=current_user,
        contest=contest,
        rows=checked,
        ranking_profile=form.ranking_profile.data,
        has_public_board=form.has_public_board.data,
        has_public_page=form.has_public_page.data if "has_public_page" in form else None,
        has_common_items=form.has_common_items.data,
        compares_time=not form.shares_equal_scores.data,
        now=now,
    )
    expected_on = form.expected_on.data if "expected_on" in form else None
    if expected_on is not None:
        check_day(expected_on, *queries.window_of(contest))
    change_comparison(db.session, contest=contest, earlier=form.earlier.data or None, expected_on=expected_on)


def _paper_page(form: PaperForm, contest: Contest, status: int) -> ResponseReturnValue:
    rows, pupils = parse_rows(contest.groups[0].sitting.paper_spec.rows), eligible_counts(db.session, contest)
    html = render_template(
        "desk/paper.html",
        form=form,
        contest=contest,
        sitting=contest.groups[0].sitting,
        items=total_items(rows),
        points=total_points(rows),
        is_changed=request.method == "POST",
        pupils=pupils,
        checks=checks(db.session, contest, pupils, clock.now()) if contest.published_at is None else [],
        lacking=queries.shortages_by_group(db.session, contest),
        labels=labels,
    )
    return html, status


@bp.post("/<public_id>/delete")
@requires(MANAGE)
def delete(public_id: str) -> ResponseReturnValue:
    services.delete_draft(db.session, contest=managed(public_id))
    flash(_("草稿已删除。"), "ok")
    return redirect(url_for("desk.index"), 303)
