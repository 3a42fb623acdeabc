"""Pages of consents: a class to tick, forms to print, one pupil (where the form's QR code leads), and taking it back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quiz import clock
from quiz.accounts.models import Enrolment
from quiz.accounts.publication import labels, queries, services
from quiz.accounts.publication.forms import AnswerForm
from quiz.accounts.publication.rules import CURRENT_TEXT, TEXTS, ConsentState, CurrentConsent, public_name
from quiz.accounts.publication.services import Ticked
from quiz.accounts.qr import qr_code
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.regions.labels import class_words
from quiz.regions.models import SchoolClass
from quiz.regions.queries import get_class
from quiz.web.access import pupil_only, requires

bp = Blueprint("accounts_publication", __name__)
MOST_DIGITS = 10  # of a row's number that comes back from a page


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"labels": labels, "public_name": public_name}


@bp.get("/classes/<int:class_id>/consents")
@requires(queries.PERMISSION)
def of_class(class_id: int) -> ResponseReturnValue:
    school_class, rows = _class(class_id)
    return render_template(
        "publication/class.html",
        school_class=school_class,
        label=_label(school_class),
        rows=rows,
        open_count=sum(_is_open(consent) for _pupil, consent in rows),
        agreed_count=sum(consent.is_publishable for _pupil, consent in rows),
    )


@bp.post("/classes/<int:class_id>/consents")
@requires(queries.PERMISSION)
def tick_class(class_id: int) -> ResponseReturnValue:
    outcome = services.answer_class(
        db.session, actor=current_user, class_id=class_id, ticked=_ticked(), now=clock.now()
    )
    if outcome.written:
        flash(
            ngettext("登记了 %(num)d 人的答复，马上生效。", "登记了 %(num)d 人的答复，马上生效。", outcome.written),
            "ok",
        )
    elif not outcome.overtaken:
        flash(_("没有改动。"), "info")
    if outcome.overtaken:
        names = _("、").join(outcome.overtaken)
        flash(_("%(names)s的答复刚刚有人改过，没有动。请看一下现在的状态，再登记。", names=names), "warn")
    return redirect(url_for(".of_class", class_id=class_id), 303)


@bp.get("/classes/<int:class_id>/consents/forms")
@requires(queries.PERMISSION)
def print_forms(class_id: int) -> ResponseReturnValue:
    """One A4 form for each pupil who has not answered, or for the whole class."""
    school_class, rows = _class(class_id)
    chosen = [pupil for pupil, consent in rows if "all" in request.args or _is_open(consent)]
    if not chosen:
        return redirect(url_for(".of_class", class_id=class_id))
    return render_template(
        "publication/print.html",
        school_class=school_class,
        label=_label(school_class),
        sheets=[(pupil, _qr(pupil)) for pupil in chosen],
        lines=TEXTS[CURRENT_TEXT],
        version=CURRENT_TEXT,
    )


@bp.get("/consents/<user_public_id>")
@requires(queries.PERMISSION)
def of_pupil(user_public_id: str) -> ResponseReturnValue:
    return _pupil_page(user_public_id)


@bp.post("/consents/<user_public_id>")
@requires(queries.PERMISSION)
def answer(user_public_id: str) -> ResponseReturnValue:
    form = AnswerForm()
    queries.get_pupil(db.session, user_public_id, current_user.scope(queries.PERMISSION))
    if not form.validate_on_submit():
        return _pupil_page(user_public_id, form), 422
    try:
        state = services.answer(
            db.session,
            actor=current_user,
            public_id=user_public_id,
            pupil_agrees=form.pupil.data == "yes",
            guardian_agrees=form.guardian.data == "yes",
            text_version=form.text.data or CURRENT_TEXT,
            seen=_number(form.seen.data or ""),
            now=clock.now(),
        )
    except ConflictError as error:
        form.add_error(error)
        return _pupil_page(user_public_id, form), error.status
    flash(_("已登记：%(state)s。", state=labels.STATES[state][0]), "ok")
    return redirect(url_for(".of_pupil", user_public_id=user_public_id), 303)


@bp.post("/consents/<user_public_id>/withdraw")
@requires(queries.PERMISSION)
def withdraw(user_public_id: str) -> ResponseReturnValue:
    name = services.withdraw(db.session, actor=current_user, public_id=user_public_id, now=clock.now())
    flash(_("已撤回，公开的地方马上改回“%(masked)s”。", masked=public_name(name, False)), "ok")
    return redirect(url_for(".of_pupil", user_public_id=user_public_id), 303)


@bp.post("/me/consent/withdraw")
@pupil_only
def withdraw_own() -> ResponseReturnValue:
    services.withdraw_own(db.session, actor=current_user, now=clock.now())
    flash(_("已撤回，公开的地方马上改回“%(masked)s”。", masked=public_name(current_user.name, False)), "ok")
    return redirect(url_for("home.mine"), 303)


def _class(class_id: int) -> tuple[SchoolClass, list[tuple[Enrolment, CurrentConsent]]]:
    school_class = get_class(db.session, class_id, current_user.scope(queries.PERMISSION))
    return school_class, queries.of_class(db.session, class_id)


def _label(school_class: SchoolClass) -> str:
    return class_words(school_class.label(clock.now()))


def _is_open(consent: CurrentConsent) -> bool:
    """Whether a form is still to be handed out."""
    return consent.state is ConsentState.UNANSWERED or consent.is_outdated


def _ticked() -> dict[str, Ticked]:
    """What the class list says, by public id: ``answer-<id>`` and the newest row that the page showed, ``seen-<id>``."""
    found = {}
    for key, value in request.form.items():
        public_id = key.removeprefix("answer-")
        if public_id != key and value in set(labels.TICKS):
            found[public_id] = Ticked(ConsentState(value), _number(request.form.get(f"seen-{public_id}", "")))
    return found


def _number(text: str) -> int:
    """The number of a row that a page gives back; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else 0


def _qr(pupil: Enrolment) -> Any:
    """Leads staff to the pupil's page. It holds the public id and the version of the text, nothing of the person."""
    address = url_for(".of_pupil", user_public_id=pupil.user.public_id, text=CURRENT_TEXT, _external=True)
    return qr_code(address)


def _pupil_page(public_id: str, form: AnswerForm | None = None) -> str:
    """A pupil's state, history and form; a refused form keeps what was chosen but carries the state as it is now."""
    pupil = queries.get_pupil(db.session, public_id, current_user.scope(queries.PERMISSION))
    consent = queries.current(db.session, pupil.user_id)
    version = request.values.get("text", CURRENT_TEXT)
    if version not in TEXTS:
        raise DomainError("不认识这张同意书的版本。请重新打印。")
    form = form or AnswerForm(formdata=None)
    form.seen.data, form.text.data = str(consent.row_id), version
    return render_template(
        "publication/pupil.html",
        pupil=pupil,
        label=_label(pupil.school_class),
        consent=consent,
        past=queries.history(db.session, pupil.user_id),
        form=form,
    )
