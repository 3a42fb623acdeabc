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
from quiz.regions.rules import Scope
from quiz.reports.signals import labels, queries, services
from quiz.reports.signals.forms import NoteForm
from quiz.reports.signals.queries import SignalLine
from quiz.web.access import requires
from quiz.web.forms import tried
from quiz.web.pagination import paginate

SIGNALS = services.PERMISSION
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
        is_over=contests.state_of(contest, clock.now()) is ContestState.FINISHED,
    )  # fmt: skip


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
    form = NoteForm(data={"note": line.signal.note})
    if form.validate_on_submit() and tried(
        form,
        lambda: services.note(
            db.session, actor=current_user, contest=contest, signal=line.signal, text=form.note.data, now=clock.now()
        ),
    ):
        flash(_("已记下。"), "ok")
        return redirect(url_for("signals.index", public_id=public_id), 303)
    html = render_template(
        "signals/show.html", contest=contest, line=line, form=form, labels=labels, name_of=_names(), now=clock.now()
    )
    return html, 422 if request.method == "POST" else 200


def _names() -> Callable[[SignalLine], str]:
    """Full names of pupils whom the viewer may see anyway, masked ones of all others."""
    name_of = staff_names(db.session, current_user)
    return lambda line: str(_("、")).join(
        name_of(name, line.signal.class_id) for name in (line.name, line.other) if name
    )
