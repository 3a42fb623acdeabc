"""Integrity signals for staff: ask for a scan, read the list, note what one made of a signal."""

from collections.abc import Callable

from flask import Blueprint as FlaskBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.accounts.names import staff_names
from quiz.contests import queries as contests
from quiz.contests.models import Contest
from quiz.contests.rules import ContestState
from quiz.db import db
from quiz.regions.labels import class_words
from quiz.regions.rules import Scope
from quiz.reports.signals import labels, queries, services
from quiz.reports.signals.forms import NoteForm, RoomForm
from quiz.reports.signals.queries import SignalLine
from quiz.web.access import requires
from quiz.web.forms import tried
from quiz.web.pagination import paginate

SIGNALS, ROOMS = services.PERMISSION, services.ROOMS
bp = FlaskBlueprint("signals", __name__, url_prefix="/desk/signals")


def _contest(public_id: str) -> tuple[Contest, Scope | None]:
    """The contest and whose signals may be seen: all (None) by its hosts, those of own classes by others."""
    scope = current_user.scope(SIGNALS)
    contest = contests.get_visible(db.session, public_id, scope)
    return contest, None if contests.is_managed(db.session, contest, scope) else scope


@bp.get("/<public_id>")
@requires(SIGNALS)
def index(public_id: str) -> ResponseReturnValue:
    contest, scope = _contest(public_id)
    page = paginate(db.session, queries.lines(contest, scope), request.args.get("page", 1, type=int), scalars=False)
    return render_template(
        "signals/index.html", contest=contest, page=page, rows=[SignalLine(*row) for row in page.rows], labels=labels,
        is_host=scope is None, scan=queries.scan_of(db.session, contest), name_of=_names(), now=clock.now(),
        is_scanning=queries.is_scanning(db.session, contest),
        rooms=queries.rooms_of(db.session, contest) if scope is None else [],
        is_over=contests.state_of(contest, clock.now()) is ContestState.FINISHED,
    )  # fmt: skip


@bp.route("/<public_id>/room", methods=["GET", "POST"])
@requires(ROOMS)
def room(public_id: str) -> ResponseReturnValue:
    """A school says that it sits the contest in a computer room."""
    contest = contests.get_visible(db.session, public_id, current_user.scope(ROOMS))
    schools, form = queries.schools_of(db.session, current_user.scope(ROOMS)), RoomForm()
    form.school_id.choices = [(school.id, school.name) for school in schools]
    if form.validate_on_submit() and tried(form, lambda: _declare(contest, form)):
        flash(_("已登记。查看作答线索的人会看到，这些设备不再列为线索。"), "ok")
        return redirect(url_for("signals.room", public_id=public_id), 303)
    own = {school.id for school in schools}
    html = render_template(
        "signals/room.html", contest=contest, form=form, schools=schools,
        rooms=[row for row in queries.rooms_of(db.session, contest) if row[0].school_id in own],
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


def _declare(contest: Contest, form: RoomForm) -> None:
    services.declare_room(
        db.session, actor=current_user, contest=contest, school_id=form.school_id.data, text=form.note.data or "",
        now=clock.now(),
    )  # fmt: skip


@bp.post("/<public_id>/room/<int:school_id>/withdraw")
@requires(ROOMS)
def withdraw_room(public_id: str, school_id: int) -> ResponseReturnValue:
    contest = contests.get_visible(db.session, public_id, current_user.scope(ROOMS))
    services.withdraw_room(db.session, actor=current_user, contest=contest, school_id=school_id, now=clock.now())
    flash(_("已收回登记。"), "ok")
    return redirect(url_for("signals.room", public_id=public_id), 303)


@bp.post("/<public_id>/scan")
@requires(SIGNALS)
def scan(public_id: str) -> ResponseReturnValue:
    contest, _scope = _contest(public_id)
    services.ask(db.session, actor=current_user, contest=contest, now=clock.now())
    flash(_("正在逐班查看，好了会列在这里。"), "ok")
    return redirect(url_for("signals.index", public_id=public_id), 303)


@bp.route("/<public_id>/<signal_id>", methods=["GET", "POST"])
@requires(SIGNALS)
def show(public_id: str, signal_id: str) -> ResponseReturnValue:
    contest, scope = _contest(public_id)
    line = queries.get_signal(db.session, contest, signal_id, scope)
    form = NoteForm()
    if form.validate_on_submit() and tried(
        form,
        lambda: services.note(
            db.session, actor=current_user, contest=contest, signal=line.signal, text=form.note.data, now=clock.now()
        ),
    ):
        flash(_("已记下。"), "ok")
        return redirect(url_for("signals.index", public_id=public_id), 303)
    html = render_template(
        "signals/show.html", contest=contest, line=line, form=form, labels=labels, name_of=_names(), now=clock.now(),
        accounts=_accounts(contest, line), notes=queries.notes_of(db.session, line.signal),
    )  # fmt: skip
    return html, 422 if request.method == "POST" else 200


def _names() -> Callable[[SignalLine], str]:
    """Full names of pupils whom the viewer may see anyway, masked ones of all others."""
    name_of = staff_names(db.session, current_user)
    return lambda line: (
        ""
        if not labels.is_pupils(line.signal)
        else str(_("、")).join(name_of(name, line.signal.class_id) for name in (line.name, line.other) if name)
    )


def _accounts(contest: Contest, line: SignalLine) -> list[str]:
    """Whom a device's signal is about, each with school and class."""
    name_of, now = staff_names(db.session, current_user), clock.now()
    found = queries.accounts_of(db.session, contest, line.signal)
    return [
        f"{name_of(name, class_id)} · {school} {class_words(school_class.label(now))}"
        for name, class_id, school, school_class in found
    ]
